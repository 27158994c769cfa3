"""What a report of a run says, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Final

from pytest_serverless.load.aggregates import Dispatch
from pytest_serverless.load.aggregates.cells import Cell as Counted
from pytest_serverless.load.aggregates.cells import Class
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.measured import Measured
from pytest_serverless.load.finding.found import WORDS, Found
from pytest_serverless.load.observations import KINDS
from pytest_serverless.load.results.result import ColdStartSource, Result
from pytest_serverless.load.results.verdict import FAILED, INCONCLUSIVE, outcome_of
from pytest_serverless.report.comparing import variants_of
from pytest_serverless.report.document import Cell, Given, Report, Section
from pytest_serverless.report.figures import CLASSES, count, estimated, ms, number, share
from pytest_serverless.report.pipelines import pipeline

__all__ = ["cold_starts", "cost", "report_of"]

_QUANTILES: Final = (0.5, 0.95, 0.99)
_ALWAYS: Final[tuple[Class, ...]] = ("warm", "cold", "throttled", "failed")
_WORDS: Final = {"pass": "PASS", "fail": "FAIL", "inconclusive": "INCONCLUSIVE", "invalid": "NOT JUDGED"}
_MOST_ROWS: Final = 20

Lines = tuple[tuple[Cell, ...], ...]


def report_of(result: Result) -> Report:
    """Return what there is to say of a run, the verdict first."""
    cell = result.cell
    sections = (
        _run(result),
        _found(result.found),
        _latency(cell),
        pipeline(result.estimates),
        *(variants_of(each) for each in result.differences),
        _arrivals(result),
        _concurrency(result, cell),
        cold_starts(result.estimates, result.cold_start_source),
        _answers(cell),
        _throttles(cell),
        _other_phases(result),
        cost(result.cost),
        Section(title="Notes", lines=tuple((Given(note),) for note in result.notes)),
    )
    kept = tuple(each for each in sections if each.rows or each.lines)
    return Report(verdict=_verdict(result), lines=tuple(_verdict_lines(result)), sections=kept)


def _verdict(result: Result) -> str:
    if not result.validity.is_valid:
        return "INVALID: this run decides nothing"
    word = {FAILED: "FAILED", INCONCLUSIVE: "INCONCLUSIVE"}.get(result.exit_code, "passed")
    said = f"thresholds {word}" if result.judgements else "no thresholds"
    if result.found:
        said += ", found" if all(each.is_answered for each in result.found) else ", NOT FOUND"
    return f"VALID, {said}{'' if result.complete else ', cut off'}"


def _verdict_lines(result: Result) -> Iterator[tuple[Cell, ...]]:
    for reason in result.validity.reasons:
        yield (reason,)
    for each in result.judgements:
        outcome = outcome_of(each.outcome, is_valid=result.validity.is_valid, complete=result.complete)
        said = each.threshold.text if outcome == "invalid" else str(each).partition(": ")[2]
        yield (f"{_WORDS[outcome]}  {said}",)
    if not result.complete:
        why = "".join(result.notes[:1]).rstrip(".")
        yield (
            "The run was cut off",
            Given(f": {why}" if why else ""),
            ". What follows is what was measured until then.",
        )
    if result.generator.loop == "closed":
        yield ("Closed loop: users wait for answers, so that a slow target is sent less.",)


def _run(result: Result) -> Section:
    target, sent_by = result.target, result.generator
    rows: list[tuple[Cell, ...]] = [
        ("scenarios", Given(", ".join(f"{name} {weight:g}" for name, weight in result.mix.items()))),
        ("target", Given(str(target))),
        ("at", Given(" ".join(filter(None, [target.provider, target.region])) or "unknown")),
    ]
    for function in target.functions[:_MOST_ROWS]:
        settings = {
            "runtime": function.runtime,
            "": function.architecture,
            "MB": function.memory_mb,
            "reserved": function.reserved,
            "provisioned": function.provisioned,
            "instances at most": function.most_instances,
            "at once": function.at_once,
        }
        told = [f"{value} {name}".strip() for name, value in settings.items() if value is not None]
        rows.append(("function", Given(", ".join([function.name, *told]))))
    cpu = "" if sent_by.cpu is None else f"{number(100 * sent_by.cpu)} % of a core"
    python = sent_by.python and f"Python {sent_by.python}"
    machine = ", ".join(filter(None, [f"processes: {sent_by.workers}", cpu, python, sent_by.machine]))
    rows += [
        ("revision", Given(result.git or "unknown")),
        ("began", _moment(result.started_s)),
        ("took", f"{number(result.ended_s - result.started_s)} s"),
        ("judged", Given(", ".join(result.judged))),
        ("generator", Given(machine)),
        ("round trip", ms(result.round_trip_ms)),
        ("run", Given(f"{result.run_id}, pytest-serverless-toolkit {result.tool_version}")),
    ]
    return Section(title="Run", head=("", ""), rows=tuple(rows))


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


def _found(found: tuple[Found, ...]) -> Section:
    """Return what was searched for and found, or why not."""
    rows = tuple(
        (
            Given(each.scenario),
            Given(WORDS.get(name, name)),
            estimated(value, "count"),
            Given(value.note or value.method),
        )
        for each in found
        for name, value in each.values.items()
    )
    lines = tuple(
        line
        for each in found
        for line in (
            (Given(each.search), f": {count(each.requests)} requests in {count(each.steps)} steps"),
            *((Given(each.search), ": ", Given(reason)) for reason in each.reasons),
        )
    )
    return Section(title="Found", head=("scenario", "", "", ""), rows=rows, lines=lines)


def _latency(cell: Counted) -> Section:
    measured, latency = Measured(cell), cell.latency
    rows = tuple(
        (
            words,
            count(latency[name].count),
            *(estimated(measured.latency(quantile, name), "ms", short=True) for quantile in _QUANTILES),
        )
        for name, words in CLASSES.items()
        if name in _ALWAYS or latency[name].count
    )
    return Section(title="Latency from the intended start, in ms", head=("", "n", "p50", "p95", "p99"), rows=rows)


def _arrivals(result: Result) -> Section:
    dispatch, wanted = result.dispatch, result.arrival_rate
    seconds = len({second for phase in result.judged for second in _seconds(result.aggregate.dispatch(phase=phase))})
    sent = f"{number(dispatch.sent / seconds)}/s" if seconds else "-"
    rows: list[tuple[Cell, ...]] = [
        ("planned", count(dispatch.planned), "" if wanted is None else f"{number(wanted)}/s intended"),
        ("sent", count(dispatch.sent), f"{sent} over {seconds} s"),
        ("dropped", count(sum(dispatch.dropped.values())), share(sum(dispatch.dropped.values()), dispatch.planned)),
        ("ended", count(dispatch.done), f"{count(dispatch.in_flight)} in flight at the end"),
    ]
    lag = dispatch.lag
    lags = ", ".join(f"p{round(100 * q)} {ms(lag.quantile(q))}" for q in (0.5, 0.99))
    lines: Lines = ((f"lag behind the intended start: {lags}, most {ms(lag.max_ms)}",),)
    dropped = tuple((f"dropped {count(n)}: ", Given(why)) for why, n in sorted(dispatch.dropped.items())[:_MOST_ROWS])
    return Section(title="Arrivals", head=("", "n", ""), rows=tuple(rows), lines=(*lines, *dropped))


def _seconds(dispatch: Dispatch) -> range:
    """Return the seconds of a phase, its first and last among them."""
    seconds = [each.start_s for each in dispatch.course()]
    return range(min(seconds, default=0), max(seconds, default=-1) + 1)


def _concurrency(result: Result, cell: Counted) -> Section:
    whole = cell.in_flight
    rows: list[tuple[Cell, ...]] = [
        ("requests in flight, most", count(whole.most) if whole.slots else "-", "throttled ones too"),
        _estimate_row("answered at once, most", result.estimates.get("concurrency")),
        _estimate_row("instances seen", result.estimates.get("instances")),
        _estimate_row("answered at once, mean", result.law),
    ]
    lines: Lines = ((f"Little's law: {result.law.note}",),) if result.law.note else ()
    return Section(title="Concurrency", head=("", "", ""), rows=tuple(rows), lines=lines)


def _estimate_row(name: str, estimate: Interval | Unknown | None) -> tuple[Cell, ...]:
    if estimate is None:
        return name, "unknown", ""
    return name, estimated(estimate, "count"), estimate.method


def cold_starts(estimates: Mapping[str, Interval | Unknown], source: ColdStartSource) -> Section:
    """Return the three rates of cold starts, and what they rest on."""
    rows = tuple(
        (words, estimated(rate, "share"), "" if isinstance(rate, Unknown) else count(rate.n))
        for name, words in (
            ("user_visible", "requests that waited for a start"),
            ("new_instance", "requests on a new instance"),
            ("init", "inits for each invocation"),
        )
        for rate in [estimates.get(f"cold_starts.{name}", Unknown(n=0, needed=None))]
    )
    told = {each.note: None for name, each in estimates.items() if name.startswith("cold_starts.") and each.note}
    lines = (
        (f"evidence: {', '.join(source.sources) or 'none'}",),
        *(("it cannot say: ", Given(each)) for each in source.cannot_say),
        *((note,) for note in told),
    )
    return Section(title="Cold starts", head=("", "share", "n"), rows=rows, lines=lines)


def _answers(cell: Counted) -> Section:
    rows = tuple(
        (kind.replace("_", " "), count(n), share(n, cell.count)) for kind in KINDS for n in [cell.count_of(kind)] if n
    )
    return Section(title="Answers", head=("", "n", "share"), rows=rows)


def _throttles(cell: Counted) -> Section:
    """Return every reason and status of what was not answered as meant, the most frequent first."""
    found = sorted(
        ((n, kind, reason, status) for (kind, reason, status), n in cell.counts.items() if kind != "ok"),
        key=lambda row: (-row[0], str(row)),
    )
    rows = tuple(
        (
            kind.replace("_", " "),
            count(n),
            share(n, cell.count),
            "-" if status is None else str(status),
            Given(reason or "no reason told"),
        )
        for n, kind, reason, status in found[:_MOST_ROWS]
    )
    more = len(found) - len(rows)
    lines: Lines = ((f"and {count(more)} more reasons",),) if more else ()
    title = "Throttles and errors by reason"
    return Section(title=title, head=("", "n", "share", "status", "reason"), rows=rows, lines=lines)


def _other_phases(result: Result) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for phase in result.phases:
        if phase not in result.judged:
            cell = result.aggregate.cell(phase=phase)
            measured = Measured(cell)
            p50, throttles = estimated(measured.latency(0.5), "ms"), estimated(measured.of("throttles"), "share")
            rows.append((Given(phase), count(cell.count), p50, throttles))
    return Section(title="Other phases, not judged", head=("", "n", "p50", "throttles"), rows=tuple(rows))


def cost(bill: Mapping[str, Any] | None) -> Section:
    """Return a bill as JSON has it, line by line."""
    if not bill:
        return Section(title="Cost")
    currency = str(bill.get("currency", ""))
    rows = tuple(
        (Given(str(each["what"])), str(each["quantity"]), str(each["unit"]), f"{each['amount']} {currency}")
        for each in bill.get("lines", ())
    )
    least = "less than 0.01" if rows and not float(bill["total"]) else bill["total"]
    total = ("total", "", "", f"{least} {currency}")
    lines = tuple((Given(str(note)),) for note in bill.get("notes", ()))
    return Section(title="Cost", head=("", "quantity", "unit", "amount"), rows=(*rows, total), lines=lines)
