"""What the calls of one scenario in one process share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.drivers.contract import Driver, Exchange
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.observing import Identified
from pytest_serverless.load.observing.joining import HEADER
from pytest_serverless.load.pipelines import Pipeline, Services
from pytest_serverless.load.scenarios.journey_errors import JourneyErrors
from pytest_serverless.load.scenarios.messages import checked_headers, is_whole
from pytest_serverless.load.targets.reached import Reached

__all__ = ["MOST_STEPS", "Caller"]

MOST_STEPS: Final = 200
"""How many different steps a scenario may have; each is counted, and reported, by itself."""


def _nothing() -> Iterable[str]:
    return ()


class Caller:
    """Drivers, the target, and what counts; one for each scenario in each process.

    `http` and `invoke` make a driver when it is first used. `clock` gives seconds since the epoch that never go back,
    `sleep` waits for so many. `headers` go with each HTTP request to the target, `function` is invoked where none is
    named, `shared` is what `set_up` returned. `errors` has what journeys raised, without the `secrets`. `services`
    makes what asks AWS's services of the target, when it is first used; `pipeline` follows arrivals to the scenario's
    sink, None where it has none; `identified` keeps the ids of requests that the platform's log will tell of, where
    that will be read.
    """

    def __init__(
        self,
        *,
        scenario: str,
        target: Reached,
        aggregate: Aggregate,
        http: Callable[[], Driver],
        invoke: Callable[[], Driver],
        clock: Callable[[], float],
        sleep: Callable[[float], object],
        headers: Mapping[str, str] | None = None,
        function: str | None = None,
        shared: Any = None,
        secrets: Callable[[], Iterable[str]] = _nothing,
        services: Callable[[], Services] | None = None,
        pipeline: Pipeline | None = None,
        identified: Identified | None = None,
    ) -> None:
        self.scenario = scenario
        self.target = target
        self.aggregate = aggregate
        self.clock = clock
        self.sleep = sleep
        self.headers = checked_headers(headers or {})
        self.function = function
        self.shared = shared
        self.errors = JourneyErrors(secrets)
        self.secrets = secrets
        self.pipeline = pipeline
        self.identified = identified
        self._make_services = services
        self._services: Services | None = None
        self._make_http = http
        self._make_invoke = invoke
        self._http: Driver | None = None
        self._invoke: Driver | None = None
        self._steps: set[str] = set()
        self._origins = {urlsplit(url)[:2] for url in target.urls.values()}

    @property
    def http(self) -> Driver:
        """What sends HTTP requests."""
        if self._http is None:
            self._http = self._make_http()
        return self._http

    @property
    def invoke(self) -> Driver:
        """What invokes functions directly."""
        if self._invoke is None:
            self._invoke = self._make_invoke()
        return self._invoke

    @property
    def services(self) -> Services:
        """What asks the services of the target; raises InvalidParameterError where there are none."""
        if self._services is None:
            if self._make_services is None:
                raise InvalidParameterError(f"{self.target.measured} has no services that could be written to.")
            self._services = self._make_services()
        return self._services

    def count(self, observation: Observation, exchange: Exchange) -> None:
        """Count what was observed of an exchange."""
        self.aggregate.add(observation)
        if self.identified is not None:
            self.identified.add(observation, exchange.headers.get(HEADER, ""))

    def headers_to(self, address: str) -> dict[str, str]:
        """Return the scenario's headers for a path, or a URL of the target; none for anybody else's."""
        is_own = not is_whole(address) or urlsplit(address)[:2] in self._origins
        return dict(self.headers) if is_own else {}

    def check_step(self, step: str) -> None:
        """Raise InvalidParameterError for one step too many: ids in paths make a new one with each request."""
        if step in self._steps:
            return
        if len(self._steps) >= MOST_STEPS:
            raise InvalidParameterError(
                f"{self.scenario} has more than {MOST_STEPS} different steps; {step!r} is one more. If there are ids "
                "in its paths, give those requests one name: call.get(f'/items/{id}', name='GET /items/{id}')."
            )
        self._steps.add(step)
