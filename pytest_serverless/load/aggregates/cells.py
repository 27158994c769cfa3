"""What was observed of one step of one scenario in one phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from pytest_serverless.load.aggregates.histogram import Histogram, bucket_middle_ms
from pytest_serverless.load.aggregates.in_flight import InFlight
from pytest_serverless.load.aggregates.instances import Instances
from pytest_serverless.load.aggregates.sums import add_counts, add_rows
from pytest_serverless.load.observations import Evidence, Kind, Observation

__all__ = ["CLASSES", "TIMES_S", "Cell", "Class", "Course", "IsCold", "IsNew"]

Class = Literal["warm", "cold", "unknown", "throttled", "ambiguous", "failed"]
"""Whose times are kept apart: a throttled run must not look fast, nor one with cold starts slow in its warm part.

Answers as meant are warm or cold, or unknown where there is no evidence of either. Failed are all others that are
neither throttled nor ambiguous: errors of the function, refusals and what had no answer.
"""

CLASSES: Final[tuple[Class, ...]] = ("warm", "cold", "unknown", "throttled", "ambiguous", "failed")
_WARM, _COLD, _UNKNOWN, _THROTTLED, _AMBIGUOUS, _FAILED = range(len(CLASSES))
_COLD_START, _TOLD, _NEW, _NUMBERED, _WIDTH = range(len(CLASSES), len(CLASSES) + 5)
_OF_KIND: Final[Mapping[Kind, int]] = {
    "ok": _UNKNOWN,
    "throttled": _THROTTLED,
    "ambiguous": _AMBIGUOUS,
    "function_error": _FAILED,
    "refused": _FAILED,
    "failed": _FAILED,
}
_ANSWERED: Final = ("ok", "function_error")

TIMES_S: Final = 5
"""The width of a stretch of the course of times, in seconds."""
_TIMES_US: Final = TIMES_S * 1_000_000
_COARSE: Final = 4
"""So many bits less have the times of their course than the histograms: within 0.8 % of the value."""

IsCold = Callable[[Observation], "bool | None"]
"""Tells whether a request waited for an instance to start; None where its evidence does not tell."""

IsNew = Callable[[Evidence], "bool | None"]
"""Tells whether an invocation was the first on its instance; None where that is not known."""


class Course(NamedTuple):
    """The requests that were intended within one second, by class.

    Of those whose evidence has `told` it, `cold_starts` waited for an instance; of the `numbered` ones, of which it is
    known whether their instance was new, so many had a new one.
    """

    start_s: int
    warm: int
    cold: int
    unknown: int
    throttled: int
    ambiguous: int
    failed: int
    cold_starts: int
    told: int
    new_instances: int
    numbered: int


class Cell:
    """Counts, times, instances and the course of both; all of it merges.

    - `counts`: how many there were by kind, reason and status.
    - `latency` (from the intended start) and `service` (from the real one): histograms by class.
    - `running` is what was in flight of requests that a function answered, `others` of all others: the throttled ones
      and those without an answer.
    - `instances`, `init` and `duration`: what instances told of themselves. `evidenced` requests came with evidence,
      `inits` with the time of an init. Of `numbered` ones it is known whether they were the first on their instance:
      `new_instances` were. Of `told` ones it is known whether they waited for an instance to start: `cold_starts` did,
      failed ones too.
    - `billed`: by the memory in MB, for how many requests how many milliseconds were billed.
    """

    __slots__ = (
        "_course",
        "_latency",
        "_service",
        "_times",
        "billed",
        "cold_starts",
        "counts",
        "duration",
        "evidenced",
        "init",
        "inits",
        "instances",
        "new_connections",
        "new_instances",
        "numbered",
        "others",
        "running",
        "told",
        "wire_attempts",
    )

    def __init__(self) -> None:
        self.counts: dict[tuple[Kind, str, int | None], int] = {}
        self._latency = [Histogram() for _ in CLASSES]
        self._service = [Histogram() for _ in CLASSES]
        self.init, self.duration = Histogram(), Histogram()
        self.instances = Instances()
        self.running, self.others = InFlight(), InFlight()
        self.billed: dict[int, list[int]] = {}
        self.new_connections = self.wire_attempts = 0
        self.evidenced = self.inits = self.numbered = self.new_instances = self.told = self.cold_starts = 0
        self._course: dict[int, list[int]] = {}
        self._times: dict[tuple[int, int], dict[int, int]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cell) and self.as_json() == other.as_json()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def add(self, observation: Observation, is_cold: IsCold, is_new: IsNew) -> None:
        """Count an observation."""
        kind, evidence = observation.kind, observation.evidence
        counts, key = self.counts, (kind, observation.reason, observation.status)
        counts[key] = counts.get(key, 0) + 1
        self.wire_attempts += observation.wire_attempts
        if observation.new_connection:
            self.new_connections += 1
        cold = is_cold(observation) if evidence is not None else None
        column = _OF_KIND[kind] if cold is None or kind != "ok" else _COLD if cold else _WARM
        intended_us, started_us = int(observation.intended_s * 1e6), int(observation.started_s * 1e6)
        ended_us = int(observation.ended_s * 1e6)
        bucket = self._latency[column].add_us(ended_us - intended_us)
        self._service[column].add_us(ended_us - started_us)
        (self.running if kind in _ANSWERED else self.others).add(started_us, ended_us)
        row = self._row(intended_us // 1_000_000)
        row[column] += 1
        self._add_time((intended_us // _TIMES_US, column), bucket >> _COARSE)
        if cold is not None:
            self.told += 1
            row[_TOLD] += 1
            if cold:
                self.cold_starts += 1
                row[_COLD_START] += 1
        if evidence is not None:
            new = is_new(evidence)
            if new is not None:
                self.numbered += 1
                row[_NUMBERED] += 1
                if new:
                    self.new_instances += 1
                    row[_NEW] += 1
            self._add_evidence(evidence, started_us, ended_us)

    def _row(self, second: int) -> list[int]:
        row = self._course.get(second)
        if row is None:
            row = self._course[second] = [0] * _WIDTH
        return row

    def _add_time(self, slot: tuple[int, int], coarse: int) -> None:
        times = self._times.get(slot)
        if times is None:
            times = self._times[slot] = {}
        times[coarse] = times.get(coarse, 0) + 1

    def _add_evidence(self, evidence: Evidence, started_us: int, ended_us: int) -> None:
        self.evidenced += 1
        init_us = None
        if evidence.init_ms is not None:
            init_us = round(evidence.init_ms * 1e3)
            self.inits += 1
            self.init.add_us(init_us)
        if evidence.duration_ms is not None:
            self.duration.add(evidence.duration_ms)
        if evidence.instance is not None:
            self.instances.seen(evidence.instance, started_us, ended_us, init_us)
        if evidence.billed_ms is not None:
            billed = self.billed.setdefault(evidence.memory_mb or 0, [0, 0])
            billed[0] += 1
            billed[1] += evidence.billed_ms

    @property
    def latency(self) -> dict[Class, Histogram]:
        """Times from the intended start, by class."""
        return dict(zip(CLASSES, self._latency, strict=True))

    @property
    def service(self) -> dict[Class, Histogram]:
        """Times from the real start, by class."""
        return dict(zip(CLASSES, self._service, strict=True))

    @property
    def count(self) -> int:
        """How many observations there were."""
        return sum(self.counts.values())

    def count_of(self, kind: Kind, reason: str | None = None) -> int:
        """Return how many there were of a kind, for one reason or for all."""
        return sum(n for (one, why, _), n in self.counts.items() if one == kind and reason in (None, why))

    @property
    def in_flight(self) -> InFlight:
        """All requests, whatever came of them."""
        both = InFlight()
        both.merge(self.running)
        both.merge(self.others)
        return both

    def course(self) -> Iterator[Course]:
        """Yield the seconds in which any request was intended, in their order."""
        for second in sorted(self._course):
            yield Course(second, *self._course[second])

    def times(self, name: Class, since_s: float = 0.0) -> Iterator[tuple[int, list[tuple[float, int]]]]:
        """Yield stretches of `TIMES_S` seconds, each with a class's latencies as pairs of milliseconds and how many.

        Those that end later than `since_s`, in seconds since the epoch, are enough for who looks on while a run lasts.
        """
        column = CLASSES.index(name)
        for slot in sorted(slot for slot, of in self._times if of == column and (slot + 1) * TIMES_S > since_s):
            times = sorted(self._times[slot, column].items())
            middles = [(bucket_middle_ms(coarse << _COARSE, 1 << _COARSE), count) for coarse, count in times]
            yield slot * TIMES_S, middles

    def merge(self, other: Cell) -> None:
        """Add what another has counted."""
        add_counts(self.counts, other.counts)
        for mine, more in zip(self._merged(), other._merged(), strict=True):
            mine.merge(more)
        add_rows(self.billed, other.billed)
        add_rows(self._course, other._course)
        for slot, times in other._times.items():
            add_counts(self._times.setdefault(slot, {}), times)
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def _merged(self) -> Iterator[Any]:
        yield from (*self._latency, *self._service, self.init, self.duration)
        yield from (self.instances, self.running, self.others)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON; keyed tables are lists of rows, of the key and what it has."""
        return {
            "counts": sorted(([*key, n] for key, n in self.counts.items()), key=str),
            "latency": {name: one.as_json() for name, one in self.latency.items() if one.buckets},
            "service": {name: one.as_json() for name, one in self.service.items() if one.buckets},
            **{name: getattr(self, name).as_json() for name in _PARTS},
            "billed": [[memory, *row] for memory, row in sorted(self.billed.items())],
            "course": [[second, *row] for second, row in sorted(self._course.items())],
            "times": [[*slot, sorted(map(list, times.items()))] for slot, times in sorted(self._times.items())],
            **{name: getattr(self, name) for name in _NUMBERS},
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Cell:
        made = Cell()
        made.counts = {(kind, reason, status): n for kind, reason, status, n in value["counts"]}
        for name, times in value["latency"].items():
            made._latency[CLASSES.index(name)] = Histogram.from_json(times)
        for name, times in value["service"].items():
            made._service[CLASSES.index(name)] = Histogram.from_json(times)
        for name in _PARTS:
            setattr(made, name, type(getattr(made, name)).from_json(value[name]))
        made.billed = {memory: row for memory, *row in value["billed"]}
        made._course = {second: row for second, *row in value["course"]}
        made._times = {(slot, column): dict(times) for slot, column, times in value["times"]}
        for name in _NUMBERS:
            setattr(made, name, value[name])
        return made


_PARTS: Final = ("init", "duration", "instances", "running", "others")
_NUMBERS: Final = (
    "new_connections",
    "wire_attempts",
    "evidenced",
    "inits",
    "numbered",
    "new_instances",
    "told",
    "cold_starts",
)
