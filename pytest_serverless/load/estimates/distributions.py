"""The few quantiles that intervals need: of the beta, the binomial, Student's t and the normal distribution."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

__all__ = ["beta_quantile", "binomial_mass", "binomial_tail", "normal_quantile", "regularised_beta", "t_quantile"]

_TINY = 1e-300
_NORMAL = NormalDist()

normal_quantile: Callable[[float], float] = _NORMAL.inv_cdf
"""The value that a standard normal variable stays below with this probability."""


def regularised_beta(a: float, b: float, x: float) -> float:
    """Return I_x(a, b), the distribution function of the beta distribution, for a, b > 0 and 0 <= x <= 1.

    By its continued fraction (Abramowitz and Stegun, 1964, 26.5.8), on the side where that converges fast.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = math.exp(_log_front(a, b, x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1.0 - x) / b


def _log_front(a: float, b: float, x: float) -> float:
    return math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction's value, by Lentz's method; it takes about the root of a or b steps."""
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    step = 0
    while True:
        step += 1
        double = 2 * step
        even = step * (b - step) * x / ((a + double - 1.0) * (a + double))
        odd = -(a + step) * (a + b + step) * x / ((a + double) * (a + double + 1.0))
        change = 1.0
        for numerator in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + numerator * d)
            c = _away_from_zero(1.0 + numerator / c)
            change = c * d
            value *= change
        if abs(change - 1.0) < 1e-15:
            return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return the x with I_x(a, b) = p, by bisection to the last digits."""
    low, high = 0.0, 1.0
    while True:
        middle = (low + high) / 2
        if not low < middle < high or high - low < 1e-15 * high:
            return middle
        if regularised_beta(a, b, middle) < p:
            low = middle
        else:
            high = middle


def t_quantile(p: float, degrees: float) -> float:
    """Return the value that Student's t with so many degrees of freedom stays below with probability p."""
    if p == 0.5:
        return 0.0
    x = beta_quantile(2 * min(p, 1 - p), degrees / 2, 0.5)
    return math.copysign(math.sqrt(degrees * (1 / x - 1)), p - 0.5)


def binomial_tail(k: int, n: int, p: float) -> float:
    """Return the probability of k or more successes in n trials."""
    if k <= 0:
        return 1.0
    return 0.0 if k > n else regularised_beta(k, n - k + 1, p)


def binomial_mass(k: int, n: int, p: float) -> float:
    """Return the probability of exactly k successes in n trials, for 0 < p < 1."""
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))
