"""From what was counted to a result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pytest_serverless import __version__
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.aggregates.cells import Cell
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.measured import Measured
from pytest_serverless.load.estimates.occupancy import littles_law
from pytest_serverless.load.estimates.thresholds import METRICS, Threshold
from pytest_serverless.load.estimates.validity import Validity
from pytest_serverless.load.results.differences import differences_of
from pytest_serverless.load.results.result import ColdStartSource, Generator, Result, judged_cell, judged_seconds
from pytest_serverless.load.results.target import Target

__all__ = ["make_result"]

_OF_TIMES: Final = ("p50", "p95", "p99", "mean")
_SLOT_S: Final = 0.1


def make_result(
    aggregate: Aggregate,
    *,
    run_id: str,
    started_s: float,
    ended_s: float,
    mix: Mapping[str, float],
    target: Target,
    validity: Validity,
    judged: Iterable[str] = ("hold",),
    generator: Generator | None = None,
    thresholds: Iterable[Threshold] = (),
    others: Mapping[str, Interval | Unknown] | None = None,
    inits: int | None = None,
    cold_start_source: ColdStartSource | None = None,
    **facts: Any,
) -> Result:
    """Estimate every metric in the judged phases, and judge the thresholds by them.

    `others` and `inits` are as in `Measured`; the remaining facts are fields of `Result`. What `mix` names with a
    variant in brackets is compared with the first variant of the same.
    """
    phases, asked = tuple(judged), tuple(thresholds)
    cell = judged_cell(aggregate, phases)
    seconds = judged_seconds(aggregate, phases)
    measured = Measured(cell, others=others, inits=inits, seconds=seconds)
    names = [*_metrics(), *(each.metric for each in asked)]
    estimates = {name: measured.of(name) for name in dict.fromkeys(names)}
    return Result(
        tool_version=__version__,
        run_id=run_id,
        started_s=started_s,
        ended_s=ended_s,
        mix=mix,
        target=target,
        generator=generator or Generator(),
        judged=phases,
        aggregate=aggregate,
        validity=validity,
        estimates=estimates,
        law=_law(cell, seconds, measured),
        judgements=tuple(each.judge(estimates[each.metric]) for each in asked),
        cold_start_source=cold_start_source or ColdStartSource(),
        differences=differences_of(aggregate, phases, mix, target=target),
        **facts,
    )


def _metrics() -> list[str]:
    return [
        name
        for metric, unit in METRICS.items()
        for name in ([f"{metric}.{which}" for which in _OF_TIMES] if unit == "ms" else [metric])
    ]


def _law(cell: Cell, seconds: Sequence[int], measured: Measured) -> Interval | Unknown:
    """Return the mean number in flight by Little's law, of the requests that were answered as meant."""
    service_ms = measured.of("service.mean")
    if not seconds or isinstance(service_ms, Unknown):
        return Unknown(n=cell.count, needed=None, note="too little was answered")
    if cell.count_of("function_error"):
        return Unknown(n=cell.count, needed=None, note="functions failed, and the time of that is not kept apart")
    starts = [number for second in seconds for number in cell.running.starts(second, second + 1)]
    return littles_law(starts, _SLOT_S, service_ms.times(1e-3))
