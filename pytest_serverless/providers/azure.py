"""Microsoft Azure: Azure Functions."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_serverless.hookspecs import hookimpl
from pytest_serverless.registry import Provider


@hookimpl
def pytest_serverless_providers() -> Iterable[Provider]:
    return [Provider(name="azure", title="Azure Functions")]
