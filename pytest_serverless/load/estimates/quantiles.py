"""Quantiles with bounds that are samples themselves: nothing is supposed of the distribution.

The number of samples below a quantile is binomial, so that two of the samples, by their ranks, enclose it with a
probability that can be summed exactly.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.distributions import binomial_mass
from pytest_serverless.load.estimates.intervals import CONFIDENCE, Interval, Unknown

__all__ = ["minimum_n", "quantile", "quantile_of_sample", "ranks"]


def quantile(
    counts: Iterable[tuple[float, int]], share: float, *, confidence: float = CONFIDENCE, resolution: float = 0.0
) -> Interval | Unknown:
    """Return the value below which this share of the samples lies, from (value, how many) pairs such as a histogram's.

    `resolution` is how far, as a share of it, a value may be from what was measured: the bounds are moved apart by it.
    """
    pairs = sorted((value, count) for value, count in counts if count)
    below = list(accumulate(count for _, count in pairs))
    n = below[-1] if below else 0
    found = ranks(n, share, confidence)
    if found is None:
        return Unknown(n=n, needed=minimum_n(share, confidence))
    at = math.ceil(share * n - 1e-9)
    value, lower, upper = (pairs[bisect_left(below, rank)][0] for rank in (max(at, 1), *found))
    return Interval(
        value=value,
        lower=lower - abs(lower) * resolution,
        upper=upper + abs(upper) * resolution,
        n=n,
        method="order statistics",
        confidence=confidence,
    )


def quantile_of_sample(values: Iterable[float], share: float, *, confidence: float = CONFIDENCE) -> Interval | Unknown:
    """Return the same from the samples themselves, in any order."""
    return quantile(((value, 1) for value in values), share, confidence=confidence)


def ranks(n: int, share: float, confidence: float = CONFIDENCE) -> tuple[int, int] | None:
    """Return the ranks, from 1, of the samples that enclose the quantile; the fewest ranks apart.

    None where even the least and the greatest of n samples enclose it too rarely.
    """
    if not 0 < share < 1:
        raise InvalidParameterError(f"A quantile is asked for by a share between 0 and 1, not {share}; p99 is 0.99.")
    if n < minimum_n(share, confidence):
        return None
    low = high = min(max(math.floor((n + 1) * share), 1), n - 1)
    left = right = covered = binomial_mass(low, n, share)
    odds = share / (1 - share)
    while covered < confidence and (low > 1 or high < n - 1):
        down = left * low / ((n - low + 1) * odds) if low > 1 else -1.0
        up = right * (n - high) / (high + 1) * odds if high < n - 1 else -1.0
        if down > up:
            low, left = low - 1, down
        else:
            high, right = high + 1, up
        covered += max(down, up)
    return low, high + 1


def minimum_n(share: float, confidence: float = CONFIDENCE) -> int:
    """Return the least n for which any bounds exist: 6 for the median, 59 for p95, 299 for p99."""
    least, most = 1, 2
    while not _encloses(most, share, confidence):
        least, most = most, 2 * most
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if _encloses(middle, share, confidence) else (middle, most)
    return most


def _encloses(n: int, share: float, confidence: float) -> bool:
    """Tell whether the least and the greatest of n samples enclose the quantile often enough."""
    return bool(1 - share**n - (1 - share) ** n >= confidence)
