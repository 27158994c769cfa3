"""Thresholds: what each came to, in words and as a drawing of the interval beside the limit."""

from __future__ import annotations

from typing import Final

from pytest_serverless.load.estimates.intervals import Interval
from pytest_serverless.load.estimates.thresholds import Judgement
from pytest_serverless.load.results.result import Result
from pytest_serverless.load.results.verdict import outcome_of
from pytest_serverless.report.document import Cell
from pytest_serverless.report.page.markup import element, escaped, line

__all__ = ["judged"]

_WIDTH: Final = 200
_HEIGHT: Final = 20


def judged(result: Result, lines: tuple[tuple[Cell, ...], ...]) -> str:
    """Return the lines of a report that tell of thresholds as a table, in the words of every report."""
    if not lines:
        return ""
    rows = "".join(_row(result, *pair) for pair in zip(result.judgements, lines, strict=True))
    return element("div", element("table", element("tbody", rows), class_="limits"), class_="wide", tabindex="0")


def _row(result: Result, judgement: Judgement, told: tuple[Cell, ...]) -> str:
    outcome = outcome_of(judgement.outcome, is_valid=result.validity.is_valid, complete=result.complete)
    word, _, words = line(told).partition("  ")
    badge = element("th", element("span", word, class_=f"badge {outcome}"), scope="row")
    drawn = "" if outcome == "invalid" else _interval(judgement)
    return element("tr", f"{badge}{element('td', words)}{element('td', drawn)}")


def _interval(judgement: Judgement) -> str:
    """Return the interval as a bar from 0 on, its value as a dot, and the limit as a line across."""
    estimate, limit = judgement.estimate, judgement.threshold.limit
    if not isinstance(estimate, Interval):
        return ""
    most = max(estimate.upper, limit) or 1

    def x(value: float) -> str:
        return f"{4 + (_WIDTH - 8) * max(value, 0) / most:.1f}"

    middle = str(_HEIGHT // 2)
    drawn = (
        element("line", x1=x(0), x2=x(most), y1=middle, y2=middle, class_="axis"),
        element("line", x1=x(estimate.lower), x2=x(estimate.upper), y1=middle, y2=middle, class_="interval"),
        element("circle", cx=x(estimate.value), cy=middle, r="4", class_="value"),
        element("line", x1=x(limit), x2=x(limit), y1="0", y2=str(_HEIGHT), class_="limit"),
    )
    title = element("title", escaped(f"{judgement.threshold.text}: the bar is the interval, the line across the limit"))
    size = {"width": str(_WIDTH), "height": str(_HEIGHT), "viewBox": f"0 0 {_WIDTH} {_HEIGHT}"}
    return element("svg", title + "".join(drawn), role="img", **size)
