"""Shares of arrivals, with bounds: how often something happened in n cases."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.batches import BATCHES, Cell, as_batched, batched, half_width
from pytest_serverless.load.estimates.distributions import beta_quantile, normal_quantile
from pytest_serverless.load.estimates.intervals import CONFIDENCE, Interval, Unknown

__all__ = ["batch_means", "clopper_pearson", "proportion", "wilson", "wilson_bounds"]


def proportion(
    events: int, n: int, cells: Iterable[tuple[float, int]] | None = None, *, confidence: float = CONFIDENCE
) -> Interval | Unknown:
    """Return the share of n cases in which something happened, with the bounds to report.

    `cells` are the same cases in the order of time, cut into stretches: (events, cases) of each second, say. Events
    that cluster make Wilson's bounds too narrow. Where batch means are wider, the bounds are Wilson's of as many
    independent cases as would be as uncertain: as wide as those of batch means, but right for rare events too, whose
    spread is skewed (E. L. Korn and B. I. Graubard, Survey Methodology 24, 1998). Where nothing happened, or it always
    did, one bound is exact and the other is on its side alone (about 3 / n: the rule of three).
    """
    _check(events, n)
    if not n:
        return Unknown(n=0, needed=1)
    if events in (0, n):
        return _all_or_nothing(events, n, confidence)
    batches = None if cells is None else as_batched(cells)
    half = half_width(batches, confidence) if batches else 0.0
    score = normal_quantile((1 + confidence) / 2)
    effective = score**2 * (events / n) * (1 - events / n) / half**2 if half else math.inf
    if effective >= n:
        return wilson(events, n, confidence=confidence)
    lower, upper = wilson_bounds(events / n, effective, confidence)
    method = f"Wilson, of {effective:,.0f} cases by batch means"
    return _interval(events, n, lower, upper, method, confidence)


def wilson(events: int, n: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Return Wilson's score interval (E. B. Wilson, 1927), for independent cases; n is 1 or more."""
    _check(events, n, least=1)
    lower, upper = wilson_bounds(events / n, n, confidence)
    return _interval(events, n, lower if events else 0.0, upper if events < n else 1.0, "Wilson", confidence)


def wilson_bounds(p: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return Wilson's bounds for a share of n cases; for planning, neither need be whole."""
    z = normal_quantile((1 + confidence) / 2)
    centre = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max((centre - half) / scale, 0.0), min((centre + half) / scale, 1.0)


def clopper_pearson(events: int, n: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Return the exact interval (C. J. Clopper and E. S. Pearson, 1934): it covers at least as often as it says."""
    _check(events, n, least=1)
    tail = (1 - confidence) / 2
    lower = beta_quantile(tail, events, n - events + 1) if events else 0.0
    upper = beta_quantile(1 - tail, events + 1, n - events) if events < n else 1.0
    return _interval(events, n, lower, upper, "Clopper-Pearson", confidence)


def batch_means(
    cells: Iterable[tuple[float, int]], *, count: int = BATCHES, confidence: float = CONFIDENCE
) -> Interval | None:
    """Return the share by the spread between batches in time; None where there are too few cells for so many."""
    batches = batched(cells, count)
    if batches is None:
        return None
    events, n = _sums(batches)
    half = half_width(batches, confidence)
    method = f"batch means ({count}, Student's t)"
    return _interval(events, n, max(events / n - half, 0.0), min(events / n + half, 1.0), method, confidence)


def _sums(batches: list[Cell]) -> tuple[int, int]:
    return round(sum(events for events, _ in batches)), sum(n for _, n in batches)


def _all_or_nothing(events: int, n: int, confidence: float) -> Interval:
    bound = -math.expm1(math.log1p(-confidence) / n)
    note = "it never happened: the upper bound is about 3 / n" if not events else "it always happened"
    lower, upper = (1 - bound, 1.0) if events else (0.0, bound)
    return Interval(
        value=events / n, lower=lower, upper=upper, n=n, method="rule of three", confidence=confidence, note=note
    )


def _interval(events: int, n: int, lower: float, upper: float, method: str, confidence: float) -> Interval:
    share = events / n
    return Interval(
        value=share, lower=min(lower, share), upper=max(upper, share), n=n, method=method, confidence=confidence
    )


def _check(events: int, n: int, least: int = 0) -> None:
    if n < least or not 0 <= events <= n:
        raise InvalidParameterError(f"{events} of {n} is no share: events are 0 to n, and n is {least} or more.")
