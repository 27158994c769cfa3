"""One result beside another: whether they may be compared, and what differs by more than chance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.estimates.intervals import CONFIDENCE
from pytest_serverless.load.estimates.thresholds import unit_of
from pytest_serverless.load.results.changes import Change, change
from pytest_serverless.load.results.result import Result

__all__ = ["FACTS", "METRICS", "Comparison", "compare", "why_incomparable"]

METRICS: Final = (
    "throttles",
    "function_errors",
    "ambiguous",
    "refused",
    "failed",
    "cold_starts.new_instance",
    "cold_starts.user_visible",
    "latency.p50",
    "latency.p95",
    "latency.p99",
    "latency.mean",
    "latency.warm.p50",
    "latency.cold.p50",
    "init.p50",
    "throughput",
)
"""What is compared. Peaks and the number of instances are not: one run has one of each, and no interval of chance."""

_APART_S: Final = 6 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All changes from A to B, and what a reader must know of them."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...]

    @property
    def changed(self) -> tuple[Change, ...]:
        """Those that exceed their intervals."""
        return tuple(each for each in self.changes if each.outcome == "changed")


def why_incomparable(a: Result, b: Result, *, differs: Collection[str] = ()) -> list[str]:
    """Return every reason why two runs cannot be compared: what was measured is not the same, or not valid.

    What `differs` on purpose, by the names of `FACTS`, is none; raises UnknownNameError for what there is not.
    """
    for name in differs:
        if name not in FACTS:
            raise UnknownNameError("fact in which runs may differ", name, FACTS)
    told = (reason for name, reason in _not_the_same(a, b) if name not in differs)
    return [*_not_valid("A", a), *_not_valid("B", b), *told]


def compare(a: Result, b: Result, *, differs: Collection[str] = (), confidence: float = CONFIDENCE) -> Comparison:
    """Return what changed from A to B; raises InvalidParameterError with every reason where they cannot be compared.

    Two runs of the same are found different in one of twenty comparisons at the most, however many metrics there are:
    each has its share of that chance (C. E. Bonferroni, 1936). What `differs` on purpose is as in `why_incomparable`.
    """
    reasons = why_incomparable(a, b, differs=differs)
    if reasons:
        hint = _hint([name for name, _ in _not_the_same(a, b) if name not in differs])
        raise InvalidParameterError(f"These runs cannot be compared. {' '.join(f'{each}.' for each in reasons)}{hint}")
    names = [name for name in METRICS if name in a.estimates and name in b.estimates]
    each_confidence = 1 - (1 - confidence) / max(len(names), 1)
    cells = a.cell, b.cell
    changes = (
        change(name, unit_of(name), (a.estimates[name], b.estimates[name]), cells, each_confidence) for name in names
    )
    return Comparison(changes=tuple(changes), notes=tuple(_notes(a, b, len(names), differs)))


def _not_valid(which: str, run: Result) -> Iterator[str]:
    if not run.validity.is_valid:
        yield f"{which} is INVALID: {'; '.join(run.validity.reasons)}"


def _not_the_same(a: Result, b: Result) -> Iterator[tuple[str, str]]:
    """Yield the name of each fact that is not the same, and what it is in both."""
    for name, (words, fact) in FACTS.items():
        one, other = fact(a), fact(b)
        is_told_already = name == "mix" and sorted(a.mix) != sorted(b.mix)
        if one != other and not is_told_already:
            yield name, f"{words}: {_said(one)} in A, {_said(other)} in B"


def _hint(names: list[str]) -> str:
    return f" If that is on purpose, say so: --differs {','.join(names)}." if names else ""


def _shares(mix: Any) -> dict[str, float]:
    whole = sum(mix.values())
    return {name: round(weight / whole, 9) for name, weight in sorted(mix.items())} if whole else dict(mix)


def _settings(run: Result, *names: str) -> list[Any]:
    return sorted(([getattr(each, name) for name in names] for each in run.target.functions), key=str)


def _setting(name: str) -> Callable[[Result], Any]:
    return lambda run: _settings(run, name)


FACTS: Final[Mapping[str, tuple[str, Callable[[Result], Any]]]] = {
    "scenarios": ("scenarios", lambda run: sorted(run.mix)),
    "mix": ("mix", lambda run: _shares(run.mix)),
    "arrival_rate": ("arrival rate", lambda run: run.arrival_rate),
    "loop": ("loop", lambda run: run.generator.loop),
    "judged": ("judged phases", lambda run: run.judged),
    "provider": ("provider", lambda run: run.target.provider),
    "region": ("region", lambda run: run.target.region),
    "memory": ("memory", _setting("memory_mb")),
    "architecture": ("architecture", _setting("architecture")),
    "reserved": ("reserved concurrency", _setting("reserved")),
    "provisioned": ("provisioned concurrency", _setting("provisioned")),
    "most_instances": ("instances at most", _setting("most_instances")),
    "at_once": ("requests at once on an instance", _setting("at_once")),
}
"""What must be the same in two runs: the name by which it may differ on purpose, what it is called, and where it is."""


def _said(fact: Any) -> str:
    if isinstance(fact, dict):
        return ", ".join(f"{name} {share:.4g}" for name, share in fact.items())
    if isinstance(fact, (list, tuple)):
        return ", ".join(_said(each) for each in fact) or "none"
    return "not set" if fact is None else str(fact)


def _notes(a: Result, b: Result, compared: int, differs: Collection[str]) -> Iterator[str]:
    for name, reason in _not_the_same(a, b):
        if name in differs:
            yield f"on purpose, {reason}"
    if compared:
        yield (
            f"{compared} metrics are compared; the intervals of the differences are so wide that two runs of the same "
            "are told apart once in twenty comparisons at the most"
        )
    apart_s = abs(b.started_s - a.started_s)
    if apart_s > _APART_S:
        yield (
            f"the runs began {_ago(apart_s)} apart: on different days the same platform differs by itself, by as much "
            "as a factor of two. Run both interleaved to know what is yours"
        )
    else:
        yield "one run ran after the other: what else changed in between is part of the difference"
    for name, one, other in _told_of(a, b):
        if one != other:
            yield f"{name}: {_said(one)} in A, {_said(other)} in B"
    for which, run in (("A", a), ("B", b)):
        if not run.complete:
            yield f"{which} was cut off"


def _told_of(a: Result, b: Result) -> Iterator[tuple[str, Any, Any]]:
    yield "target", str(a.target), str(b.target)
    yield "runtime", _settings(a, "runtime"), _settings(b, "runtime")
    yield "git revision", a.git, b.git
    yield "machine of the generator", a.generator.machine, b.generator.machine
    yield "pytest-serverless-toolkit", a.tool_version, b.tool_version


def _ago(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
