"""Tasks that move dead letters back to where they came from, or to another queue.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html and
…/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html (2026-11). A task without a rate is done at once.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["MoveTask", "read_handle"]


@dataclass(slots=True, eq=False, kw_only=True)
class MoveTask:
    """One task. `rate` is in messages a second, None for as fast as can be; `started` in seconds since the epoch."""

    id: str
    source: str
    destination: str | None
    rate: int | None
    to_move: int
    started: float
    moved: int = 0
    status: Literal["RUNNING", "COMPLETED", "CANCELLED", "FAILED"] = "RUNNING"
    failure: str | None = None

    @property
    def handle(self) -> str:
        """The text that names the task."""
        return b64encode(json.dumps({"taskId": self.id, "sourceArn": self.source}).encode()).decode("ascii")

    @property
    def next_due(self) -> float | None:
        """When the next message is moved; None when it is over."""
        if self.status != "RUNNING":
            return None
        return self.started + (self.moved + 1) / self.rate if self.rate else self.started

    def allowed(self, now: float) -> int:
        """Return how many messages should have been moved by now."""
        if self.rate is None:
            return self.to_move
        return min(self.to_move, int((now - self.started) * self.rate + 1e-6))  # the sum of next_due may be a hair off

    def shown(self) -> dict[str, Any]:
        """Return the task as ListMessageMoveTasks shows it."""
        entry = {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "Status": self.status,
            "SourceArn": self.source,
            "DestinationArn": self.destination,
            "MaxNumberOfMessagesPerSecond": self.rate,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "FailureReason": self.failure,
            "StartedTimestamp": int(self.started * 1000),
        }
        return {name: value for name, value in entry.items() if value is not None}


def read_handle(handle: str) -> tuple[str, str] | None:
    """Return the id and the source that a task's handle names; None if it is not one."""
    try:
        named = json.loads(b64decode(handle, validate=True))
        return str(named["taskId"]), str(named["sourceArn"])
    except (ValueError, KeyError, TypeError):
        return None
