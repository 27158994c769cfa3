"""What time it is: the one place that asks; and how long a time is that is written as text.

Everything that stamps, measures or waits is given a `Clock`, so that a test can choose the time.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Final, Protocol

from pytest_serverless.errors import InvalidParameterError, shorten

__all__ = ["SYSTEM", "Clock", "FixedClock", "SystemClock", "seconds"]

_UNITS: Final = (("h", 3600.0), ("m", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6))
_NUMBER: Final = r"\d+(?:\.\d*)?|\.\d+"
_TIME: Final = re.compile(r"\s*".join(rf"(?:({_NUMBER})\s*{unit}(?![a-z]))?" for unit, _ in _UNITS))


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


def seconds(text: str) -> float:
    """Read a time with its units: `60s`, `10m`, `1h30m`, `250ms`, `.5s`; raises InvalidParameterError."""
    stripped = text.strip()
    if re.fullmatch(_NUMBER, stripped):
        raise InvalidParameterError(f"{stripped} has no unit. Write {stripped}ms or {stripped}s.")
    found = _TIME.fullmatch(stripped)
    if not stripped or found is None:
        raise InvalidParameterError(
            f"{shorten(text)} is no time. Write a number and a unit, 'us', 'ms', 's', 'm' or 'h': 20ms, 60s or 1h30m."
        )
    return sum(float(number) * size for number, (_, size) in zip(found.groups(), _UNITS, strict=True) if number)
