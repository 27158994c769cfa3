"""Functions whose init phase fails again and again: after a while they are answered without being started.

The platform starts them each time. Ours are processes on somebody's machine, and a client that tries without pause
would keep it busy with nothing else; how long is waited is our own choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Backoff"]

T = TypeVar("T")
_FREE = 3
_MOST_S = 60.0


@dataclass(slots=True)
class _Row(Generic[T]):
    failures: int
    until: float
    last: T


class Backoff(Generic[T]):
    """Failures in a row by function.

    From the third on, the next start is put off: 1 s, then 2, 4, … and at most 60. Times are in seconds, of any clock.
    """

    def __init__(self) -> None:
        self._rows: dict[str, _Row[T]] = {}

    def failed(self, function: str, failure: T, now: float) -> float:
        """Note that a function could not be started; return for how long it is not started again."""
        row = self._rows.get(function)
        failures = row.failures + 1 if row else 1
        wait = min(_MOST_S, 2.0 ** (failures - _FREE)) if failures >= _FREE else 0.0
        self._rows[function] = _Row(failures, now + wait, failure)
        return wait

    def started(self, function: str) -> None:
        """Note that it was started, or has changed: all is forgotten."""
        self._rows.pop(function, None)

    def answer(self, function: str, now: float) -> T | None:
        """Return the last failure while the function is not to be started; else None."""
        row = self._rows.get(function)
        return row.last if row is not None and now < row.until else None
