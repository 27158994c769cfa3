"""Charts as a page has them: data for the script that draws them, and a table for whoever sees no drawing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pytest_serverless.load.results.result import Result
from pytest_serverless.report.escaping import plain
from pytest_serverless.report.figures import number
from pytest_serverless.report.page.courses import Chart, Line, Points, charts, span
from pytest_serverless.report.page.markup import data, element, escaped, table

__all__ = ["figures", "phases"]

_MOST_ROWS: Final = 30
"""Of the table below a chart."""
_LONGEST_NAME: Final = 40


def figures(result: Result) -> dict[str, str]:
    """Return the charts as HTML, by the titles of the sections that they belong to."""
    between = span(result)
    if between is None:
        return {}
    marks = phases(result)
    pairs = zip(charts(result), charts(result, _MOST_ROWS), strict=True)
    return {fine.section: _figure(fine, coarse, between[0], marks) for fine, coarse in pairs}


def _figure(chart: Chart, coarse: Chart, origin_s: int, marks: list[dict[str, Any]]) -> str:
    unit = f", {chart.unit}{' (logarithmic)' if chart.is_logarithmic else ''}"
    caption = element("strong", escaped(chart.title)) + element("span", escaped(unit), class_="unit")
    note = element("p", escaped(chart.note, len(chart.note)), class_="note")
    values = element("script", data(_drawn(chart, origin_s, marks)), type="application/json")
    plot = element("div", class_="plot")
    below = element("summary", f"Values of every {coarse.bins.width_s} s") + _table(coarse, origin_s)
    return element(
        "figure", f"{element('figcaption', caption + note)}{plot}{values}{element('details', below, open='')}"
    )


def _drawn(chart: Chart, origin_s: int, marks: list[dict[str, Any]]) -> dict[str, Any]:
    bins = chart.bins
    return {
        "title": chart.title,
        "unit": chart.unit,
        "logarithmic": chart.is_logarithmic,
        "end": bins.end_s - origin_s,
        "x": [round(bins.middle_s(at) - origin_s, 1) for at in range(bins.count)],
        "measures": chart.measures,
        "phases": marks,
        "lines": [_points(line) for line in chart.lines],
    }


def _points(line: Line) -> dict[str, Any]:
    upper = None if line.upper is None else [_rounded(value) for value in line.upper]
    return {
        "name": line.name,
        "colour": line.colour,
        "values": [_rounded(value) for value in line.values],
        "upper": upper,
    }


def _rounded(value: float | None) -> float | int | None:
    """Return a number with the four digits that a drawing can show."""
    if value is None:
        return None
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() else short


def _table(chart: Chart, origin_s: int) -> str:
    columns = list(_columns(chart))
    bins = chart.bins
    rows = tuple(
        (_clock(bins.first_s + at * bins.width_s - origin_s), *(_told(points[at]) for _, points in columns))
        for at in range(bins.count)
    )
    return table(("from", *(name for name, _ in columns)), rows)


def _columns(chart: Chart) -> Iterator[tuple[str, Points]]:
    value, upper = chart.measures
    for line in chart.lines:
        yield (f"{line.name}, {value}" if line.upper else line.name), line.values
        if line.upper:
            yield f"{line.name}, {upper}", line.upper


def _told(value: float | None) -> str:
    return "-" if value is None else number(value)


def _clock(seconds: int) -> str:
    """Return a time since the beginning, as minutes and seconds."""
    sign, size = "-" * (seconds < 0), abs(seconds)
    hours = f"{size // 3600}:{size // 60 % 60:02d}" if size >= 3600 else f"{size // 60}"
    return f"{sign}{hours}:{size % 60:02d}"


def phases(result: Result) -> list[dict[str, Any]]:
    """Return the phases in their order: name, from and to (seconds after the beginning), and whether it is judged."""
    between = span(result)
    found = [(phase, *seconds) for phase in result.phases for seconds in [_stretch(result, phase)] if seconds]
    origin_s = between[0] if between else 0
    return [
        {
            "name": plain(phase, _LONGEST_NAME),
            "from": first - origin_s,
            "to": end - origin_s,
            "judged": phase in result.judged,
        }
        for phase, first, end in found
    ]


def _stretch(result: Result, phase: str) -> tuple[int, int] | None:
    """Return from when until when arrivals of a phase were intended, or its requests where none were planned."""
    course = result.aggregate.dispatch(phase=phase).course()
    seconds = [row.start_s for row in course if row.planned]
    seconds = seconds or [row.start_s for row in result.aggregate.cell(phase=phase).course()]
    return (min(seconds), max(seconds) + 1) if seconds else None
