"""One line of how a run stands."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Plan

__all__ = ["progress"]


def progress(aggregate: Aggregate, plans: Sequence[Plan], elapsed_s: float) -> str:
    """Return the phases under way, what was sent, and what came of it until the last reports."""
    under_way = dict.fromkeys(phase.name for plan in plans if (phase := plan.phase_at(elapsed_s)) is not None)
    dispatch, cell = aggregate.dispatch(), aggregate.cell()
    whole_s = max((plan.duration_s for plan in plans), default=0.0)
    counts = {
        "sent": dispatch.sent,
        "dropped": sum(dispatch.dropped.values()),
        "cold": cell.cold_starts,
        "throttled": cell.count_of("throttled"),
        "failed": cell.count_of("failed") + cell.count_of("function_error") + cell.count_of("refused"),
    }
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name == "sent")
    lag_ms = dispatch.lag.quantile(0.99)
    late = "" if lag_ms is None else f", lag p99 {lag_ms:.1f} ms"
    return f"{' and '.join(under_way) or 'draining'}, {elapsed_s:.0f} of {whole_s:.0f} s: {said}{late}"
