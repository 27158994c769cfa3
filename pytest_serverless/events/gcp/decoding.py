"""From the wire to what a function is given, by the libraries that the installed `functions_framework` uses."""

from __future__ import annotations

import importlib
import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import InvalidPayloadError, MissingExtraError
from pytest_serverless.events.gcp.request import is_cloud_event
from pytest_serverless.events.source import Event

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent
    from flask import Request

__all__ = ["content_of", "decode", "environ_of", "library"]


def library(module: str, needed_for: str) -> Any:
    """Return a module that `functions_framework` is, or brings; `MissingExtraError` where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(module="functions_framework", extra="gcp", needed_for=needed_for) from error


def decode(event: Event) -> Request | CloudEvent:
    """Return the function's argument: a `flask.Request`, or the `CloudEvent` that the request carries."""
    environ = environ_of(event)
    request: Request = library("flask", "decoding a Google Cloud event").Request(environ)
    if not is_cloud_event(event):
        return request
    cloud_event: CloudEvent = library("cloudevents.http", "decoding a CloudEvent").from_http(
        request.headers, request.get_data()
    )
    return cloud_event


def content_of(event: Event) -> bytes:
    """Return the bytes of the request's body."""
    if "body_base64" in event:
        return b64decode(event["body_base64"])
    body = event.get("body", "")
    return (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))).encode()


def environ_of(event: Any) -> dict[str, Any]:
    """Return the request as WSGI has it; the container is called over plain HTTP, whatever the client used."""
    if not isinstance(event, dict) or not {"method", "url", "headers"} <= event.keys():
        keys = ", ".join(map(str, event)) if isinstance(event, dict) else type(event).__name__
        raise InvalidPayloadError(
            f"A Google Cloud event has method, url, headers and perhaps a body; this one has: {keys or 'no keys'}. "
            "Build it with gcp_events, as gcp_events.pubsub.message_published('hello')."
        )
    path, _, query = event["url"].partition("?")
    builder = library("werkzeug.test", "decoding a Google Cloud event").EnvironBuilder(
        path=path,
        query_string=query,
        method=event["method"],
        headers=list(event["headers"].items()),
        data=content_of(event),
        base_url=f"http://{event['headers'].get('host', 'localhost')}/",
        environ_base={"REMOTE_ADDR": "127.0.0.1"},
    )
    environ: dict[str, Any] = builder.get_environ()
    return environ
