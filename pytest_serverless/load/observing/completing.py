"""Completes the result of a run by what the platform knew of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pytest_serverless.load.aggregates.cells import Cell
from pytest_serverless.load.classes import settled
from pytest_serverless.load.classes.settling import Settled
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.proportions import proportion
from pytest_serverless.load.observations import Source
from pytest_serverless.load.observing.joining import Identified, Joined
from pytest_serverless.load.observing.making import NO_METRICS, WHO
from pytest_serverless.load.observing.observed import ObservedStack
from pytest_serverless.load.results import ColdStartSource

__all__ = ["Completion", "complete"]

_INIT: Final = ("init.p50", "init.p95", "init.p99", "init.mean")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What `make_result` takes of it: `others`, `inits` and `cold_start_source` by their names, and notes."""

    others: Mapping[str, Interval | Unknown]
    inits: int | None
    cold_start_source: ColdStartSource
    notes: tuple[str, ...]


def complete(
    observed: ObservedStack,
    cell: Cell,
    *,
    sources: Iterable[Source] = (),
    identified: Identified | None = None,
    phases: Iterable[str] = (),
) -> Completion:
    """Return what the platform adds to what a run saw itself, in the same time: `cell` is of the judged `phases`.

    What requests told of themselves, by `sources`, goes before what the log tells of those with an id, and that before
    all that is in the log, which cannot tell them from requests of others. Inits are the platform's in any case.
    Ambiguous answers become throttles or errors as far as metrics say so.
    """
    own = tuple(sources)
    joined = identified.join(observed.log, phases) if identified and observed.log else None
    others = {name: observed.estimates[name] for name in _wanted(cell) if name in observed.estimates}
    if cell.count:
        others = {name: _noted(each, observed, cell) for name, each in others.items()}
    if joined and joined.found and not cell.told:
        others.update(joined.estimates)
    shares, note = _settle(observed, cell)
    used = tuple(each for each in observed.source.sources if each not in own)
    return Completion(
        others={**others, **shares},
        inits=observed.inits if observed.invocations else None,
        cold_start_source=ColdStartSource(sources=(*own, *used), cannot_say=_cannot_say(observed, cell, joined)),
        notes=tuple(filter(None, [*observed.notes, *_of_platform(observed), str(joined or ""), note])),
    )


def _cannot_say(observed: ObservedStack, cell: Cell, joined: Joined | None) -> tuple[str, ...]:
    if cell.told:
        return ()
    if joined and joined.found:
        missing = joined.sought - joined.found
        return (f"whether {missing:,} requests waited: their ids are not in the log",) if missing else ()
    # What clients waited, the run itself says.
    return tuple(each for each in observed.source.cannot_say if each in {WHO, NO_METRICS})


def _wanted(cell: Cell) -> Iterator[str]:
    yield "cold_starts.init"
    if not cell.told:
        yield "cold_starts.user_visible"
    if not cell.numbered:
        yield "cold_starts.new_instance"
    if not cell.inits:
        yield from _INIT
    if not cell.instances.known:
        yield "instances"


def _noted(estimate: Interval | Unknown, observed: ObservedStack, cell: Cell) -> Interval | Unknown:
    """Return an estimate that says how many of the log's invocations may be of somebody else."""
    answered = cell.count_of("ok") + cell.count_of("function_error")
    if isinstance(estimate, Unknown) or observed.invocations <= answered + cell.count_of("ambiguous"):
        return estimate
    note = f"the log has {observed.invocations:,} invocations, the run {answered:,} answers of functions"
    return replace(estimate, note="; ".join(filter(None, [estimate.note, note])))


def _settle(observed: ObservedStack, cell: Cell) -> tuple[dict[str, Interval | Unknown], str]:
    ambiguous, n = cell.count_of("ambiguous"), cell.count
    if not ambiguous:
        return {}, ""
    throttles, errors = observed.total("throttles"), observed.total("errors")
    if throttles is None or errors is None:
        return {}, f"{ambiguous:,} answers are ambiguous, and there are no metrics to settle them by."
    throttled, failed = cell.count_of("throttled"), cell.count_of("function_error")
    found = settled(ambiguous, throttles=throttles, errors=errors, known_throttles=throttled, known_errors=failed)
    of_errors = ambiguous - found.unexplained
    shares = {
        "throttles": _between(throttled + found.throttled_low, throttled + found.throttled_high, n),
        "function_errors": _between(
            failed + max(0, of_errors - found.throttled_high), failed + of_errors - found.throttled_low, n
        ),
        "ambiguous": _between(found.unexplained, found.unexplained, n),
    }
    return shares, _said(found, throttles, errors)


def _between(low: int, high: int, n: int) -> Interval | Unknown:
    """Return the share of a number that is only known to lie between two."""
    least, most = proportion(low, n), proportion(high, n)
    if isinstance(least, Unknown) or isinstance(most, Unknown) or low == high:
        return least
    note = f"between {low:,} and {high:,}, by the platform's metrics"
    value = (least.value + most.value) / 2
    return replace(least, value=value, upper=most.upper, method=f"{least.method}, settled", note=note)


def _said(found: Settled, throttles: float, errors: float) -> str:
    low, high = found.throttled_low, found.throttled_high
    throttled = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    rest = f"; {found.unexplained:,} are accounted for by neither" if found.unexplained else ""
    return (
        f"Of {found.ambiguous:,} ambiguous answers {throttled} were throttles: in these minutes metrics count "
        f"{throttles:,.0f} throttles and {errors:,.0f} errors{rest}."
    )


def _of_platform(observed: ObservedStack) -> Iterator[str]:
    """Tell what the platform counted that a run cannot see."""
    for each in observed.functions:
        facts = [
            f"{words} {value:,.0f}{unit}"
            for name, words, unit in _FACTS
            if (value := each.metrics.get(name)) and value > 0
        ]
        if facts:
            yield f"{each.name}, by Lambda's metrics: {', '.join(facts)}."


_FACTS: Final = (
    ("concurrency", "concurrent executions at most", ""),
    ("provisioned_concurrency", "provisioned ones at most", ""),
    ("spill_overs", "spill-overs of provisioned concurrency", ""),
    ("iterator_age_ms", "iterator age at most", " ms"),
    ("async_age_ms", "age of asynchronous events at most", " ms"),
    ("async_dropped", "asynchronous events dropped", ""),
)
