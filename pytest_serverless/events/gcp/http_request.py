"""Requests to an HTTP function of Google Cloud; see `request.py` for their form."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from pytest_serverless.events.gcp.request import PLATFORM_HEADERS, URL, is_cloud_event, platform_headers
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import OPTIONAL, Rule, Shape, field, obj
from pytest_serverless.events.source import Common, Event, EventSource, event_type
from pytest_serverless.events.values import BASE64, TEXT, pattern
from pytest_serverless.events.web import HEADER, HEADER_VALUE, Body, Values, content, content_type, joined, with_query

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["REQUEST", "HttpEvents"]

_REFERENCE = "https://cloud.google.com/run/docs/write-http-functions"

REQUEST = Shape(
    "gcp.http",
    obj(
        field(
            "method",
            pattern("method", "an HTTP method in upper case", r"[A-Z]+", lambda _: "GET", lambda found: found.upper()),
        ),
        field("url", URL),
        field("headers", obj(*PLATFORM_HEADERS, others=HEADER_VALUE, keys=HEADER)),
        field("body", TEXT, OPTIONAL),
        field("body_base64", BASE64, OPTIONAL),
        rules=[
            Rule("one-body", "not there beside body", lambda s: not ("body" in s and "body_base64" in s), "body_base64")
        ],
    ),
    lambda event: event["method"] and event["url"].startswith("/") and not is_cloud_event(event),
)


class RequestOptions(Common, total=False):
    """What any request may have."""

    query: Values
    """Query parameters by name; a list for one that is repeated."""
    headers: Values
    """Headers by name; a list for one that is repeated."""


class HttpEvents(EventSource):
    """Requests to an HTTP function."""

    name = "gcp.http"

    def __init__(self, mint: Mint, host: str = "test.a.run.app") -> None:
        super().__init__(mint)
        self.host = host

    @event_type("A request to an HTTP function", reference=_REFERENCE, shape=REQUEST)
    def request(
        self, method: str = "GET", url: str = "/", *, body: Body = None, **options: Unpack[RequestOptions]
    ) -> Event:
        """Build the event of one request.

        `url` is a path below the function's own, perhaps with a query. `body` is sent as it is; a dict or a list as
        JSON. Without a content-type among the headers, the one that fits the body is set.
        """
        headers = platform_headers(self.mint, self.host) | joined(options.get("headers", {}))
        request: dict[str, Any] = {"method": method, "url": with_query(url, options.get("query", {}))}
        sent = content(body)
        if sent:
            headers.setdefault("content-type", content_type(body))
            request |= {"body_base64": b64encode(sent).decode()} if isinstance(body, bytes) else {"body": sent.decode()}
        return self.complete(REQUEST, request | {"headers": headers}, options)
