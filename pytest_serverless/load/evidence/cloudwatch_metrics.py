"""Lambda's metrics over a run: what is asked of CloudWatch, and what its answer says.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (2026-11). Times are seconds since
the epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Final, NamedTuple

from pytest_serverless.errors import InvalidParameterError

__all__ = ["METRICS", "PERIOD_S", "Metric", "Metrics", "read_metrics", "request"]

PERIOD_S: Final = 60
"""Lambda's metrics are by the minute."""


class Metric(NamedTuple):
    """A metric of `AWS/Lambda`, how it is summed up within a minute, and whether it is of an alias or version."""

    name: str
    statistic: str
    unit: str
    of_alias: bool = False


METRICS: Mapping[str, Metric] = {
    "invocations": Metric("Invocations", "Sum", "invocations"),
    "errors": Metric("Errors", "Sum", "invocations"),
    "throttles": Metric("Throttles", "Sum", "requests"),
    "concurrency": Metric("ConcurrentExecutions", "Maximum", "invocations at once"),
    "spill_overs": Metric("ProvisionedConcurrencySpilloverInvocations", "Sum", "invocations", of_alias=True),
    "provisioned": Metric("ProvisionedConcurrencyInvocations", "Sum", "invocations", of_alias=True),
    "provisioned_concurrency": Metric(
        "ProvisionedConcurrentExecutions", "Maximum", "invocations at once", of_alias=True
    ),
    "iterator_age_ms": Metric("IteratorAge", "Maximum", "ms"),
    "async_age_ms": Metric("AsyncEventAge", "Maximum", "ms"),
    "async_received": Metric("AsyncEventsReceived", "Sum", "events"),
    "async_dropped": Metric("AsyncEventsDropped", "Sum", "events"),
}
"""What is asked of each function, by our name for it."""


def request(
    functions: Iterable[str], from_s: float, to_s: float, *, aliases: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the parameters of `GetMetricData`: whole minutes that hold the stretch of time.

    `aliases` are those of functions with provisioned concurrency; other functions are not asked for its metrics.
    Raises `InvalidParameterError` for a stretch that is none.
    """
    if not to_s > from_s:
        raise InvalidParameterError(f"The time asked about ends ({to_s}) before it has begun ({from_s}).")
    queries = [
        _query(f"f{number}_{key}", metric, function, (aliases or {}).get(function))
        for number, function in enumerate(functions)
        for key, metric in METRICS.items()
        if not metric.of_alias or function in (aliases or {})
    ]
    start, end = int(from_s // PERIOD_S) * PERIOD_S, -int(-to_s // PERIOD_S) * PERIOD_S
    return {
        "MetricDataQueries": queries,
        "StartTime": datetime.fromtimestamp(start, tz=timezone.utc),
        "EndTime": datetime.fromtimestamp(end, tz=timezone.utc),
        "ScanBy": "TimestampAscending",
    }


def _query(id_: str, metric: Metric, function: str, alias: str | None) -> dict[str, Any]:
    dimensions = [{"Name": "FunctionName", "Value": function}]
    if metric.of_alias:
        dimensions.append({"Name": "Resource", "Value": f"{function}:{alias}"})
    stat = {
        "Metric": {"Namespace": "AWS/Lambda", "MetricName": metric.name, "Dimensions": dimensions},
        "Period": PERIOD_S,
        "Stat": metric.statistic,
    }
    return {"Id": id_, "Label": f"{function} {metric.name}", "MetricStat": stat, "ReturnData": True}


@dataclass(slots=True)
class Metrics:
    """The metrics of one function: of each, by our name, its points as (seconds since the epoch, value)."""

    points: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    is_partial: bool = False

    def total(self, name: str) -> float | None:
        """Return the sum over the time; None where there is no point at all, which is not zero.

        Where Lambda has told how many invocations there were, it has told all sums: those without a point are zero.
        """
        points = self.points.get(name)
        if points:
            return sum(value for _, value in points)
        return 0.0 if self.points.get("invocations") and METRICS[name].statistic == "Sum" else None

    def peak(self, name: str) -> float | None:
        """Return the greatest value, None where there is no point."""
        return max((value for _, value in self.points.get(name, ())), default=None)


def read_metrics(answers: Iterable[Mapping[str, Any]], functions: Iterable[str]) -> dict[str, Metrics]:
    """Return the metrics by function, from all pages of the answer to `request` with the same functions."""
    names = list(functions)
    found = {name: Metrics() for name in names}
    for answer in answers:
        for result in answer.get("MetricDataResults", ()):
            number, _, key = result["Id"][1:].partition("_")
            metrics = found[names[int(number)]]
            metrics.is_partial |= result.get("StatusCode") in {"InternalError", "Forbidden"}
            times = (moment.timestamp() for moment in result.get("Timestamps", ()))
            metrics.points.setdefault(key, []).extend(zip(times, result.get("Values", ()), strict=True))
    for metrics in found.values():
        for points in metrics.points.values():
            points.sort()
    return found
