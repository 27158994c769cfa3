"""Token buckets: so many at once, refilled continuously, nothing beyond the brim."""

from __future__ import annotations

import math

__all__ = ["Bucket"]

_DUST = 1e-9
"""What rounding may have taken from a token."""


class Bucket:
    """Holds at most `capacity` tokens, full at first, and gains `per_s` a second. Times never go back."""

    __slots__ = ("_at", "_level", "capacity", "per_s")

    def __init__(self, capacity: float, per_s: float) -> None:
        self.capacity = capacity
        self.per_s = per_s
        self._level = capacity
        self._at = -math.inf

    def take(self, now: float) -> bool:
        """Take a token, if there is one."""
        level = self._level
        if level < self.capacity:
            level += (now - self._at) * self.per_s
            if level > self.capacity:  # noqa: PLR1730  # `min` would be a call, in the hottest path
                level = self.capacity
        self._at = now
        if level < 1 - _DUST:
            self._level = level
            return False
        self._level = level - 1
        return True

    def give_back(self) -> None:
        """Undo the last `take`."""
        self._level += 1

    def next_at(self, now: float) -> float:
        """Return when there will be a token: now, or later; never is infinite."""
        if self.capacity < 1 - _DUST:
            return math.inf
        missing = 1 - self._level - (now - self._at) * self.per_s if self._level < 1 else 0.0
        if missing <= _DUST:
            return now
        if not self.per_s:
            return math.inf
        return max(now + missing / self.per_s, math.nextafter(now, math.inf))  # later than now, however little it is
