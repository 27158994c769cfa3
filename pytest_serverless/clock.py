"""What time it is: the one place that asks.

Everything that stamps, measures or waits is given a `Clock`, so that a test can choose the time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["SYSTEM", "Clock", "FixedClock", "SystemClock"]


class Clock(Protocol):
    """Two readings of time, both in seconds."""

    def now(self) -> float:
        """Return the time since the epoch, which may jump."""

    def monotonic(self) -> float:
        """Return a time that never goes back, for measuring how long something took."""


class SystemClock:
    """The machine's clock; tools that replace `time.time` (freezegun, time-machine) are followed."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.perf_counter()


@dataclass(slots=True)
class FixedClock:
    """A clock that starts at `start` (epoch seconds) and moves only when told to; durations stay real."""

    start: float
    _offset: float = field(default=0.0, init=False)

    def now(self) -> float:
        return self.start + self._offset

    def monotonic(self) -> float:
        return time.perf_counter()

    def advance(self, seconds: float) -> None:
        """Move time forward by `seconds`."""
        self._offset += seconds


SYSTEM = SystemClock()
