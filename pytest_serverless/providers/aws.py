"""Amazon Web Services: its events, and Lambda."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pytest_serverless.hookspecs import hookimpl
from pytest_serverless.registry import Provider

if TYPE_CHECKING:
    from pytest_serverless.events.aws import AwsEvents
    from pytest_serverless.events.mint import Mint
    from pytest_serverless.events.source import EventSource
    from pytest_serverless.invocation.aws import LambdaRuntime


@hookimpl
def pytest_serverless_providers() -> Iterable[Provider]:
    return [Provider(name="aws", title="AWS Lambda", events=_events, runtime=_runtime)]


@hookimpl
def pytest_serverless_event_sources() -> Iterable[type[EventSource]]:
    from pytest_serverless.events.aws import sources

    return sources()


def _events(mint: Mint, settings: Mapping[str, str]) -> AwsEvents:
    from pytest_serverless.events.aws import AwsEvents
    from pytest_serverless.events.aws.place import Place

    return AwsEvents(mint, Place(**settings))


def _runtime() -> LambdaRuntime:
    from pytest_serverless.invocation.aws import LambdaRuntime

    return LambdaRuntime()
