"""The fixtures. PYTEST_DONT_REWRITE."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_serverless.plugin import settings

if TYPE_CHECKING:
    from pytest_serverless.clock import Clock
    from pytest_serverless.contexts.aws import LambdaContext
    from pytest_serverless.events.aws import AwsEvents
    from pytest_serverless.events.azure import AzureEvents
    from pytest_serverless.events.gcp import GcpEvents
    from pytest_serverless.events.mint import Mint
    from pytest_serverless.invocation.invoker import ColdStart, Invoker


@pytest.fixture(scope="session")
def serverless_seed(pytestconfig: pytest.Config) -> int | str:
    """Seed of the ids in events; override it to choose one."""
    return settings.read(pytestconfig, "seed", "0")


@pytest.fixture(scope="session")
def serverless_now(pytestconfig: pytest.Config) -> str | None:
    """Time at which each test starts, as ISO 8601, or None for the real time; override it to choose one."""
    return settings.read(pytestconfig, "now", "") or None


@pytest.fixture(scope="session")
def serverless_env(pytestconfig: pytest.Config) -> dict[str, str]:
    """Environment variables of the functions under test; override it to choose them."""
    from pytest_serverless.plugin.values import pairs

    return pairs(pytestconfig, "env")


@pytest.fixture(scope="session")
def serverless_cold_start(pytestconfig: pytest.Config) -> str:
    """When handlers are imported anew: `never` or `each_test`; override it to choose."""
    return settings.read(pytestconfig, "cold_start", "never")


@pytest.fixture(scope="session")
def serverless_aws_account(pytestconfig: pytest.Config) -> str:
    """AWS account of events and contexts, 12 digits; override it to choose one."""
    return settings.read(pytestconfig, "aws_account", "123456789012")


@pytest.fixture(scope="session")
def serverless_aws_region(pytestconfig: pytest.Config) -> str:
    """AWS region of events and contexts; override it to choose one."""
    return settings.read(pytestconfig, "aws_region", settings.REGION)


@pytest.fixture
def serverless_clock(request: pytest.FixtureRequest, serverless_now: str | None) -> Clock:
    """The test's clock: the system's, or one that stands at `serverless_now` until it is told to advance."""
    from pytest_serverless.clock import SYSTEM, FixedClock
    from pytest_serverless.plugin.values import instant, marker_of

    now = marker_of(request.node).now or serverless_now
    return SYSTEM if now is None else FixedClock(instant(now))


@pytest.fixture
def serverless_mint(request: pytest.FixtureRequest, serverless_seed: int | str, serverless_clock: Clock) -> Mint:
    """Where the test's ids and times come from: the same at each run of it."""
    from pytest_serverless.events.mint import Mint
    from pytest_serverless.events.values import format_iso
    from pytest_serverless.plugin.values import marker_of

    marked = marker_of(request.node).seed
    seed = serverless_seed if marked is None else marked
    start = format_iso(int(serverless_clock.now() * 1000), "milliseconds")
    request.node.stash[settings.ORIGIN] = (
        f"The same ids and times again: --serverless-seed={seed} --serverless-now={start}"
    )
    return Mint(seed=f"{seed}:{request.node.nodeid}", clock=serverless_clock)


@pytest.fixture
def aws_events(serverless_mint: Mint, serverless_aws_account: str, serverless_aws_region: str) -> AwsEvents:
    """Build AWS events as the services send them: `aws_events.sqs.fifo("body", group="g1")`."""
    events: AwsEvents = _events("aws", serverless_mint, account=serverless_aws_account, region=serverless_aws_region)
    return events


@pytest.fixture
def azure_events(serverless_mint: Mint) -> AzureEvents:
    """Build Azure events as the host sends them: `azure_events.http.request("GET", "/api/hello")`."""
    events: AzureEvents = _events("azure", serverless_mint)
    return events


@pytest.fixture
def gcp_events(serverless_mint: Mint) -> GcpEvents:
    """Build Google Cloud events as they are delivered: `gcp_events.pubsub.message_published("data")`."""
    events: GcpEvents = _events("gcp", serverless_mint)
    return events


@pytest.fixture
def serverless_events(serverless_mint: Mint) -> Callable[[str], Any]:
    """Build events of any registered provider, by its name: `serverless_events("acme").queue.message()`."""
    return partial(_events, mint=serverless_mint)


def _events(provider: str, mint: Mint, **places: str) -> Any:
    from pytest_serverless.events.namespace import EventNamespace
    from pytest_serverless.registry import registry

    found = registry().provider(provider)
    if found.events is not None:
        return found.events(mint, places)
    sources = registry().sources_of(provider)
    return EventNamespace(provider, {name: partial(source, mint) for name, source in sources.items()})


@pytest.fixture
def make_lambda_context(
    serverless_mint: Mint, serverless_clock: Clock, serverless_aws_account: str, serverless_aws_region: str
) -> Callable[..., LambdaContext]:
    """Make contexts as Lambda's Python runtime does: `make_lambda_context(function_name="resize", timeout=30)`."""
    from pytest_serverless.contexts.aws import log_stream_name, make_lambda_context

    def make(**given: Any) -> LambdaContext:
        given.setdefault("settings", _lambda_settings(serverless_aws_account, serverless_aws_region))
        given.setdefault("request_id", serverless_mint.uuid())
        stream = log_stream_name(given["settings"].version, serverless_clock.now(), serverless_mint.hex(32))
        given.setdefault("log_stream", stream)
        return make_lambda_context(clock=serverless_clock, **given)

    return make


@pytest.fixture
def lambda_context(make_lambda_context: Callable[..., LambdaContext]) -> LambdaContext:
    """The second argument of an AWS Lambda handler, with three seconds to go."""
    return make_lambda_context()


@pytest.fixture
def make_azure_context(serverless_mint: Mint) -> Callable[..., Any]:
    """Make contexts as the Azure Functions worker does: `make_azure_context(function_name="hello")`."""
    from pytest_serverless.contexts.azure import make_azure_context

    def make(**given: Any) -> Any:
        return make_azure_context(**{"invocation_id": serverless_mint.uuid()} | given)

    return make


@pytest.fixture
def invoke(
    request: pytest.FixtureRequest,
    serverless_mint: Mint,
    serverless_clock: Clock,
    serverless_env: dict[str, str],
    serverless_cold_start: ColdStart,
    serverless_aws_account: str,
    serverless_aws_region: str,
) -> Invoker:
    """Invoke a handler as its platform does: `invoke("app.handler", event)`, or `check=False` for the whole outcome."""
    from pytest_serverless.invocation.invoker import Invoker
    from pytest_serverless.plugin.values import marker_of

    marker = marker_of(request.node)
    anew = marker.cold or marker.endpoint is not None  # a warm module's clients may be of another place
    return Invoker(
        clock=serverless_clock,
        new_id=serverless_mint.uuid,
        settings={**serverless_env, **(marker.env or {})},
        baseline=settings.BASELINE,
        cold_start="never" if marker.cold is False else "each_test" if anew else serverless_cold_start,
        defaults={"aws": _lambda_settings(serverless_aws_account, serverless_aws_region)},
    )


def _lambda_settings(account: str, region: str) -> Any:
    from pytest_serverless.app.aws import LambdaSettings

    return LambdaSettings(account=account, region=region)
