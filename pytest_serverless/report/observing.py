"""What a report of an observation says: what the platform knows, without anything that only a generator does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.thresholds import Unit
from pytest_serverless.load.observing import ObservedFunction, ObservedStack, Queried, Window
from pytest_serverless.report.document import Cell, Given, Report, Section
from pytest_serverless.report.figures import count, estimated, number
from pytest_serverless.report.markdown import markdown
from pytest_serverless.report.sections import cold_starts, cost
from pytest_serverless.report.text import text

__all__ = ["observation_of", "render_observation"]

_MOST_ROWS: Final = 50
_WORDS: Final = {"pass": "PASS", "fail": "FAIL", "inconclusive": "INCONCLUSIVE"}
_OUTCOMES: Final = {0: "PASSED", 1: "FAILED", 4: "INCONCLUSIVE"}
_MISSING: Final = Unknown(n=0, needed=None)


def render_observation(observed: ObservedStack, form: str = "text") -> str:
    """Return an observation as text or Markdown; raises InvalidParameterError for forms that only runs have."""
    if form not in {"text", "markdown"}:
        raise InvalidParameterError(f"An observation is printed as text or markdown, not as {form}: that is of runs.")
    report = observation_of(observed)
    return markdown(report) if form == "markdown" else text(report)


def observation_of(observed: ObservedStack) -> Report:
    """Return what there is to say, what thresholds come to first."""
    sections = (
        _what(observed),
        cold_starts(observed.estimates, observed.source),
        _shares(observed),
        _times(observed),
        _concurrency(observed),
        _functions(observed),
        _events(observed),
        cost(observed.cost),
        _queried(observed.queried),
        Section(title="Notes", lines=tuple((Given(note),) for note in observed.notes)),
    )
    return Report(
        verdict=_verdict(observed),
        lines=tuple(_lines(observed)),
        sections=tuple(each for each in sections if each.rows or each.lines),
    )


def _verdict(observed: ObservedStack) -> str:
    said = f", thresholds {_OUTCOMES[observed.exit_code]}" if observed.judgements else ""
    plural = "" if observed.invocations == 1 else "s"
    return f"OBSERVED: {count(observed.invocations)} invocation{plural}{said}"


def _lines(observed: ObservedStack) -> Iterator[tuple[Cell, ...]]:
    for each in observed.judgements:
        yield (f"{_WORDS[each.outcome]}  {str(each).partition(': ')[2]}",)
    if not observed.complete:
        yield ("Not all of it may have been there yet: ask again later.",)
    yield ("What the platform knows, whoever asked: no generator is judged, and no client's latency is in it.",)


def _what(observed: ObservedStack) -> Section:
    target = observed.target
    seconds = observed.to_s - observed.from_s
    rows: list[tuple[Cell, ...]] = [
        ("target", Given(str(target))),
        ("at", Given(" ".join(filter(None, [target.provider, target.region])) or "unknown")),
        ("time", str(Window(observed.from_s, observed.to_s))),
        ("took", f"{number(seconds)} s"),
        ("invocations", f"{count(observed.invocations)}, {number(observed.invocations / seconds)}/s"),
        ("by", Given(f"pytest-serverless-toolkit {observed.tool_version}")),
    ]
    return Section(title="Observation", head=("", ""), rows=tuple(rows))


def _row(observed: ObservedStack, name: str, words: str, unit: Unit) -> tuple[Cell, ...]:
    estimate = observed.estimates.get(name, _MISSING)
    return words, estimated(estimate, unit), count(estimate.n) if isinstance(estimate, Interval) else ""


def _shares(observed: ObservedStack) -> Section:
    rows = (
        _row(observed, "throttles", "throttles", "share"),
        _row(observed, "function_errors", "errors of functions", "share"),
    )
    told = (observed.estimates.get(name, _MISSING).note for name in ("throttles", "function_errors"))
    notes = tuple((note,) for note in dict.fromkeys(told) if note)
    return Section(title="Throttles and errors", head=("", "share", "n"), rows=rows, lines=notes)


def _times(observed: ObservedStack) -> Section:
    rows = tuple(
        (
            which,
            *(estimated(observed.estimates.get(f"{name}.{which}", _MISSING), "ms") for name in ("init", "duration")),
        )
        for which in ("p50", "p95", "p99", "mean")
    )
    return Section(title="Times by the platform's log", head=("", "init", "duration"), rows=rows)


def _concurrency(observed: ObservedStack) -> Section:
    peaks = [value for each in observed.functions if (value := each.metrics.get("concurrency")) is not None]
    rows: list[tuple[Cell, ...]] = [
        _row(observed, "concurrency", "at once, most, by the log", "count"),
        _row(observed, "instances", "instances", "count"),
    ]
    if peaks:
        rows.append(("at once, most of one function, by the platform's metric", number(max(peaks)), ""))
    return Section(title="Concurrency", head=("", "", "n"), rows=tuple(rows))


def _functions(observed: ObservedStack) -> Section:
    head = ("function", "invocations", "waited", "inits", "instances", "errors", "throttles", "at once")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Given(each.name or "not named"),
            count(each.invocations),
            count(each.waited),
            count(each.inits),
            count(each.instances),
            *(_number(each, name) for name in ("errors", "throttles", "concurrency")),
        )
        for each in observed.functions[:_MOST_ROWS]
    )
    more = len(observed.functions) - len(rows)
    lines = ((f"and {count(more)} more functions",),) if more else ()
    return Section(title="By function", head=head, rows=rows, lines=lines)


def _number(function: ObservedFunction, name: str) -> str:
    value = function.metrics.get(name)
    return "-" if value is None else count(round(value))


_EVENTS: Final = (
    ("iterator_age_ms", "oldest record of a stream", " ms"),
    ("async_age_ms", "oldest asynchronous event", " ms"),
    ("async_received", "asynchronous events", ""),
    ("async_dropped", "asynchronous events dropped", ""),
    ("provisioned", "invocations on provisioned concurrency", ""),
    ("spill_overs", "spill-overs of provisioned concurrency", ""),
)


def _events(observed: ObservedStack) -> Section:
    """Return what only some functions have: streams, asynchronous events, provisioned concurrency."""
    rows: list[tuple[Cell, ...]] = [
        (Given(each.name), words, f"{count(round(value))}{unit}")
        for each in observed.functions[:_MOST_ROWS]
        for name, words, unit in _EVENTS
        if (value := each.metrics.get(name))
    ]
    return Section(title="Events and provisioned concurrency", head=("function", "", "n"), rows=tuple(rows))


def _queried(queried: Queried | None) -> Section:
    if queried is None:
        return Section(title="Asking")
    told = (
        f"{number(queried.bytes_scanned / 1e6)} MB of logs were read and {count(queried.metrics)} metrics asked for: "
        f"{queried.amount} {queried.currency}, by "
    )
    return Section(title="What asking cost", lines=((told, Given(queried.source)),))
