"""How many samples are needed: to know something well enough, or to tell A from B."""

from __future__ import annotations

import math
from collections.abc import Callable

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.distributions import normal_quantile
from pytest_serverless.load.estimates.intervals import CONFIDENCE
from pytest_serverless.load.estimates.proportions import wilson_bounds
from pytest_serverless.load.estimates.quantiles import minimum_n, ranks

__all__ = [
    "POWER",
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
