"""The tests that `init` writes for an application, as text: a file a function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_serverless.app.model import App, Function
from pytest_serverless.cli.init_cases import Case, cases_of
from pytest_serverless.cli.python_text import distinct, quoted, snake

__all__ = ["first_tests", "obstacle"]


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
