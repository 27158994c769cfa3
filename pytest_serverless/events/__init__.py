"""Events as the providers send them: built, catalogued, checked and repaired.

::

    from pytest_serverless import events

    events.build("aws.sqs.fifo", body="hello")     # one event
    events.catalog()                               # every event type there is
    events.check(event)                            # what is wrong with one
    events.like(event)                             # the accurate event that a hand-written one meant

Each event type is one declarative shape (`shape.py`): the builder fills it, the checker judges by it, repair does both.
Builders are typed methods of event sources (`source.py`), a source a file under `aws/`, `azure/` and `gcp/`.
"""

from __future__ import annotations

import functools
from typing import Any

from pytest_serverless.events.catalog import Catalog, EventType
from pytest_serverless.events.checker import Violation
from pytest_serverless.events.combine import batch
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.path import ABSENT
from pytest_serverless.events.source import Event
from pytest_serverless.registry import registry

__all__ = ["ABSENT", "Catalog", "Event", "EventType", "Violation", "batch", "build", "catalog", "check", "like"]


@functools.cache
def catalog() -> Catalog:
    """Return every registered event type, in order; `catalog()["aws.sqs.fifo"]` is one of them."""
    return Catalog(registry().sources, Mint())


def build(name: str, **parameters: Any) -> Event:
    """Build an event of the type of that name; `UnknownNameError` names the near misses."""
    event_type: EventType = catalog()[name]
    return event_type.build(**parameters)


def check(event: Any) -> list[Violation]:
    """Return how an event differs from what its provider sends; an accurate one gives an empty list.

    The kind of event is recognised by itself; `UnrecognisedEventError` where it cannot be.
    """
    return catalog().check(event)


def like(event: Any) -> Event:
    """Return the accurate event that a hand-written one meant.

    What is right in it stays; what can only mean one thing is mended; ids that cannot be right are made anew; digests
    and everything else that follows from the rest is computed. `UnrecognisedEventError` where the kind of event cannot
    be told.
    """
    return catalog().like(event)
