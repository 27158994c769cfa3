"""The applications of one session: each template's is read and provisioned once. PYTEST_DONT_REWRITE."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_serverless.errors import UnexpectedFailureError
from pytest_serverless.plugin import settings
from pytest_serverless.plugin.values import marker_of, pairs

if TYPE_CHECKING:
    from pytest_serverless.app.model import App
    from pytest_serverless.backends.aws import AwsBackend
    from pytest_serverless.clock import Clock
    from pytest_serverless.deployment.application import Deployment
    from pytest_serverless.deployment.elsewhere import DeployedStack
    from pytest_serverless.deployment.stack import Stack
    from pytest_serverless.events.mint import Mint
    from pytest_serverless.invocation.invoker import Invoker

__all__ = ["choices_of", "deployed", "empty_backend", "findings", "template_of"]

_STACKS: pytest.StashKey[dict[str, Any]] = pytest.StashKey()
_EMPTY: pytest.StashKey[dict[tuple[str, str], AwsBackend]] = pytest.StashKey()
_SHOWN = 60
_TEMPLATES: pytest.StashKey[dict[Path, Path]] = pytest.StashKey()


def template_of(item: pytest.Item) -> Path:
    """Return the template that a test belongs to: the marker's, the setting's, or the nearest above it."""
    marked = marker_of(item).template
    if marked is not None:
        return (item.path.parent / marked).resolve()
    found = item.config.stash.setdefault(_TEMPLATES, {})
    folder = item.path.parent
    if folder not in found:
        found[folder] = _nearest(item)
    return found[folder]


def _nearest(item: pytest.Item) -> Path:
    from pytest_serverless.templates import find

    root = item.config.rootpath
    patterns = item.config.getini("serverless_templates")
    found = find(item.path, root=root, patterns=patterns)
    if found is None:
        what = f"matches serverless_templates ({' '.join(patterns)})" if patterns else "is beside the test or above"
        raise pytest.UsageError(
            f"{item.nodeid} asks for serverless, and no template {what} (down to {root}). It looks for template.yaml "
            "or serverless.yml; name others with serverless_templates, or @pytest.mark.serverless(template=...)."
        )
    return found


@contextmanager
def deployed(
    item: pytest.Item,
    template: Path,
    *,
    invoker: Invoker,
    mint: Mint,
    clock: Clock,
    account: str,
    region: str,
    parameters: Mapping[str, Any] | None = None,
) -> Iterator[Deployment]:
    """Give a test the application of a template, and check at the end that no failure went unseen."""
    from pytest_serverless.deployment.application import Deployment

    marker, config = marker_of(item), item.config
    choices = choices_of(item, account=account, region=region, parameters=parameters)
    stack = _stack(config, template, choices, marker.endpoint)
    mode: Any = marker.permissions or settings.read(config, "permissions", "off")
    deployment = Deployment(stack, invoker=invoker, mint=mint, clock=clock, permissions=mode)
    item.stash[settings.TIMELINE] = lambda: deployment.story(_SHOWN)
    surprise = ""
    try:
        with (
            stack.entered(item.nodeid, seed=str(mint.seed)),
            deployment.running(failed=lambda: item.stash.get(settings.FAILED, False)),
        ):
            yield deployment
    except UnexpectedFailureError as error:
        surprise = str(error)
    if surprise:
        pytest.fail(surprise, pytrace=False)


def choices_of(
    item: pytest.Item, *, account: str, region: str, parameters: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the values that settings, marker and test give a template, as `templates.load` takes them."""
    config = item.config
    return {
        "parameters": {**pairs(config, "parameters"), **(marker_of(item).parameters or {}), **(parameters or {})},
        "environment": settings.read(config, "environment", "") or None,
        "imports": pairs(config, "imports"),
        "account": account,
        "region": _chosen(config, region),
    }


def empty_backend(config: pytest.Config, region: str, account: str) -> AwsBackend:
    """Return the session's mocked services of a region and account, without an application."""
    backends = config.stash.setdefault(_EMPTY, {})
    if (region, account) not in backends:
        from pytest_serverless.backends.aws import AwsBackend

        backend = AwsBackend(region=region, account=account, network=config.getini("serverless_network"))
        _with_queues(backend)
        backends[region, account] = backend
    return backends[region, account]


def _with_queues(backend: AwsBackend) -> None:
    from pytest_serverless.deployment.queues import LazySqs

    sqs = LazySqs(account=backend.account, region=backend.region, on_change=backend.tell)
    backend.start()
    backend.route("sqs", sqs.respond, sqs)


def findings(config: pytest.Config) -> list[str]:
    """Return what is to be said of the permissions of the session's applications, a text each."""
    stacks = config.stash.get(_STACKS, {})
    return [finding for stack in stacks.values() for finding in stack.evidence.findings(stack.app)]


def _stack(
    config: pytest.Config, template: Path, choices: Mapping[str, Any], endpoint: str | None
) -> Stack | DeployedStack:
    stacks = config.stash.setdefault(_STACKS, {})
    key = json.dumps([str(template), choices, endpoint], sort_keys=True, default=repr)
    if key not in stacks:
        from pytest_serverless.templates import load

        app, account = load(template, **choices), choices["account"]
        stacks[key] = _deployed(app, endpoint, account) if endpoint else _mocked(config, app, account)
    found: Stack | DeployedStack = stacks[key]
    return found


def _chosen(config: pytest.Config, region: str) -> str | None:
    """Return the region if anybody chose it; else a template may have one of its own."""
    return region if region != settings.REGION or settings.read(config, "aws_region", "") else None


def _mocked(config: pytest.Config, app: App, account: str) -> Stack:
    from pytest_serverless.backends.aws import AwsBackend
    from pytest_serverless.deployment.stack import Stack
    from pytest_serverless.deployment.wiring_faults import check

    check(app)
    network = config.getini("serverless_network")
    return Stack(app, AwsBackend(region=app.region, account=account, network=network))


def _deployed(app: App, endpoint: str, account: str) -> DeployedStack:
    from pytest_serverless.backends.endpoint import EndpointBackend
    from pytest_serverless.deployment.elsewhere import DeployedStack

    return DeployedStack(app, EndpointBackend(endpoint, region=app.region, account=account))
