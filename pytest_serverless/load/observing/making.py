"""From a log and metrics to what is known; everything here is a function of its arguments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pytest_serverless import __version__
from pytest_serverless.load.aggregates.in_flight import InFlight
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.proportions import proportion
from pytest_serverless.load.estimates.thresholds import Threshold
from pytest_serverless.load.evidence import Log, Logged, was_first
from pytest_serverless.load.evidence.cloudwatch_metrics import METRICS, Metrics
from pytest_serverless.load.observing.estimating import by_second, rates, times
from pytest_serverless.load.observing.observed import ObservedFunction, ObservedStack
from pytest_serverless.load.results import ColdStartSource

__all__ = ["CLIENTS", "NO_METRICS", "WHO", "make_observed"]

NO_METRICS: Final = "a throttled request reaches no function: the platform's metrics tell of it, most logs do not"

CLIENTS: Final = "what clients waited for: networks and gateways are before the function"
WHO: Final = "who asked: all invocations of these functions in that time are counted"

Estimate = Interval | Unknown


def make_observed(
    log: Log,
    metrics: Mapping[str, Metrics] | None,
    *,
    from_s: float,
    to_s: float,
    thresholds: Iterable[Threshold] = (),
    **facts: Any,
) -> ObservedStack:
    """Estimate all that a log, and the metrics of its functions by their names, tell of a stretch of time.

    The log may reach further: what was before is needed to know what was there. Metrics are of the whole minutes that
    hold the time. The remaining facts are fields of `ObservedStack`.
    """
    within, throttled = _served(log.between(from_s, to_s))
    estimates = {**_of_log(within), **_of_metrics(list((metrics or {}).values()))}
    if throttled:
        estimates["throttles"] = _logged_throttles(within.invocations, throttled)
    asked = tuple(thresholds)
    nothing = Unknown(n=0, needed=None, note="nothing that was read tells")
    return ObservedStack(
        tool_version=__version__,
        from_s=from_s,
        to_s=to_s,
        functions=tuple(_functions(within, metrics or {})),
        invocations=len(within.invocations),
        inits=len(within.inits),
        estimates=estimates,
        source=_source(within, metrics),
        judgements=tuple(each.judge(estimates.get(each.metric, nothing)) for each in asked),
        log=log,
        **facts,
    )


def _served(log: Log) -> tuple[Log, list[Logged]]:
    """Return what instances served, and the requests that none did: Cloud Run logs these too, with a 429."""
    if not any(each.evidence for each in log.invocations):
        return log, []
    throttled = [each for each in log.invocations if each.status == "429" and each.evidence is None]
    others = [each for each in log.invocations if each.status != "429" or each.evidence is not None]
    return Log(invocations=others, inits=log.inits, unread=log.unread), throttled


def _logged_throttles(served: Iterable[Logged], throttled: Iterable[Logged]) -> Estimate:
    events = [*((each.ended_s, False) for each in served), *((each.ended_s, True) for each in throttled)]
    return proportion(sum(happened for _, happened in events), len(events), by_second(events))


def _source(log: Log, metrics: Mapping[str, Metrics] | None) -> ColdStartSource:
    has_metrics = any(any(each.points.values()) for each in (metrics or {}).values())
    return ColdStartSource(
        sources=(*(("logs",) if log.invocations else ()), *(("metrics",) if has_metrics else ())),
        cannot_say=(CLIENTS, WHO) if has_metrics else (CLIENTS, WHO, NO_METRICS),
    )


def _functions(log: Log, metrics: Mapping[str, Metrics]) -> Iterator[ObservedFunction]:
    invocations = Counter(each.function for each in log.invocations)
    waited = Counter(each.function for each in log.invocations if each.waited)
    inits = Counter(each.function for each in log.inits)
    seen = {(each.function, _instance(each)) for each in log.invocations}
    instances = Counter(function for function, instance in seen if instance)
    for name in sorted({*metrics, *invocations, *inits}):
        yield ObservedFunction(
            name=name,
            invocations=invocations[name],
            waited=waited[name],
            inits=inits[name],
            instances=instances[name],
            metrics=_numbers(metrics[name]) if name in metrics else {},
        )


def _instance(each: Logged) -> str | None:
    return each.evidence.instance if each.evidence else None


def _numbers(metrics: Metrics) -> dict[str, float | None]:
    return {
        name: metrics.total(name) if metric.statistic == "Sum" else metrics.peak(name)
        for name, metric in METRICS.items()
    }


def _of_log(log: Log) -> dict[str, Estimate]:
    """Return what invocations and inits tell."""
    waited = [(each.ended_s, each.waited) for each in log.invocations if each.waited is not None]
    firsts = [(each.ended_s, first) for each in log.invocations if (first := was_first(each)) is not None]
    found = rates(waited, firsts, len(log.invocations), init_times_s=[each.started_s for each in log.inits])
    evidence = [each.evidence for each in log.invocations if each.evidence]
    return {
        "cold_starts.user_visible": found.user_visible,
        "cold_starts.new_instance": found.new_instance,
        "cold_starts.init": found.init,
        "concurrency": _concurrency(log),
        "instances": _instances(log),
        **times("init", (each.init_ms for each in evidence if each.init_ms is not None)),
        **times("duration", (each.duration_ms for each in evidence if each.duration_ms is not None)),
    }


def _concurrency(log: Log) -> Estimate:
    running = InFlight()
    for each in log.invocations:
        running.add(int(each.began_s * 1e6), int(each.ended_s * 1e6))
    if not running.slots:
        return Unknown(n=0, needed=1)
    least, most = running.most_mean, float(running.most)
    return Interval(
        value=most, lower=min(least, most), upper=most, n=len(log.invocations), method="by the log", confidence=1.0
    )


def _instances(log: Log) -> Estimate:
    names = {name for each in log.invocations if (name := _instance(each))}
    if not names:
        return Unknown(n=0, needed=None, note="no evidence names instances")
    count = float(len(names))
    return Interval(
        value=count, lower=count, upper=count, n=len(log.invocations), method="counted by the log", confidence=1.0
    )


def _share(metrics: Sequence[Metrics], events: str, of: Sequence[str]) -> Estimate:
    """Return the share of a metric in the sum of others, minute by minute."""
    minutes: dict[float, list[float]] = {}
    for each in metrics:
        for column, name in ((0, events), *((1, one) for one in of)):
            for at_s, value in each.points.get(name, ()):
                minutes.setdefault(at_s, [0.0, 0.0])[column] += value
    cells = [(round(happened), round(n)) for _, (happened, n) in sorted(minutes.items())]
    events_in_all, n = sum(happened for happened, _ in cells), sum(n for _, n in cells)
    return proportion(min(events_in_all, n), n, cells)


def _of_metrics(metrics: Sequence[Metrics]) -> dict[str, Estimate]:
    """Return what the platform counted itself: throttles among all that was asked for, errors among invocations."""
    if not any(each.points.get("invocations") or each.points.get("throttles") for each in metrics):
        none = Unknown(n=0, needed=None, note=NO_METRICS if not metrics else "there are no metrics of that time")
        return {"throttles": none, "function_errors": none}
    return {
        "throttles": _share(metrics, "throttles", ("invocations", "throttles")),
        "function_errors": _share(metrics, "errors", ("invocations",)),
    }
