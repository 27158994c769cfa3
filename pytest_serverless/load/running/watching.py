"""Requests of somebody else's users: they wait for their answers before they go on, so that their loop is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Plan
from pytest_serverless.load.classes import Classifier, Verdict, failed, redirected
from pytest_serverless.load.evidence import HEADER, is_new, read_header, waited_by
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.running.edges import Edges
from pytest_serverless.load.running.session import Order, Report

__all__ = ["PHASE", "Requested", "Watching"]

PHASE: Final = "run"
"""The one phase of a closed loop, from the first request to the last."""
_SCENARIO: Final = "users"


class Watching:
    """Counts the requests of one process; in place of a `Session`, where nothing is sent by us.

    `path` is the table of answers of what is asked. Users of a closed loop send less while they wait: what happens then
    is not seen, and latencies are from the real start alone.
    """

    def __init__(self, order: Order, edges: Edges, *, path: str) -> None:
        self._edges = edges
        self._classify = Classifier(path)
        self._aggregate = Aggregate(is_cold=waited_by(order.round_trip_ms or 0.0), is_new=is_new)
        self._start_s: float | None = None
        self._cpu_s = 0.0
        self._stopped_s: float | None = None

    is_done: Final = False

    def prepare(self) -> None:
        """There is nothing to prepare."""

    def start(self, start_s: float) -> None:
        """Begin to count."""
        self._start_s, self._cpu_s = start_s, self._edges.processor()

    def extend(self, plans: Mapping[str, Plan], since_s: float) -> None:
        """There is no plan."""

    def finish(self) -> None:
        """Count no more."""
        self._stopped_s = self._stopped_s or self._edges.clock()

    def close(self) -> None:
        """There is nothing of our own."""

    def saw(self, request: Requested) -> None:
        """Count a request that has ended."""
        if self._start_s is None or self._stopped_s is not None:
            return
        aggregate, started_s = self._aggregate, request.started_s
        headers = request.headers
        evidence = read_header(headers.get(HEADER), request.ended_s) if headers is not None else None
        verdict = self._verdict(request)
        aggregate.plan(PHASE, _SCENARIO, started_s)
        aggregate.send(PHASE, _SCENARIO, started_s, started_s)
        aggregate.add(
            Observation(
                scenario=_SCENARIO,
                step=request.step,
                phase=PHASE,
                intended_s=started_s,
                started_s=started_s,
                ended_s=request.ended_s,
                kind=verdict.kind,
                reason=verdict.reason,
                status=request.status,
                evidence=evidence,
            )
        )
        aggregate.finish(PHASE, _SCENARIO)

    def report(self, *, last: bool = False) -> Report:
        """Return what is new since the last report."""
        elapsed_s = (self._stopped_s or self._edges.clock()) - (self._start_s or 0.0)
        used_s = self._edges.processor() - self._cpu_s
        is_known = self._start_s is not None and elapsed_s > 1
        return Report(
            aggregate=self._aggregate.take(last=last), cpu=used_s / elapsed_s if is_known else None, is_last=last
        )

    def _verdict(self, request: Requested) -> Verdict:
        if not request.status or request.headers is None:
            return failed(request.error) if request.error is not None else Verdict("failed", "other")
        elsewhere = redirected(request.url, request.status, request.headers.get("location"))
        return elsewhere or self._classify(request.status, request.headers, request.body)


@dataclass(slots=True, kw_only=True)
class Requested:
    """One request of a user, as its client tells; times are seconds since the epoch.

    `headers` finds names in any case; None where there was no answer.
    """

    step: str
    url: str
    started_s: float
    ended_s: float
    status: int | None
    headers: Any
    body: bytes
    error: BaseException | None
