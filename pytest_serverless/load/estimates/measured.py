"""From what was counted to estimates by name: what thresholds are judged by and reports tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Final

from pytest_serverless.load.aggregates import Aggregate, Histogram
from pytest_serverless.load.aggregates.cells import Cell, Class, Course
from pytest_serverless.load.aggregates.histogram import RESOLUTION
from pytest_serverless.load.estimates.cold_starts import ColdStarts, cold_starts
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.means import mean_of_cells, mean_of_counts
from pytest_serverless.load.estimates.proportions import proportion
from pytest_serverless.load.estimates.quantiles import quantile
from pytest_serverless.load.estimates.thresholds import quantile_share, unit_of
from pytest_serverless.load.estimates.validity import Generation
from pytest_serverless.load.observations import Kind

__all__ = ["NOT_MEASURED", "Measured", "generation"]

NOT_MEASURED: Final = "nothing was measured that tells"
"""The note of what no run of this kind measures."""

_ANSWERED: Final[tuple[Class, ...]] = ("warm", "cold", "unknown")
_KINDS: Final[Mapping[str, Kind]] = {
    "throttles": "throttled",
    "function_errors": "function_error",
    "ambiguous": "ambiguous",
    "refused": "refused",
    "failed": "failed",
}
_COLUMNS: Final[Mapping[str, Callable[[Course], int]]] = {
    "throttles": lambda second: second.throttled,
    "ambiguous": lambda second: second.ambiguous,
}
"""The kinds that the course of a cell keeps apart; all others are one column there, `failed`."""


class Measured:
    """Estimates of what one cell counted, which is best one of the hold alone.

    `others` are estimates that no cell has, by their metric: those of a pipeline, say. `inits` are the platform's, from
    its logs. `seconds` are the whole ones of what was measured, since the epoch; without them all between the first
    and the last with a request. All are shares from 0 to 1, milliseconds, or numbers a second.
    """

    def __init__(
        self,
        cell: Cell,
        *,
        others: Mapping[str, Interval | Unknown] | None = None,
        inits: int | None = None,
        seconds: Sequence[int] | None = None,
    ) -> None:
        self._cell = cell
        self._course = list(cell.course())
        self._others = others or {}
        self._inits = inits
        self._seconds = seconds

    def of(self, metric: str) -> Interval | Unknown:
        """Return an estimate by its name, `throttles` or `latency.cold.p99`; UnknownNameError where there is none."""
        unit = unit_of(metric)
        if metric in self._others:
            return self._others[metric]
        if metric in _KINDS:
            return self.share(metric)
        if metric.startswith("cold_starts."):
            rate: Interval | Unknown = getattr(self.cold_starts, metric.removeprefix("cold_starts."))
            return rate
        if unit == "ms":
            return self._time(*_split(metric))
        made = {"throughput": self.throughput, "concurrency": self.concurrency, "instances": self.instances}.get(metric)
        return made() if made else Unknown(n=0, needed=None, note=NOT_MEASURED)

    def share(self, metric: str) -> Interval | Unknown:
        """Return the share of all requests that came to a kind of answer."""
        events = self._cell.count_of(_KINDS[metric])
        column = _COLUMNS.get(metric, _failed)
        cells = [(column(second), _in_all(second)) for second in self._course]
        is_the_columns = sum(happened for happened, _ in cells) == events
        return proportion(events, self._cell.count, cells if is_the_columns else None)

    @property
    def cold_starts(self) -> ColdStarts:
        """The three rates, of the answers that have evidence."""
        latency = self._cell.latency
        warm, cold, unknown = (latency[name].count for name in _ANSWERED)
        numbered, known = self._cell.numbered, warm + cold
        visible = cold_starts(
            known=known,
            unknown=unknown,
            user_visible=cold,
            inits=self._inits,
            user_visible_cells=[(second.cold, second.warm + second.cold) for second in self._course],
        )
        new = cold_starts(
            known=numbered,
            unknown=max(self._cell.count_of("ok") + self._cell.count_of("function_error") - numbered, 0),
            new_instances=self._cell.new_instances,
            new_instance_cells=[(second.new_instances, second.numbered) for second in self._course],
        )
        return ColdStarts(
            new_instance=new.new_instance,
            user_visible=visible.user_visible,
            init=visible.init,
            known=known,
            unknown=unknown,
        )

    def latency(self, share: float, *names: Class) -> Interval | Unknown:
        """Return a quantile of the times from the intended start, of these classes or of all answers as meant."""
        return _quantile(_merged(self._cell.latency[name] for name in names or _ANSWERED), share)

    def throughput(self) -> Interval | Unknown:
        """Return the answers as meant in a second, by when they were intended; without the first and last second."""
        by_second = {second.start_s: second.warm + second.cold + second.unknown for second in self._course}
        between = range(min(by_second, default=0) + 1, max(by_second, default=0))
        inner = between if self._seconds is None else self._seconds
        return mean_of_cells((float(by_second.get(second, 0)), 1) for second in inner)

    def concurrency(self) -> Interval | Unknown:
        """Return the most that ran at once: between the most on average over 0.1 s and what was never exceeded."""
        running = self._cell.running
        if not running.slots:
            return Unknown(n=0, needed=1)
        least, most = running.most_mean, float(running.most)
        return Interval(
            value=most, lower=min(least, most), upper=most, n=self._cell.count, method="in flight", confidence=1.0
        )

    def instances(self) -> Interval | Unknown:
        """Return how many instances were seen; of very many an estimate, with its standard error doubled."""
        seen = self._cell.instances
        if not seen.known:
            return Unknown(n=0, needed=None, note="no evidence names instances")
        half = 0.0 if seen.complete else 2 * seen.distinct / math.sqrt(seen.limit)
        count = float(seen.distinct)
        method = "counted" if seen.complete else "sampled by their ids"
        return Interval(value=count, lower=count - half, upper=count + half, n=self._cell.evidenced, method=method)

    def _time(self, name: str, which: str) -> Interval | Unknown:
        kind, _, of = name.partition(".")
        classes: tuple[Class, ...] = {"warm": ("warm",), "cold": ("cold",)}.get(of, _ANSWERED)  # type: ignore[assignment]  # of names, which are literals
        if kind not in {"latency", "service", "init"}:
            return Unknown(n=0, needed=None, note=NOT_MEASURED)
        by_class = self._cell.latency if kind == "latency" else self._cell.service
        times = self._cell.init if kind == "init" else _merged(by_class[each] for each in classes)
        if which != "mean":
            return _quantile(times, quantile_share(which))
        plain = mean_of_counts(times.values())
        stretches = self._stretches(classes) if kind == "latency" else plain
        both = [each for each in (plain, stretches) if isinstance(each, Interval)]
        return max(both, key=lambda interval: interval.width, default=plain)

    def _stretches(self, classes: Iterable[Class]) -> Interval | Unknown:
        sums: dict[int, list[float]] = {}
        for name in classes:
            for start_s, times in self._cell.times(name):
                row = sums.setdefault(start_s, [0.0, 0.0])
                row[0] += sum(value * count for value, count in times)
                row[1] += sum(count for _, count in times)
        return mean_of_cells((total, int(n)) for _, (total, n) in sorted(sums.items()))


def generation(
    aggregate: Aggregate,
    *,
    planned: int | None = None,
    cpu: float | None = None,
    lost_workers: int = 0,
    errors: int = 0,
    judged: Iterable[str] = (),
) -> Generation:
    """Return what the generator did, from the aggregate of all its processes.

    `planned` is how many arrivals the whole run was to have, those after a stop among them. The lag is that of the
    `judged` phases, of all where none is named: what was sent in time before does not make them any better.
    """
    dispatch, whole = aggregate.dispatch(), aggregate.cell()
    lag, due = _merged(aggregate.dispatch(phase=each).lag for each in judged), dispatch.planned
    if not lag.count:
        lag = dispatch.lag
    return Generation(
        planned=max(planned or due, due),
        sent=dispatch.sent,
        dropped=sum(dispatch.dropped.values()),
        unsent=max((planned or due) - due, 0),
        done=dispatch.done,
        in_flight_at_stop=dispatch.in_flight,
        answers=whole.count,
        lag_p50_ms=lag.quantile(0.5) or 0.0,
        lag_p99_ms=lag.quantile(0.99) or 0.0,
        lag_max_ms=lag.max_ms or 0.0,
        cpu=cpu,
        unauthorised=whole.count_of("refused", "unauthorized"),
        own_throttles=whole.count_of("throttled", "caller_rate"),
        lost_workers=lost_workers,
        errors=errors,
        clock_skew_ms=aggregate.skew_ms,
    )


def _split(metric: str) -> tuple[str, str]:
    """Return the name of a time and which of its figures is meant: `latency.cold.p99.9` is `latency.cold`, `p99.9`."""
    name, mark, mean = metric.rpartition(".mean")
    if mark and not mean:
        return name, "mean"
    name, _, digits = metric.partition(".p")
    return name, f"p{digits}"


def _merged(histograms: Iterable[Histogram]) -> Histogram:
    def add(whole: Histogram, more: Histogram) -> Histogram:
        whole.merge(more)
        return whole

    return reduce(add, histograms, Histogram())


def _quantile(times: Histogram, share: float) -> Interval | Unknown:
    return quantile(times.values(), share, resolution=RESOLUTION)


def _failed(second: Course) -> int:
    return second.failed


def _in_all(second: Course) -> int:
    return second.warm + second.cold + second.unknown + second.throttled + second.ambiguous + second.failed
