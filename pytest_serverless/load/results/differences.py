"""The variants of an A/B scenario beside each other, in one run: interleaved, so that nothing else differs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.aggregates.cells import Cell
from pytest_serverless.load.estimates.intervals import CONFIDENCE, Interval, Unknown
from pytest_serverless.load.estimates.means import mean_of_counts
from pytest_serverless.load.estimates.measured import Measured
from pytest_serverless.load.estimates.thresholds import Unit, unit_of
from pytest_serverless.load.results.changes import Change, change
from pytest_serverless.load.results.target import Target
from pytest_serverless.pricing import Usage, bill_of_run

__all__ = ["COST", "METRICS", "Differences", "differences_of"]

COST: Final = "cost_per_million"
"""What a million requests cost at the list's price of AWS, by the memory and the milliseconds that were billed."""

METRICS: Final = (
    "latency.cold.p50",
    "init.p50",
    "latency.warm.p50",
    "latency.warm.p95",
    "latency.warm.mean",
    "cold_starts.user_visible",
    "throttles",
    COST,
)
"""What is compared, as far as both variants have it."""

_WITHOUT_EVIDENCE: Final = ("latency.p50", "latency.p95", "latency.mean", "throttles")
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """One scenario, or one of its journeys, in two variants: what differs from A to B.

    `requests` are how many of each were judged: by them, how many more arrivals bring so many more samples is known.
    """

    scenario: str
    a: str
    b: str
    changes: tuple[Change, ...]
    requests: tuple[int, int]

    @property
    def changed(self) -> tuple[Change, ...]:
        """Those that exceed their intervals."""
        return tuple(each for each in self.changes if each.outcome == "changed")

    def more_requests(self, change: Change, size: float | None = None) -> int | None:
        """Return about how many more requests of each variant bring as many samples as `change.more(size)` says.

        None where none has brought one yet.
        """
        more, n = change.more(size), change.difference.n
        if not more:
            return more
        return math.ceil(more * min(self.requests) / n) if n else None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "scenario": self.scenario,
            "a": self.a,
            "b": self.b,
            "requests": list(self.requests),
            "changes": [{**each.as_json(), "more_requests": self.more_requests(each)} for each in self.changes],
        }

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> Differences:
        """Read what `as_json` gave."""
        one, other = given["requests"]
        return Differences(
            scenario=given["scenario"],
            a=given["a"],
            b=given["b"],
            requests=(int(one), int(other)),
            changes=tuple(Change.from_json(each) for each in given["changes"]),
        )


def differences_of(
    aggregate: Aggregate,
    judged: Iterable[str],
    scenarios: Iterable[str],
    *,
    target: Target | None = None,
    confidence: float = CONFIDENCE,
) -> tuple[Differences, ...]:
    """Return how variants differ in the judged phases, each from the first of its scenario.

    `scenarios` are what arrivals are counted by, in the order of their variants: "Shop [eager]", "Shop [lazy]". Without
    evidence of cold starts, all answers are compared. Variants that do not differ are found different in one of twenty
    runs at the most, however many metrics and variants there are: each has its share of that chance (C. E. Bonferroni,
    1936).
    """
    phases, pairs = tuple(judged), list(_pairs(scenarios))
    measured = {name: _Variant(aggregate, phases, name, target) for pair in pairs for name in pair}
    compared = [(one, other, _shared(measured[one], measured[other])) for one, other in pairs]
    each_confidence = 1 - (1 - confidence) / max(sum(len(names) for _, _, names in compared), 1)
    return tuple(_differences(measured[one], measured[other], names, each_confidence) for one, other, names in compared)


def _pairs(scenarios: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the first variant of each scenario with each of its others."""
    variants: dict[str, list[str]] = {}
    for key in scenarios:
        name, mark, _ = key.partition(" [")
        if mark:
            variants.setdefault(name, []).append(key)
    for first, *others in variants.values():
        for other in others:
            yield first, other


class _Variant:
    """What one variant came to."""

    def __init__(self, aggregate: Aggregate, phases: tuple[str, ...], key: str, target: Target | None) -> None:
        self.scenario, _, named = key.partition(" [")
        self.name = named.removesuffix("]")
        self.cell = Cell()
        for phase in phases:
            self.cell.merge(aggregate.cell(phase=phase, scenario=key))
        self._measured = Measured(self.cell)
        self._target = target

    def of(self, metric: str) -> Interval | Unknown:
        return _cost(self.cell, self._target) if metric == COST else self._measured.of(metric)


def _shared(one: _Variant, other: _Variant) -> list[str]:
    """Return the metrics to compare: those that may be known of both."""
    cells = one.cell, other.cell
    names = METRICS if any(cell.told for cell in cells) else _WITHOUT_EVIDENCE
    lacking = {
        "init.p50": any(cell.inits for cell in cells),
        COST: all(cell.billed and 0 not in cell.billed for cell in cells),
    }
    return [name for name in names if lacking.get(name, True)]


def _differences(one: _Variant, other: _Variant, names: list[str], confidence: float) -> Differences:
    changes = (_change(name, one, other, confidence) for name in names)
    return Differences(
        scenario=one.scenario,
        a=one.name,
        b=other.name,
        changes=tuple(changes),
        requests=(one.cell.count, other.cell.count),
    )


def _change(name: str, one: _Variant, other: _Variant, confidence: float) -> Change:
    unit: Unit = "USD" if name == COST else unit_of(name)
    return change(name, unit, (one.of(name), other.of(name)), (one.cell, other.cell), confidence)


def _cost(cell: Cell, target: Target | None) -> Interval | Unknown:
    """Return what a million such requests cost; uncertain as the means of what ran and of what was initialised are."""
    n = sum(count for count, _ in cell.billed.values())
    ran = mean_of_counts(cell.duration.values())
    began = mean_of_counts([*cell.init.values(), (0.0, max(n - cell.inits, 0))])
    if isinstance(ran, Unknown) or isinstance(began, Unknown):
        return Unknown(n=n, needed=2)
    mean_ms = sum(total_ms for _, total_ms in cell.billed.values()) / n
    half = math.hypot(ran.width, began.width) / 2 / mean_ms if mean_ms else 0.0
    value, lower, upper = (_dollars(cell, target, factor) for factor in (1.0, max(1 - half, 0.0), 1 + half))
    return Interval(value=value, lower=lower, upper=upper, n=n, method="Student's t, of what is billed")


def _dollars(cell: Cell, target: Target | None, factor: float) -> float:
    functions = () if target is None else target.functions
    is_arm = {each.architecture for each in functions if each.architecture} in ({"arm64"}, {"arm"})
    n = sum(count for count, _ in cell.billed.values())
    usages = [
        Usage(
            memory_mb=memory_mb,
            requests=Decimal(count * _MILLION) / n,
            billed_ms=Decimal(total_ms * factor * _MILLION) / n,
            architecture="arm" if is_arm else "x86",
        )
        for memory_mb, (count, total_ms) in sorted(cell.billed.items())
    ]
    return float(bill_of_run(usages).total)
