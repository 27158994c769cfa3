"""Events of Google Cloud functions, one source a file; each is an HTTP request in the form that `request.py` tells.

`decode` makes of it what the function receives, with the libraries of the installed `functions_framework`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pytest_serverless.events.gcp.decoding import decode
from pytest_serverless.events.gcp.http_request import HttpEvents
from pytest_serverless.events.gcp.pubsub import PubsubEvents
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.namespace import EventNamespace
from pytest_serverless.events.source import Event, EventSource

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent
    from flask import Request

__all__ = ["SOURCES", "GcpEvents", "decode"]

SOURCES: tuple[type[EventSource], ...] = (PubsubEvents, HttpEvents)
"""Those whose requests can be told by their headers first."""


class GcpEvents(EventNamespace):
    """Builds Google Cloud events: each attribute is a source, each method of it an event type.

    `project` is the project of topics; `host` the host name of the function's service.
    """

    http: HttpEvents
    pubsub: PubsubEvents

    def __init__(self, mint: Mint | None = None, project: str = "test-project", host: str = "test.a.run.app") -> None:
        mint = mint or Mint()
        super().__init__(
            "gcp", {"http": partial(HttpEvents, mint, host), "pubsub": partial(PubsubEvents, mint, project, host)}
        )

    def decode(self, event: Event) -> Request | CloudEvent:
        """Return what the function is given for the event: a `flask.Request`, or a `cloudevents.http.CloudEvent`."""
        return decode(event)
