"""One arrival on its way through a pipeline, and what all those that are decided came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from pytest_serverless.load.aggregates.histogram import Histogram
from pytest_serverless.load.aggregates.sums import add_rows

__all__ = ["Fates", "Second", "Sighting", "Trace"]

_DECIDED, _LOST, _DUPLICATED, _SEEN, _SUM_US, _WIDTH = range(6)


class Sighting(NamedTuple):
    """An effect, seen at `at_s`; at `since_s`, if that is known, it was not there yet. Seconds since the epoch."""

    id: str
    at_s: float
    since_s: float | None = None


class Trace:
    """What is known of one arrival; `due_us` is its deadline. Merging takes the two earliest sightings of both.

    `seen` has pairs of when it was seen, and when it was looked for in vain before; all in microseconds.
    """

    __slots__ = ("due_us", "group", "intended_us", "seen", "withdrawn")

    def __init__(self) -> None:
        self.intended_us: int | None = None
        self.due_us = 0
        self.group = ("", "")
        self.withdrawn = False
        self.seen: tuple[tuple[int, int], ...] = ()

    def see(self, *more: tuple[int, int]) -> None:
        self.seen = tuple(sorted((*self.seen, *more)))[:2]

    def merge(self, other: Trace) -> None:
        if other.intended_us is not None:
            self.intended_us, self.due_us, self.group = other.intended_us, other.due_us, other.group
        self.withdrawn = self.withdrawn or other.withdrawn
        self.see(*other.seen)

    @property
    def is_outstanding(self) -> bool:
        """Whether it was sent, and nothing has been seen of it."""
        return self.intended_us is not None and not self.seen and not self.withdrawn

    def row(self) -> tuple[int | bool | None, ...]:
        """Return what is known but the group, flat: many of them go from process to process."""
        return (self.intended_us, self.due_us, self.withdrawn, *chain.from_iterable(self.seen))

    @staticmethod
    def of_row(row: Sequence[Any], group: tuple[str, str]) -> Trace:
        made = Trace()
        made.intended_us, made.due_us, made.withdrawn, *times = row
        made.group = group
        made.seen = tuple(zip(times[::2], times[1::2], strict=True))
        return made


class Second(NamedTuple):
    """Of the arrivals that were intended within one second and are decided, how many came to what.

    `sum_us` are the times of those that were `seen`.
    """

    start_s: int
    decided: int
    lost: int
    duplicated: int
    seen: int
    sum_us: int


class Fates:
    """What decided arrivals came to.

    `latest` are the times from the intended start until the effect was seen, `earliest` until it was looked for in vain
    for the last time: the truth lies between. `late` ones were seen after their deadline; they are `lost` too.
    """

    __slots__ = ("_course", "earliest", "late", "latest", "withdrawn")

    def __init__(self) -> None:
        self.latest, self.earliest = Histogram(), Histogram()
        self.late = self.withdrawn = 0
        self._course: dict[int, list[int]] = {}

    def add(self, trace: Trace) -> None:
        """Count one that is decided; one that was withdrawn and not seen was never in the pipeline."""
        if trace.withdrawn and not trace.seen:
            self.withdrawn += 1
            return
        intended_us = trace.intended_us or 0
        row = self._course.setdefault(intended_us // 1_000_000, [0] * _WIDTH)
        row[_DECIDED] += 1
        in_time = [pair for pair in trace.seen if pair[0] <= trace.due_us]
        if not in_time:
            row[_LOST] += 1
            self.late += bool(trace.seen)
            return
        at_us, since_us = in_time[0]
        row[_SEEN] += 1
        row[_DUPLICATED] += len(in_time) > 1
        row[_SUM_US] += max(at_us - intended_us, 0)
        self.latest.add_us(at_us - intended_us)
        self.earliest.add_us(since_us - intended_us)

    def course(self) -> list[Second]:
        """Return the seconds in which any arrival was intended, in their order."""
        return [Second(second, *self._course[second]) for second in sorted(self._course)]

    def merge(self, other: Fates) -> None:
        """Add what another has counted."""
        self.latest.merge(other.latest)
        self.earliest.merge(other.earliest)
        self.late += other.late
        self.withdrawn += other.withdrawn
        add_rows(self._course, other._course)

    def as_json(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name).as_json() for name in _TIMES},
            **{name: getattr(self, name) for name in _COUNTS},
            "course": [[second, *row] for second, row in sorted(self._course.items())],
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Fates:
        made = Fates()
        made.latest, made.earliest = (Histogram.from_json(value[name]) for name in _TIMES)
        made.late, made.withdrawn = (value[name] for name in _COUNTS)
        made._course = {second: row for second, *row in value["course"]}
        return made


_TIMES: Final = ("latest", "earliest")
_COUNTS: Final = ("late", "withdrawn")
