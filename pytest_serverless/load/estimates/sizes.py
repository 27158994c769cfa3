"""How many samples are needed: to know something well enough, or to tell A from B."""

from __future__ import annotations

import math
from collections.abc import Callable

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.distributions import normal_quantile
from pytest_serverless.load.estimates.intervals import CONFIDENCE, Interval
from pytest_serverless.load.estimates.proportions import wilson_bounds
from pytest_serverless.load.estimates.quantiles import minimum_n, ranks

__all__ = [
    "POWER",
    "more_needed",
    "n_for_difference",
    "n_for_median_change",
    "n_for_proportion",
    "n_for_quantile",
    "power_for_median_change",
    "quantile_precision",
]

POWER = 0.8
"""How often a difference that is there shall be found."""

_MOST = 1 << 40


def n_for_proportion(p: float, relative: float, *, confidence: float = CONFIDENCE, design_effect: float = 1.0) -> int:
    """Return how many cases give a share p within ± this part of it, by the width of Wilson's interval.

    `design_effect` is by how much cases that cluster tell less: 1 for independent ones.
    """
    if not (0 < p < 1 and relative > 0):
        raise InvalidParameterError(f"Give a share between 0 and 1 and a part of it, not {p} and {relative}.")

    def is_enough(n: int) -> bool:
        lower, upper = wilson_bounds(p, n, confidence)
        return upper - lower <= 2 * relative * p

    return math.ceil(_least(is_enough) * design_effect)


def n_for_difference(
    p_a: float, p_b: float, *, power: float = POWER, confidence: float = CONFIDENCE, design_effect: float = 1.0
) -> int:
    """Return how many cases each of two arms needs to tell one share from another, two-sided.

    J. L. Fleiss, Statistical Methods for Rates and Proportions (1981), without the correction for continuity.
    """
    if p_a == p_b:
        raise InvalidParameterError(f"Two equal shares ({p_a}) cannot be told apart by any number of cases.")
    middle = (p_a + p_b) / 2
    alike = normal_quantile((1 + confidence) / 2) * math.sqrt(2 * middle * (1 - middle))
    apart = normal_quantile(power) * math.sqrt(p_a * (1 - p_a) + p_b * (1 - p_b))
    return math.ceil(((alike + apart) / (p_a - p_b)) ** 2 * design_effect)


def power_for_median_change(n: int, change: float, sigma: float, *, confidence: float = CONFIDENCE) -> float:
    """Return how often n samples in each arm find that a median changed by this part (-0.2: a fifth less).

    For lognormal values; `sigma` is the standard deviation of their logarithm, 0.25 for many cold starts.
    """
    error = sigma * math.sqrt(math.pi / n)
    return _upper_tail(normal_quantile((1 + confidence) / 2) - abs(math.log1p(change)) / error)


def n_for_median_change(change: float, sigma: float, *, power: float = POWER, confidence: float = CONFIDENCE) -> int:
    """Return how many samples each arm needs to find that a median changed by this part; as the power above."""
    if not change > -1 or not change or not sigma > 0:
        raise InvalidParameterError(
            f"Give a change above -1 that is not 0, and a sigma above 0: not {change}, {sigma}."
        )
    z = normal_quantile((1 + confidence) / 2) + normal_quantile(power)
    return math.ceil(math.pi * (sigma * z / math.log1p(change)) ** 2)


def quantile_precision(n: int, share: float, sigma: float, *, confidence: float = CONFIDENCE) -> float:
    """Return half the width of a quantile's interval, as a part of the quantile, that n lognormal values will give.

    Infinite where n is too small for an interval.
    """
    found = ranks(n, share, confidence)
    if found is None:
        return math.inf
    low, high = (math.exp(sigma * normal_quantile(rank / (n + 1))) for rank in found)
    return (high - low) / 2 / math.exp(sigma * normal_quantile(share))


def n_for_quantile(share: float, relative: float, sigma: float, *, confidence: float = CONFIDENCE) -> int:
    """Return how many lognormal values give a quantile within ± this part of it."""
    if not (relative > 0 and sigma > 0):
        raise InvalidParameterError(f"Give a part and a sigma above 0, not {relative} and {sigma}.")
    least = minimum_n(share, confidence)
    return _least(lambda n: n >= least and quantile_precision(n, share, sigma, confidence=confidence) <= relative)


def more_needed(estimate: Interval, limit: float, *, is_share: bool = False) -> int | None:
    """Return about how many more samples put the whole interval on one side of a limit, if the value stays.

    None where the value is at the limit: no number of samples tells on which side it is. Intervals shrink as the root
    of n does; those of shares are computed, and cases that cluster (an interval wider than Wilson's) count as fewer.
    """
    if estimate.value == limit:
        return None
    needed = _cases(estimate, limit) if is_share else _by_the_root(estimate, limit)
    return max(math.ceil(needed) - estimate.n, 1)


def _by_the_root(estimate: Interval, limit: float) -> float:
    side = estimate.upper - estimate.value if estimate.value < limit else estimate.value - estimate.lower
    return estimate.n * (side / (limit - estimate.value)) ** 2 + 1


def _cases(estimate: Interval, limit: float) -> float:
    share = estimate.value
    if share in (0.0, 1.0):
        return math.log1p(-estimate.confidence) / math.log1p(-abs(limit - share))

    def excludes(n: int) -> bool:
        lower, upper = wilson_bounds(share, n, estimate.confidence)
        return upper < limit or lower > limit

    lower, upper = wilson_bounds(share, estimate.n, estimate.confidence)
    design_effect = max((estimate.width / (upper - lower)) ** 2, 1.0)
    return _least(excludes) * design_effect


def _upper_tail(z: float) -> float:
    return math.erfc(z / math.sqrt(2)) / 2


def _least(is_enough: Callable[[int], bool]) -> int:
    """Return the least number that is enough, where more are enough too."""
    low, high = 0, 1
    while not is_enough(high):
        low, high = high, 2 * high
        if high > _MOST:
            raise InvalidParameterError("No number of samples is enough for that.")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
