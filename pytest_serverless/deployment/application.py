"""The application under test, as one object: the fixture `serverless`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, overload

from pytest_serverless.app.model import App, Function, Resource
from pytest_serverless.backends.journal import invocation
from pytest_serverless.deployment.elsewhere import DeployedStack
from pytest_serverless.deployment.functions import FunctionsByArn, is_custom
from pytest_serverless.deployment.named import Named
from pytest_serverless.deployment.permissions import Enforcer, Mode, with_action
from pytest_serverless.deployment.records import Record, Records
from pytest_serverless.deployment.stack import Stack
from pytest_serverless.deployment.timeline import Timeline
from pytest_serverless.deployment.virtual_time import VirtualTime
from pytest_serverless.errors import UnknownNameError
from pytest_serverless.events.aws.place import Place
from pytest_serverless.events.mint import Mint
from pytest_serverless.invocation.invoker import Invoker, value_of
from pytest_serverless.outcome import BackendCall, Outcome

if TYPE_CHECKING:
    from pytest_serverless.backends.wire import Answer
    from pytest_serverless.clock import Clock
    from pytest_serverless.deployment.arrived import (
        Arrivals,
        BucketView,
        BusView,
        QueueView,
        StreamView,
        TableStreamView,
        TableView,
        TopicView,
    )
    from pytest_serverless.deployment.custom_resources import CustomResource, CustomResources
    from pytest_serverless.deployment.delivery.dispatcher import Dispatcher
    from pytest_serverless.deployment.delivery.pace import Pace
    from pytest_serverless.deployment.delivery.post import Post
    from pytest_serverless.deployment.lambda_api import LambdaApi
    from pytest_serverless.events.aws import AwsEvents
    from pytest_serverless.web.gateway import Gateway
    from pytest_serverless.web.response import Response

__all__ = ["AwsClients", "Deployment"]


class AwsClients:
    """Clients of the mocked services: `serverless.aws.client("s3")`. Plain `boto3.client("s3")` works as well."""

    def __init__(self, stack: Stack | DeployedStack) -> None:
        self._stack = stack

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a boto3 client, always the same one for a service and region."""
        return self._stack.backend.client(service, region)


class Deployment:
    """One application, on mocked backends, for one test.

    Its functions are known by their ids in the template. A failed invocation that nobody expected fails the test when
    it ends: one is expected where the test has the error or the outcome in its hands, or says so by `expect_failures`.
    """

    def __init__(
        self, stack: Stack | DeployedStack, *, invoker: Invoker, mint: Mint, clock: Clock, permissions: Mode = "off"
    ) -> None:
        self.app: App = stack.app
        self.aws = AwsClients(stack)
        self._stack = stack
        self._invoker = invoker
        self._mint = mint
        self.timeline = Timeline()
        self._time = VirtualTime(clock)
        self._records = Records(self.timeline)
        self._running: dict[str, str] = {}
        self._permissions = permissions

    @contextmanager
    def running(self, failed: Callable[[], bool] = lambda: False) -> Iterator[Deployment]:
        """Answer the Invoke API while the block runs; then fail where an invocation failed that nobody expected.

        `failed` tells whether the test has failed already, and needs not be told more.
        """
        with self._time.running(), self._judged():
            self.timeline.begin(self._time.now())
            self._stack.serve(self._asked_of_lambda)
            with self._stack.calling(self._callable):
                yield self
        if not failed():
            self._records.demand_none_unexpected()

    @contextmanager
    def _judged(self) -> Iterator[None]:
        backend, judges = self._stack.backend, self._stack.backend.journal.judges
        before = list(judges)
        if self._permissions == "enforce":
            judges.append(Enforcer(self.app, backend, self._running))
        judges.append(Named(self.app, backend.account, self._stack.need))
        try:
            yield
        finally:
            judges[:] = before
            if self._permissions == "report":
                self._stack.evidence.add(backend.journal.calls, self._running)

    # What is there

    def ref(self, id: str) -> str:  # noqa: A002  # the template's word for it
        """Return what `Ref` of that id gives: a bucket's or table's name, a queue's URL, a topic's ARN."""
        if id in self.app.functions or id in self.app.aliases:
            return self._function(id).name
        resource = self._resource(id)
        if is_custom(resource):
            return self._custom.ref(id)
        name = resource.name
        self._stack.need([id])
        return name

    def attribute(self, id: str, name: str) -> Any:  # noqa: A002  # the template's word for it
        """Return what `GetAtt` of that id gives: `attribute("Orders", "Arn")`."""
        resource = self._resource(id)
        if is_custom(resource):
            return self._custom.attribute(id, name)
        self._stack.need([id])
        if name not in resource.attributes:
            raise UnknownNameError(f"attribute of {id} ({resource.type})", name, resource.attributes)
        return resource.attributes[name]

    def module(self, function: str) -> ModuleType:
        """Return the module that a function's invocations run, imported if need be: what to monkeypatch."""
        found = self._function(function)
        self._stack.need([found.id])
        return self._invoker.module(found)

    def custom_resource(self, id: str) -> CustomResource:  # noqa: A002  # the template's word for it
        """Return a custom resource, made by its function if need be: `update` and `delete` ask that function again."""
        self._resource(id)
        return self._custom[id]

    # What is done

    @overload
    def invoke(
        self, function: str, event: Any = ..., context: Any = ..., *, check: Literal[False], **options: Any
    ) -> Outcome: ...

    @overload
    def invoke(
        self, function: str, event: Any = ..., context: Any = ..., *, check: Literal[True] = ..., **options: Any
    ) -> Any: ...

    def invoke(
        self, function: str, event: Any = None, context: Any = None, *, check: bool = True, **options: Any
    ) -> Any:
        """Invoke a function of the application and return its value, or raise its own exception.

        With `check=False` the `Outcome` is returned instead. `env` and `cold` are as in `pytest_serverless.invoke`.
        """
        __tracebackhide__ = True
        outcome, error = self._run(function, event, context, cause="invoke", expected=True, **options)
        return value_of(outcome, error) if check else outcome

    def request(self, method: str, url: str, **given: Any) -> Response:
        """Ask one of the application's APIs, as a client on the network does: `request("GET", "/items/42")`.

        `headers`, `params`, `cookies`, `json` or `data`, `authorizer`, `source_ip` and `api` are as in `Request.make`.
        """
        from pytest_serverless.web.call import Planned
        from pytest_serverless.web.request import Request

        planned = self._gateway.plan(Request.make(method, url, **given))
        if not isinstance(planned, Planned):
            return planned
        outcome, _ = self._run(planned.function_id, planned.event, cause=f"{method.upper()} {url}")
        return planned.finish(outcome)

    def settle(self, *, most: int = 1_000) -> int:
        """Deliver everything that was caused so far, and what that causes; return how many invocations it took.

        Retries, visibility timeouts, batching windows and delays pass in virtual time, up to a day of it; schedules and
        expiry do not come due: `advance` is for these. An application that needs more than `most` invocations is taken
        to feed itself, or to fail for ever, and stopped with an UnexpectedFailureError; so is a recursive loop that
        Lambda would stop.
        """
        return self._pace.settle(most)

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0, most: int = 100_000
    ) -> int:
        """Let time pass, and do all that is due meanwhile, schedules among it; return the number of invocations.

        The handlers, the mocked services and the test see the same time, which goes back to the wall's after the test.
        Items of tables that are past their time to live are gone at the end.
        """
        return self._pace.advance(seconds + 60 * minutes + 3_600 * hours + 86_400 * days, most)

    # What arrived

    def queue(self, id: str) -> QueueView:  # noqa: A002  # the template's word for it
        """Return what is in a queue: `serverless.queue("Orders").bodies`."""
        return self._arrivals.queue(id)

    def topic(self, id: str) -> TopicView:  # noqa: A002  # the template's word for it
        """Return what was published to a topic: `serverless.topic("Notices").messages`."""
        return self._arrivals.topic(id)

    def bus(self, id: str = "default") -> BusView:  # noqa: A002  # the template's word for it
        """Return what was put on an event bus: `serverless.bus().details("Order Placed")`."""
        return self._arrivals.bus(id)

    def stream(self, id: str) -> StreamView | TableStreamView:  # noqa: A002  # the template's word for it
        """Return what was put into a stream, of Kinesis or of a table: `serverless.stream("Clicks").json`."""
        return self._arrivals.stream(id)

    def table(self, id: str) -> TableView:  # noqa: A002  # the template's word for it
        """Return what is in a table: `serverless.table("Items").items`."""
        return self._arrivals.table(id)

    def bucket(self, id: str) -> BucketView:  # noqa: A002  # the template's word for it
        """Return what is in a bucket: `serverless.bucket("Uploads").keys`."""
        return self._arrivals.bucket(id)

    # What was done

    def invocations(self, function: str | None = None) -> list[Outcome]:
        """Return the outcomes of a function's invocations in this test, or of all, in order."""
        id_ = None if function is None else self._function(function).id
        return [record.outcome for record in self._records.of(id_)]

    def calls(
        self, service: str | None = None, operation: str | None = None, *, function: str | None = None
    ) -> list[BackendCall]:
        """Return the calls of mocked services in this test: `calls("dynamodb", "PutItem", function="Resize")`."""
        ids = None if function is None else self._records.request_ids(self._function(function).id)
        return [
            with_action(call, self._stack.backend)
            for call in self._stack.backend.journal.calls
            if service in (None, call.service)
            and operation in (None, call.operation)
            and (ids is None or call.request_id in ids)
        ]

    def expect_failures(self, function: str, times: int | None = None) -> AbstractContextManager[None]:
        """Expect a function's invocations to fail while the block runs: that often, or at least once."""
        return self._records.expecting(self._function(function).id, times)

    def story(self, last: int) -> str:
        """Return the last entries of the timeline, and whether something waits for `settle()`; empty for neither."""
        told = [self.timeline.table(last=last)] if self.timeline else []
        if self._waits():
            told.append("Something waits to be delivered: settle() was not called for it.")
        return "\n".join(told)

    def __repr__(self) -> str:
        return f"<serverless {self.app.name}: {', '.join(self.app.functions) or 'no functions'}>"

    # How

    def _asked_of_lambda(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        return self._lambda_api.respond(method, url, headers, body)

    @cached_property
    def _lambda_api(self) -> LambdaApi:
        from pytest_serverless.deployment.lambda_api import LambdaApi

        return LambdaApi(self.app, self._run_for_another, self._take_later)

    @cached_property
    def _gateway(self) -> Gateway:
        from pytest_serverless.web.gateway import Gateway

        return Gateway(self.app, mint=self._mint)

    @cached_property
    def _callable(self) -> FunctionsByArn:
        return FunctionsByArn(self.app, lambda function, event, **options: self._run(function, event, **options)[0])

    @cached_property
    def _custom(self) -> CustomResources:
        from pytest_serverless.deployment.custom_resources import CustomResources

        return CustomResources(self.app, self._callable, self._events)

    def _given_by_custom_resources(self, function: Function) -> Mapping[str, str]:
        if not self._has_custom_resources:
            return {}
        return self._custom.variables(function)

    @cached_property
    def _has_custom_resources(self) -> bool:
        return any(map(is_custom, self.app.resources.values()))

    @cached_property
    def _has_log_subscribers(self) -> bool:
        return any(resource.type == "AWS::Logs::SubscriptionFilter" for resource in self.app.resources.values())

    @cached_property
    def _events(self) -> AwsEvents:
        from pytest_serverless.events.aws import AwsEvents

        return AwsEvents(self._mint, Place(self._stack.backend.account, self._stack.backend.region))

    @cached_property
    def _arrivals(self) -> Arrivals:
        from pytest_serverless.deployment.arrived import Arrivals, Backends

        stack = self._stack
        backends = Backends(
            clients=stack.backend.client,
            quietly=stack.backend.journal.quietly,
            changes=stack.told if isinstance(stack, Stack) else None,
            peek=stack.queues.queue if isinstance(stack, Stack) else None,
            waits=self._waits,
        )
        return Arrivals(stack.app, backends, account=stack.backend.account, need=stack.need)

    def _waits(self) -> bool:
        return isinstance(self._stack, Stack) and (bool(self._stack.changes) or self._is_due())

    @cached_property
    def _post(self) -> Post:
        from pytest_serverless.deployment.delivery.post import Post

        return Post(
            self._stack,
            events=self._events,
            mint=self._mint,
            time=self._time,
            timeline=self.timeline,
            run=self._run_delivered,
        )

    def _is_due(self) -> bool:
        at = self._post.agenda.next()
        return at is not None and at <= self._time.now()

    @cached_property
    def _dispatcher(self) -> Dispatcher:
        from pytest_serverless.deployment.delivery.dispatcher import Dispatcher

        return Dispatcher(self._post)

    @cached_property
    def _pace(self) -> Pace:
        from pytest_serverless.deployment.delivery.pace import Pace

        return Pace(self._post, self._dispatcher)

    def _function(self, function: str) -> Function:
        id_ = self.app.aliases.get(function, function)
        if id_ not in self.app.functions:
            known = [*self.app.aliases, *self.app.functions]
            raise UnknownNameError(f"function of {self.app.template.name}", function, known)
        return self.app.functions[id_]

    def _resource(self, id: str) -> Resource:  # noqa: A002  # the template's word for it
        if id not in self.app.resources:
            raise UnknownNameError(f"resource of {self.app.template.name}", id, self.app.resources)
        return self.app.resources[id]

    def _run(
        self, function: str, event: Any, context: Any = None, *, cause: str, expected: bool = False, **options: Any
    ) -> tuple[Outcome, BaseException | None]:
        found = self._function(function)
        self._stack.need([found.id])
        request_id = options.pop("request_id", None) or self._mint.uuid()
        env = {**self._stack.variables, **self._given_by_custom_resources(found), **(options.pop("env", None) or {})}
        cold = options.pop("cold", False)
        self._running[request_id] = found.id
        with invocation(request_id):
            outcome, error = self._invoker.run(
                found, event, context, env=env, cold=cold, request_id=request_id, options=options
            )
        self._records.add(Record(found.id, cause, outcome, expected), self._time.now())
        if self._has_log_subscribers:
            self._dispatcher.wrote(found.id, outcome)
        return outcome, error

    def _run_delivered(self, function: str, event: Any, *, cause: str, request_id: str | None = None) -> Outcome:
        return self._run(function, event, cause=cause, request_id=request_id)[0]

    def _run_for_another(self, function: str, event: Any, **options: Any) -> Outcome:
        return self._run(function, event, cause="lambda:Invoke", **options)[0]

    def _take_later(self, function: str, event: Any) -> None:
        self._dispatcher.asynchronous.submit(function, event, "lambda:Invoke (Event)")
