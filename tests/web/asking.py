"""Small applications with HTTP routes, and how the tests ask them: every event on the way is judged."""

import json
from pathlib import Path

from pytest_serverless import events
from pytest_serverless.app.aws import HttpRoute
from pytest_serverless.app.model import App, Function, Resource, Trigger
from pytest_serverless.clock import FixedClock
from pytest_serverless.events.mint import Mint
from pytest_serverless.outcome import Failure, Outcome
from pytest_serverless.web.gateway import Gateway
from pytest_serverless.web.request import Request
from pytest_serverless.web.response import Response
from pytest_serverless.web.rules import DEFAULT


def rest(path, method="ANY", **settings):
    return HttpRoute(**{"front": "rest_api", "api": "Api", "stage": "Prod", "path": path, "method": method, **settings})


def http(path="$default", method="ANY", **settings):
    return HttpRoute(
        **{"front": "http_api", "api": "Http", "payload_format": "2.0", "path": path, "method": method, **settings}
    )


def url(**settings):
    return HttpRoute(front="function_url", api="Url", payload_format="2.0", **settings)


def alb(path="*", method="ANY", **settings):
    return HttpRoute(front="alb", api="Listener", path=path, method=method, **settings)


def app(*routes, resources=()):
    """An application with a route or (function, route) each; a route alone leads to Fn."""
    pairs = [route if isinstance(route, tuple) else ("Fn", route) for route in routes]
    functions = {
        name: Function(name=name, id=name, provider="aws", handler="app.handler", timeout_s=3, memory_mb=128)
        for name, _ in pairs
    }
    triggers = tuple(
        Trigger(id=f"Event{number}", kind=route.front, function=name, source=route.api, settings=route)
        for number, (name, route) in enumerate(pairs)
    )
    return App(
        name="shop",
        provider="aws",
        template=Path("template.yaml"),
        functions=functions,
        triggers=triggers,
        resources={resource.id: resource for resource in resources},
    )


def resource(logical_id, kind="AWS::ApiGateway::RestApi", name="a1b2c3d4e5", *, attributes=None, **properties):
    return Resource(id=logical_id, type=kind, name=name, properties=properties, attributes=attributes or {})


def gateway(*routes, resources=(), rules=DEFAULT):
    return Gateway(app(*routes, resources=resources), mint=Mint(seed=1, clock=FixedClock(1_780_000_000)), rules=rules)


def outcome(value=None, *, payload=None, status="success", duration_ms=1.0):
    """What an invocation came to: `value` as Python's runtime sends it, or the payload itself."""
    payload = json.dumps(value).encode() if payload is None else payload
    failure = None if status == "success" else Failure(type="ValueError", message="no such item")
    return Outcome(
        function="Fn",
        provider="aws",
        request_id="b5e1ed5a-5f4a-4f1f-9d1c-7d1b3a4b5c6d",
        status=status,
        payload=payload,
        value=value,
        failure=failure,
        duration_ms=duration_ms,
        billed_ms=1,
        memory_mb=128,
        memory_used_mb=64,
    )


def plan(gate, method, target, **request):
    planned = gate.plan(Request.make(method, target, **request))
    if not isinstance(planned, Response):
        assert events.check(planned.event) == []
    return planned


def event_of(gate, method, target, **request):
    planned = plan(gate, method, target, **request)
    assert not isinstance(planned, Response), planned
    return planned.event


def refused(gate, method, target, **request):
    """The answer that the gateway gives itself."""
    response = plan(gate, method, target, **request)
    assert isinstance(response, Response), response
    return response


def answer(gate, value=None, *, method="GET", target="/", request=None, **finished):
    """The response to a function that returns `value`."""
    return plan(gate, method, target, **(request or {})).finish(outcome(value, **finished))


def ask(gate, handler, method, target, *, context=None, **request):
    """The response of a handler that is called with the event."""
    planned = plan(gate, method, target, **request)
    if isinstance(planned, Response):
        return planned
    event = json.loads(json.dumps(planned.event))
    return planned.finish(outcome(handler(event, context)))
