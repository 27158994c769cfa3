"""Every event type that is registered, by name, and what can be done with any event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_serverless.errors import UnknownNameError, UnrecognisedEventError
from pytest_serverless.events.checker import Violation, claimed, judge
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.repair import salvage
from pytest_serverless.events.shape import Shape
from pytest_serverless.events.source import Event, EventSource, Parameter, Variant, variants

__all__ = ["Catalog", "EventType"]


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event, as `aws.sqs.fifo`."""

    source_type: type[EventSource]
    declared: Variant
    mint: Mint

    @property
    def name(self) -> str:
        """Provider, source and variant, joined by dots."""
        return f"{self.source_type.name}.{self.declared.name}"

    @property
    def provider(self) -> str:
        """The provider: `aws`, `azure`, `gcp` or an outside one."""
        return self.source_type.name.split(".")[0]

    @property
    def source(self) -> str:
        """The source within the provider: `sqs`."""
        return self.source_type.name.split(".", 1)[1]

    @property
    def variant(self) -> str:
        """The variant within the source: `fifo`."""
        return self.declared.name

    @property
    def summary(self) -> str:
        """One line on what the event is."""
        return self.declared.summary

    @property
    def reference(self) -> str:
        """The provider's page that describes it."""
        return self.declared.reference

    @property
    def shape(self) -> Shape:
        """What the event is judged by."""
        return self.declared.shape

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """What `build` takes, as the builder's signature declares it."""
        return self.declared.parameters

    def build(self, **parameters: Any) -> Event:
        """Build such an event; the parameters are those of the typed builder of the same name."""
        event: Event = getattr(self.source_type(self.mint), self.declared.function.__name__)(**parameters)
        return event

    def __repr__(self) -> str:
        return f"<EventType {self.name}: {self.summary}>"


class Catalog(Sequence[EventType]):
    """The registered event types, in the order of their registration; also found by name."""

    def __init__(self, sources: Iterable[type[EventSource]], mint: Mint) -> None:
        self._mint = mint
        self._types = [EventType(source, variant, mint) for source in sources for variant in variants(source)]
        self._by_name = {event_type.name: event_type for event_type in self._types}
        self.shapes = tuple(dict.fromkeys(event_type.shape for event_type in self._types))

    def __getitem__(self, key: Any) -> Any:
        """Return the event type of that name, or at that index."""
        if not isinstance(key, str):
            return self._types[key]
        if key not in self._by_name:
            raise UnknownNameError("event type", key, self._by_name)
        return self._by_name[key]

    def __len__(self) -> int:
        return len(self._types)

    def __contains__(self, key: object) -> bool:
        return key in self._by_name or key in self._types

    def recognise(self, event: Any) -> Shape | None:
        """Return the shape that the event was meant to have, or None."""
        return claimed(event, self.shapes)

    def check(self, event: Any) -> list[Violation]:
        """Return how the event differs from what its provider sends; empty for an accurate one."""
        return judge(event, self._demand(event), self.shapes)

    def like(self, event: Any) -> Event:
        """Return the accurate event that a hand-written one meant; what is right in it is kept."""
        return salvage(event, self._demand(event), self._mint)

    def _demand(self, event: Any) -> Shape:
        shape = self.recognise(event)
        if shape is None:
            sources = ", ".join(dict.fromkeys(f"{t.provider}.{t.source}" for t in self._types))
            keys = ", ".join(map(str, event)) if isinstance(event, dict) else type(event).__name__
            raise UnrecognisedEventError(
                f"This is no event of a source known here ({sources}). It has: {keys or 'no keys'}. "
                "Events are recognised by what their source always sends, as Records[0].eventSource or requestContext."
            )
        return shape
