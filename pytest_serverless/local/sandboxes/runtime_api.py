"""The Runtime API: where a runtime asks for its next event, and says what came of it.

Paths, states and answers are those of AWS's runtime interface emulator (2026-01), which is the contract's own
implementation, and of https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html (2026-11). Of the extensions,
telemetry and logs there is just enough for their clients to live.
"""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pytest_serverless.local.invocations import Invocation
from pytest_serverless.local.wire.listener import Listener
from pytest_serverless.local.wire.messages import Asked, Reply

__all__ = ["RuntimeApi", "Said"]

_JSON = [("Content-Type", "application/json; charset=utf-8")]
_RUNTIME = "/2018-06-01/runtime/"
_BESIDE = ("/2020-01-01/extension/", "/2020-08-15/logs", "/2022-07-01/telemetry")
_MOST_BYTES = 1 << 28
_MOST_HEADER_BYTES = 1 << 21
"""AWS's client sends what X-Ray is told of an error in a header, of up to 1 MiB."""
_OK = Reply(202, b'{"status":"OK"}\n', _JSON)

State = Literal["Started", "Ready", "Running", "ResponseSent", "InitError"]


@dataclass(frozen=True, slots=True)
class Said:
    """What the runtime said: that it is ready, that it could not begin, or what came of an event."""

    kind: Literal["ready", "init_error", "response", "too_large", "error"]
    body: bytes = b""
    error_type: str = ""


class RuntimeApi:
    """What one process of a sandbox talks to, at a port of its own; `tell` is told what it says.

    `limit` is the largest response, in bytes.
    """

    def __init__(self, tell: Callable[[Said], None], *, limit: int) -> None:
        self.state: State = "Started"
        self.is_taken = False
        """Whether the event that was given last was fetched."""
        self._tell = tell
        self._limit = limit
        self._listener = Listener(self._answer, most_bytes=_MOST_BYTES, most_header_bytes=_MOST_HEADER_BYTES)
        self._poll: asyncio.Future[Reply] | None = None
        self._event: Reply | None = None
        self._request_id = ""

    async def open(self) -> str:
        """Listen; return the address for `AWS_LAMBDA_RUNTIME_API`."""
        await self._listener.open()
        return self._listener.address

    def close(self) -> None:
        """Listen no more; whoever waits for an event is dropped."""
        self._listener.close()
        self._poll = self._event = None

    def give(self, invocation: Invocation, deadline_ms: int) -> None:
        """Let the runtime have an event, at once or when it asks; `deadline_ms` is in milliseconds since the epoch."""
        self._request_id = invocation.request_id
        self._event = Reply(200, invocation.payload, _headers(invocation, deadline_ms))
        self.is_taken = False
        if self._poll is not None:
            self._hand_over(self._poll)

    def _hand_over(self, poll: asyncio.Future[Reply]) -> None:
        assert self._event is not None  # noqa: S101  # there is one, or nothing is handed over
        poll.set_result(self._event)
        self._poll = self._event = None
        self.is_taken = True
        self.state = "Running"

    # What is asked

    def _answer(self, asked: Asked) -> Reply | asyncio.Future[Reply]:
        path = asked.path
        if path.startswith(_RUNTIME):
            parts = path[len(_RUNTIME) :].split("/")
            if (asked.method, parts) == ("GET", ["invocation", "next"]):
                return self._next(asked)
            if (asked.method, parts) == ("POST", ["init", "error"]):
                return self._init_error(asked)
            if asked.method == "POST" and len(parts) == 3 and parts[0] == "invocation":
                if parts[2] == "response":
                    return self._response(asked, parts[1])
                if parts[2] == "error":
                    return self._error(asked, parts[1])
        elif path.startswith(_BESIDE):
            return _beside(asked)
        return Reply(404, b"404 page not found\n", [("Content-Type", "text/plain; charset=utf-8")])

    def _next(self, asked: Asked) -> Reply | asyncio.Future[Reply]:
        if self.state in ("Running", "InitError"):
            return self._refused("Ready")
        was, self.state = self.state, "Ready"
        poll: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        asked.when_gone(lambda: self._gone(poll))
        if was == "Started":
            self._tell(Said("ready"))
        if self._event is not None:
            self._hand_over(poll)
        else:
            self._poll = poll
        return poll

    def _gone(self, poll: asyncio.Future[Reply]) -> None:
        """Hand nothing to somebody who has left."""
        if self._poll is poll:
            self._poll = None

    def _init_error(self, asked: Asked) -> Reply:
        if self.state != "Started":
            return self._refused("InitError")
        self.state = "InitError"
        self._tell(Said("init_error", asked.body, _error_type(asked)))
        return _OK

    def _response(self, asked: Asked, request_id: str) -> Reply:
        refused = self._checked(request_id, "InvocationResponse")
        if refused is not None:
            return refused
        failed = _error_type(asked)
        if failed:  # it began to stream, and then failed: the trailers say so
            body = asked.header("lambda-runtime-function-error-body")
            self._sent(Said("error", base64.b64decode(body) if body else asked.body, failed))
            return _OK
        if len(asked.body) > self._limit:
            self._sent(Said("too_large", asked.body))
            return _fault(413, "RequestEntityTooLarge", f"Exceeded maximum allowed payload size ({self._limit} bytes).")
        self._sent(Said("response", asked.body))
        return _OK

    def _error(self, asked: Asked, request_id: str) -> Reply:
        refused = self._checked(request_id, "InvocationErrorResponse")
        if refused is not None:
            return refused
        self._sent(Said("error", asked.body, _error_type(asked)))
        return _OK

    def _sent(self, said: Said) -> None:
        self.state = "ResponseSent"
        self._tell(said)

    def _checked(self, request_id: str, wanted: str) -> Reply | None:
        if self.state != "Running":
            return self._refused(wanted)
        if request_id != self._request_id:
            return _fault(400, "InvalidRequestID", "Invalid request ID")
        return None

    def _refused(self, wanted: str) -> Reply:
        return _fault(
            403,
            "InvalidStateTransition",
            f"State transition from {self.state} to {wanted} failed for runtime. "
            "Error: State transition is not allowed",
        )


def _headers(invocation: Invocation, deadline_ms: int) -> list[tuple[str, str]]:
    headers = [
        ("Content-Type", "application/json"),
        ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
        ("Lambda-Runtime-Deadline-Ms", str(deadline_ms)),
        ("Lambda-Runtime-Invoked-Function-Arn", invocation.invoked_arn),
    ]
    beside = (
        ("Lambda-Runtime-Trace-Id", invocation.trace_id),
        ("Lambda-Runtime-Client-Context", invocation.client_context),
        ("Lambda-Runtime-Cognito-Identity", invocation.cognito_identity),
        ("Lambda-Runtime-Aws-Tenant-Id", invocation.tenant_id),
    )
    return headers + [(name, _as_header(value)) for name, value in beside if value]


def _as_header(text: str) -> str:
    """Return text so that its bytes on the wire are its UTF-8, on one line."""
    return text.replace("\r", " ").replace("\n", " ").encode().decode("latin-1")


def _error_type(asked: Asked) -> str:
    return asked.header("lambda-runtime-function-error-type")


def _fault(status: int, error_type: str, message: str) -> Reply:
    body = json.dumps({"errorMessage": message, "errorType": error_type}, separators=(",", ":"))
    return Reply(status, body.encode() + b"\n", _JSON)


def _beside(asked: Asked) -> Reply | asyncio.Future[Reply]:
    if asked.path.endswith("/event/next"):
        return asyncio.get_running_loop().create_future()  # no event ever comes: it is ended with its sandbox
    if asked.path.endswith("/register"):
        return Reply(200, b"{}", [*_JSON, ("Lambda-Extension-Identifier", str(uuid.uuid4()))])
    return _OK
