"""Events of Azure Functions: what the host hands to the Python worker, one trigger a file.

An event is JSON: `trigger` (`httpTrigger`), `data` (the trigger's value) and `trigger_metadata` (values by name), each
value as in `datum.py`. `decode` makes of it the object that the function receives, with the installed
`azure.functions`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from pytest_serverless.events.azure.decoding import decode
from pytest_serverless.events.azure.http_trigger import HttpEvents
from pytest_serverless.events.azure.queue_trigger import QueueEvents
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.namespace import EventNamespace
from pytest_serverless.events.source import Event, EventSource

__all__ = ["SOURCES", "AzureEvents", "decode"]

SOURCES: tuple[type[EventSource], ...] = (HttpEvents, QueueEvents)


class AzureEvents(EventNamespace):
    """Builds Azure events: each attribute is a trigger, each method of it an event type.

    `host` is the function app's host name.
    """

    http: HttpEvents
    queue: QueueEvents

    def __init__(self, mint: Mint | None = None, host: str = "test-app.azurewebsites.net") -> None:
        mint = mint or Mint()
        super().__init__("azure", {"http": partial(HttpEvents, mint, host), "queue": partial(QueueEvents, mint)})

    def decode(self, event: Event) -> Any:
        """Return what the function is given for the event, as `azure.functions.http.HttpRequest`."""
        return decode(event)
