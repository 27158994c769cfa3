"""Microsoft Azure: Azure Functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pytest_serverless.hookspecs import hookimpl
from pytest_serverless.registry import Provider

if TYPE_CHECKING:
    from pytest_serverless.events.azure import AzureEvents
    from pytest_serverless.events.mint import Mint
    from pytest_serverless.events.source import EventSource
    from pytest_serverless.invocation.azure import AzureRuntime


@hookimpl
def pytest_serverless_providers() -> Iterable[Provider]:
    return [Provider(name="azure", title="Azure Functions", events=_events, runtime=_runtime)]


@hookimpl
def pytest_serverless_event_sources() -> Iterable[type[EventSource]]:
    from pytest_serverless.events.azure import SOURCES

    return SOURCES


def _events(mint: Mint, settings: Mapping[str, str]) -> AzureEvents:
    from pytest_serverless.events.azure import AzureEvents

    return AzureEvents(mint, **settings)


def _runtime() -> AzureRuntime:
    from pytest_serverless.invocation.azure import AzureRuntime

    return AzureRuntime()
