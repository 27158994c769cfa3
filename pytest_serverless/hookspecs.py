"""The hooks by which providers and event types are registered; provisional until 1.0.

What ships with the toolkit is registered through these same hooks. A distribution of yours adds to them by an entry
point of the group `pytest_serverless` that names a module with hook implementations::

    [project.entry-points.pytest_serverless]
    acme = "acme_serverless.hooks"

    # acme_serverless/hooks.py
    from pytest_serverless.hookspecs import hookimpl

    @hookimpl
    def pytest_serverless_event_sources():
        return [QueueEvents]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from pytest_serverless.events.source import EventSource
    from pytest_serverless.registry import Provider

__all__ = ["hookimpl", "hookspec", "pytest_serverless_event_sources", "pytest_serverless_providers"]

PROJECT = "pytest_serverless"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def pytest_serverless_providers() -> Iterable[Provider]:
    """Return providers of functions: who runs them, and how they are called.

    Called once, on first use. All results count. A provider whose name is taken already is an error::

        @hookimpl
        def pytest_serverless_providers():
            return [Provider(name="acme", title="Acme Functions")]
    """
    raise NotImplementedError  # pragma: no cover  # a specification; pluggy calls the implementations


@hookspec
def pytest_serverless_event_sources() -> Iterable[type[EventSource]]:
    """Return classes of event builders; their `name` starts with the provider's, as in `aws.sqs`.

    Called once, on first use. All results count; a source that is registered later comes later in the catalog::

        @hookimpl
        def pytest_serverless_event_sources():
            return [QueueEvents]
    """
    raise NotImplementedError  # pragma: no cover  # a specification; pluggy calls the implementations
