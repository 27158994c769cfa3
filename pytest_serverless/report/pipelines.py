"""What a report says of a pipeline: how long effects took, what was lost, what came twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.measured import NOT_MEASURED
from pytest_serverless.load.estimates.thresholds import unit_of
from pytest_serverless.report.document import Cell, Section
from pytest_serverless.report.figures import count, estimated

__all__ = ["pipeline"]

_ROWS: Final = {
    "end_to_end.p50": "until the effect, p50",
    "end_to_end.p95": "p95",
    "end_to_end.p99": "p99",
    "end_to_end.mean": "mean",
    "lost": "lost",
    "duplicated": "came more than once",
}


def pipeline(estimates: Mapping[str, Interval | Unknown]) -> Section:
    """Return what is known of the effects of arrivals; empty where there was no sink."""
    known = {name: each for name in _ROWS if (each := estimates.get(name)) is not None and each.note != NOT_MEASURED}
    rows: list[tuple[Cell, ...]] = [
        (_ROWS[name], estimated(each, unit_of(name)), count(each.n)) for name, each in known.items()
    ]
    notes = {each.note: None for each in known.values() if each.note}
    return Section(title="End to end", head=("", "", "n"), rows=tuple(rows), lines=tuple((note,) for note in notes))
