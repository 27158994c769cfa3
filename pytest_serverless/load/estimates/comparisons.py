"""A beside B: differences of shares, differences and ratios of medians."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from pytest_serverless.load.estimates.distributions import binomial_tail
from pytest_serverless.load.estimates.intervals import CONFIDENCE, Interval, Unknown
from pytest_serverless.load.estimates.proportions import wilson
from pytest_serverless.load.estimates.quantiles import minimum_n

__all__ = ["difference_of_medians", "difference_of_proportions", "ratio_of_medians", "same_proportion"]

_NEGLIGIBLE = 1e-9


def difference_of_proportions(
    a: tuple[int, int], b: tuple[int, int], *, confidence: float = CONFIDENCE
) -> Interval | Unknown:
    """Return the share in A less that in B, each (events, n): Newcombe's interval from Wilson's two.

    R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17
    (1998), method 10. `n` is that of the smaller arm.
    """
    n = min(a[1], b[1])
    if not n:
        return Unknown(n=0, needed=1, note="in each arm")
    one, other = wilson(*a, confidence=confidence), wilson(*b, confidence=confidence)
    difference = one.value - other.value
    return Interval(
        value=difference,
        lower=difference - math.hypot(one.value - one.lower, other.upper - other.value),
        upper=difference + math.hypot(one.upper - one.value, other.value - other.lower),
        n=n,
        method="Newcombe",
        confidence=confidence,
    )


def same_proportion(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Return how probable a difference as large as this is, or a larger one, where both shares are the same.

    Fisher's exact test of (events, n) of two arms, two-sided: all tables that are no more probable than this one.
    """
    events, in_all = a[0] + b[0], a[1] + b[1]
    least, most = max(0, events - b[1]), min(events, a[1])
    whole = _log_choose(in_all, events)
    masses = [math.exp(_log_choose(a[1], k) + _log_choose(b[1], events - k) - whole) for k in range(least, most + 1)]
    bound = masses[a[0] - least] * (1 + 1e-7)
    return min(math.fsum(mass for mass in masses if mass <= bound), 1.0)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def difference_of_medians(
    a: Iterable[tuple[float, int]], b: Iterable[tuple[float, int]], *, confidence: float = CONFIDENCE
) -> Interval | Unknown:
    """Return the median of A less that of B, each (value, how many) pairs, by the bootstrap without its chance.

    Which sample is the median of a resample is binomial (B. Efron, 1979), so that the distribution that resampling
    would approach is summed instead of drawn, and needs no seed.
    """
    one, other = _Medians.of(a), _Medians.of(b)
    few = _too_few(one, other, confidence)
    if few is not None:
        return few
    spread = sorted((x - y, p * q) for x, p in one.spread for y, q in other.spread)
    return _bootstrapped(one.middle - other.middle, spread, min(one.n, other.n), confidence)


def ratio_of_medians(
    a: Iterable[tuple[float, int]], b: Iterable[tuple[float, int]], *, confidence: float = CONFIDENCE
) -> Interval | Unknown:
    """Return the median of A as a multiple of that of B; the values are positive. Otherwise as the difference."""
    one, other = _Medians.of(a), _Medians.of(b)
    few = _too_few(one, other, confidence)
    if few is not None:
        return few
    spread = sorted((x / y, p * q) for x, p in one.spread for y, q in other.spread)
    return _bootstrapped(one.middle / other.middle, spread, min(one.n, other.n), confidence)


@dataclass(frozen=True, slots=True)
class _Medians:
    """The median of a sample, and what it is in resamples: (value, probability)."""

    n: int
    middle: float
    spread: list[tuple[float, float]]

    @staticmethod
    def of(counts: Iterable[tuple[float, int]]) -> _Medians:
        pairs = sorted((value, count) for value, count in counts if count)
        below = list(accumulate(count for _, count in pairs))
        n = below[-1] if below else 0
        if n < 2:
            return _Medians(n, math.nan, [])
        middle = [pairs[bisect_left(below, rank)][0] for rank in ((n + 1) // 2, n // 2 + 1)]
        # A resample has an odd number, so that its median is one of the samples.
        drawn = n - 1 + n % 2
        up_to = [binomial_tail((drawn + 1) // 2, drawn, count / n) for count in below]
        masses = (after - before for before, after in zip([0.0, *up_to], up_to, strict=False))
        spread = [(value, mass) for (value, _), mass in zip(pairs, masses, strict=True) if mass > _NEGLIGIBLE]
        return _Medians(n, sum(middle) / 2, spread)


def _too_few(one: _Medians, other: _Medians, confidence: float) -> Unknown | None:
    n, needed = min(one.n, other.n), minimum_n(0.5, confidence)
    return Unknown(n=n, needed=needed, note="in each arm") if n < needed else None


def _bootstrapped(value: float, spread: list[tuple[float, float]], n: int, confidence: float) -> Interval:
    tail = (1 - confidence) / 2
    summed = list(accumulate(mass for _, mass in spread))
    lower, upper = (spread[min(bisect_left(summed, p), len(spread) - 1)][0] for p in (tail, 1 - tail))
    return Interval(
        value=value,
        lower=min(lower, value),
        upper=max(upper, value),
        n=n,
        method="bootstrap, summed exactly",
        confidence=confidence,
    )
