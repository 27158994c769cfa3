"""The pytest plugin: fixtures, settings and hooks. PYTEST_DONT_REWRITE: nothing here asserts, and rewriting costs.

An unused plugin does nothing: it imports pytest and the standard library, and leaves no file, variable or line behind.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from pytest_serverless.plugin import settings
from pytest_serverless.plugin.fixtures import (
    aws_events,
    azure_events,
    gcp_events,
    invoke,
    lambda_context,
    make_azure_context,
    make_lambda_context,
    serverless_aws_account,
    serverless_aws_region,
    serverless_clock,
    serverless_cold_start,
    serverless_env,
    serverless_events,
    serverless_mint,
    serverless_now,
    serverless_seed,
)

__all__ = [
    "aws_events",
    "azure_events",
    "gcp_events",
    "invoke",
    "lambda_context",
    "make_azure_context",
    "make_lambda_context",
    "serverless_aws_account",
    "serverless_aws_region",
    "serverless_clock",
    "serverless_cold_start",
    "serverless_env",
    "serverless_events",
    "serverless_mint",
    "serverless_now",
    "serverless_seed",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    settings.declare(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", settings.MARKER_LINE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    origin = item.stash.get(settings.ORIGIN, None)
    if origin is not None and report.failed:
        report.sections.append(("serverless", origin))
    return report
