"""Means with bounds."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pytest_serverless.load.estimates.batches import BATCHES, batched, half_width
from pytest_serverless.load.estimates.distributions import t_quantile
from pytest_serverless.load.estimates.intervals import CONFIDENCE, Interval, Unknown

__all__ = ["mean", "mean_of_cells", "mean_of_counts"]


def mean(values: Iterable[float], *, confidence: float = CONFIDENCE) -> Interval | Unknown:
    """Return the mean of independent values, by Student's t."""
    return mean_of_counts(((value, 1) for value in values), confidence=confidence)


def mean_of_counts(counts: Iterable[tuple[float, int]], *, confidence: float = CONFIDENCE) -> Interval | Unknown:
    """Return the same from (value, how many) pairs, such as a histogram's."""
    given = [(value, count) for value, count in counts if count]
    n = sum(count for _, count in given)
    if n < 2:
        return Unknown(n=n, needed=2)
    middle = math.fsum(value * count for value, count in given) / n
    spread = math.fsum(count * (value - middle) ** 2 for value, count in given) / (n - 1)
    half = t_quantile((1 + confidence) / 2, n - 1) * math.sqrt(spread / n)
    return _around(middle, half, n, "Student's t", confidence)


def mean_of_cells(
    cells: Iterable[tuple[float, int]], *, count: int = BATCHES, confidence: float = CONFIDENCE
) -> Interval | Unknown:
    """Return the mean of values in the order of time, which may depend on their neighbours, by batch means.

    `cells` are (sum of the values, how many) of each stretch of time.
    """
    given = list(cells)
    batches = batched(given, count)
    if batches is None:
        n = sum(each for _, each in given)
        return Unknown(n=n, needed=max(count, n + 1), note=f"{count} stretches of time with samples are needed")
    n = sum(each for _, each in batches)
    middle = math.fsum(total for total, _ in batches) / n
    return _around(middle, half_width(batches, confidence), n, f"batch means ({count}, Student's t)", confidence)


def _around(middle: float, half: float, n: int, method: str, confidence: float) -> Interval:
    return Interval(value=middle, lower=middle - half, upper=middle + half, n=n, method=method, confidence=confidence)
