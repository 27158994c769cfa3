"""Erlang's loss formula: what share of Poisson arrivals finds no room, and how much room that tells of.

It holds for Poisson arrivals without retries and a limit that does not change, whatever the distribution of the
service times (A. K. Erlang, 1917). The offered load is in erlangs: arrivals a second times mean seconds of service.
"""

from __future__ import annotations

import math

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.intervals import Interval

__all__ = ["blocking", "offered_load", "places", "places_from"]


def blocking(offered: float, count: int) -> float:
    """Return the share of arrivals that are lost with so many places, by Erlang's recurrence."""
    if offered < 0 or count < 0:
        raise InvalidParameterError(f"A load of {offered} on {count} places cannot be: both are 0 or more.")
    lost = 1.0
    for place in range(1, count + 1):
        lost = offered * lost / (place + offered * lost)
    return lost


def places(offered: float, lost: float) -> int:
    """Return the fewest places that lose no more than this share."""
    _check(lost)
    count, share = 0, 1.0
    while share > lost:
        count += 1
        share = offered * share / (count + offered * share)
    return count


def offered_load(count: int, lost: float) -> float:
    """Return the load (erlangs) at which so many places lose this share."""
    _check(lost)
    low, high = 0.0, 1.0
    while blocking(high, count) < lost:
        low, high = high, 2 * high
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return middle
        if blocking(middle, count) < lost:
            low = middle
        else:
            high = middle


def places_from(offered: float, lost: Interval) -> Interval:
    """Return how many places there are where this share of a load was lost: a limit that is found without bursts.

    A share that may be 0 leaves the number without an upper bound.
    """
    least, most = (_nearest(offered, share) for share in (lost.upper, lost.lower))
    return Interval(
        value=_nearest(offered, lost.value),
        lower=least,
        upper=most,
        n=lost.n,
        method="Erlang-B, inverted",
        confidence=lost.confidence,
        note="holds for Poisson arrivals without retries and a limit that does not change",
    )


def _nearest(offered: float, lost: float) -> float:
    """Return the number of places whose loss is closest to a share, on a logarithmic scale; 0 lost needs no end."""
    if lost <= 0:
        return math.inf
    if lost >= 1:
        return 0.0
    count = places(offered, lost)
    one_less, here = blocking(offered, count - 1), blocking(offered, count)
    return float(count - 1 if math.log(one_less / lost) < math.log(lost / here) else count)


def _check(lost: float) -> None:
    if not 0 < lost < 1:
        raise InvalidParameterError(f"The share that is lost lies between 0 and 1, not {lost}.")
