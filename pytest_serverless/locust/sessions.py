"""The part of one process in a run, of scenarios or of users of other kinds; and what Locust is told of it."""

from __future__ import annotations

import gc
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.drivers.contract import Transport
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.observing import Identified
from pytest_serverless.load.running.equipment import Equipment
from pytest_serverless.load.running.session import Order, Session
from pytest_serverless.load.running.watching import Requested, Watching
from pytest_serverless.load.scenarios.definition import Definition
from pytest_serverless.locust.greenlets import EDGES

if TYPE_CHECKING:
    from locust.env import Environment

__all__ = ["Watched", "make_equipment", "make_session", "watch", "watched"]


@dataclass(slots=True)
class Watched:
    """What users of other kinds are measured by, and the session that counts their requests now."""

    path: str
    thresholds: tuple[str, ...]
    session: Watching | None = None

    def begin(self, environment: Environment, order: Order) -> Watching:
        if self.session is None:
            environment.events.request.add_listener(self.saw)
        self.session = Watching(order, EDGES, path=self.path)
        return self.session

    def saw(self, request_type: str, name: str, response_time: float | None, **seen: Any) -> None:
        """Take a request of Locust's own clients; their times are from their own clocks, and answers as they are."""
        response, error = seen.get("response"), seen.get("exception")
        if self.session is None or response_time is None:
            return
        ended_s = time.time()
        started_s = seen.get("start_time") or ended_s - response_time / 1e3
        status = getattr(response, "status_code", None)
        self.session.saw(
            Requested(
                step=f"{request_type} {name}",
                url=seen.get("url") or "",
                started_s=started_s,
                ended_s=started_s + response_time / 1e3,
                status=status,
                headers=getattr(response, "headers", None) if status else None,
                body=(getattr(response, "content", None) or b"") if (status or 0) >= 400 else b"",
                error=error if isinstance(error, BaseException) else None,
            )
        )


_watched: Watched | None = None


def watched() -> Watched | None:
    """Return what users of other kinds are measured by; None where they are not."""
    return _watched


def watch(path: str, thresholds: tuple[str, ...]) -> None:
    """Measure users of other kinds; the last call counts."""
    global _watched  # noqa: PLW0603  # a locustfile has one process, and may be imported twice under two names
    _watched = Watched(path, thresholds)


def make_session(environment: Environment, definitions: Sequence[Definition], order: Order) -> Session | Watching:
    """Return what sends and counts in this process."""
    if not order.plans and _watched is not None:
        return _watched.begin(environment, order)
    # What is there now stays: the collector need not look through it while arrivals are due.
    gc.collect()
    gc.freeze()
    options: Any = environment.parsed_options
    return Session(
        definitions,
        order,
        EDGES,
        partial(make_equipment, options, transports=_transports(options, definitions)),
        on_observation=partial(_tell_locust, environment.events.request.fire),
        on_drop=partial(_tell_of_drop, environment.events.request.fire),
        tell=logging.getLogger("pytest_serverless").info,
        max_arrivals=options.serverless_max_arrivals,
    )


def _transports(options: Any, definitions: Sequence[Definition]) -> dict[float, Transport]:
    """Return the connections of this process, by how long an answer may take: one pool for all that agree on that."""
    from pytest_serverless.load.drivers.connections import GeventTransport

    most: Counter[float] = Counter()
    for each in definitions:
        most[each.timeout_s] += each.max_in_flight
    given = {"ca_file": options.serverless_ca_file, "insecure": options.serverless_insecure, "clock": EDGES.clock}
    return {timeout_s: GeventTransport(count, timeout_s, **given) for timeout_s, count in most.items()}


def make_equipment(
    options: Any,
    definition: Definition,
    order: Order,
    aggregate: Aggregate,
    *,
    transports: Mapping[float, Transport] | None = None,
) -> Equipment:
    """Return what a scenario sends with: connections that it shares with others, or has alone."""
    shared = _transports(options, [definition]) if transports is None else transports
    return Equipment(
        definition,
        order.reached,
        aggregate,
        shared[definition.timeout_s],
        EDGES,
        shared=order.shared.get(definition.name),
        profile=options.serverless_profile,
        run=order.run,
        worker=order.worker,
        identified=Identified() if order.identify else None,
    )


def _tell_locust(fire: Callable[..., None], seen: Observation) -> None:
    """Let Locust's own statistics, console and files have what was seen: throttles, which are fast, by themselves."""
    kind = seen.kind
    failed = None if kind == "ok" else f"{kind}: {seen.reason}" if seen.reason else kind
    fire(
        request_type=seen.scenario,
        name=f"{seen.step} [throttled]" if kind == "throttled" else seen.step,
        response_time=(seen.ended_s - seen.intended_s) * 1e3,
        response_length=0,
        exception=failed,
        context={},
        response=None,
    )


def _tell_of_drop(fire: Callable[..., None], scenario: str, phase: str) -> None:
    fire(request_type="DROP", name=scenario, response_time=None, response_length=0, exception=None, context={})
