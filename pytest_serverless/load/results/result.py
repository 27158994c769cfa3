"""What is kept of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.load.aggregates import Aggregate, Dispatch
from pytest_serverless.load.aggregates.cells import Cell
from pytest_serverless.load.estimates.intervals import Interval, Unknown, estimate_from_json
from pytest_serverless.load.estimates.thresholds import Judgement, Threshold
from pytest_serverless.load.estimates.validity import Generation, Tolerances, Validity
from pytest_serverless.load.finding.found import Found
from pytest_serverless.load.observations import Source
from pytest_serverless.load.results.differences import Differences
from pytest_serverless.load.results.target import Target
from pytest_serverless.load.results.verdict import exit_code

__all__ = ["SCHEMA", "ColdStartSource", "Generator", "Result", "judged_cell", "judged_dispatch", "judged_seconds"]

SCHEMA: Final = 1
"""The version of the document. It rises where an older reader would misread it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """What sent: the number of its processes, the busiest one's share of a core (None: not measured), and the Python.

    `loop` is "open" where arrivals come when they are due, "closed" where users wait for their answers first.
    """

    workers: int = 1
    cpu: float | None = None
    python: str = ""
    machine: str = ""
    loop: Literal["open", "closed"] = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStartSource:
    """What told of cold starts, best first, and what it cannot say; no source is no evidence."""

    sources: tuple[Source, ...] = ()
    cannot_say: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run.

    - `tool_version` is that of this package; `run_id` is the run's own; `git` the revision of the tree it started in.
    - `started_s` and `ended_s`: seconds since the epoch, by the master's clock.
    - `mix`: by scenario, its weight; `arrival_rate`: the intended arrivals a second in the judged phases, all scenarios
      together, None where it was not constant.
    - `round_trip_ms`: of an empty request on an open connection; None where it was not measured.
    - `judged`: the phases that `estimates`, `law` and `judgements` are of; `aggregate` has all of them, each apart.
    - `estimates` by the names of metrics, in shares from 0 to 1, milliseconds, numbers a second and counts.
    - `law`: the mean number in flight by Little's law.
    - `found`: what searches came to, where the run was one.
    - `differences`: of the variants of A/B scenarios, in the judged phases.
    - `cost`: a bill as JSON, amounts in its currency as text; None where nothing was priced.
    - `complete`: False for a run that was cut off, whose numbers are those until then; the first of `notes` says
      why.
    """

    tool_version: str
    run_id: str
    started_s: float
    ended_s: float
    mix: Mapping[str, float]
    target: Target
    generator: Generator
    judged: tuple[str, ...]
    aggregate: Aggregate
    validity: Validity
    estimates: Mapping[str, Interval | Unknown]
    law: Interval | Unknown
    judgements: tuple[Judgement, ...] = ()
    cold_start_source: ColdStartSource = field(default_factory=ColdStartSource)
    differences: tuple[Differences, ...] = ()
    arrival_rate: float | None = None
    round_trip_ms: float | None = None
    git: str | None = None
    found: tuple[Found, ...] = ()
    cost: Mapping[str, Any] | None = None
    complete: bool = True
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 for a pass, 1 where a threshold failed, 3 for an invalid run, 4 for an inconclusive one.

        Without an answer to what was searched for, a run is inconclusive.
        """
        outcomes = [each.outcome for each in self.judgements]
        outcomes += ["inconclusive" for each in self.found if not each.is_answered]
        return exit_code(outcomes, is_valid=self.validity.is_valid, complete=self.complete)

    @property
    def phases(self) -> tuple[str, ...]:
        """All phases in which something was planned or seen, in the order of time."""
        first: dict[str, int] = {}
        for (phase, _), dispatch in self.aggregate.dispatches.items():
            start = next((second.start_s for second in dispatch.course()), 0)
            first[phase] = min(start, first.get(phase, start))
        seen = sorted({phase for phase, _, _ in self.aggregate.cells} - first.keys())
        return (*sorted(first, key=lambda phase: (first[phase], phase)), *seen)

    @property
    def cell(self) -> Cell:
        """What was seen in the judged phases, together."""
        return judged_cell(self.aggregate, self.judged)

    @property
    def dispatch(self) -> Dispatch:
        """What became of the arrivals of the judged phases."""
        return judged_dispatch(self.aggregate, self.judged)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values, with the exit code for readers that have no use for the rest."""
        return {
            "schema": SCHEMA,
            **{name: getattr(self, name) for name in _PLAIN},
            "exit_code": self.exit_code,
            "mix": dict(self.mix),
            "target": self.target.as_json(),
            "generator": asdict(self.generator),
            "validity": self.validity.as_json(),
            "thresholds": [each.as_json() for each in self.judgements],
            "estimates": {name: each.as_json() for name, each in self.estimates.items()},
            "law": self.law.as_json(),
            "differences": [each.as_json() for each in self.differences],
            "cold_start_source": {
                "sources": list(self.cold_start_source.sources),
                "cannot_say": list(self.cold_start_source.cannot_say),
            },
            "found": [each.as_json() for each in self.found],
            "cost": None if self.cost is None else dict(self.cost),
            "notes": list(self.notes),
            "judged": list(self.judged),
            "aggregate": self.aggregate.as_json(),
        }

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> Result:
        """Read what `as_json` gave; raises InvalidParameterError for what is no result, or one of a newer version.

        Thresholds are judged anew by their estimates, and the exit code follows from them.
        """
        _check_schema(given)
        try:
            return _from_json(given)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidParameterError(
                f"This is no whole result of a load test: {type(error).__name__}: {error}."
            ) from error


def judged_cell(aggregate: Aggregate, judged: tuple[str, ...]) -> Cell:
    """Return what was seen in some phases, together."""
    whole = Cell()
    for phase in judged:
        whole.merge(aggregate.cell(phase=phase))
    return whole


def judged_dispatch(aggregate: Aggregate, judged: tuple[str, ...]) -> Dispatch:
    """Return what became of the arrivals of some phases, together."""
    whole = Dispatch()
    for phase in judged:
        whole.merge(aggregate.dispatch(phase=phase))
    return whole


def judged_seconds(aggregate: Aggregate, judged: tuple[str, ...]) -> list[int]:
    """Return the seconds of some phases (since the epoch) without the first and last of each, which are parts.

    Between two phases there may be another, whose seconds are none of theirs.
    """
    whole: set[int] = set()
    for phase in judged:
        seconds = [each.start_s for each in aggregate.cell(phase=phase).course()]
        whole.update(range(min(seconds, default=0) + 1, max(seconds, default=0)))
    return sorted(whole)


def _check_schema(given: Any) -> None:
    schema = given.get("schema") if isinstance(given, Mapping) else None
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise InvalidParameterError("This is no result of a load test: it has no version of a schema.")
    if schema > SCHEMA:
        raise InvalidParameterError(
            f"This result has version {schema} of the schema, written by pytest-serverless-toolkit "
            f"{given.get('tool_version')}; versions up to {SCHEMA} can be read here. Upgrade pytest-serverless-toolkit."
        )


_PLAIN: Final[Mapping[str, tuple[type, ...]]] = {
    "tool_version": (str,),
    "run_id": (str,),
    "started_s": (float, int),
    "ended_s": (float, int),
    "arrival_rate": (float, int, type(None)),
    "round_trip_ms": (float, int, type(None)),
    "git": (str, type(None)),
    "complete": (bool,),
}
_YEAR_10000_S: Final = 253_402_300_800


def _bill(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a bill that has what reports tell of it; KeyError, TypeError or ValueError for anything else."""
    lines = [
        {**line, **{name: str(line[name]) for name in ("what", "quantity", "unit", "amount")}}
        for line in given["lines"]
    ]
    float(given["total"])
    return {**given, "lines": lines}


def _from_json(given: Mapping[str, Any]) -> Result:
    for name, types in _PLAIN.items():
        if not isinstance(given[name], types):
            raise TypeError(f"{name} cannot be {shorten(given[name])}")
    for name in ("started_s", "ended_s"):
        if not 0 <= given[name] < _YEAR_10000_S:
            raise ValueError(f"{name} cannot be {given[name]}")
    validity, source = given["validity"], given["cold_start_source"]
    return Result(
        **{name: given[name] for name in _PLAIN},
        mix=dict(given["mix"]),
        target=Target.from_json(given["target"]),
        generator=Generator(**given["generator"]),
        validity=Validity(
            reasons=tuple(validity["reasons"]),
            generation=Generation(**validity["generation"]),
            tolerances=Tolerances(**validity["tolerances"]),
        ),
        judgements=tuple(
            Threshold.parse(each["threshold"]).judge(estimate_from_json(each["estimate"]))
            for each in given["thresholds"]
        ),
        estimates={name: estimate_from_json(each) for name, each in given["estimates"].items()},
        law=estimate_from_json(given["law"]),
        differences=tuple(Differences.from_json(each) for each in given.get("differences", ())),
        cold_start_source=ColdStartSource(sources=tuple(source["sources"]), cannot_say=tuple(source["cannot_say"])),
        found=tuple(Found.from_json(each) for each in given.get("found", ())),
        cost=None if given["cost"] is None else _bill(given["cost"]),
        notes=tuple(given["notes"]),
        judged=tuple(given["judged"]),
        aggregate=Aggregate.from_json(given["aggregate"]),
    )
