"""What a run measured, for a test to assert on."""

from __future__ import annotations

from pytest_serverless.errors import MissingEvidenceError, UnknownNameError
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.measured import Measured
from pytest_serverless.load.estimates.thresholds import METRICS, unit_of
from pytest_serverless.load.results import Result
from pytest_serverless.load.results.result import judged_seconds

__all__ = ["Measurement", "Metrics"]


class Metrics:
    """The metrics whose names begin alike: `run.cold_starts.user_visible`, `run.latency.warm.p50`."""

    __slots__ = ("_beginning", "_of")

    def __init__(self, of: Measurement, beginning: str) -> None:
        self._of = of
        self._beginning = beginning

    def __repr__(self) -> str:
        return f"<{self._beginning} of {self._of!r}>"

    def __getattr__(self, name: str) -> Interval | Unknown | Metrics:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._of.find(f"{self._beginning}.{name}")


class Measurement:
    """A valid run; `result` is all of it.

    Metrics are attributes by the names that thresholds use: `run.throttles`, `run.cold_starts.user_visible`,
    `run.latency.p99`; or items, `run["latency.p99.9"]`. Shares lie between 0 and 1, times are in ms. Each has `value`,
    `lower` and `upper`, or is an `Unknown` where samples are too few: no comparison with its bounds holds. Where
    nothing was seen that would tell, `MissingEvidenceError` says how to get it.
    """

    def __init__(self, result: Result) -> None:
        self.result = result

    def __repr__(self) -> str:
        return f"<Measurement of {', '.join(self.result.mix)} at {self.result.target}>"

    def __getitem__(self, metric: str) -> Interval | Unknown:
        estimate = self.result.estimates.get(metric)
        if estimate is None:
            unit_of(metric)  # raises for a name that is none
            seconds = judged_seconds(self.result.aggregate, self.result.judged)
            estimate = Measured(self.result.cell, seconds=seconds).of(metric)
        if isinstance(estimate, Unknown) and estimate.needed is None:
            raise MissingEvidenceError(metric, estimate.note)
        return estimate

    def __getattr__(self, name: str) -> Interval | Unknown | Metrics:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.find(name)

    def find(self, name: str) -> Interval | Unknown | Metrics:
        """Return a metric, or those whose names begin so; AttributeError where there is neither."""
        is_beginning = name in METRICS and METRICS[name] == "ms"
        if is_beginning or any(metric.startswith(f"{name}.") for metric in METRICS):
            return Metrics(self, name)
        try:
            return self[name]
        except UnknownNameError as error:
            raise AttributeError(str(error)) from None

    @property
    def passed(self) -> bool:
        """Whether every threshold of the scenario was kept."""
        return self.result.exit_code == 0
