"""Payload format 2.0, as HTTP APIs and function URLs share it.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
(2026-11), and recordings of both services: what a request does not have is absent, never null.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.events.aws.http_request import is_binary_type, is_text_type, readable_body
from pytest_serverless.events.aws.http_values import (
    METHOD,
    as_lists,
    as_map,
    base64_body,
    decode_query,
    encode_query,
    forwarded_for,
    header,
)
from pytest_serverless.events.shape import OPTIONAL, Field, Rule, Scope, field, list_of, map_of, obj
from pytest_serverless.events.values import BOOLEAN, HOST, IP_ADDRESS, TEXT, pattern, text

__all__ = [
    "BODY_FIELDS",
    "COOKIES",
    "EVENT_RULES",
    "QUERY_FIELDS",
    "ROUTE_KEY",
    "body_encoding",
    "http_field",
    "is_function_url",
    "is_version_2",
    "readable",
    "split_cookies",
]

ROUTE_KEY = pattern(
    "route-key",
    "$default, or a method (or ANY) and a path, as GET /orders/{id}",
    r"\$default|(ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /.*",
    lambda _: "$default",
)
COOKIES = list_of(text(expected="name=value"))


def split_cookies(sent: str) -> list[str]:
    """Split a Cookie header into its cookies."""
    return [cookie.strip() for cookie in sent.split(";") if cookie.strip()]


def joined_query(raw: str) -> dict[str, str]:
    """Return queryStringParameters: decoded, and several values of one name joined with commas."""
    return {name: ",".join(values) for name, values in decode_query(raw).items()}


def _infer_query(event: Scope) -> str:
    given = event.raw("queryStringParameters")
    return encode_query({str(k): [str(v)] for k, v in given.items()}) if isinstance(given, dict) else ""


QUERY_FIELDS = {
    "rawQueryString": field(
        "rawQueryString",
        pattern("raw-query", "the query as in the URL, percent-encoded", r"[!-~]*", lambda _: ""),
        infer=_infer_query,
    ),
    "queryStringParameters": field(
        "queryStringParameters",
        map_of(TEXT, TEXT),
        lambda s: bool(joined_query(s["rawQueryString"])),
        derive=lambda s: joined_query(s["rawQueryString"]),
        because="rawQueryString, decoded, several values of a name joined with commas",
    ),
}
BODY_FIELDS = {"body": field("body", TEXT, OPTIONAL), "isBase64Encoded": field("isBase64Encoded", BOOLEAN)}


def body_encoding(*names: str) -> Rule:
    """Return the rule that a body's content-type, in the first of these maps that is there, decides on its encoding."""

    def fits(event: Scope) -> bool:
        sent = next((event[name] for name in names if name in event), None)
        encoded = event["isBase64Encoded"]
        if header(sent, "content-encoding") is not None or not event.get("body"):
            return True
        kind = header(sent, "content-type") or ""
        return not is_text_type(kind) if encoded else not is_binary_type(kind)

    return Rule(
        "body-encoding",
        "false for text and JSON, true for forms, files and other binary types",
        fits,
        "isBase64Encoded",
    )


EVENT_RULES = (
    Rule(
        "host",
        "with the host that requestContext.domainName says",
        lambda s: header(s["headers"], "host") == s["requestContext"]["domainName"],
        "headers",
    ),
    Rule("base64-body", "true only with a body in base64", base64_body, "isBase64Encoded"),
    body_encoding("headers"),
)


def _user_agent(http: Scope) -> str:
    sent = header(http.root["headers"], "user-agent")
    given = http.raw("userAgent")
    return sent if sent is not None else given if isinstance(given, str) else ""


def http_field() -> Field:
    """Return requestContext.http: method, path and client."""
    return field(
        "http",
        obj(
            field("method", METHOD, infer=lambda s: s.root["routeKey"].partition(" ")[0]),
            field("path", TEXT, derive=lambda s: s.root["rawPath"], because="the same as rawPath"),
            field("protocol", pattern("protocol", "HTTP/1.1", r"HTTP/[\d.]+", lambda _: "HTTP/1.1")),
            field("sourceIp", IP_ADDRESS, infer=lambda s: forwarded_for(s.root["headers"])[0]),
            field("userAgent", TEXT, derive=_user_agent, because="the header user-agent"),
            rules=[
                Rule(
                    "forwarded-for",
                    "one of the addresses in x-forwarded-for",
                    lambda s: s["sourceIp"] in (forwarded_for(s.root["headers"]) or [s["sourceIp"]]),
                    "sourceIp",
                )
            ],
        ),
    )


def is_version_2(event: Any) -> bool:
    """Tell whether an event was meant to be of payload format 2.0."""
    context = event.get("requestContext")
    http = isinstance(context, dict) and isinstance(context.get("http"), dict)
    return (http or "rawPath" in event) and "type" not in event and event.get("version", "2.0") == "2.0"


def is_function_url(event: Any) -> bool:
    """Tell whether an event of format 2.0 came from a function URL: its host says so, or that nobody signed."""
    context = as_map(event.get("requestContext"))
    domain = f"{context.get('domainName')} {header(event.get('headers'), 'host')}"
    return is_version_2(event) and (".lambda-url." in domain or context.get("accountId") == "anonymous")


def readable(event: dict[str, Any], domain: Callable[[], str]) -> None:
    """Tidy a hand-written event: host and domainName, names in lower case, a query only in the map, the body."""
    for name in ("requestContext", "headers"):
        event[name] = as_map(event.get(name))
    headers = event["headers"] = {name.lower(): ",".join(v) for name, v in as_lists(event["headers"]).items()}
    context = event["requestContext"]
    found = (name for name in (context.get("domainName"), headers.get("host")) if name and HOST.accepts(name))
    context["domainName"] = headers["host"] = next(found, None) or domain()
    http = context.get("http")
    if "rawPath" not in event and isinstance(http, dict) and "path" in http:
        event["rawPath"] = http["path"]
    if not event.get("rawQueryString"):
        event.pop("rawQueryString", None)
    readable_body(event, str(headers.get("content-type", "")))
