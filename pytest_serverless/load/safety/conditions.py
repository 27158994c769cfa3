"""When to end a run: conditions about its last seconds, "failed > 50%" or "latency.p99 > 2s"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.aggregates.cells import Class
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.means import mean_of_counts
from pytest_serverless.load.estimates.proportions import proportion
from pytest_serverless.load.estimates.quantiles import quantile
from pytest_serverless.load.estimates.thresholds import Threshold
from pytest_serverless.load.observations import Kind

__all__ = ["WINDOW_S", "Condition", "Recent"]

WINDOW_S: Final = 10.0
"""How long the last seconds are."""

_SHARES: Final[Mapping[str, Kind]] = {
    "throttles": "throttled",
    "function_errors": "function_error",
    "ambiguous": "ambiguous",
    "refused": "refused",
    "failed": "failed",
}
_LATENCIES: Final[Mapping[str, tuple[Class, ...]]] = {
    "latency": ("warm", "cold", "unknown"),
    "latency.warm": ("warm",),
    "latency.cold": ("cold",),
}
_KNOWN: Final = f"{', '.join(_SHARES)}, throughput, and latency with .p50, .p99 or .mean"
_COARSE: Final = 0.008
"""The course of times knows them within 0.8 %."""


@dataclass(frozen=True, slots=True)
class Recent:
    """What was answered between two instants, in seconds since the epoch; the aggregate is of the whole run."""

    counts: Counter[tuple[Kind, str]]
    aggregate: Aggregate
    since_s: float
    until_s: float

    def estimate(self, threshold: Threshold) -> Interval | Unknown:
        """Return what the last seconds tell of a metric."""
        kind = _SHARES.get(threshold.metric)
        if kind is not None:
            return proportion(self._of(kind), self.counts.total())
        if threshold.metric == "throughput":
            return self._throughput()
        name = threshold.metric.rpartition(".mean")[0] or threshold.metric.partition(".p")[0]
        times = list(self._times(_LATENCIES[name]))
        share = threshold.quantile
        return mean_of_counts(times) if share is None else quantile(times, share, resolution=_COARSE)

    def _of(self, kind: Kind) -> int:
        return sum(count for (one, _), count in self.counts.items() if one == kind)

    def _throughput(self) -> Interval:
        per_s = self._of("ok") / (self.until_s - self.since_s)
        return Interval(value=per_s, lower=per_s, upper=per_s, n=self._of("ok"), method="counted", confidence=1.0)

    def _times(self, classes: Iterable[Class]) -> Iterator[tuple[float, int]]:
        """Yield the latencies of what was intended in the last seconds, in whole stretches."""
        for cell in self.aggregate.cells.values():
            for name in classes:
                for _, times in cell.times(name, self.since_s):
                    yield from times


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition upon which a run ends, made by `Condition.parse`."""

    threshold: Threshold

    @staticmethod
    def parse(text: str) -> Condition:
        """Read "failed > 50%"; raises InvalidParameterError for what cannot be judged while a run lasts."""
        threshold = Threshold.parse(text)
        metric = threshold.metric
        if metric not in _SHARES and metric != "throughput" and not metric.startswith("latency."):
            raise InvalidParameterError(
                f"--serverless-abort-on {text!r}: {metric} is not known while a run lasts. What is: {_KNOWN}."
            )
        if threshold.is_upper != (metric == "throughput"):
            turned = "<" if metric == "throughput" else ">"
            raise InvalidParameterError(
                f"--serverless-abort-on {text!r} would end a run that is as it should be. It says when to stop: "
                f"{text.replace(threshold.sign, turned)!r}."
            )
        return Condition(threshold)

    def holds(self, recent: Recent) -> str | None:
        """Return what is to be said where it holds, all of the estimate's interval; None where it does not."""
        estimate = recent.estimate(self.threshold)
        if self.threshold.judge(estimate).outcome != "pass":
            return None
        said = str(self.threshold.judge(estimate)).removeprefix("pass: ")
        return f"in the last {recent.until_s - recent.since_s:.0f} s {said} (--serverless-abort-on)"
