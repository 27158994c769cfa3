"""The pytest plugin: fixtures, settings and hooks. PYTEST_DONT_REWRITE: nothing here asserts, and rewriting costs.

An unused plugin does nothing: it imports pytest and the standard library, and leaves no file, variable or line behind.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from pytest_serverless.backends import finder
from pytest_serverless.plugin import settings
from pytest_serverless.plugin.applications import (
    aws_backend,
    make_serverless,
    serverless,
    serverless_template,
    web_backend,
)
from pytest_serverless.plugin.failures import show_first
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
from pytest_serverless.plugin.loads import serverless_load, serverless_load_settings
from pytest_serverless.plugin.platforms import (
    _serverless_platform_pool,
    make_serverless_platform,
    serverless_platform,
    serverless_platform_settings,
)

__all__ = [
    "_serverless_platform_pool",
    "aws_backend",
    "aws_events",
    "azure_events",
    "gcp_events",
    "invoke",
    "lambda_context",
    "make_azure_context",
    "make_lambda_context",
    "make_serverless",
    "make_serverless_platform",
    "serverless",
    "serverless_aws_account",
    "serverless_aws_region",
    "serverless_clock",
    "serverless_cold_start",
    "serverless_env",
    "serverless_events",
    "serverless_load",
    "serverless_load_settings",
    "serverless_mint",
    "serverless_now",
    "serverless_platform",
    "serverless_platform_settings",
    "serverless_seed",
    "serverless_template",
    "web_backend",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    settings.declare(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if finder.install():  # what stays on `sys.meta_path` to the end makes Python slower to shut down
        early_config.add_cleanup(finder.uninstall)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", settings.MARKER_LINE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if report.failed:
        item.stash[settings.FAILED] = True
    origin = item.stash.get(settings.ORIGIN, None)
    if origin is not None and report.failed:
        report.sections.append(("serverless", origin))
    timeline = item.stash.get(settings.TIMELINE, None)
    if timeline is not None and report.failed and report.when == "call" and (table := timeline()):
        show_first(report, "serverless timeline", table)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = settings.summary(config)
    if lines:
        terminalreporter.section("serverless permissions")
        for line in lines:
            terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)  # of xdist, on a worker
    if output is not None:
        output["serverless"] = settings.summary(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash.setdefault(settings.ELSEWHERE, []).extend(getattr(node, "workeroutput", {}).get("serverless", []))
