"""A load test to start from, as text: a steady scenario of an application's first HTTP API, or function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pytest_serverless.app.aws import HttpRoute
from pytest_serverless.app.model import App
from pytest_serverless.cli.init_cases import example_path, route_name
from pytest_serverless.cli.python_text import distinct, literal, quoted, snake

__all__ = ["load_file"]

_METHODS: Final = {"ANY": "GET"}
_WITH_BODY: Final = ("POST", "PUT", "PATCH")


def load_file(app: App) -> str:
    """Return a locustfile for an application, empty where it has nothing that can be called."""
    apis: dict[str, dict[tuple[str, str], HttpRoute]] = {}
    for trigger in app.triggers:
        if isinstance(trigger.settings, HttpRoute):
            route = trigger.settings
            apis.setdefault(route.api, {}).setdefault((route.method, route.path), route)
    if apis:
        api, routes = next(iter(apis.items()))
        choice = api if len(apis) > 1 else ""
        return _file(app, list(_of_routes(list(routes.values()), choice)))
    function = next(iter(app.functions), "")
    return _file(app, list(_of_function(function))) if function else ""


def _file(app: App, lines: Sequence[str]) -> str:
    head = [
        f'"""Load for {app.name}: say what users do, at which rate, with which data, and what has to hold.',
        "",
        "Against the local platform:  locust -f loadtests/ --headless --serverless-local",
        "Against what is deployed:    locust -f loadtests/ --headless --serverless-stack NAME",
        '"""',
        "",
        "from pytest_serverless.locust import Scenario",
        "",
        "",
        "class Steady(Scenario):",
        "    arrival_rate = 10  # a second, however long their answers take",
        '    warm_up = "10s"  # the same rate, not judged',
        '    hold = "60s"',
    ]
    return "\n".join([*head, *(f"    {line}" if line else "" for line in lines)]) + "\n"


def _thresholds() -> str:
    return 'thresholds = ("failed < 1%", "function_errors < 1%", "throttles < 1%", "latency.p99 < 1s")'


def _of_routes(routes: Sequence[HttpRoute], choice: str) -> Iterator[str]:
    if choice:
        yield f"api = {quoted(choice)}  # of several; leave it out where --host says which"
    names = distinct(snake(route_name(route)) for route in routes)
    if len(routes) > 1:
        yield f"mix = {literal(dict.fromkeys(names, 1))}".replace("\n", "\n      ")
    yield _thresholds()
    for name, route in zip(names if len(routes) > 1 else ["journey"], routes, strict=True):
        yield from ("", f"def {name}(self, call):")
        yield from (f"    {line}" for line in _request(route))


def _request(route: HttpRoute) -> Iterator[str]:
    if route.authorizer or route.api_key_required:
        wants = f"{route.authorizer} authorization" if route.authorizer else "an API key"
        yield f"# The route wants {wants}: set `auth` of the class, or add headers."
    method, path = _METHODS.get(route.method, route.method), example_path(route.path)
    body = ", json={}" if method in _WITH_BODY else ""
    label = f", name={quoted(f'{method} {route.path}')}" if path not in (route.path, "/") else ""
    yield f"call.request({quoted(method)}, {literal(path)}{body}{label})"


def _of_function(function: str) -> Iterator[str]:
    yield f"function = {quoted(function)}"
    yield _thresholds()
    yield from ("", "def journey(self, call):")
    yield "    # Write what its callers send."
    yield "    call.invoke(payload={})"
