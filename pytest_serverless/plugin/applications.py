"""The fixtures of a whole application, and of mocked backends without one. PYTEST_DONT_REWRITE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_serverless.plugin import settings

if TYPE_CHECKING:
    from pytest_serverless.backends.aws import AwsBackend
    from pytest_serverless.clock import Clock
    from pytest_serverless.deployment.application import Deployment
    from pytest_serverless.events.mint import Mint
    from pytest_serverless.invocation.invoker import Invoker


@pytest.fixture
def serverless_template(request: pytest.FixtureRequest) -> Path:
    """The template of the application under test: the nearest above the test; override it to choose another."""
    from pytest_serverless.plugin.stacks import template_of

    return template_of(request.node)


@pytest.fixture
def make_serverless(
    request: pytest.FixtureRequest,
    invoke: Invoker,
    serverless_mint: Mint,
    serverless_clock: Clock,
    serverless_aws_account: str,
    serverless_aws_region: str,
) -> Iterator[Callable[..., Deployment]]:
    """Make the application of another template: `make_serverless("../template.yaml", parameters={"Stage": "x"})`."""
    from pytest_serverless.errors import InvalidParameterError
    from pytest_serverless.plugin.stacks import deployed

    made: dict[str, Deployment] = {}
    with ExitStack() as running:

        def make(template: str | Path, *, parameters: Mapping[str, Any] | None = None) -> Deployment:
            path = (request.path.parent / template).resolve()
            key = f"{path} {parameters}"
            if made and key not in made:
                raise InvalidParameterError(
                    f"{request.node.nodeid} has an application already, {next(iter(made))}, and asks for {key}. "
                    "One test is of one application; write a test for each."
                )
            if not made:
                made[key] = running.enter_context(
                    deployed(
                        request.node,
                        path,
                        invoker=invoke,
                        mint=serverless_mint,
                        clock=serverless_clock,
                        account=serverless_aws_account,
                        region=serverless_aws_region,
                        parameters=parameters,
                    )
                )
            return made[key]

        yield make


@pytest.fixture
def serverless(make_serverless: Callable[..., Deployment], serverless_template: Path) -> Deployment:
    """The application in the nearest template, on mocked backends: `serverless.invoke("Resize", event)`."""
    return make_serverless(serverless_template)


@pytest.fixture
def aws_backend(
    request: pytest.FixtureRequest, serverless_aws_region: str, serverless_aws_account: str
) -> Iterator[AwsBackend]:
    """Mocked AWS services, empty at the start of the test; boto3 uses them, whenever its clients were made."""
    from pytest_serverless.plugin.stacks import empty_backend

    services = empty_backend(request.config, serverless_aws_region, serverless_aws_account)
    with services.entered(request.node.nodeid) as backend:
        yield backend


@pytest.fixture
def web_backend(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A mock of the web, beside the mocked services: `web_backend.get("https://api.example/x", json={})`."""
    from pytest_serverless.backends.web import web_backend

    with web_backend() as mock:
        yield mock


__all__ = [
    "aws_backend",
    "make_serverless",
    "serverless",
    "serverless_template",
    "settings",
    "web_backend",
]
