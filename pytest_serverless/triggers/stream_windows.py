"""Tumbling windows: which one a record falls in, and the state that invocations hand on.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html (2026-11). Windows are aligned to
the epoch by the time at which records arrived, as in that page's example.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_serverless.triggers.stream_records import StreamRecord, WindowPart

__all__ = ["STATE_LIMIT", "Window", "end_of_window"]

STATE_LIMIT = 1024 * 1024
"""How many bytes of state a shard may have."""


def end_of_window(arrived_at: float, seconds: int) -> int:
    """Return when the window ends in which a record arrived, in seconds since the epoch."""
    return (int(arrived_at // seconds) + 1) * seconds


@dataclass(slots=True, kw_only=True)
class Window:
    """The open window of a shard: `first` to `last` are what it gathered so far, `count` of them.

    `size` is how many bytes the state has as JSON.
    """

    start: int
    end: int
    first: StreamRecord
    last: StreamRecord
    count: int = 0
    size: int = 2
    state: Any = field(default_factory=dict)

    @classmethod
    def around(cls, record: StreamRecord, seconds: int) -> Window:
        """Open the window in which a record arrived."""
        end = end_of_window(record.arrived_at, seconds)
        return cls(start=end - seconds, end=end, first=record, last=record)

    @property
    def told(self) -> tuple[StreamRecord, StreamRecord]:
        """The first and the last record that the window gathered."""
        return self.first, self.last

    def part(self, *, final: bool, early: bool) -> WindowPart:
        return WindowPart(start=self.start, end=self.end, state=self.state, final=final, early=early)

    def gather(self, records: Sequence[StreamRecord], state: Any) -> bool:
        """Take in what an invocation came to; tell whether the window must end early, as its state is too large."""
        if not self.count:
            self.first = records[0]
        self.last = records[-1]
        self.count += len(records)
        self.state = state
        self.size = len(json.dumps(state, separators=(",", ":"), ensure_ascii=False).encode())
        return self.size > STATE_LIMIT
