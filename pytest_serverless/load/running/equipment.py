"""What one scenario sends with in one process: connections, credentials, drivers, and the caller that has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pytest_serverless.errors import PlatformError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.auth import (
    AwsSignature,
    Credentials,
    EnvironmentKeys,
    KeyProvider,
    redact,
    renew,
    standard_keys,
)
from pytest_serverless.load.classes import Classifier
from pytest_serverless.load.drivers.contract import Driver, Transport
from pytest_serverless.load.observing import Identified
from pytest_serverless.load.pipelines import Pipeline, Services
from pytest_serverless.load.running.edges import Edges
from pytest_serverless.load.scenarios.caller import Caller
from pytest_serverless.load.scenarios.definition import Definition
from pytest_serverless.load.targets.reached import Reached

__all__ = ["Equipment"]

_INVOKE: Final = "lambda_invoke"
_OF_TLS: Final = (
    ". Name the certificate to trust by --serverless-ca-file, or, where nobody else can answer, do not verify it: "
    "--serverless-insecure"
)


class Equipment:
    """The caller of a scenario, and all that it sends with; `shared` is what the scenario's set-up returned."""

    def __init__(
        self,
        definition: Definition,
        reached: Reached,
        aggregate: Aggregate,
        transport: Transport,
        edges: Edges,
        *,
        shared: Any = None,
        profile: str | None = None,
        run: int = 0,
        worker: int = 0,
        identified: Identified | None = None,
    ) -> None:
        self._definition = definition
        self._reached = reached
        self._transport = transport
        self._edges = edges
        self._profile = profile
        self._aws: AwsSignature | None = None
        self._asked: Services | None = None
        self.caller = Caller(
            scenario=definition.name,
            target=reached,
            aggregate=aggregate,
            http=self._http,
            invoke=self._invoke,
            clock=edges.clock,
            sleep=edges.sleep,
            headers=definition.headers,
            function=definition.function,
            shared=shared,
            secrets=self.secrets,
            services=self._services,
            pipeline=self._pipeline(run, worker),
            identified=identified,
        )

    def _pipeline(self, run: int, worker: int) -> Pipeline | None:
        definition = self._definition
        if definition.sink is None:
            return None
        services, sleep = self._services(), self._edges.sleep
        return Pipeline(definition.sink, services, self._http, sleep, scenario=definition.name, run=run, worker=worker)

    def _services(self) -> Services:
        """Return what asks the services of the target; one for the journeys and the sink."""
        if self._asked is None:
            rules = self._definition.rules
            self._asked = Services(self._reached, self._transport, self._keys(), self._edges.clock, rules=rules)
        return self._asked

    def prepare(self, connections: int) -> None:
        """Make drivers, get credentials and open connections; CredentialsError or PlatformError where that fails.

        What is done here is not done while the first arrivals wait for it. Connections are opened to wherever a journey
        may send; there must be one to where it sends by itself.
        """
        self._make_drivers()
        self.renew()
        for credentials in self._all_credentials():
            credentials.check(self._edges.clock())
        urls = self._urls() if connections else []
        for number, url in enumerate(urls):
            if not self._transport.open(url, connections) and not number:
                raise PlatformError(f"no connection could be opened to {url}: {self._why(url)}.")
        pipeline = self.caller.pipeline
        if pipeline is not None and pipeline.watch is not None:
            pipeline.watch.look()

    def _make_drivers(self) -> None:
        reached, definition = self._reached, self._definition
        if self._has_api:
            _ = self.caller.http
        if definition.function is not None or reached.kind == "local":
            _ = self.caller.invoke

    def open(self, connections: int) -> int:
        """Have so many connections open to where the scenario sends; return how many there are."""
        return self._transport.open(self._urls()[0], connections)

    def renew(self) -> None:
        """Renew the credentials that are due."""
        for credentials in self._all_credentials():
            renew(credentials, self._ask, self._edges.clock)
        if self._asked is not None:
            self._asked.renew()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def secrets(self) -> Iterable[str]:
        """Return what must not be printed."""
        own = [secret for credentials in self._all_credentials() for secret in credentials.secrets()]
        return [*own, *(self._asked.secrets() if self._asked is not None else ())]

    def troubles(self) -> list[str]:
        """Return why credentials could not be renewed, or the sink be read, when that was last tried."""
        told = [each.trouble() for each in self._all_credentials()]
        pipeline = self.caller.pipeline
        if pipeline is not None and pipeline.trouble:
            told.append(f"the sink could not be read: {pipeline.trouble}")
        return [redact(text, self.secrets()) for text in told if text]

    def round_trip_ms(self) -> float | None:
        """Return what an answer takes on its way at least; None where that cannot be measured."""
        return next((self._transport.round_trip_ms(url) for url in self._urls()), None)

    def _all_credentials(self) -> list[Credentials]:
        own = self._definition.auth
        return [each for each in (own, self._aws) if each is not None]

    @property
    def _has_api(self) -> bool:
        """Whether it is known which API HTTP requests are sent to."""
        urls = self._reached.urls
        return bool(urls) and (self._definition.api is not None or len(urls) == 1 or "" in urls)

    def _urls(self) -> list[str]:
        """Return where the scenario may send, that first which it is known for: its function, its API."""
        reached, definition = self._reached, self._definition
        apis = [reached.url(definition.api)] if self._has_api else []
        invoke = [reached.invoke_url] if reached.invoke_url else []
        return [*invoke, *apis] if definition.function is not None or not apis else [*apis, *invoke]

    def _http(self) -> Driver:
        from pytest_serverless.load.drivers.http_driver import HttpDriver

        definition, reached = self._definition, self._reached
        path = definition.path or reached.path(definition.api)
        return HttpDriver(
            self._transport,
            reached.url(definition.api),
            Classifier(path, definition.rules),
            definition.auth,
            trusted=reached.urls.values(),
        )

    def _invoke(self) -> Driver:
        from pytest_serverless.load.drivers.lambda_driver import LambdaDriver

        reached = self._reached
        if reached.invoke_url is None:
            raise PlatformError(
                f"{reached.measured} is an address: functions cannot be invoked there. Name the stack that they are "
                "part of by --serverless-stack, or run their template by --serverless-local."
            )
        if self._aws is None:
            region = reached.measured.region or "us-east-1"
            self._aws = AwsSignature("lambda", region, self._keys())
        return LambdaDriver(self._transport, reached.invoke_url, Classifier(_INVOKE, self._definition.rules), self._aws)

    def _keys(self) -> KeyProvider | None:
        """Return who provides keys: the platform's own where it has some, else whoever AWS's tools would ask."""
        given = self._reached.environment
        return EnvironmentKeys(given) if "AWS_ACCESS_KEY_ID" in given else standard_keys(self._profile)

    def _ask(self, method: str, url: str, headers: Any, body: bytes) -> tuple[int, Any, bytes]:
        answer = self._transport.exchange(method, url, headers, body)
        if answer.error is not None:
            raise answer.error
        return answer.status or 0, answer.headers, answer.body

    def _why(self, url: str) -> str:
        from pytest_serverless.load.classes import REASONS, failed

        error = self._transport.trouble(url)
        if error is None:
            return "it is not known why"
        reason = failed(error).reason
        what_to_do = _OF_TLS if reason == "tls" else ""
        return redact(f"{REASONS[reason]} ({error}){what_to_do}", self.secrets())
