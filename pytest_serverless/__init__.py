"""Test serverless applications: accurate events and contexts, and handlers run as the platform runs them.

The names below are the public ones; each is imported when it is first used, so that having the package installed costs
nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_serverless import events
    from pytest_serverless.app.aws import LambdaSettings
    from pytest_serverless.clock import Clock, FixedClock
    from pytest_serverless.contexts.aws import LambdaContext, make_lambda_context
    from pytest_serverless.errors import ServerlessError
    from pytest_serverless.events.aws import AwsEvents
    from pytest_serverless.events.azure import AzureEvents
    from pytest_serverless.events.gcp import GcpEvents
    from pytest_serverless.events.source import Event
    from pytest_serverless.hookspecs import hookimpl
    from pytest_serverless.invocation.invoker import Invoker, invoke
    from pytest_serverless.outcome import Failure, LogLine, Outcome
    from pytest_serverless.registry import Provider

__version__ = "0.1.0.dev0"

__all__ = [
    "AwsEvents",
    "AzureEvents",
    "Clock",
    "Event",
    "Failure",
    "FixedClock",
    "GcpEvents",
    "Invoker",
    "LambdaContext",
    "LambdaSettings",
    "LogLine",
    "Outcome",
    "Provider",
    "ServerlessError",
    "events",
    "hookimpl",
    "invoke",
    "make_lambda_context",
]

_HOMES = {
    "AwsEvents": "events.aws",
    "AzureEvents": "events.azure",
    "Clock": "clock",
    "Event": "events.source",
    "Failure": "outcome",
    "FixedClock": "clock",
    "GcpEvents": "events.gcp",
    "Invoker": "invocation.invoker",
    "LambdaContext": "contexts.aws",
    "LambdaSettings": "app.aws",
    "LogLine": "outcome",
    "Outcome": "outcome",
    "Provider": "registry",
    "ServerlessError": "errors",
    "hookimpl": "hookspecs",
    "invoke": "invocation.invoker",
    "make_lambda_context": "contexts.aws",
}


def __getattr__(name: str) -> Any:
    if name == "events":
        return importlib.import_module("pytest_serverless.events")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"pytest_serverless.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
