"""Azure Functions' HTTP trigger: what the host hands to the Python worker for one request.

The worker asks for the body as bytes and for no metadata. Header names arrive in lower case and several values of one
joined by commas; of a repeated query parameter the values are joined too, and empty ones dropped; a body comes only
with a content-length above 0.

Source: `ToRpcHttp` in `GrpcMessageConversionExtensions` of https://github.com/Azure/azure-functions-host, and the
capabilities that the worker announces (azure-functions-runtime 1.3.0); 2026-11.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from pytest_serverless.events.azure.datum import DATUM, datum
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import Scope, Shape, Value, field, map_of, obj
from pytest_serverless.events.source import Common, Event, EventSource, event_type
from pytest_serverless.events.values import BASE64, TEXT, const, pattern
from pytest_serverless.events.web import HEADER, HEADER_VALUE, Body, Values, content, content_type, joined, with_query

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["REQUEST", "HttpEvents"]

_REFERENCE = "https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger"

_BODY = Value("base64", "base64 of at least one byte", lambda found: bool(found) and BASE64.accepts(found), BASE64.mint)


def _host(http: Scope) -> str:
    return str(urlsplit(http["url"]).netloc)


def _size(http: Scope) -> str:
    return str(len(b64decode(http["body"]["bytes"])) if "body" in http else 0)


def _query(http: Scope) -> dict[str, str]:
    """Return the query as the host gives it; its names differ by more than case."""
    values: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for name, value in parse_qsl(urlsplit(http["url"]).query):
        values.setdefault(names.setdefault(name.lower(), name), []).append(value)
    return {name: ",".join(found) for name, found in values.items()}


_HTTP = obj(
    field(
        "method",
        pattern("method", "an HTTP method in upper case", r"[A-Z]+", lambda _: "GET", lambda found: found.upper()),
    ),
    field(
        "url",
        pattern(
            "url",
            "an absolute URL, percent-encoded, as https://app.azurewebsites.net/api/hello?name=x",
            r"https?://[^\s/?#]+/[^\s?#\x7f-\U0010ffff]*(\?[^\s#\x7f-\U0010ffff]*)?",
            lambda _: "https://test-app.azurewebsites.net/api/hello",
        ),
    ),
    field(
        "headers",
        obj(
            field("host", HEADER_VALUE, derive=lambda s: _host(s.up), because="the host in url"),
            field(
                "content-length",
                pattern("number-text", "a number of bytes, as text", r"\d+", lambda _: "0"),
                lambda s: "body" in s.up or "content-length" in s,
                derive=lambda s: _size(s.up),
                because="the bytes in body; without it, the host drops the body",
            ),
            others=HEADER_VALUE,
            keys=HEADER,
        ),
    ),
    field("body", datum("bytes", _BODY), lambda s: "body" in s),
    field("params", map_of(TEXT, TEXT)),
    field("query", map_of(TEXT, TEXT), derive=_query, because="the query in url, values of one name joined by commas"),
)

REQUEST = Shape(
    "azure.http",
    obj(
        field("trigger", const("httpTrigger")),
        field("data", obj(field("http", _HTTP))),
        field("trigger_metadata", map_of(TEXT, DATUM)),
    ),
    lambda event: event["trigger"] == "httpTrigger",
)


class RequestOptions(Common, total=False):
    """What any request may have."""

    query: Values
    """Query parameters by name; a list for one that is repeated."""
    headers: Values
    """Headers by name; a list for one that is repeated."""
    route_params: Mapping[str, str | int]
    """The values of the route's parameters: of `orders/{id}`, that of `id`."""


class HttpEvents(EventSource):
    """Requests to an HTTP-triggered function, as the Functions host hands them to the worker."""

    name = "azure.http"

    def __init__(self, mint: Mint, host: str = "test-app.azurewebsites.net") -> None:
        super().__init__(mint)
        self.host = host

    @event_type("A request to an HTTP-triggered function", reference=_REFERENCE, shape=REQUEST)
    def request(
        self,
        method: str = "GET",
        url: str = "/api/hello",
        *,
        body: Body = None,
        **options: Unpack[RequestOptions],
    ) -> Event:
        """Build the event of one request.

        `url` is absolute, or a path on the app's host, route prefix (`/api`) included. `body` is sent as it is; a dict
        or a list as JSON. Without a content-type among the headers, the one that fits the body is set.
        """
        sent = content(body)
        headers = joined(options.get("headers", {}))
        absolute = f"https://{self.host}{url}" if url.startswith("/") else url
        http: dict[str, Any] = {
            "method": method,
            "url": with_query(absolute, options.get("query", {})),
            "headers": self._front_end() | headers,
            "params": {name: str(value) for name, value in options.get("route_params", {}).items()},
        }
        if sent:
            http["headers"].setdefault("content-type", content_type(body))
            http["body"] = {"bytes": b64encode(sent).decode()}
        return self.complete(REQUEST, {"data": {"http": http}}, options)

    def _front_end(self) -> dict[str, str]:
        """Return what App Service's front end adds; the client's address comes with its port."""
        client = f"203.0.113.{self.mint.number(1, 254)}:{self.mint.number(1024, 65535)}"
        return {"x-forwarded-for": client, "x-forwarded-proto": "https"}
