"""Estimates that both a log alone and requests joined to it give."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from pytest_serverless.load.estimates.cold_starts import ColdStarts, cold_starts
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.means import mean
from pytest_serverless.load.estimates.quantiles import quantile_of_sample

__all__ = ["Events", "by_second", "rates", "times"]

_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

Events = Sequence[tuple[float, bool]]
"""When, in seconds since the epoch, and whether it happened."""


def rates(
    waited: Events,
    firsts: Events,
    of: int,
    *,
    inits: int | None = None,
    init_times_s: Iterable[float] | None = None,
) -> ColdStarts:
    """Return the rates of cold starts: of requests that are known to have waited or not, and to be first or not.

    `init_times_s` are when inits began, where that is known: platforms begin several at a time, and the bounds allow
    for it. `inits` is their number, where it is all that is known.
    """
    begun = None if init_times_s is None else sorted(init_times_s)
    number = inits if begun is None else len(begun)
    visible = cold_starts(
        known=len(waited),
        unknown=of - len(waited),
        user_visible=sum(happened for _, happened in waited),
        inits=number if waited else None,
        user_visible_cells=by_second(waited),
        init_cells=None if begun is None else _inits_by_second(begun, waited),
    )
    new = cold_starts(
        known=len(firsts),
        unknown=of - len(firsts),
        new_instances=sum(happened for _, happened in firsts),
        new_instance_cells=by_second(firsts),
    )
    return ColdStarts(
        new_instance=new.new_instance,
        user_visible=visible.user_visible,
        init=visible.init,
        known=visible.known,
        unknown=visible.unknown,
    )


def by_second(events: Events) -> list[tuple[float, int]]:
    """Return how often it happened, and of how many, second by second."""
    seconds: dict[int, list[int]] = {}
    for at_s, happened in events:
        row = seconds.setdefault(int(at_s), [0, 0])
        row[0] += happened
        row[1] += 1
    return [(row[0], row[1]) for _, row in sorted(seconds.items())]


def _inits_by_second(begun: Sequence[float], invocations: Events) -> list[tuple[float, int]]:
    """Return the inits and the invocations of each second; inits without any belong to the next invocations."""
    seconds = Counter(int(at_s) for at_s, _ in invocations)
    ends = sorted(seconds)
    inits = Counter(bisect_left(ends, int(at_s)) for at_s in begun)
    inits[len(ends) - 1] += inits.pop(len(ends), 0)
    return [(inits[number], seconds[second]) for number, second in enumerate(ends)]


def times(name: str, values: Iterable[float]) -> dict[str, Interval | Unknown]:
    """Return quantiles and the mean of times, by their names."""
    sample = list(values)
    quantiles = {f"{name}.{which}": quantile_of_sample(sample, share) for which, share in _QUANTILES.items()}
    return {**quantiles, f"{name}.mean": mean(sample)}
