"""The course of a run, as charts before anything is drawn: which lines there are, and their points."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pytest_serverless.load.aggregates import InFlight, Instances
from pytest_serverless.load.aggregates.cells import TIMES_S, Cell, Class
from pytest_serverless.load.results.result import Result
from pytest_serverless.report.figures import CLASSES
from pytest_serverless.report.page.bins import Bins

__all__ = ["MOST_POINTS", "Chart", "Line", "charts", "span"]

MOST_POINTS: Final = 1000
"""A line has no more of them, however long the run was."""

_FEW: Final = 30
"""So many times the least of the greatest time makes a chart of times logarithmic."""

Points = list[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line with its colour's name, its points, and what is shaded above it up to; None where nothing was."""

    name: str
    colour: str
    values: Points
    upper: Points | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Lines over the same stretches of time. `section` is the title of the section that it belongs to.

    `measures` say what values are, and what upper ones are.
    """

    title: str
    section: str
    unit: str
    bins: Bins
    lines: tuple[Line, ...]
    measures: tuple[str, str]
    note: str = ""
    is_logarithmic: bool = False


def span(result: Result) -> tuple[int, int] | None:
    """Return from when until when anything was intended, sent or in flight, in whole seconds; None for nothing."""
    whole = result.aggregate.cell()
    seconds = [row.start_s for row in whole.course()]
    seconds += [row.start_s for row in result.aggregate.dispatch().course()]
    seconds += [slot // 10 for slot in whole.in_flight.slots]
    return (min(seconds), max(seconds) + 1) if seconds else None


def charts(result: Result, most: int = MOST_POINTS) -> tuple[Chart, ...]:
    """Return every chart for which something was observed, each line with at most so many points."""
    between = span(result)
    if between is None:
        return ()
    cell, bins = result.aggregate.cell(), Bins.over(*between, most)
    made = (
        _latency(cell, Bins.over(*between, most, TIMES_S)),
        _arrivals(result, bins),
        _concurrency(result, cell, bins),
        _cold_starts(cell, bins),
        _answers(cell, bins),
    )
    return tuple(chart for chart in made if chart.lines)


def _latency(cell: Cell, bins: Bins) -> Chart:
    lines = [
        Line(name=words, colour=name, values=values, upper=upper)
        for name, words in CLASSES.items()
        for values, upper in [_times(cell, name, bins)]
        if any(value is not None for value in values)
    ]
    drawn = [value for line in lines for points in (line.values, line.upper or []) for value in points if value]
    return Chart(
        title="Latency by class",
        section="Latency from the intended start, in ms",
        unit="ms",
        bins=bins,
        lines=tuple(lines),
        measures=("median", "p95"),
        note=f"By the intended start, in stretches of {bins.width_s} s: the line is their median, shaded up to their "
        "p95 (nearest rank, within 0.8 %). A stretch has too few for intervals; the table has them for the whole.",
        is_logarithmic=bool(drawn) and max(drawn) > _FEW * min(drawn),
    )


def _times(cell: Cell, name: Class, bins: Bins) -> tuple[Points, Points]:
    found: list[Counter[float]] = [Counter() for _ in range(bins.count)]
    for start_s, times in cell.times(name):
        counted = found[bins.at(start_s)]
        for milliseconds, n in times:
            counted[milliseconds] += n
    return [_quantile(each, 0.5) for each in found], [_quantile(each, 0.95) for each in found]


def _quantile(counted: Counter[float], part: float) -> float | None:
    """Return the time of the nearest rank."""
    rank, seen = math.ceil(part * counted.total()), 0
    for value in sorted(counted):
        seen += counted[value]
        if seen >= rank:
            return value
    return None


def _arrivals(result: Result, bins: Bins) -> Chart:
    course = list(result.aggregate.dispatch().course())
    lines = (
        _rate("planned", "planned", ((row.start_s, row.planned) for row in course), bins),
        _rate("sent", "sent", ((row.start_s, row.sent) for row in course), bins),
        _rate("dropped", "dropped", ((row.start_s, row.dropped) for row in course), bins),
    )
    return Chart(
        title="Arrivals against intended",
        section="Arrivals",
        unit="per second",
        bins=bins,
        lines=lines if course else (),
        measures=_measures(bins),
        note=f"Planned and dropped by the intended second, sent by the real one. {_gathered(bins)}".strip(),
    )


def _rate(name: str, colour: str, rows: Iterable[tuple[int, int]], bins: Bins) -> Line:
    mean, most = bins.rates(rows)
    return Line(name=name, colour=colour, values=mean, upper=most if bins.width_s > 1 else None)


def _measures(bins: Bins) -> tuple[str, str]:
    return ("mean", "most") if bins.width_s > 1 else ("", "")


def _gathered(bins: Bins) -> str:
    if bins.width_s == 1:
        return ""
    return f"{_every(bins)} the mean, shaded up to the most in any one second of them."


def _every(bins: Bins) -> str:
    return "Of every second" if bins.width_s == 1 else f"Of every {bins.width_s} s"


def _concurrency(result: Result, cell: Cell, bins: Bins) -> Chart:
    shown = (
        ("requests in flight", "planned", cell.in_flight, 1.0),
        ("answered by a function", "warm", cell.running, 1.0),
        ("instances seen", "instances", *_alive(cell.instances)),
    )
    lines = [
        Line(name=name, colour=colour, values=values, upper=upper)
        for name, colour, requests, factor in shown
        if requests.slots
        for values, upper in [bins.levels((each.start_s, each.mean * factor) for each in requests.levels())]
    ]
    reserved = [each.reserved for each in result.target.functions]
    if lines and len(reserved) == 1 and reserved[0] is not None:
        lines.append(Line(name="reserved concurrency", colour="limit", values=[reserved[0]] * bins.count))
    return Chart(
        title="In flight and instances",
        section="Concurrency",
        unit="at once",
        bins=bins,
        lines=tuple(lines),
        measures=("mean", "most"),
        note=f"{_every(bins)} the mean, shaded up to the highest mean of a tenth of a second. An instance counts "
        "from the start of its first request to the end of its last."
        f"{'' if cell.instances.complete else ' Estimated from a sample of the instances.'}",
    )


def _alive(instances: Instances) -> tuple[InFlight, float]:
    """Return instances as if each were one request from its first to its last, and how many each stands for."""
    alive = InFlight()
    for each in instances.known.values():
        alive.add(each.first_us, each.last_us)
    return alive, instances.distinct / max(len(instances.known), 1)


def _cold_starts(cell: Cell, bins: Bins) -> Chart:
    course = list(cell.course())
    lines = []
    if cell.told:
        waited = ((row.start_s, row.cold_starts) for row in course)
        lines.append(_rate("requests that waited for a start", "cold", waited, bins))
    if cell.numbered:
        new = ((row.start_s, row.new_instances) for row in course)
        lines.append(_rate("requests on a new instance", "instances", new, bins))
    return Chart(
        title="Cold starts",
        section="Cold starts",
        unit="per second",
        bins=bins,
        lines=tuple(lines),
        measures=_measures(bins),
        note=f"Of the requests that came with evidence, by their intended second. {_gathered(bins)}".strip(),
    )


def _answers(cell: Cell, bins: Bins) -> Chart:
    return Chart(
        title="Answers by class",
        section="Answers",
        unit="per second",
        bins=bins,
        lines=tuple(_by_class(cell, bins)),
        measures=_measures(bins),
        note=f"By the intended second. {_gathered(bins)}".strip(),
    )


def _by_class(cell: Cell, bins: Bins) -> Iterator[Line]:
    course = list(cell.course())
    for name, words in CLASSES.items():
        rows = [(row.start_s, int(getattr(row, name))) for row in course]
        if any(n for _, n in rows):
            yield _rate(words, name, rows, bins)
