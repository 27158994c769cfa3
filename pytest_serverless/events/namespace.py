"""A provider's event sources as attributes: `events.sqs.fifo(...)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest_serverless.errors import UnknownNameError
from pytest_serverless.events.source import EventSource

__all__ = ["EventNamespace"]


class EventNamespace:
    """The event sources of one provider; typed subclasses declare the ones that ship, others are found by name."""

    def __init__(self, provider: str, sources: Mapping[str, Callable[[], EventSource]]) -> None:
        self._provider = provider
        self._sources = sources

    def __getattr__(self, name: str) -> EventSource:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._sources:
            raise AttributeError(str(UnknownNameError(f"{self._provider} event source", name, self._sources)))
        source = self.__dict__[name] = self._sources[name]()
        return source

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._sources]

    def __repr__(self) -> str:
        return f"<{self._provider} events: {', '.join(self._sources)}>"
