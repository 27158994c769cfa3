"""What differs from A to B, metric by metric, and how much more would have to be seen to tell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.load.aggregates.cells import Cell, Class
from pytest_serverless.load.estimates.comparisons import difference_of_medians, difference_of_proportions
from pytest_serverless.load.estimates.distributions import normal_quantile
from pytest_serverless.load.estimates.intervals import Interval, Unknown, estimate_from_json
from pytest_serverless.load.estimates.sizes import POWER, n_for_difference
from pytest_serverless.load.estimates.thresholds import Unit
from pytest_serverless.load.observations import Kind

__all__ = ["Change", "change"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One metric in A and in B, and `difference`, which is B less A, in the metric's unit.

    `error_of_one` is the standard error that the difference would have with one sample in each arm, which is steadier
    than what an interval of few samples tells; None where only that tells.
    """

    metric: str
    unit: Unit
    a: Interval | Unknown
    b: Interval | Unknown
    difference: Interval | Unknown
    error_of_one: float | None = None

    @property
    def outcome(self) -> Literal["changed", "within", "unknown"]:
        """Whether the difference exceeds its interval: 0 is not in it."""
        if isinstance(self.difference, Unknown):
            return "unknown"
        return "within" if self.difference.contains(0.0) else "changed"

    @property
    def samples(self) -> str:
        """What the samples are that more of would tell: not every request is one."""
        if self.metric.startswith("init") or ".cold." in self.metric:
            return "cold starts"
        return "warm answers" if ".warm." in self.metric else "requests"

    def more(self, size: float | None = None, *, power: float = POWER) -> int | None:
        """Return about how many more samples each arm needs, to find a difference so often as `power` says.

        That is one of this `size`, in the metric's unit, or else of the size that was seen. 0 where what there is
        suffices, None where no number does, or nothing is known that would tell. Errors shrink as the root of n; those
        of medians are taken for those of lognormal times, and shares of which none was seen are computed by
        `n_for_difference`.
        """
        if size is not None and not (math.isfinite(size) and size):
            raise InvalidParameterError(f"A difference to be told has a size that is not 0, not {size}.")
        found = self.difference
        if isinstance(found, Unknown):
            return found.more
        if size is None and self.outcome == "changed":
            return 0
        wanted = abs(found.value if size is None else size)
        if not wanted:
            return None
        return max(math.ceil(self._needed(found, wanted, power)) - found.n, 0)

    def _needed(self, found: Interval, wanted: float, power: float) -> float:
        if self.unit == "share" and self.a.value == self.b.value == 0.0 and wanted < 1:
            return n_for_difference(0.0, wanted, power=power, confidence=found.confidence)
        z = normal_quantile((1 + found.confidence) / 2)
        error = self.error_of_one or found.width / 2 / z * math.sqrt(found.n)
        return (error / wanted * (z + normal_quantile(power))) ** 2

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values, with what follows from it for readers."""
        return {
            "metric": self.metric,
            "unit": self.unit,
            "outcome": self.outcome,
            **{name: getattr(self, name).as_json() for name in ("a", "b", "difference")},
            "error_of_one": self.error_of_one,
            "more": self.more(),
            "samples": self.samples,
        }

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> Change:
        """Read what `as_json` gave."""
        if given["unit"] not in get_args(Unit):
            raise ValueError(f"the unit of {given['metric']} cannot be {shorten(given['unit'])}")
        a, b, between = (estimate_from_json(given[name]) for name in ("a", "b", "difference"))
        return Change(
            metric=given["metric"],
            unit=given["unit"],
            a=a,
            b=b,
            difference=between,
            error_of_one=given.get("error_of_one"),
        )


def change(
    metric: str,
    unit: Unit,
    estimates: tuple[Interval | Unknown, Interval | Unknown],
    cells: tuple[Cell, Cell],
    confidence: float,
) -> Change:
    """Return what differs in one metric from A to B, from their estimates and from what was counted."""
    a, b = estimates
    return Change(
        metric=metric,
        unit=unit,
        a=a,
        b=b,
        difference=_difference(metric, a, b, cells, confidence),
        error_of_one=_error_of_one(metric, cells),
    )


def _error_of_one(metric: str, cells: tuple[Cell, Cell]) -> float | None:
    """Return the standard error of the difference of two medians of one lognormal value each."""
    times = [_times_of(metric, cell) for cell in cells]
    if any(each is None for each in times):
        return None
    spreads = [_spread(each) for each in times if each]
    if len(spreads) < 2 or not all(spreads):
        return None
    return math.sqrt(math.pi / 2) * math.hypot(*spreads)


def _spread(times: list[tuple[float, int]]) -> float:
    """Return the standard deviation of the logarithms, times the median of a lognormal distribution."""
    logs = [(math.log(max(value, 1e-3)), count) for value, count in times]
    n = sum(count for _, count in logs)
    if n < 3:
        return 0.0
    mean = math.fsum(value * count for value, count in logs) / n
    variance = math.fsum(count * (value - mean) ** 2 for value, count in logs) / (n - 1)
    return math.sqrt(variance) * math.exp(mean)


def _difference(
    metric: str, a: Interval | Unknown, b: Interval | Unknown, cells: tuple[Cell, Cell], confidence: float
) -> Interval | Unknown:
    """Return B less A: the wider of what the samples tell if they are independent, and what both intervals tell."""
    plain = _of_samples(metric, a, b, cells, confidence)
    if isinstance(plain, Unknown):
        return plain
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return min((each for each in (a, b) if isinstance(each, Unknown)), key=lambda unknown: unknown.n)
    both = _of_intervals(a, b, confidence)
    return both if plain is None or plain.width < both.width else plain


def _of_samples(
    metric: str, a: Interval | Unknown, b: Interval | Unknown, cells: tuple[Cell, Cell], confidence: float
) -> Interval | Unknown | None:
    one, other = cells
    if metric in _KINDS:
        kind = _KINDS[metric]
        return difference_of_proportions(
            (other.count_of(kind), other.count), (one.count_of(kind), one.count), confidence=confidence
        )
    if metric.startswith("cold_starts.") and isinstance(a, Interval) and isinstance(b, Interval):
        return difference_of_proportions(
            (round(b.value * b.n), b.n), (round(a.value * a.n), a.n), confidence=confidence
        )
    of_one, of_other = _times_of(metric, one), _times_of(metric, other)
    if of_one is None or of_other is None:
        return None
    return difference_of_medians(of_other, of_one, confidence=confidence)


def _times_of(metric: str, cell: Cell) -> list[tuple[float, int]] | None:
    """Return the times whose median a metric is; None where it is none."""
    if metric == "init.p50":
        return list(cell.init.values())
    if metric not in _CLASSES:
        return None
    latency = cell.latency
    return [pair for name in _CLASSES[metric] for pair in latency[name].values()]


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
