"""What the hooks filled in: the providers and the event sources there are."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pluggy

from pytest_serverless import hookspecs
from pytest_serverless.errors import ServerlessError, UnknownNameError

if TYPE_CHECKING:
    from pytest_serverless.events.mint import Mint
    from pytest_serverless.events.source import EventSource
    from pytest_serverless.invocation.runtime import Runtime

__all__ = ["Provider", "Registry", "registry"]

_SHIPPED = ("aws", "azure", "gcp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Somebody who runs functions.

    `events` makes the object that tests build events with, given a mint; without it, the registered sources of that
    provider become its attributes. `runtime` makes what calls a handler as this provider does; without it, `invoke`
    refuses the provider.
    """

    name: str
    title: str
    events: Callable[[Mint, Mapping[str, str]], Any] | None = None
    runtime: Callable[[], Runtime] | None = None


class Registry:
    """Providers by name, and event sources in the order of their registration."""

    def __init__(self, hook: Any) -> None:
        self._hook = hook
        self.providers: dict[str, Provider] = {}
        for provider in _in_order(hook.pytest_serverless_providers()):
            if provider.name in self.providers:
                raise ServerlessError(
                    f"Two providers are registered as {provider.name!r}; uninstall one of their distributions."
                )
            self.providers[provider.name] = provider

    @functools.cached_property
    def sources(self) -> tuple[type[EventSource], ...]:
        """Every event source; asked for only when first needed, for there are many to import."""
        return tuple(_in_order(self._hook.pytest_serverless_event_sources()))

    def provider(self, name: str) -> Provider:
        """Return the provider of that name."""
        if name not in self.providers:
            raise UnknownNameError("provider", name, self.providers)
        return self.providers[name]

    def sources_of(self, provider: str) -> dict[str, type[EventSource]]:
        """Return the provider's event sources by their name within it."""
        named = (source.name.partition(".") for source in self.sources)
        return {name: source for source, (owner, _, name) in zip(self.sources, named, strict=True) if owner == provider}


@functools.cache
def registry() -> Registry:
    """Return the registry of this process, filled on first use: what ships, then what installed distributions add."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for name in _SHIPPED:
        manager.register(importlib.import_module(f"pytest_serverless.providers.{name}"), name=name)
    manager.load_setuptools_entrypoints(hookspecs.PROJECT)
    return Registry(manager.hook)


def _in_order(results: Iterable[Iterable[Any]]) -> list[Any]:
    """Flatten what a hook returned, first registered first (pluggy calls the last one first)."""
    return [item for result in reversed(list(results)) for item in result]
