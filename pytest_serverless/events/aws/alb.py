"""Application Load Balancer: a request to a target group with a Lambda function.

Sources: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html (2026-11), and
recordings of the service: path and query are as received, not decoded; header names are in lower case; a body that is
not there is "".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pytest_serverless.events.aws.http_request import HttpOptions, payload, read_request, readable_body
from pytest_serverless.events.aws.http_v2 import body_encoding
from pytest_serverless.events.aws.http_values import (
    HEADER_VALUE,
    LOWER_HEADER,
    METHOD,
    PATH_SAFE,
    URL_PATH,
    as_lists,
    base64_body,
    decode_query,
    header,
    last_values,
)
from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.aws.values import arn
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import MISSING, OPTIONAL, Rule, Scope, Shape, field, list_of, map_of, obj
from pytest_serverless.events.source import Event, event_type
from pytest_serverless.events.values import BOOLEAN, TEXT, pattern

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["REQUEST", "AlbEvents", "AlbOptions"]

_REFERENCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"

_QUERY_TEXT = pattern(
    "query-text",
    "text as in the URL, percent-encoded: the load balancer does not decode it",
    r"[!-%'-~]*",
    lambda _: "",
    lambda found: quote(found, safe=f"{PATH_SAFE}?") if isinstance(found, str) else MISSING,
)


def _is_multiple(event: Scope) -> bool:
    return "multiValueHeaders" in event


def _is_single(event: Scope) -> bool:
    return not _is_multiple(event)


def _single_query(event: Scope) -> Any:
    multiple = event.raw("multiValueQueryStringParameters")
    return last_values(multiple) if isinstance(multiple, dict) else {}


def _multiple_query(event: Scope) -> Any:
    single = event.raw("queryStringParameters")
    return {name: [value] for name, value in single.items()} if isinstance(single, dict) else {}


def _tidy(event: dict[str, Any], _: Mint) -> None:
    multiple = as_lists(event.pop("multiValueHeaders", None))
    if multiple:
        event["multiValueHeaders"] = multiple
        event.pop("headers", None)
    else:
        event["headers"] = last_values(as_lists(event.get("headers")))
    for name in ("queryStringParameters", "multiValueQueryStringParameters"):
        if name in event:
            event[name] = as_lists(event[name]) if "multi" in name else last_values(as_lists(event[name]))
    readable_body(event, header(multiple or event["headers"], "content-type") or "")
    if event.get("body") is None:
        event["body"] = ""


REQUEST = Shape(
    "aws.alb",
    obj(
        field(
            "requestContext",
            obj(
                field(
                    "elb",
                    obj(
                        field(
                            "targetGroupArn",
                            arn(
                                "elasticloadbalancing",
                                r"targetgroup/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}",
                                "targetgroup/functions/6d0ecf831eec9f09",
                            ),
                        )
                    ),
                )
            ),
        ),
        field("httpMethod", METHOD),
        field("path", URL_PATH),
        field("queryStringParameters", map_of(_QUERY_TEXT, _QUERY_TEXT), _is_single, infer=_single_query),
        field(
            "multiValueQueryStringParameters",
            map_of(_QUERY_TEXT, list_of(_QUERY_TEXT)),
            _is_multiple,
            infer=_multiple_query,
        ),
        field("headers", map_of(LOWER_HEADER, HEADER_VALUE), _is_single),
        field("multiValueHeaders", map_of(LOWER_HEADER, list_of(HEADER_VALUE)), OPTIONAL),
        field("body", TEXT),
        field("isBase64Encoded", BOOLEAN),
        rules=[
            Rule("base64-body", "true only with a body in base64", base64_body, "isBase64Encoded"),
            body_encoding("multiValueHeaders", "headers"),
        ],
    ),
    lambda event: "elb" in event["requestContext"],
    _tidy,
)


class TargetGroup(AwsCommon, total=False):
    """The target group that a request goes to."""

    target_group: str
    """The target group's name, or its ARN."""
    multi_value: bool
    """Whether the target group has multi-value headers on: then both maps are multi-value ones."""


class AlbOptions(HttpOptions, TargetGroup, total=False):
    """What a request through a load balancer may have."""

    scheme: str
    """https or http, as the listener speaks."""


class AlbEvents(AwsEventSource):
    """Requests that an Application Load Balancer hands to a function."""

    name = "aws.alb"

    @event_type("A request through a load balancer", reference=_REFERENCE, shape=REQUEST)
    def request(self, method: str = "GET", path: str = "/", **options: Unpack[AlbOptions]) -> Event:
        """Build the event of one request.

        `path` is as in a URL and may carry a query; what a URL cannot carry is percent-encoded, as clients do, and
        stays so. Without `multi_value` the function sees the last of several values.
        """
        mint, place = self.mint, self.place(options)
        request = read_request(mint, method, path, options)
        domain = request.domain or f"functions-{mint.digits(10)}.{place.region}.elb.{place.dns_suffix}"
        proto = options.get("scheme", "https")
        sent = request.joined_headers(mint, domain, port="80" if proto == "http" else "443", proto=proto)
        own = {"content-length", "host", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
        if request.body is not None:
            sent["content-length"] = str(len(request.content))
        headers = {
            name: list(request.headers[name][1]) if name in request.headers and name not in own else [value]
            for name, value in sorted(sent.items())
        }
        body, encoded = payload(request)
        query = decode_query(request.query, decode=str)
        return self._complete(request.method, request.path, query, headers, options, body=body or "", encoded=encoded)

    @event_type("A health check of the target group", reference=_REFERENCE, shape=REQUEST)
    def health_check(self, path: str = "/", **options: Unpack[TargetGroup]) -> Event:
        """Build what a target group with health checks on sends: a GET with one header."""
        sent = read_request(self.mint, "GET", path, {})
        return self._complete("GET", sent.path, {}, {"user-agent": ["ELB-HealthChecker/2.0"]}, options)

    def _complete(
        self,
        method: str,
        path: str,
        query: dict[str, list[str]],
        headers: dict[str, list[str]],
        options: TargetGroup,
        *,
        body: str = "",
        encoded: bool = False,
    ) -> Event:
        name = options.get("target_group", "functions")
        resource = name if name.startswith("arn:") else f"targetgroup/{name}/{self.mint.hex(16)}"
        maps: dict[str, Any] = {"queryStringParameters": last_values(query), "headers": last_values(headers)}
        if options.get("multi_value"):
            maps = {"multiValueQueryStringParameters": query, "multiValueHeaders": headers}
        given = {
            "requestContext": {"elb": {"targetGroupArn": self.place(options).arn("elasticloadbalancing", resource)}},
            "httpMethod": method,
            "path": path,
            **maps,
            "body": body,
            "isBase64Encoded": encoded,
        }
        return self.complete(REQUEST, given, options)
