"""What a locustfile subclasses: a scenario, which Locust finds as it finds its own users.

Importing this imports Locust, which patches the standard library; only Locust's own process does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from locust import User, task
from locust.exception import StopUser

from pytest_serverless.load.classes import Classifier
from pytest_serverless.load.running.beginning import GivenScenario
from pytest_serverless.locust import sessions
from pytest_serverless.locust.greenlets import ENDED

__all__ = ["Scenario", "measure_users"]

_OF_LOCUST: Final = frozenset({"abstract", "host", "tasks"})
"""What Locust itself puts into a class."""


def measure_users(*, path: str = "http", thresholds: str | Sequence[str] = ()) -> None:
    """Measure the users of a locustfile that is there already, `HttpUser` and `FastHttpUser`; call it in the file.

    Throttles, cold starts and concurrency are told by the same evidence as those of scenarios; `path` is the table of
    answers (`http_api`, `function_url`, `azure`, `cloud_run`). The result says that the loop was closed: users send
    less while they wait, so that what a slow target would have cost others is not seen.
    """
    Classifier(path)  # raises UnknownNameError for one that there is not
    sessions.watch(path, (thresholds,) if isinstance(thresholds, str) else tuple(thresholds))


class Scenario(User):
    """Arrivals at a rate of their own, however long their answers take; each makes one journey.

    ::

        class Shop(Scenario):
            arrival_rate = 50           # the total a second, whatever the number of processes
            hold = "60s"
            thresholds = ("throttles < 1%", "latency.p99 < 300ms")

            def journey(self, call):
                call.get("/items")

    Attributes: see `pytest_serverless.load.scenarios.definition`. A user of Locust is only the sign of a source here:
    their number follows from the number of scenarios and processes, and `-u` changes nothing.
    """

    abstract = True
    only_when_named: ClassVar[bool] = False

    @task
    def _source(self) -> None:
        """Stay until the run ends: what sends is beside."""
        ENDED.wait()
        raise StopUser

    @classmethod
    def serverless_given(cls) -> GivenScenario:
        """Return what the scenario's author has set, methods bound to an instance that Locust does not know."""
        itself = cls.__new__(cls)
        names = {
            name
            for each in cls.__mro__
            if issubclass(each, Scenario) and each is not Scenario
            for name in vars(each)
            if not name.startswith("_")
        }
        file = sys.modules[cls.__module__].__file__ if cls.__module__ in sys.modules else None
        return GivenScenario(
            name=cls.__name__,
            attributes={name: getattr(itself, name) for name in sorted(names - _OF_LOCUST)},
            directory=Path(file).parent if file else None,
        )
