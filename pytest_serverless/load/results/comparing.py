"""One result beside another: whether they may be compared, and what differs by more than chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.aggregates.cells import Cell, Class
from pytest_serverless.load.estimates.comparisons import difference_of_medians, difference_of_proportions
from pytest_serverless.load.estimates.distributions import normal_quantile
from pytest_serverless.load.estimates.intervals import CONFIDENCE, Interval, Unknown
from pytest_serverless.load.estimates.thresholds import Unit, unit_of
from pytest_serverless.load.observations import Kind
from pytest_serverless.load.results.result import Result

__all__ = ["METRICS", "Change", "Comparison", "compare", "why_incomparable"]

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

_KINDS: Final[dict[str, Kind]] = {
    "throttles": "throttled",
    "function_errors": "function_error",
    "ambiguous": "ambiguous",
    "refused": "refused",
    "failed": "failed",
}
_CLASSES: Final[dict[str, tuple[Class, ...]]] = {
    "latency.p50": ("warm", "cold", "unknown"),
    "latency.warm.p50": ("warm",),
    "latency.cold.p50": ("cold",),
}
_APART_S: Final = 6 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One metric in A and in B, and `difference`, which is B less A, in the metric's unit."""

    metric: str
    unit: Unit
    a: Interval | Unknown
    b: Interval | Unknown
    difference: Interval | Unknown

    @property
    def outcome(self) -> Literal["changed", "within", "unknown"]:
        """Whether the difference exceeds its interval: 0 is not in it."""
        if isinstance(self.difference, Unknown):
            return "unknown"
        return "within" if self.difference.contains(0.0) else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All changes from A to B, and what a reader must know of them."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...]

    @property
    def changed(self) -> tuple[Change, ...]:
        """Those that exceed their intervals."""
        return tuple(each for each in self.changes if each.outcome == "changed")


def why_incomparable(a: Result, b: Result) -> list[str]:
    """Return every reason why two runs cannot be compared: what was measured is not the same, or not valid."""
    return [*_not_valid("A", a), *_not_valid("B", b), *_not_the_same(a, b)]


def compare(a: Result, b: Result, *, confidence: float = CONFIDENCE) -> Comparison:
    """Return what changed from A to B; raises InvalidParameterError with every reason where they cannot be compared.

    Two runs of the same are found different in one of twenty comparisons at the most, however many metrics there are:
    each has its share of that chance (C. E. Bonferroni, 1936).
    """
    reasons = why_incomparable(a, b)
    if reasons:
        raise InvalidParameterError("These runs cannot be compared. " + " ".join(f"{each}." for each in reasons))
    names = [name for name in METRICS if name in a.estimates and name in b.estimates]
    each_confidence = 1 - (1 - confidence) / max(len(names), 1)
    cells = a.cell, b.cell
    changes = (
        Change(
            metric=name,
            unit=unit_of(name),
            a=a.estimates[name],
            b=b.estimates[name],
            difference=_difference(name, a.estimates[name], b.estimates[name], cells, each_confidence),
        )
        for name in names
    )
    return Comparison(changes=tuple(changes), notes=tuple(_notes(a, b, len(names))))


def _not_valid(which: str, run: Result) -> Iterator[str]:
    if not run.validity.is_valid:
        yield f"{which} is INVALID: {'; '.join(run.validity.reasons)}"


def _not_the_same(a: Result, b: Result) -> Iterator[str]:
    facts: dict[str, Callable[[Result], Any]] = {
        "scenarios": lambda run: sorted(run.mix),
        "mix": lambda run: _shares(run.mix),
        "arrival rate": lambda run: run.arrival_rate,
        "loop": lambda run: run.generator.loop,
        "judged phases": lambda run: run.judged,
        "provider": lambda run: run.target.provider,
        "region": lambda run: run.target.region,
        "memory": lambda run: _settings(run, "memory_mb"),
        "architecture": lambda run: _settings(run, "architecture"),
        "concurrency settings": lambda run: _settings(run, "reserved", "provisioned", "most_instances", "at_once"),
    }
    for name, fact in facts.items():
        one, other = fact(a), fact(b)
        if one != other and not (name == "mix" and sorted(a.mix) != sorted(b.mix)):
            yield f"{name}: {_said(one)} in A, {_said(other)} in B"


def _shares(mix: Any) -> dict[str, float]:
    whole = sum(mix.values())
    return {name: round(weight / whole, 9) for name, weight in sorted(mix.items())} if whole else dict(mix)


def _settings(run: Result, *names: str) -> list[Any]:
    return sorted(([getattr(each, name) for name in names] for each in run.target.functions), key=str)


def _said(fact: Any) -> str:
    if isinstance(fact, dict):
        return ", ".join(f"{name} {share:.4g}" for name, share in fact.items())
    if isinstance(fact, (list, tuple)):
        return ", ".join(_said(each) for each in fact) or "none"
    return "not set" if fact is None else str(fact)


def _difference(
    metric: str, a: Interval | Unknown, b: Interval | Unknown, cells: tuple[Cell, Cell], confidence: float
) -> Interval | Unknown:
    """Return B less A: the wider of what the samples tell if they are independent, and what both intervals tell."""
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return min((each for each in (a, b) if isinstance(each, Unknown)), key=lambda unknown: unknown.n)
    plain, both = _of_samples(metric, a, b, cells, confidence), _of_intervals(a, b, confidence)
    if plain is None or (isinstance(plain, Interval) and plain.width < both.width):
        return both
    return plain


def _of_samples(
    metric: str, a: Interval, b: Interval, cells: tuple[Cell, Cell], confidence: float
) -> Interval | Unknown | None:
    one, other = cells
    if metric in _KINDS:
        kind = _KINDS[metric]
        return difference_of_proportions(
            (other.count_of(kind), other.count), (one.count_of(kind), one.count), confidence=confidence
        )
    if unit_of(metric) == "share":
        return difference_of_proportions(
            (round(b.value * b.n), b.n), (round(a.value * a.n), a.n), confidence=confidence
        )
    if metric in _CLASSES:
        return difference_of_medians(
            _times(other, _CLASSES[metric]), _times(one, _CLASSES[metric]), confidence=confidence
        )
    if metric == "init.p50":
        return difference_of_medians(other.init.values(), one.init.values(), confidence=confidence)
    return None


def _times(cell: Cell, names: tuple[Class, ...]) -> list[tuple[float, int]]:
    latency = cell.latency
    return [pair for name in names for pair in latency[name].values()]


def _of_intervals(a: Interval, b: Interval, confidence: float) -> Interval:
    """Return B less A by the bounds of both, which allow for samples that cluster.

    G. Y. Zou, A. Donner, Construction of confidence limits about effect measures, Statistics in Medicine 27 (2008);
    the bounds are moved to another confidence as those of a normal distribution.
    """
    wider = normal_quantile((1 + confidence) / 2) / normal_quantile((1 + a.confidence) / 2)
    value = b.value - a.value
    return Interval(
        value=value,
        lower=value - wider * math.hypot(b.value - b.lower, a.upper - a.value),
        upper=value + wider * math.hypot(b.upper - b.value, a.value - a.lower),
        n=min(a.n, b.n),
        method="from both intervals",
        confidence=confidence,
    )


def _notes(a: Result, b: Result, compared: int) -> Iterator[str]:
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
