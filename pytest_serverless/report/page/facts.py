"""Sections that a page has room for beside those of every report: what the run was judged by, and the target."""

from __future__ import annotations

from typing import Final

from pytest_serverless.load.estimates.validity import Generation, Tolerances
from pytest_serverless.load.results.result import Result
from pytest_serverless.report.document import Cell, Given, Section
from pytest_serverless.report.figures import count, ms, number, share

__all__ = ["lag", "target", "validity"]

_QUANTILES: Final = (0.5, 0.9, 0.95, 0.99, 0.999)
_MOST_ROWS: Final = 100


def lag(result: Result) -> Section:
    """Return how late arrivals were sent in the judged phases."""
    late = result.dispatch.lag
    if not late.count:
        return Section(title="Schedule lag")
    heads = (*(f"p{100 * each:g}" for each in _QUANTILES), "most")
    row = (*(ms(late.quantile(each)) for each in _QUANTILES), ms(late.max_ms))
    lines = (("Latency counts from the intended start, so that it has this lag in it.",),)
    return Section(title="Schedule lag", head=("", "n", *heads), rows=(("lag", count(late.count), *row),), lines=lines)


def validity(result: Result) -> Section:
    """Return what the generator did in the whole run, beside what it may do for the run to count."""
    run, allowed = result.validity.generation, result.validity.tolerances
    rows = (*_counted(run, allowed), *_kept(run, allowed))
    return Section(title="Validity", head=("", "found", "allowed"), rows=rows)


def _counted(run: Generation, allowed: Tolerances) -> tuple[tuple[Cell, ...], ...]:
    at_stop = f"{count(run.in_flight_at_stop)} ({share(run.in_flight_at_stop, run.sent)})"
    return (
        ("planned", count(run.planned), "sent, dropped and unsent together"),
        ("sent", count(run.sent), "ended and in flight together"),
        ("dropped", f"{count(run.dropped)} ({share(run.dropped, run.planned)})", f"{number(100 * allowed.dropped)} %"),
        ("unsent when it stopped", count(run.unsent), ""),
        ("ended", count(run.done), ""),
        ("in flight when it stopped", at_stop, f"{number(100 * allowed.in_flight_at_stop)} %"),
    )


def _kept(run: Generation, allowed: Tolerances) -> tuple[tuple[Cell, ...], ...]:
    cpu = "not measured" if run.cpu is None else f"{number(100 * run.cpu)} %"
    refused = f"{count(run.unauthorised)} ({share(run.unauthorised, run.answers)})"
    return (
        ("lag, p50", ms(run.lag_p50_ms), ""),
        ("lag, p99", ms(run.lag_p99_ms), ms(allowed.lag_p99_ms)),
        ("lag, most", ms(run.lag_max_ms), ""),
        ("busiest process's share of a core", cpu, f"{number(100 * allowed.cpu)} %"),
        ("clocks apart", ms(run.clock_skew_ms), ms(allowed.clock_skew_ms)),
        ("answers", count(run.answers), ""),
        ("answers of 401", refused, f"{number(100 * allowed.unauthorised)} %"),
        ("refused because this caller is too fast", count(run.own_throttles), "0"),
        ("processes that did not report", count(run.lost_workers), "0"),
        ("failures of the measurement itself", count(run.errors), "0"),
    )


def target(result: Result) -> Section:
    """Return the functions of the target with their settings; a dash is what is not known or not set."""
    functions = result.target.functions
    rows = tuple(
        (
            Given(each.name),
            *(
                "-" if value is None else Given(str(value))
                for value in (
                    *(each.runtime, each.architecture, each.memory_mb),
                    *(each.reserved, each.provisioned, each.most_instances, each.at_once),
                )
            ),
        )
        for each in functions[:_MOST_ROWS]
    )
    more = len(functions) - len(rows)
    heads = ("runtime", "architecture", "MB", "reserved", "provisioned", "instances at most", "at once")
    lines = ((f"and {count(more)} more functions",),) if more else ()
    return Section(title="Target's settings", head=("function", *heads), rows=rows, lines=lines)
