"""The locustfile of `open_loop`: a scenario, users of Locust's own, and what is measured of either in the same way."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from pytest_serverless.locust import Scenario

# isort: split
from locust import FastHttpUser, constant, constant_throughput, events, task
from locust.user.wait_time import poisson

cpu_s: list[float] = []
times_ms: list[float] = []


class Open(Scenario):
    """Arrivals that wait for no answer; how many a second, and for how long, the command line says."""

    arrival_rate = 200
    hold = "10s"
    max_in_flight = 2000
    drain_s = 5

    def journey(self, call: Any) -> None:
        call.get("/items")


class Visitor(FastHttpUser):
    """A user of Locust's own, who waits for each answer."""

    abstract = True

    @task
    def visit(self) -> None:
        self.client.get("/items")


class Paced(Visitor):
    """So many visits a second, unless one takes longer."""

    wait_time = constant_throughput(float(os.environ.get("PER_USER", "10")))


class Poisson(Visitor):
    """Pauses as between Poisson arrivals, after each answer."""

    wait_time = poisson(10)


class Constant(Visitor):
    """One visit after the other."""

    wait_time = constant(0)


@events.test_start.add_listener
def _(**_: Any) -> None:
    cpu_s.append(time.process_time())


@events.request.add_listener
def _(response_time: float | None, exception: object, **_: Any) -> None:
    if response_time is not None and exception is None:
        times_ms.append(response_time)


@events.test_stop.add_listener
def _(**_: Any) -> None:
    cpu_s.append(time.process_time())


@events.quit.add_listener
def _(**_: Any) -> None:
    measured = {"cpu_s": cpu_s[1] - cpu_s[0], "times_ms": times_ms}
    Path(os.environ["MEASURED"]).write_text(json.dumps(measured), encoding="utf-8")
