"""Observes functions: by CloudWatch, or by logs that somebody exported."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from pytest_serverless.errors import InvalidParameterError, PlatformError
from pytest_serverless.load.estimates.thresholds import Threshold
from pytest_serverless.load.evidence import CloudWatch, Log, read_export
from pytest_serverless.load.evidence.cloudwatch import LAG
from pytest_serverless.load.observing.clients import Caller, Clients, NotReadableError, connect
from pytest_serverless.load.observing.costs import bill_of, price_of_asking
from pytest_serverless.load.observing.making import make_observed
from pytest_serverless.load.observing.observed import ObservedStack
from pytest_serverless.load.observing.places import Place, place_of
from pytest_serverless.load.observing.reading import PATIENCE_S, Reader, Reading, whole_minutes
from pytest_serverless.load.observing.window import Window
from pytest_serverless.load.results import Target, TargetFunction
from pytest_serverless.load.targets.reached import Reached

__all__ = ["evidence_for", "observe_exports", "observe_functions"]

_SOME: Final = 0.99
"""Where the log has less than this share of the invocations that metrics count, it is told."""


def evidence_for(
    reached: Reached,
    from_s: float,
    to_s: float,
    *,
    functions: Iterable[str] = (),
    profile: str | None = None,
    clients: Clients | None = None,
    patience_s: float = PATIENCE_S,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    tell: Callable[[str], None] | None = None,
) -> ObservedStack:
    """Return what CloudWatch knows of a target's functions, all of them unless some are named by their ids.

    `clients` are made by the target's region, and a profile, if none are given. It waits `patience_s` at most for what
    CloudWatch has yet to take in, by `sleep`; `tell` is told of that. What it takes is `policy`'s in
    `load.evidence.cloudwatch`, and what it costs is in the result. Raises `MissingExtraError` without boto3,
    `CredentialsError`, `PlatformError` for what AWS refuses, and `InvalidParameterError` for the local platform and for
    a target without functions.
    """
    if reached.kind == "local":
        raise InvalidParameterError("The local platform has no CloudWatch: its answers tell of their instances.")
    names = [reached.function(id_) for id_ in functions] or list(dict.fromkeys(reached.functions.values()))
    if not names:
        raise InvalidParameterError(
            f"{reached.measured} has no functions whose logs could be read. Name a stack, or functions."
        )
    return observe_functions(
        names,
        Window(from_s, to_s),
        clients=clients or connect(region=reached.measured.region, profile=profile, aws_url=reached.aws_url),
        target=reached.measured,
        patience_s=patience_s,
        now=now,
        sleep=sleep,
        tell=tell,
    )


def observe_functions(
    names: Sequence[str],
    window: Window,
    *,
    clients: Clients,
    target: Target | None = None,
    thresholds: Iterable[Threshold] = (),
    patience_s: float = PATIENCE_S,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    tell: Callable[[str], None] | None = None,
) -> ObservedStack:
    """Return what CloudWatch knows of functions: by their names, `name:alias`, or ARNs; as `evidence_for`.

    `target` is what the result tells of them, by their settings unless it is given.

    Raises `NotReadableError` where there is no such function.
    """
    call = Caller(sleep)
    places, notes = _places(names, clients, call)
    cloudwatch = CloudWatch(clients.logs, clients.metrics, sleep=sleep, call=call)
    reading = Reader(cloudwatch, places, now=now, sleep=sleep, tell=tell).read(*window, patience_s=patience_s)
    within = reading.log.between(*window)
    cost, note = bill_of(within, places, clients.region)
    return make_observed(
        reading.log,
        reading.metrics,
        from_s=window.from_s,
        to_s=window.to_s,
        thresholds=thresholds,
        target=target or Target(functions=tuple(each.target for each in places), provider="aws", region=clients.region),
        cost=cost,
        queried=price_of_asking(reading.bytes_scanned, reading.asked, clients.region),
        complete=reading.is_complete,
        notes=tuple(filter(None, [*notes, *reading.notes, *_of_reading(reading, window), note])),
    )


def _places(names: Iterable[str], clients: Clients, call: Caller) -> tuple[list[Place], list[str]]:
    places: dict[str, Place] = {}
    notes: list[str] = []
    for name in names:
        try:
            place, note = place_of(name, clients.functions, call)
        except NotReadableError as error:
            said = str(error).rstrip(".")
            raise PlatformError(
                f"There is no function {name!r} in {clients.region}: {said}. Is it another region, or account?"
            ) from error
        places.setdefault(place.function, place)
        notes.append(note)
    return list(places.values()), notes


def _of_reading(reading: Reading, window: Window) -> Iterable[str]:
    """Tell what whoever reads the numbers must know of how they were read."""
    minutes = Window(*whole_minutes(*window))
    if minutes != window and any(any(each.points.values()) for each in reading.metrics.values()):
        yield f"Throttles, errors and the platform's own concurrency are by the minute: {minutes}."
    counted = sum(each.total("invocations") or 0.0 for each in reading.metrics.values())
    logged = sum(minutes.from_s <= each.began_s < minutes.to_s for each in reading.log.invocations)
    if logged < _SOME * counted:
        yield (
            f"Metrics count {counted:,.0f} invocations in these minutes, and the log tells of {logged:,}: rates of "
            "cold starts are of the latter."
        )
    if not reading.is_complete:
        yield f"It was not waited for until all was there. {LAG}"


def observe_exports(
    paths: Sequence[Path], window: Window | None = None, *, thresholds: Iterable[Threshold] = ()
) -> ObservedStack:
    """Return what exported logs tell, of any of the three providers; of all their time, if none is given.

    Raises `InvalidParameterError` for files that cannot be read, or tell of no invocation in that time.
    """
    log = Log()
    for path in paths:
        log.add(read_export(path))
    asked = window or _whole(log)
    within = log.between(*asked)
    if not within.invocations and not within.inits:
        raise InvalidParameterError(
            f"The files tell of no invocation from {asked}; what they tell of is from {_whole(log)}."
        )
    cost, note = bill_of(within)
    names = sorted({each.function for each in within.invocations if each.function})
    notes = [f"Read from {', '.join(str(path) for path in paths)}.", note]
    if log.unread:
        notes.append(f"{log.unread:,} entries are about no invocation.")
    return make_observed(
        log,
        None,
        from_s=asked.from_s,
        to_s=asked.to_s,
        thresholds=thresholds,
        target=Target(functions=tuple(TargetFunction(name=name) for name in names)),
        cost=cost,
        notes=tuple(filter(None, notes)),
    )


def _whole(log: Log) -> Window:
    """Return the time that a log is of, to the millisecond after its last invocation."""
    moments = [
        *(each.ended_s for each in log.invocations),
        *(each.started_s for each in log.invocations if each.started_s is not None),
        *(each.started_s for each in log.inits),
    ]
    return Window(min(moments), max(moments) + 1e-3)
