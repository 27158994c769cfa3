"""From what all processes of a run have told to its result."""

from __future__ import annotations

import math
import os
import platform
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.aggregates.cells import Cell
from pytest_serverless.load.aggregates.in_flight import SLOT_S
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.measured import generation
from pytest_serverless.load.estimates.thresholds import Threshold
from pytest_serverless.load.estimates.validity import Tolerances, judge
from pytest_serverless.load.finding import Found
from pytest_serverless.load.observations import Source
from pytest_serverless.load.observing import Completion, Identified, ObservedStack, Window, complete
from pytest_serverless.load.pipelines import Tracker, estimates_of
from pytest_serverless.load.results import ColdStartSource, Generator, Result, Target, make_result
from pytest_serverless.load.results.result import judged_cell, judged_dispatch
from pytest_serverless.load.running.session import Report
from pytest_serverless.load.scenarios.definition import Definition
from pytest_serverless.pricing import Bill

__all__ = ["Facts", "Tally", "git_revision", "judged_phases", "machine", "result_of", "unreached", "window_of"]

_CANNOT_SAY: Final[Mapping[Source, str]] = {
    "report": "what was initialised that no request waited for, and anything with provisioned concurrency",
    "probe": "what was initialised that served no request",
}

_REACHED: Final = frozenset({"handler_429", "rejected", "stopped"})
"""Reasons of failures and refusals that are not of the way to a function."""


@dataclass(slots=True)
class Tally:
    """What the processes have told until now, together."""

    aggregate: Aggregate = field(default_factory=Aggregate)
    cpu: float | None = None
    unsent: int = 0
    failures: int = 0
    troubles: list[str] = field(default_factory=list)
    tracker: Tracker = field(default_factory=Tracker)
    found: list[Found] = field(default_factory=list)
    identified: Identified | None = None
    _errors: dict[int, int] = field(default_factory=dict)

    def add(self, worker: int, report: Report) -> None:
        """Add what a process tells; its errors are those of the whole run until then."""
        self.aggregate.merge(report.aggregate)
        self.cpu = max((cpu for cpu in (self.cpu, report.cpu) if cpu is not None), default=None)
        self.unsent += report.unsent
        self.failures += report.failures
        self._errors[worker] = report.errors
        for each in report.trackers:
            self.tracker.merge(each)
        if report.found is not None:
            self.found.append(report.found)
        if report.identified is not None:
            self.identified = self.identified or Identified(report.identified.limit)
            self.identified.merge(report.identified)
        self.troubles += [text for text in report.troubles if text not in self.troubles]

    @property
    def errors(self) -> int:
        """How often the scenarios' own code failed."""
        return sum(self._errors.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a run beside what was counted; see `Result`. `bill` is what it has cost.

    `observed` is what the platform itself knows of the time of the judged phases, where that was read.
    """

    run_id: str
    started_s: float
    ended_s: float
    target: Target
    definitions: Sequence[Definition]
    workers: int = 1
    lost_workers: int = 0
    round_trip_ms: float | None = None
    thresholds: Collection[Threshold] = ()
    complete: bool = True
    notes: tuple[str, ...] = ()
    loop: Literal["open", "closed"] = "open"
    judged: tuple[str, ...] = ()
    tolerances: Tolerances = field(default_factory=Tolerances)
    bill: Bill | None = None
    observed: ObservedStack | None = None


def result_of(tally: Tally, facts: Facts) -> Result:
    """Return the result of a run."""
    judged = facts.judged or judged_phases(facts.definitions)
    aggregate = tally.aggregate
    planned = aggregate.dispatch().planned + tally.unsent
    happened = generation(
        aggregate, planned=planned, cpu=tally.cpu, lost_workers=facts.lost_workers, errors=tally.failures, judged=judged
    )
    happened = replace(happened, journey_errors=tally.errors, unreached=unreached(aggregate.cell()))
    cell = judged_cell(aggregate, judged)
    completion = _completion(cell, judged, tally.identified, facts.observed)
    return make_result(
        aggregate,
        run_id=facts.run_id,
        started_s=facts.started_s,
        ended_s=facts.ended_s,
        mix=_mix(facts.definitions) or {scenario: 1.0 for _, scenario in aggregate.dispatches},
        target=facts.target,
        validity=judge(happened, facts.tolerances),
        judged=judged,
        generator=Generator(
            workers=facts.workers,
            cpu=tally.cpu,
            python=platform.python_version(),
            machine=machine(),
            loop=facts.loop,
        ),
        thresholds=facts.thresholds,
        others={**_effects(tally.tracker, facts, judged), **completion.others},
        inits=completion.inits,
        cold_start_source=completion.cold_start_source,
        arrival_rate=_rate(facts.definitions),
        round_trip_ms=facts.round_trip_ms,
        git=git_revision(),
        cost=facts.bill.as_json() if facts.bill is not None else None,
        complete=facts.complete,
        found=tuple(tally.found),
        notes=(*facts.notes, *completion.notes, *tally.troubles),
    )


def judged_phases(definitions: Sequence[Definition]) -> tuple[str, ...]:
    """Return the phases that a run of these scenarios is judged by."""
    return tuple(dict.fromkeys(phase for each in definitions for phase in each.judged))


def window_of(aggregate: Aggregate, judged: tuple[str, ...]) -> Window | None:
    """Return the time from the first arrival of some phases to the last answer; None where nothing was planned."""
    planned_s = [each.start_s for each in judged_dispatch(aggregate, judged).course() if each.planned]
    if not planned_s:
        return None
    ended_s = [level.start_s + SLOT_S for level in judged_cell(aggregate, judged).running.levels()]
    return Window(float(planned_s[0]), max([planned_s[-1] + 1.0, *ended_s[-1:]]))


def unreached(cell: Cell) -> int:
    """Return how many requests came to no function: what failed or was refused, unless it is known to have run."""
    return sum(
        count
        for (kind, reason, _), count in cell.counts.items()
        if kind in {"failed", "refused"} and reason.partition(" ")[0] not in _REACHED
    )


def machine() -> str:
    """Return what the generator runs on, without its name."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"


def git_revision() -> str | None:
    """Return the revision of the working tree in which the run was started; None where there is none."""
    try:
        asked = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607  # whichever git there is
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None


def _effects(tracker: Tracker, facts: Facts, judged: Sequence[str]) -> Mapping[str, Interval | Unknown]:
    """Return what came of what pipelines were sent."""
    sinks = [each.sink for each in facts.definitions if each.sink is not None]
    also = [each.metric for each in facts.thresholds if each.metric.startswith("end_to_end.")]
    return estimates_of(tracker, sinks, phases=judged, also=also)


def _mix(definitions: Sequence[Definition]) -> dict[str, float]:
    """Return what scenarios are counted as, by the arrivals that are expected in their judged phases."""
    return {
        key: share * sum(phase.expected for phase in each.plan.phases if phase.judged)
        for each in definitions
        for key, share in each.weights.items()
    }


def _rate(definitions: Sequence[Definition]) -> float | None:
    """Return the intended arrivals a second of all scenarios together; None where one of them has no one rate."""
    rates = [each.arrival_rate for each in definitions]
    known = [rate for rate in rates if rate is not None]
    return math.fsum(known) if known and len(known) == len(rates) else None


def _completion(
    cell: Cell, judged: tuple[str, ...], identified: Identified | None, observed: ObservedStack | None
) -> Completion:
    """Return what the platform knows beside what the run saw; what told of cold starts without that, if nothing."""
    source = _source(cell)
    if observed is None:
        return Completion(others={}, inits=None, cold_start_source=source, notes=())
    return complete(observed, cell, sources=source.sources, identified=identified, phases=judged)


def _source(cell: Cell) -> ColdStartSource:
    """Return what told of cold starts: a REPORT tells what was billed, the probe does not."""
    reports = sum(requests for requests, _ in cell.billed.values())
    sources: list[Source] = []
    if reports:
        sources.append("report")
    if cell.evidenced > reports:
        sources.append("probe")
    return ColdStartSource(sources=tuple(sources), cannot_say=tuple(_CANNOT_SAY[each] for each in sources))
