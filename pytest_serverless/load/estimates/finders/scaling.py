"""How fast a platform adds instances: a bucket of tokens, one for each, found from a surge that it refuses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_serverless.load.estimates.intervals import Interval, Unknown

__all__ = ["ScalingRate", "scaling_rate"]

_LEAST_NEW = 10
"""Fewer instances than these after the first refusal give bounds too far apart to be of use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingRate:
    """Instances that may be added at one moment (`burst`), and in each ten seconds after that (`per_10_s`)."""

    burst: Interval | Unknown
    per_10_s: Interval | Unknown


def scaling_rate(
    begun_s: Sequence[float], refused_s: Sequence[float], *, started_s: float, limit: int | None = None
) -> ScalingRate:
    """Find the rate from a surge: when each new instance first served, when requests were throttled, when it started.

    A refusal says that no token was there: so many instances were begun since the start as the bucket had held and had
    been given since, less than one token apart. Two refusals so give the rate, within one instance in the time between.
    The surge must begin after a rest, ask for more than is added until its end, and hold its instances busy; `limit`
    is the concurrency limit where it is known. Unknown where refusals may be those of a concurrency limit.
    """
    begun = sorted(begun_s)
    # A refusal counts from the first one on; a request that came just before a token tells as much as any.
    refusals = sorted(at for at in refused_s if at >= started_s)
    unfit = _unfit(begun, refusals, limit)
    if unfit is not None:
        return ScalingRate(burst=unfit, per_10_s=unfit)
    first, last = refusals[0], refusals[-1]
    before, after = bisect_right(begun, first), bisect_right(begun, last)
    seconds, added = last - first, after - before
    per_s = (max(added - 1, 0) / seconds, added / seconds, (added + 1) / seconds)
    waited = first - started_s
    lower, upper = before - per_s[2] * waited, before + 1 - per_s[0] * waited
    middle = min(max(before - per_s[1] * waited, lower), upper)
    return ScalingRate(
        burst=_exact(middle, max(lower, 0.0), upper, before),
        per_10_s=_exact(10 * per_s[1], 10 * per_s[0], 10 * per_s[2], added),
    )


def _exact(value: float, lower: float, upper: float, n: int) -> Interval:
    note = "bounds without chance, if the clock of the sender is that of the platform"
    return Interval(value=value, lower=lower, upper=upper, n=n, method="token bucket", confidence=1.0, note=note)


def _unfit(begun: Sequence[float], refusals: Sequence[float], limit: int | None) -> Unknown | None:
    """Return why the rate cannot be told, if it cannot."""
    if len(refusals) < 2 or refusals[-1] <= refusals[0]:
        return Unknown(n=len(begun), needed=None, note="nothing was throttled twice: the surge asked for too little")
    if limit is not None and len(begun) >= limit:
        return Unknown(
            n=len(begun),
            needed=None,
            note=f"{len(begun)} instances were begun: the concurrency limit of {limit} was met",
        )
    added = bisect_right(begun, refusals[-1]) - bisect_right(begun, refusals[0])
    if added < _LEAST_NEW:
        return Unknown(
            n=added,
            needed=_LEAST_NEW,
            note="instances begun after the first refusal; if there are none, a concurrency limit refused",
        )
    return None
