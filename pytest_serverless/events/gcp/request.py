"""What every event of a Google function is: an HTTP request to its container.

`method`, `url` (path and query, as in the request's first line), `headers` (names in lower case), and a body where
there is one: `body` (text; or JSON, sent without spaces) or `body_base64` (bytes). The headers that frame a message on
its connection, such as content-length, are set when it is sent.

Source: https://cloud.google.com/functions/docs/reference/headers (2026-11), and the requests recorded in
https://github.com/googleapis/google-cloudevents/issues/151 and
https://github.com/GoogleCloudPlatform/functions-framework/issues/34.
"""

from __future__ import annotations

import string
from typing import Any

from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import OPTIONAL, Field, field
from pytest_serverless.events.values import pattern

__all__ = ["PLATFORM_HEADERS", "URL", "is_cloud_event", "platform_headers"]

URL = pattern(
    "target",
    "a path and perhaps a query, percent-encoded",
    r"/[^\s?#\x7f-\U0010ffff]*(\?[^\s#\x7f-\U0010ffff]*)?",
    lambda _: "/",
)

PLATFORM_HEADERS: tuple[Field, ...] = (
    field(
        "host",
        pattern("host", "a host name, perhaps with a port", r"[A-Za-z0-9._-]+(:\d+)?", lambda _: "test.a.run.app"),
    ),
    field(
        "x-forwarded-for",
        pattern(
            "addresses",
            "the client's address, then those of proxies",
            r"[0-9a-fA-F.:]+(, ?[0-9a-fA-F.:]+)*",
            lambda mint: f"203.0.113.{mint.number(1, 254)}",
        ),
    ),
    field("x-forwarded-proto", pattern("scheme", "http or https", r"https?", lambda _: "https")),
    field(
        "x-cloud-trace-context",
        pattern(
            "cloud-trace",
            "32 hexadecimal digits, perhaps with /span;o=1",
            r"[0-9a-f]{32}(/\d+)?(;o=\d)?",
            lambda mint: f"{mint.hex(32)}/{mint.digits(18)};o=1",
        ),
    ),
    field(
        "traceparent",
        pattern("traceparent", "a W3C trace context", r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", lambda _: ""),
        OPTIONAL,
    ),
    field(
        "function-execution-id",
        pattern("execution-id", "12 letters or digits", r"[0-9A-Za-z]{12}", lambda _: ""),
        OPTIONAL,
    ),
)
"""What the platform adds to a request; the last two not for every service."""


def platform_headers(mint: Mint, host: str) -> dict[str, str]:
    """Return what the platform adds; the two forms of the trace agree."""
    trace, span = mint.hex(32), mint.number(1, 2**64 - 1)
    return {
        "host": host,
        "x-cloud-trace-context": f"{trace}/{span};o=1",
        "traceparent": f"00-{trace}-{span:016x}-01",
        "function-execution-id": "".join(mint.choice(string.ascii_letters + string.digits) for _ in range(12)),
    }


def is_cloud_event(event: Any) -> bool:
    """Tell whether a request carries a CloudEvent, in headers (binary mode) or in its body (structured mode)."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    return "ce-specversion" in headers or headers.get("content-type", "").startswith("application/cloudevents+json")
