"""The fixtures of the local platform. PYTEST_DONT_REWRITE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_serverless.plugin import settings

if TYPE_CHECKING:
    from pytest_serverless.local.pool import Pool
    from pytest_serverless.local.running import RunningPlatform


@pytest.fixture(scope="session")
def serverless_platform_settings() -> dict[str, Any]:
    """Settings of the local platforms, as `make_serverless_platform` takes them; override it to choose some."""
    return {}


@pytest.fixture(scope="session")
def _serverless_platform_pool() -> Iterator[Pool]:
    """The local platforms of this process; tests ask for them by `make_serverless_platform`."""
    from pytest_serverless.local.pool import Pool

    with Pool() as pool:
        yield pool


@pytest.fixture
def make_serverless_platform(
    request: pytest.FixtureRequest,
    _serverless_platform_pool: Pool,
    serverless_platform_settings: Mapping[str, Any],
    serverless_aws_account: str,
    serverless_aws_region: str,
    serverless_env: dict[str, str],
) -> Iterator[Callable[..., RunningPlatform]]:
    """Run an application on the local platform: `make_serverless_platform(limits={"account_concurrency": "10"})`.

    One with the same settings runs already after its first test; each test finds it as it was at the start. `template`
    is a path from the test's folder, without it the nearest above. The others are those of the command `local`: `port`,
    `limits`, `simulate`, `simulate_init`, `seed`, `backends`, `skip_idle`, `coverage`, `env`, `node`; and `parameters`.
    """
    from pytest_serverless.plugin.stacks import choices_of, template_of
    from pytest_serverless.plugin.values import marker_of

    def make(
        template: str | Path | None = None, *, parameters: Mapping[str, Any] | None = None, **given: Any
    ) -> RunningPlatform:
        path = template_of(request.node) if template is None else (request.path.parent / template).resolve()
        choices = choices_of(
            request.node, account=serverless_aws_account, region=serverless_aws_region, parameters=parameters
        )
        env = {**serverless_env, **(marker_of(request.node).env or {})}
        running = _serverless_platform_pool.borrow(path, choices, {"env": env, **serverless_platform_settings, **given})
        request.node.stash.setdefault(settings.TIMELINE, running.last_logs)
        return running

    yield make
    _serverless_platform_pool.give_back()


@pytest.fixture
def serverless_platform(
    make_serverless_platform: Callable[..., RunningPlatform], serverless_template: Path
) -> RunningPlatform:
    """The application in the nearest template, on a local platform: `serverless_platform.request("GET", "/items")`."""
    return make_serverless_platform(serverless_template)


__all__ = [
    "_serverless_platform_pool",
    "make_serverless_platform",
    "serverless_platform",
    "serverless_platform_settings",
]
