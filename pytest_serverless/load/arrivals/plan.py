"""A plan: phases one after the other, and every arrival in them.

How it is split over workers:

- Uniform arrivals and bursts are known one by one: the plan numbers them through, and worker w of W sends those whose
  number leaves the remainder w. Together the workers send exactly the plan, whatever their number, journeys included.
- Of a Poisson pattern each worker draws its own, from a seed of its own, at a W-th of the rate: independent Poisson
  processes superposed are the Poisson process of their rates' sum. How many arrive is known on average only.

Poisson arrivals are drawn by inversion: with rate 1 in the time that the rate's integral measures, then mapped back.
That is exact for any course of the rate, and so is an arbitrary beginning, since the process has no memory.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.arrivals.mix import Mix
from pytest_serverless.load.arrivals.phases import Pattern, Phase
from pytest_serverless.load.arrivals.seeds import derive_seed, unit
from pytest_serverless.load.arrivals.share import Share

__all__ = ["Arrival", "Plan", "Planned"]

_WHOLE = Share()


class Arrival(NamedTuple):
    """When an arrival is intended (seconds from the start), in which phase, and its journey (empty: the only one)."""

    offset_s: float
    phase: str
    journey: str


@dataclass(frozen=True, slots=True)
class Planned:
    """How many arrivals there will be; on average where it is not `exact`."""

    arrivals: float
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A phase in its place; numbers and the areas of uniform phases go on from phase to phase."""

    phase: Phase
    start_s: float
    end_s: float
    first_number: int
    count: int
    first_area: float
    """Where the first uniform arrival stands: how much is expected before it in this phase."""

    def offset(self, index: int) -> float:
        """Return when the arrival of this index comes, of those that are known one by one."""
        phase = self.phase
        if phase.pattern == "burst":
            return self.start_s + (index // phase.burst) * phase.every_s
        return self.start_s + phase.instant(self.first_area + index)

    def numbers(self, share: Share) -> range:
        """Return the indices of those of a share."""
        first, last = (bisect_left(range(self.count), at, key=self.offset) for at in (share.since_s, share.until_s))
        return range(first + (share.worker - self.first_number - first) % share.workers, last, share.workers)

    def drawn(self, share: Share, draws: Random) -> Iterator[float]:
        """Draw Poisson arrivals of a share."""
        start_s, instant, random, log = self.start_s, self.phase.instant, draws.random, math.log
        area, end = self._area(share.since_s), self._area(share.until_s)
        while True:
            area -= log(1.0 - random()) * share.workers
            if area >= end:
                return
            yield start_s + instant(area)

    def planned(self, share: Share) -> Planned:
        if self.phase.pattern != "poisson":
            return Planned(len(self.numbers(share)), exact=True)
        return Planned((self._area(share.until_s) - self._area(share.since_s)) / share.workers, exact=False)

    def _area(self, at_s: float) -> float:
        return self.phase.area(min(max(at_s - self.start_s, 0.0), self.phase.duration_s))


class Plan:
    """Phases in their order, and the mix of journeys that arrivals make.

    Raises InvalidParameterError for a plan without phases or arrivals, or with two phases of one name.
    """

    def __init__(self, phases: Iterable[Phase], *, mix: Mapping[str, float] | None = None) -> None:
        self.phases = tuple(phases)
        self.mix = dict(mix) if mix is not None else None
        self._mix = Mix(mix) if mix is not None else None
        names = [phase.name for phase in self.phases]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            raise InvalidParameterError(f"Two phases are named {double[0]!r}; results are told apart by their names.")
        if not any(phase.expected for phase in self.phases):
            raise InvalidParameterError("A plan needs a phase with arrivals: Phase.hold(50, '60s'), for example.")
        self._placed = tuple(_placed(self.phases))

    def __repr__(self) -> str:
        return f"Plan({list(self.phases)!r}, mix={self.mix!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and (self.phases, self.mix) == (other.phases, other.mix)

    def __hash__(self) -> int:
        return hash(self.phases)

    @staticmethod
    def steady(
        arrival_rate: float,
        hold: str | float,
        *,
        ramp: str | float | None = None,
        warm_up: str | float | None = None,
        pattern: Pattern = "poisson",
        mix: Mapping[str, float] | None = None,
    ) -> Plan:
        """Hold a rate; before that, climb to it (`ramp`) and keep it for a time that is reported apart (`warm_up`)."""
        phases = [Phase.hold(arrival_rate, hold, pattern=pattern)]
        if warm_up is not None:
            phases.insert(0, Phase.hold(arrival_rate, warm_up, name="warm-up", pattern=pattern, judged=False))
        if ramp is not None:
            phases.insert(0, Phase.ramp(0.0, arrival_rate, ramp, pattern=pattern))
        return Plan(phases, mix=mix)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Plan:
        return Plan([Phase.from_json(each) for each in value["phases"]], mix=value.get("mix"))

    def as_json(self) -> dict[str, Any]:
        return {"phases": [phase.as_json() for phase in self.phases], "mix": self.mix}

    @property
    def duration_s(self) -> float:
        """How long all phases last."""
        return self._placed[-1].end_s

    def phase_at(self, offset_s: float) -> Phase | None:
        """Return the phase that this instant is in; none before the start, and from the end on."""
        return next((each.phase for each in self._placed if each.start_s <= offset_s < each.end_s), None)

    def arrivals(self, run_seed: int, scenario: str = "", share: Share = _WHOLE) -> Iterator[Arrival]:
        """Return the arrivals of a share in their order: the same ones for the same arguments, in any process."""
        for place, each in enumerate(self._placed):
            if each.phase.pattern == "poisson":
                own = (scenario, place, share.worker, share.since_s)
                draws = Random(derive_seed(run_seed, "arrivals", *own))  # noqa: S311  # no secret
                journeys = derive_seed(run_seed, "journeys", *own)
                offsets: Iterable[tuple[int, float]] = enumerate(each.drawn(share, draws))
            else:
                journeys = derive_seed(run_seed, "journeys", scenario)
                first, offset = each.first_number, each.offset
                offsets = ((first + index, offset(index)) for index in each.numbers(share))
            yield from self._with_journeys(each.phase.name, offsets, journeys)

    def _with_journeys(self, phase: str, offsets: Iterable[tuple[int, float]], seed: int) -> Iterator[Arrival]:
        if self._mix is None:
            for _, offset in offsets:
                yield Arrival(offset, phase, "")
            return
        pick = self._mix.pick
        for number, offset in offsets:
            yield Arrival(offset, phase, pick(unit(seed, number)))

    def planned(self, share: Share = _WHOLE) -> Planned:
        """Return how many arrivals a share has in all phases; exact where no phase is Poisson."""
        parts = list(self.planned_by_phase(share).values())
        return Planned(sum(part.arrivals for part in parts), exact=all(part.exact for part in parts))

    def planned_by_phase(self, share: Share = _WHOLE) -> dict[str, Planned]:
        """Return how many arrivals a share has in each phase; `Share(since_s=…, until_s=…)` asks for a stretch."""
        return {each.phase.name: each.planned(share) for each in self._placed}


def _placed(phases: Iterable[Phase]) -> Iterator[_Placed]:
    """Put phases one after the other.

    Uniform arrivals stand half a gap from either end, and where one phase goes over to another the gap does, so that
    rates of less than one a phase come out right too.
    """
    start_s, number, area, arrived = 0.0, 0, 0.0, 0
    for phase in phases:
        count, first_area = 0, 0.0
        if phase.pattern == "uniform":
            first_area = max(arrived + 0.5 - area, 0.0)
            count = max(math.ceil(phase.expected - first_area), 0)
            area, arrived = area + phase.expected, arrived + count
        elif phase.pattern == "burst":
            count = phase.times * phase.burst
        end_s = start_s + phase.duration_s
        yield _Placed(
            phase=phase, start_s=start_s, end_s=end_s, first_number=number, count=count, first_area=first_area
        )
        start_s, number = end_s, number + count
