"""The mocked services of one application, and what is on its way between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from pytest_serverless.app.model import App
from pytest_serverless.backends.aws import AwsBackend
from pytest_serverless.deployment.functions import FunctionsByArn
from pytest_serverless.deployment.queues import QueueState
from pytest_serverless.deployment.stack import Stack
from pytest_serverless.deployment.timeline import Entry
from pytest_serverless.deployment.wiring_faults import check
from pytest_serverless.errors import BackendError, PlatformError, ThrottledError, UnknownNameError
from pytest_serverless.local.aws.addressing import aws_url
from pytest_serverless.local.aws.configuration import Configuration
from pytest_serverless.local.aws.deliveries import Deliveries
from pytest_serverless.local.aws.messages import Delivery, decode_outcome
from pytest_serverless.local.aws.platform_client import PlatformClient
from pytest_serverless.local.aws.real_time import RealTime
from pytest_serverless.local.aws.turn import Turn
from pytest_serverless.local.aws.workers import Forgotten, Workers
from pytest_serverless.local.wire.messages import Asked, Reply
from pytest_serverless.outcome import Change
from pytest_serverless.templates import load

__all__ = ["Services"]

_SHOWN = 50
_NAME = "the local platform"


class Services:
    """Answers requests to AWS, and delivers what they cause; asked by many threads.

    `tell` hears of everything that is delivered, kept or dropped.
    """

    def __init__(
        self,
        configuration: Configuration,
        platform: PlatformClient,
        *,
        tell: Callable[[Entry], None],
    ) -> None:
        self.app: App = load(configuration.template, **configuration.choices)
        check(self.app)
        self._configuration = configuration
        self._platform = platform
        self._tell = tell
        backend = AwsBackend(region=self.app.region, account=configuration.account, network=list(configuration.network))
        self._stack = Stack(self.app, backend)
        self._stack.need_all()
        backend.on_change(lambda _: self._workers.tell())
        self._time = RealTime()
        self._turn = Turn()
        self._workers = Workers(
            self._turn, lambda: self._deliveries, most=configuration.most_deliveries, skips=configuration.skip_idle
        )
        self._deliveries = self._begun()
        self._entered = ExitStack()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Mock the services, and deliver, while the block runs; raises ProvisioningError where that cannot be."""
        with self._time.running():
            with self._turn:
                self._enter()
                self._workers.start()
            try:
                yield
            finally:
                with self._turn:
                    self._workers.end()
                    self._entered.close()

    def on_change(self, listener: Callable[[Change], None]) -> None:
        """Let somebody hear of every change, in whatever thread it is made."""
        self._stack.backend.on_change(listener)

    def answer(self, asked: Asked) -> Reply:
        """Answer a request to AWS."""
        url = aws_url(asked, self.app.region)
        with self._turn, self._on_behalf_of(asked):
            try:
                answer = self._stack.backend.answer(asked.method, url, asked.headers, asked.body)
            except (BackendError, NotImplementedError) as error:
                return _refusal(asked, 501, "NotImplemented", str(error))
            except (PlatformError, ThrottledError, Forgotten) as error:  # of a function that a service waits for
                return _refusal(asked, 500, "InternalError", str(error))
        if answer is None:
            return _refusal(asked, 501, "NotImplemented", f"Nothing here answers {asked.method} {url}.")
        status, headers, body = answer
        content = body.encode() if isinstance(body, str) else bytes(body)
        return Reply(status, content, _as_sent(asked, headers))

    def queue_state(self, url: str) -> QueueState:
        """Return what a queue has to give, by its URL."""
        with self._turn:
            return self._stack.queues.state(self._stack.queues.queue(url).arn)

    def queue_wait(self, url: str) -> tuple[str, float]:
        """Return a queue's ARN and for how many seconds it lets a poll wait; empty and 0 where there is none."""
        with self._turn:
            try:
                queue = self._stack.queues.queue(url)
            except UnknownNameError:
                return "", 0.0
            return queue.arn, float(queue.attributes.get("ReceiveMessageWaitTimeSeconds", 0))

    def submit(self, delivery: Delivery) -> None:
        """Take an event for asynchronous invocation; raises UnknownNameError, and ValueError where it is no JSON."""
        if delivery.function not in self.app.functions:
            raise UnknownNameError("function", delivery.function, self.app.functions)
        with self._turn:
            self._deliveries.submit(delivery)
            self._workers.tell()

    def wrote(self, body: bytes) -> None:
        """Take the log of an invocation to whoever subscribes to it: the platform tells of each, delivered or not."""
        outcome = decode_outcome(body)
        ids = {function.name: id_ for id_, function in self.app.functions.items()}
        with self._turn:
            self._deliveries.wrote(ids.get(outcome.function, outcome.function), outcome)
            self._workers.tell()

    def reset(self) -> None:
        """Put the state back to what it was at the start, and forget what is on its way."""
        with self._turn:
            self._deliveries.end()
            self._entered.close()
            self._deliveries = self._begun()
            self._enter()
            self._workers.tell()

    def state(self) -> dict[str, Any]:
        """Return what is on its way, and what was done last, as JSON."""
        with self._turn:
            deliveries = self._deliveries
            rest = deliveries.rest()
            return {
                "quiet": self._workers.is_quiet,
                "in_flight": self._workers.away_now,
                "next_due_in_s": rest,
                "left": deliveries.dispatcher.left(),
                "time": self._time.now(),
                "timeline": [_as_json(entry) for entry in deliveries.timeline[-_SHOWN:]],
            }

    def _enter(self) -> None:
        self._entered.enter_context(self._stack.entered(_NAME))
        call = FunctionsByArn(self.app, self._deliveries.run_for_service)
        self._entered.enter_context(self._stack.calling(call))

    def _begun(self) -> Deliveries:
        return Deliveries(
            self._stack,
            platform=self._platform,
            time=self._time,
            away=self._workers.away,
            tell=self._tell,
            expiry_s=self._configuration.expiry_s,
        )

    @contextmanager
    def _on_behalf_of(self, asked: Asked) -> Iterator[None]:
        deliveries = self._deliveries
        with deliveries.post.on_behalf_of(deliveries.traces.lineage(asked.header("X-Amzn-Trace-Id"))):
            yield


def _as_sent(asked: Asked, headers: Any) -> list[tuple[str, str]]:
    """Return the headers of an answer; the length is the listener's to say, but where there is no content."""
    left_out = {"connection", "transfer-encoding"} | ({"content-length"} if asked.method != "HEAD" else set())
    return [(name, str(value)) for name, value in headers.items() if name.lower() not in left_out]


def _refusal(asked: Asked, status: int, code: str, message: str) -> Reply:
    """Return an error in the form that the client's protocol reads."""
    if asked.header("X-Amz-Target") or "json" in asked.header("Content-Type"):
        body = json.dumps({"__type": code, "message": message}).encode()
        return Reply(status, body, [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)])
    from xml.sax.saxutils import escape

    text = f"<ErrorResponse><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></ErrorResponse>"
    return Reply(status, text.encode(), [("Content-Type", "text/xml")])


def _as_json(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("time", "kind", "subject", "cause", "status", "what")}
