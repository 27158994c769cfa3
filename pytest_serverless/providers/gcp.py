"""Google Cloud: Cloud Run functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pytest_serverless.hookspecs import hookimpl
from pytest_serverless.registry import Provider

if TYPE_CHECKING:
    from pytest_serverless.events.gcp import GcpEvents
    from pytest_serverless.events.mint import Mint
    from pytest_serverless.events.source import EventSource
    from pytest_serverless.invocation.gcp import GcpRuntime


@hookimpl
def pytest_serverless_providers() -> Iterable[Provider]:
    return [Provider(name="gcp", title="Google Cloud Run functions", events=_events, runtime=_runtime)]


@hookimpl
def pytest_serverless_event_sources() -> Iterable[type[EventSource]]:
    from pytest_serverless.events.gcp import SOURCES

    return SOURCES


def _events(mint: Mint, settings: Mapping[str, str]) -> GcpEvents:
    from pytest_serverless.events.gcp import GcpEvents

    return GcpEvents(mint, **settings)


def _runtime() -> GcpRuntime:
    from pytest_serverless.invocation.gcp import GcpRuntime

    return GcpRuntime()
