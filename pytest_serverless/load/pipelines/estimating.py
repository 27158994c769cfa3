"""Estimates of a pipeline: what is not there yet is not lost, and what is lost is not fast."""

from __future__ import annotations

from typing import Final

from pytest_serverless.load.aggregates.histogram import RESOLUTION
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.means import mean_of_cells, mean_of_counts
from pytest_serverless.load.estimates.proportions import proportion
from pytest_serverless.load.estimates.quantiles import quantile
from pytest_serverless.load.estimates.thresholds import quantile_share
from pytest_serverless.load.pipelines.traces import Fates

__all__ = ["duplicated", "lost", "time"]

_NEVER_MS: Final = 1e15
"""How long what is lost takes: longer than anything else, and still a number."""

_NONE: Final = "no effect was awaited for long enough: read the sink until the deadline after the last arrival"


def lost(fates: Fates, undecided: int) -> Interval | Unknown:
    """Return the share of arrivals of which nothing was seen until their deadline."""
    course = fates.course()
    events, n = sum(second.lost for second in course), sum(second.decided for second in course)
    if not n:
        return Unknown(n=0, needed=None, note=_NONE)
    late = f"{fates.late:,} of them came after the deadline" if fates.late else ""
    return _noted(proportion(events, n, [(each.lost, each.decided) for each in course]), late, _left_out(undecided))


def duplicated(fates: Fates, undecided: int) -> Interval | Unknown:
    """Return the share of arrivals that were seen, of which more than one effect came until the deadline."""
    course = fates.course()
    events, n = sum(second.duplicated for second in course), sum(second.seen for second in course)
    if not n:
        return Unknown(n=0, needed=None, note=_NONE)
    return _noted(proportion(events, n, [(each.duplicated, each.seen) for each in course]), _left_out(undecided))


def time(fates: Fates, metric: str, undecided: int) -> Interval | Unknown:
    """Return a figure of the times, `end_to_end.p99` or `end_to_end.mean`, in milliseconds.

    In quantiles, a lost arrival took longer than any that was seen. The mean is of those that were seen.
    """
    which = metric.removeprefix("end_to_end.")
    notes = [_seldom(fates), _left_out(undecided)]
    if which != "mean":
        return _noted(_quantile(fates, quantile_share(which)), *notes)
    missing = _lost(fates)
    return _noted(_mean(fates), f"without {missing:,} that were lost" if missing else "", *notes)


def _quantile(fates: Fates, share: float) -> Interval | Unknown:
    missing = _lost(fates)
    latest, earliest = (
        quantile([*times.values(), (_NEVER_MS, missing)], share, resolution=RESOLUTION)
        for times in (fates.latest, fates.earliest)
    )
    if isinstance(latest, Unknown) or isinstance(earliest, Unknown):
        return latest
    if latest.upper > _NEVER_MS / 2:
        said = "lies" if latest.value > _NEVER_MS / 2 else "may lie"
        note = f"it {said} beyond the deadline: {missing:,} of {latest.n:,} were not seen until then"
        return Unknown(n=latest.n, needed=None, note=note)
    return _widened(latest, earliest.lower)


def _mean(fates: Fates) -> Interval | Unknown:
    plain = mean_of_counts(fates.latest.values())
    stretches = mean_of_cells((second.sum_us / 1e3, second.seen) for second in fates.course())
    both = [each for each in (plain, stretches) if isinstance(each, Interval)]
    wider = max(both, key=lambda interval: interval.width, default=plain)
    return wider if isinstance(wider, Unknown) else _widened(wider, wider.lower - _gap_ms(fates))


def _widened(interval: Interval, lower: float) -> Interval:
    """Return an interval down to what it would be if effects were there as early as they may have been."""
    changed = interval.as_json()
    changed["lower"] = min(max(lower, 0.0), interval.lower)
    return Interval(**changed)


def _lost(fates: Fates) -> int:
    return sum(second.lost for second in fates.course())


def _gap_ms(fates: Fates) -> float:
    """Return how long, on average, an effect may have been there before it was seen."""
    return (fates.latest.total_us - fates.earliest.total_us) / max(fates.latest.count, 1) / 1e3


def _seldom(fates: Fates) -> str:
    gap_ms = _gap_ms(fates)
    if gap_ms < 1:
        return ""
    return f"effects may have been there for {gap_ms:,.0f} ms, on average, before they were looked for"


def _left_out(undecided: int) -> str:
    return f"without {undecided:,} arrivals that still had time when the sink was read last" if undecided else ""


def _noted(estimate: Interval | Unknown, *notes: str) -> Interval | Unknown:
    given = estimate.as_json()
    given["note"] = "; ".join(filter(None, [estimate.note, *notes]))
    return type(estimate)(**given)
