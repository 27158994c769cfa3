"""What became of the arrivals of one scenario in one phase: sent, dropped, done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pytest_serverless.load.aggregates.histogram import Histogram
from pytest_serverless.load.aggregates.sums import add_counts, add_rows

__all__ = ["Dispatch", "Dispatched"]

_PLANNED, _SENT, _DROPPED, _WIDTH = range(4)


class Dispatched(NamedTuple):
    """Of one second: the arrivals that were intended in it, those sent in it, and of the first those dropped."""

    start_s: int
    planned: int
    sent: int
    dropped: int


class Dispatch:
    """Counts of arrivals, each of them one journey, and how late they were sent.

    `planned` have come due, whether or not anything became of them; `sent` of these were begun and `done` have ended;
    `dropped` were not sent, by reason. Nothing is lost while planned = sent + dropped. `lag` says how late they were.
    """

    __slots__ = ("_course", "done", "dropped", "lag", "planned", "sent")

    def __init__(self) -> None:
        self.planned = self.sent = self.done = 0
        self.dropped: dict[str, int] = {}
        self.lag = Histogram()
        self._course: dict[int, list[int]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dispatch) and self.as_json() == other.as_json()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def plan(self, intended_s: float) -> None:
        """Count an arrival that has come due."""
        self.planned += 1
        self._row(int(intended_s))[_PLANNED] += 1

    def send(self, intended_s: float, started_s: float) -> None:
        """Count one that was sent."""
        self.sent += 1
        self.lag.add_us(int(started_s * 1e6) - int(intended_s * 1e6))
        self._row(int(started_s))[_SENT] += 1

    def drop(self, intended_s: float, reason: str) -> None:
        """Count one that was not sent, and why."""
        self.dropped[reason] = self.dropped.get(reason, 0) + 1
        self._row(int(intended_s))[_DROPPED] += 1

    def finish(self) -> None:
        """Count one that has ended, well or badly."""
        self.done += 1

    def _row(self, second: int) -> list[int]:
        row = self._course.get(second)
        if row is None:
            row = self._course[second] = [0] * _WIDTH
        return row

    @property
    def in_flight(self) -> int:
        """How many were sent and have not ended: at the end of a run, those it stopped without."""
        return self.sent - self.done

    @property
    def lost(self) -> int:
        """How many came due and were neither sent nor dropped; anything but 0 is a fault of the sender."""
        return self.planned - self.sent - sum(self.dropped.values())

    def course(self) -> Iterator[Dispatched]:
        """Yield the seconds in which anything was planned, sent or dropped, in their order."""
        for second in sorted(self._course):
            yield Dispatched(second, *self._course[second])

    def merge(self, other: Dispatch) -> None:
        """Add what another has counted."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        add_counts(self.dropped, other.dropped)
        self.lag.merge(other.lag)
        add_rows(self._course, other._course)

    def as_json(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in _NUMBERS},
            "dropped": dict(sorted(self.dropped.items())),
            "lag": self.lag.as_json(),
            "course": [[second, *row] for second, row in sorted(self._course.items())],
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Dispatch:
        made = Dispatch()
        for name in _NUMBERS:
            setattr(made, name, value[name])
        made.dropped = dict(value["dropped"])
        made.lag = Histogram.from_json(value["lag"])
        made._course = {second: row for second, *row in value["course"]}
        return made


_NUMBERS: Final = ("planned", "sent", "done")
