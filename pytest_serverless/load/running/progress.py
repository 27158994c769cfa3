"""How a run stands, told while it lasts without holding up what is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.aggregates.histogram import Histogram
from pytest_serverless.load.arrivals import Plan
from pytest_serverless.load.finding import SEARCH_PHASE
from pytest_serverless.load.observations import Kind

__all__ = ["Seldom", "progress"]

_FAILED: Final[tuple[Kind, ...]] = ("failed", "function_error", "refused")
_SHARE: Final = 0.002
"""So much of the time of a run may be taken for what is only looked at."""

Made = TypeVar("Made")


def progress(aggregate: Aggregate, plans: Sequence[Plan], elapsed_s: float) -> str:
    """Return the phases under way, what was sent, and what came of it until the last reports.

    Only what is shown is added up: arrivals are due meanwhile, and the courses of an hour take a tenth of a second.
    """
    under_way = dict.fromkeys(phase.name for plan in plans if (phase := plan.phase_at(elapsed_s)) is not None)
    cells, dispatches = aggregate.cells.values(), aggregate.dispatches.values()
    whole_s = max((plan.duration_s for plan in plans), default=0.0)
    counts = {
        "sent": sum(each.sent for each in dispatches),
        "dropped": sum(sum(each.dropped.values()) for each in dispatches),
        "cold": sum(each.cold_starts for each in cells),
        "throttled": sum(each.count_of("throttled") for each in cells),
        "failed": sum(each.count_of(kind) for each in cells for kind in _FAILED),
    }
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name == "sent")
    lag = Histogram()
    for each in dispatches:
        lag.merge(each.lag)
    lag_ms = lag.quantile(0.99)
    late = "" if lag_ms is None else f", lag p99 {lag_ms:.1f} ms"
    if any(phase.name == SEARCH_PHASE for plan in plans for phase in plan.phases):
        return f"searching for {elapsed_s:.0f} s: {said}{late}"
    return f"{' and '.join(under_way) or 'draining'}, {elapsed_s:.0f} of {whole_s:.0f} s: {said}{late}"


class Seldom(Generic[Made]):
    """Keeps what takes long to make, and makes it anew no more often than leaves arrivals their time.

    `clock` gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: tuple[object, Made] | None = None
        self._due_s = 0.0

    def made(self, of: object, make: Callable[[], Made], *, at_once: bool = False) -> Made:
        """Return what was made last of the same thing, or make it: when it is due again, or `at_once`."""
        began_s = self._clock()
        if self._kept is None or self._kept[0] is not of or at_once or began_s >= self._due_s:
            self._kept = of, make()
            ended_s = self._clock()
            self._due_s = ended_s + (ended_s - began_s) / _SHARE
        return self._kept[1]
