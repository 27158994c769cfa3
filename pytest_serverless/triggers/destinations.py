"""Where Lambda sends what became of an invocation, and what it refuses as such a place.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (2026-11); the refusals as
public records of the service quote them.
"""

from __future__ import annotations

import time
from typing import Final, Literal

from pytest_serverless.errors import InvalidMappingError

__all__ = ["DestinationKind", "check_dead_letter", "kind_of_destination", "object_key"]

DestinationKind = Literal["sqs", "sns", "lambda", "events", "s3"]
"""A standard queue, a standard topic, a function, an event bus, or a bucket (for failures alone)."""

_PARTS_OF_AN_ARN: Final = 6
_RESOURCES: Final[dict[str, tuple[DestinationKind, str]]] = {
    "sqs": ("sqs", ""),
    "sns": ("sns", ""),
    "lambda": ("lambda", "function:"),
    "events": ("events", "event-bus/"),
    "s3": ("s3", ""),
}


def kind_of_destination(arn: str) -> DestinationKind:
    """Return what an ARN is as a destination; refuse what cannot be one."""
    parts = arn.split(":", _PARTS_OF_AN_ARN - 1)
    kind, start = _RESOURCES.get(parts[2] if len(parts) == _PARTS_OF_AN_ARN else "", (None, ""))
    if kind is None or parts[0] != "arn" or not parts[5].startswith(start) or parts[5] == start:
        raise InvalidMappingError(
            f"The destination ARN {arn} is invalid. A destination is a standard queue, a standard topic, a function, "
            "an event bus or (for failures) a bucket."
        )
    if arn.endswith(".fifo") and kind == "sns":
        raise InvalidMappingError(f"FIFO-type Amazon SNS topics aren't supported as a destination. Got {arn}.")
    if arn.endswith(".fifo") and kind == "sqs":
        raise InvalidMappingError(f"The destination ARN {arn} is invalid. FIFO queues are not supported.")
    return kind


def check_dead_letter(arn: str) -> None:
    """Refuse what cannot take a function's dead letters: all but standard queues and topics."""
    service = arn.split(":")[2] if arn.count(":") >= _PARTS_OF_AN_ARN - 1 else ""
    named = {"sqs": "SQS queue", "sns": "SNS topic"}.get(service)
    if named is None:
        raise InvalidMappingError(
            f"Invalid dead letter queue ARN: Only Amazon SQS queues and Amazon SNS topics are supported. Got {arn}."
        )
    if arn.endswith(".fifo"):
        raise InvalidMappingError(
            f"Invalid dead letter queue ARN: FIFO {named} is not supported for dead letter configuration. Got {arn}."
        )


def object_key(function: str, now: float, unique: str) -> str:
    """Return the key of the object in which a bucket keeps a failure; `unique` is a random UUID."""
    return time.strftime(f"aws/lambda/async/{function}/%Y/%m/%d/%Y-%m-%dT%H.%M.%S-{unique}", time.gmtime(now))
