"""The files that `init` writes for an application, as text: tests, a file a function, and a start for load tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_serverless.app.aws import HttpRoute
from pytest_serverless.app.model import App, Function
from pytest_serverless.cli.init_cases import Case, api_name, cases_of, example_path, route_name
from pytest_serverless.cli.python_text import capitalised, distinct, literal, quoted, snake

__all__ = ["first_tests", "load_file", "obstacle"]


def obstacle(function: Function) -> str:
    """Return why a function cannot be tested in process, empty if it can."""
    runtime = getattr(function.settings, "runtime", "")
    if not runtime:
        return "it is a container image"
    if not runtime.startswith("python"):
        return f"it runs on {runtime}"
    return "" if function.code else "the template names no folder with its code"


def first_tests(app: App, marker: str = "") -> dict[str, str]:
    """Return the tests of every function that can be tested, by the names of files.

    `marker` is the path to the template from the tests, where they would not find it by themselves.
    """
    functions = [function for function in app.functions.values() if not obstacle(function)]
    names = distinct(snake(_short(app, function)) for function in functions)
    return {
        f"test_{name}.py": _test_file(function, cases_of(app, function), marker)
        for name, function in zip(names, functions, strict=True)
    }


def _short(app: App, function: Function) -> str:
    """Return a function's name as its author knows it: Serverless Framework puts service and stage before it."""
    framework = app.template.stem == "serverless" and function.name.startswith(f"{app.name}-")
    return function.name.removeprefix(f"{app.name}-") if framework else function.id


def _test_file(function: Function, cases: Sequence[Case], marker: str) -> str:
    head = [f'"""First tests of {function.id}: they ask that it works at all. Say in them what it has to do."""', ""]
    if marker or any(case.skip for case in cases):
        head += ["import pytest", ""]
    if marker:
        head += [f"pytestmark = pytest.mark.serverless(template={quoted(marker)})", ""]
    names = distinct(case.name for case in cases)
    tests = [line for name, case in zip(names, cases, strict=True) for line in _test(name, case)]
    return "\n".join([*head, *tests]).rstrip("\n") + "\n"


def _test(name: str, case: Case) -> Iterator[str]:
    yield ""
    if case.skip:
        yield f"@pytest.mark.skip(reason={quoted(case.skip)})"
    yield f"def test_{name}({case.fixtures}):"
    for line in "\n".join(case.lines).split("\n"):
        yield f"    {line}" if line else ""
    yield ""


def load_file(app: App) -> str:
    """Return a locustfile that asks every route of an application, empty if it has none."""
    routes: dict[str, dict[tuple[str, str], HttpRoute]] = {}
    for trigger in app.triggers:
        if isinstance(trigger.settings, HttpRoute):
            route = trigger.settings
            routes.setdefault(route.api, {}).setdefault((route.method, route.path), route)
    if not routes:
        return ""
    classes = distinct(capitalised(api_name(next(iter(found.values())))) for found in routes.values())
    lines = [
        line for name, api in zip(classes, routes, strict=True) for line in _user(name, list(routes[api].values()))
    ]
    choice = f" {classes[0]}" if len(classes) > 1 else ""
    several = ["", "Each class asks an API of its own: name the one whose host it is."]
    return (
        "\n".join(
            [
                f'"""Load for {app.name}, a task a route: say what users do, how often, and with which data.',
                "",
                f"Run it against what is deployed: locust -f loadtests/locustfile.py --host https://staging.example.com{choice}",
                *(several if choice else []),
                '"""',
                "",
                "from locust import HttpUser, between, task",
                *lines,
            ]
        )
        + "\n"
    )


def _user(name: str, routes: Sequence[HttpRoute]) -> Iterator[str]:
    yield from ("", "", f"class {name}(HttpUser):", "    wait_time = between(1, 3)")
    tasks = distinct(route_name(route) for route in routes)
    for own, route in zip(tasks, routes, strict=True):
        method = "GET" if route.method == "ANY" else route.method
        yield from ("", "    @task", f"    def {own}(self):")
        if route.authorizer or route.api_key_required:
            wants = f"{route.authorizer} authorization" if route.authorizer else "an API key"
            yield f"        # The route wants {wants}: add headers."
        body = ", json={}" if method in ("POST", "PUT", "PATCH") else ""
        path = example_path(route.path)
        label = f", name={quoted(route.path)}" if path not in (route.path, "/") else ""
        yield f"        self.client.request({quoted(method)}, {literal(path)}{body}{label})"
