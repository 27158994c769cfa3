"""AWS's services, asked by signed HTTP: those of the target, wherever it runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from pytest_serverless.errors import CredentialsError, InvalidParameterError, PlatformError, shorten
from pytest_serverless.load.auth import AwsSignature, KeyProvider, Request
from pytest_serverless.load.classes import Classifier, Rule, failed
from pytest_serverless.load.drivers.contract import Exchange, Sent, Transport
from pytest_serverless.load.targets.reached import Reached

__all__ = ["PATH", "ServiceDriver", "Services"]

PATH: Final = "aws_service"
"""The table of answers of the services' own APIs."""

_TARGETS: Final[Mapping[str, tuple[str, str]]] = {
    "sqs": ("AmazonSQS", "application/x-amz-json-1.0"),
    "dynamodb": ("DynamoDB_20120810", "application/x-amz-json-1.0"),
}
"""How operations are named in `X-Amz-Target`, and what their bodies are: metadata of botocore's models (1.44)."""

_SHOWN: Final = 300


class ServiceDriver:
    """Sends to one service; an address is a whole URL."""

    path = PATH

    def __init__(
        self,
        transport: Transport,
        credentials: AwsSignature,
        classifier: Classifier,
        clock: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._classifier = classifier
        self._clock = clock
        self.credentials = credentials

    def send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes = b"", *, source: int = 0
    ) -> Sent:
        """Sign and send; raises CredentialsError where there is nothing to sign with."""
        request = Request(method, address, headers, body, source)
        signed = {**headers, **self.credentials.headers(request, self._clock())}
        exchange = self._transport.exchange(method, address, signed, body)
        if exchange.error is not None or exchange.status is None:
            return Sent(exchange, failed(exchange.error or ConnectionError("no answer")))
        return Sent(exchange, self._classifier(exchange.status, exchange.headers, exchange.body))


class Services:
    """Where the services of a target are, and what they are asked with.

    `provider` has the keys, `region` is the target's own where none is given; `rules` are the scenario's. On the local
    platform any keys do.
    """

    def __init__(
        self,
        reached: Reached,
        transport: Transport,
        provider: KeyProvider | None,
        clock: Callable[[], float],
        *,
        region: str | None = None,
        rules: Iterable[Rule] = (),
    ) -> None:
        self.reached = reached
        self.clock = clock
        self._region = region or reached.measured.region
        self._transport = transport
        self._provider = provider
        self._rules = tuple(rules)
        self._drivers: dict[str, ServiceDriver] = {}
        self._queues: dict[str, str] = {}

    @property
    def region(self) -> str:
        """The region; raises InvalidParameterError where nothing tells it."""
        if not self._region:
            raise InvalidParameterError(
                "The region of the services is not known: set AWS_REGION, or name the stack by --serverless-stack."
            )
        return self._region

    def driver(self, service: str) -> ServiceDriver:
        """Return what sends to a service: `sqs`, `s3` or `dynamodb`."""
        found = self._drivers.get(service)
        if found is None:
            found = self._drivers[service] = ServiceDriver(
                self._transport,
                AwsSignature(service, self.region, self._provider),
                Classifier(PATH, self._rules),
                self.clock,
            )
        return found

    def renew(self) -> None:
        """Ask for the keys of now; about once a second, beside the requests."""
        for driver in list(self._drivers.values()):  # getting keys may wait, and others may be added
            driver.credentials.due(self.clock())

    def secrets(self) -> Iterable[str]:
        """Return what must not be printed."""
        return [secret for driver in self._drivers.values() for secret in driver.credentials.secrets()]

    def name(self, id: str) -> str:  # noqa: A002  # the template's word for it
        """Return what `Ref` gives of a resource; what is no id is a name, or a URL, itself."""
        return self.reached.resources.get(id, id)

    def url(self, service: str) -> str:
        """Return where a service is asked, without a slash at its end."""
        own = self.reached.service_url(service)
        if own is not None:
            return own.rstrip("/")
        domain = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        return f"https://{service}.{self.region}.{domain}"

    def object_url(self, bucket: str, key: str, query: str = "") -> str:
        """Return the URL of an object, or of the bucket where the key is empty.

        On AWS the bucket is in the name of the host, unless it has dots, of which no certificate holds.
        """
        name, base = self.name(bucket), self.url("s3")
        if self.reached.aws_url is None and "." not in name:
            base = base.replace("://", f"://{name}.", 1)
        else:
            base = f"{base}/{name}"
        return f"{base}/{quote(key, safe='/~')}{f'?{query}' if query else ''}"

    def operation(self, service: str, name: str) -> dict[str, str]:
        """Return the headers that name an operation of a service of the JSON protocol."""
        target, content_type = _TARGETS[service]
        return {"content-type": content_type, "x-amz-target": f"{target}.{name}"}

    def ask(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Sent:
        """Send an operation of a service of the JSON protocol."""
        body = json.dumps(parameters).encode()
        return self.driver(service).send("POST", f"{self.url(service)}/", self.operation(service, operation), body)

    def answer(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return what an operation answers; raises PlatformError, with what was said, where it was not done."""
        return content(self.ask(service, operation, parameters), f"{service}:{operation}")

    def queue_url(self, queue: str) -> str:
        """Return the URL of a queue by its id, its name or the URL itself."""
        name = self.name(queue)
        if "://" in name:
            return name
        if name not in self._queues:
            self._queues[name] = str(self.answer("sqs", "GetQueueUrl", {"QueueName": name})["QueueUrl"])
        return self._queues[name]


def content(sent: Sent, what: str) -> dict[str, Any]:
    """Return what an operation of the JSON protocol answered; raises as `demand`, and for what is no such answer."""
    body = demand(sent, what).body
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise PlatformError(f"{what} was answered with no JSON: {shorten(body[:_SHOWN].decode(errors='replace'))}")
    return found


def demand(sent: Sent, what: str) -> Exchange:
    """Return the exchange of what was done; raises CredentialsError or PlatformError where it was not."""
    exchange, verdict = sent.exchange, sent.verdict
    if verdict.kind == "ok":
        return exchange
    said = exchange.body.decode(errors="replace") if exchange.body else str(exchange.error or verdict.reason)
    message = f"{what} was not done: {exchange.status or 'no answer'}, {shorten(said, _SHOWN)}"
    raise (CredentialsError if exchange.status in {401, 403} else PlatformError)(message)
