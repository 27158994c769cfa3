"""What this process and the platform's server say to each other, as JSON.

The server answers `POST /_serverless/invoke` with an `Outcome`, or 429 and the reason; this process takes events for
asynchronous invocation at `POST /_serverless/events`.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from typing import Any

from pytest_serverless.local.results import value_of
from pytest_serverless.outcome import Failure, LogLine, Outcome

__all__ = ["Delivery", "decode_outcome", "decode_throttle", "encode_outcome", "encode_throttle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event for a function, by its id; `payload` is JSON in UTF-8, `cause` says in words what caused it.

    `qualifier` is the version or alias that was named, `trace_id` the trace header of the request that it came by.
    """

    function: str
    payload: bytes
    cause: str
    request_id: str | None = None
    trace_id: str | None = None
    qualifier: str | None = None
    synchronous: bool = False

    def encode(self) -> bytes:
        """Return it as JSON, the payload as text in it."""
        return json.dumps({**asdict(self), "payload": self.payload.decode(errors="surrogatepass")}).encode()

    @classmethod
    def decode(cls, body: bytes) -> Delivery:
        """Read what `encode` returned; raises ValueError for anything else."""
        given = json.loads(body)
        try:
            return cls(**{**given, "payload": given["payload"].encode(errors="surrogatepass")})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"That is no delivery: {error}") from error


def encode_outcome(outcome: Outcome) -> bytes:
    """Return an outcome as JSON: all but the exception, which stays where it was raised."""
    failure = outcome.failure
    return json.dumps(
        {
            **{name: getattr(outcome, name) for name in _PLAIN},
            "payload": base64.b64encode(outcome.payload).decode(),
            "failure": failure and {name: getattr(failure, name) for name in _OF_FAILURE},
            "lines": [asdict(line) for line in outcome.lines],
        }
    ).encode()


def decode_outcome(body: bytes) -> Outcome:
    """Read what `encode_outcome` returned."""
    given: dict[str, Any] = json.loads(body)
    failure, payload = given.pop("failure"), base64.b64decode(given.pop("payload"))
    lines = tuple(LogLine(**line) for line in given.pop("lines"))
    return Outcome(
        **given,
        payload=payload,
        value=value_of(payload),
        failure=failure and Failure(**{**failure, "stack_trace": tuple(failure["stack_trace"])}),
        lines=lines,
    )


def encode_throttle(reason: str) -> bytes:
    """Return why there is no room for an invocation, as JSON: the body of a 429."""
    return json.dumps({"reason": reason}).encode()


def decode_throttle(body: bytes) -> str:
    """Read what `encode_throttle` returned."""
    return str(json.loads(body)["reason"])


_PLAIN = (
    *("function", "provider", "request_id", "status", "duration_ms", "billed_ms"),
    *("init_ms", "memory_mb", "memory_used_mb", "log"),
)
_OF_FAILURE = ("type", "message", "stack_trace")
