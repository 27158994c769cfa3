"""A tab of Locust's web page: how the run stands, with the intervals that it has until now."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from pytest_serverless.load.estimates.measured import Measured
from pytest_serverless.load.estimates.thresholds import unit_of
from pytest_serverless.load.running.concluding import Tally
from pytest_serverless.load.running.progress import Seldom
from pytest_serverless.report.figures import estimated, ms

__all__ = ["add_tab"]

_KEY: Final = "serverless"
_COLUMNS: Final = ({"key": "metric", "title": "Metric"}, {"key": "value", "title": "Until now, all phases"})
_METRICS: Final = (
    "throughput",
    "latency.p50",
    "latency.p99",
    "throttles",
    "ambiguous",
    "function_errors",
    "failed",
    "cold_starts.user_visible",
    "cold_starts.new_instance",
    "concurrency",
    "instances",
)


def add_tab(web_ui: Any, tally: Callable[[], Tally | None], is_running: Callable[[], bool]) -> None:
    """Show what `tally()` has told, whenever the page asks; nothing is drawn by us.

    The page asks every two seconds. While a run lasts, what takes long is told more seldom.
    """
    rows: Seldom[list[dict[str, str]]] = Seldom(time.perf_counter)
    web_ui.template_args.update(
        extended_tabs=[{"title": "Serverless", "key": _KEY}],
        extended_tables=[{"key": _KEY, "structure": list(_COLUMNS)}],
    )

    @web_ui.app.after_request
    def answer(response: Any) -> Any:
        if _asks_for_numbers(response):
            body = response.get_json()
            told = tally()
            data = rows.made(told, lambda: _rows(told), at_once=not is_running())
            body["extended_stats"] = [{"key": _KEY, "data": data}]
            response.set_data(web_ui.app.json.dumps(body))
        return response


def _asks_for_numbers(response: Any) -> bool:
    from flask import request

    return bool(request.path.endswith("/stats/requests") and response.is_json)


def _rows(tally: Tally | None) -> list[dict[str, str]]:
    if tally is None:
        return []
    measured, dispatch = Measured(tally.aggregate.cell()), tally.aggregate.dispatch()
    counts = {
        "arrivals due": f"{dispatch.planned:,}",
        "sent": f"{dispatch.sent:,}",
        "dropped": f"{sum(dispatch.dropped.values()):,}",
        "lag behind the intended start, p99": ms(dispatch.lag.quantile(0.99)),
    }
    estimates = {metric: estimated(measured.of(metric), unit_of(metric)) for metric in _METRICS}
    return [{"metric": name, "value": value} for name, value in {**counts, **estimates}.items()]
