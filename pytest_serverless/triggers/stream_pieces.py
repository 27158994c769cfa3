"""What a lane has under way: a batch, or what is left of one, or the end of a window."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from pytest_serverless.triggers.stream_records import Answer, StreamRecord

__all__ = ["Piece"]


@dataclass(slots=True, kw_only=True)
class Piece:
    """Records that are invoked with together; none for the `final` invocation of a window.

    `attempts` counts the invocations that reached the function, `retries` those that the quota is about, `delays` how
    often the piece was put back: that makes the next delay.
    """

    records: tuple[StreamRecord, ...] = ()
    final: bool = False
    early: bool = False
    attempts: int = 0
    retries: int = 0
    delays: int = 0
    not_before: float = 0.0
    answer: Answer | None = None

    def older_than(self, age: float, now: float) -> tuple[StreamRecord, ...]:
        """Return the records at the head that arrived longer ago than this."""
        return tuple(takewhile(lambda record: now - record.arrived_at > age, self.records))
