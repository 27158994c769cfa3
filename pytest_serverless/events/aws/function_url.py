"""AWS Lambda function URLs: payload format 2.0, as the URL of a function sends it.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html (2026-11), and recordings of the service for
what that page leaves out: the account is "anonymous" unless the caller signed, the Cookie header stays beside
`cookies`, the path is as received, and what a request does not have is absent (the page shows null).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.http_identity import IAM_AUTHORIZER, Caller
from pytest_serverless.events.aws.http_request import HttpOptions, payload, read_request
from pytest_serverless.events.aws.http_v2 import (
    BODY_FIELDS,
    COOKIES,
    EVENT_RULES,
    QUERY_FIELDS,
    http_field,
    is_function_url,
    readable,
    split_cookies,
)
from pytest_serverless.events.aws.http_values import HEADER_VALUE, LOWER_HEADER, URL_PATH, as_map, domain_prefix, header
from pytest_serverless.events.aws.place import Place
from pytest_serverless.events.aws.rest_api_shape import time_fields
from pytest_serverless.events.aws.source import AwsEventSource
from pytest_serverless.events.aws.values import ACCOUNT
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import OPTIONAL, Rule, Scope, Shape, field, map_of, obj
from pytest_serverless.events.source import Event, event_type
from pytest_serverless.events.values import UUID, const, pattern

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["REQUEST", "FunctionUrlEvents", "FunctionUrlOptions"]

_REFERENCE = "https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html"

_URL_ID = pattern("url-id", "32 lower-case letters and digits", r"[a-z0-9]{32}", lambda mint: mint.hex(32))
_DOMAIN = pattern(
    "url-domain",
    "the host of a function URL: 32 letters and digits, .lambda-url., a region and .on.aws",
    r"[a-z0-9]{32}\.lambda-url\.[a-z]{2,3}(-[a-z]+)+-\d\.on\.aws(\.cn)?",
    lambda mint: f"{mint.hex(32)}.lambda-url.us-east-1.on.aws",
)
_ACCOUNT = pattern(
    "account", "anonymous, or the account of a caller who signed", r"anonymous|\d{12}", lambda _: "anonymous"
)


def _account(context: Scope) -> Any:
    if "authorizer" not in context:
        return "anonymous"
    account = as_map(as_map(context["authorizer"]).get("iam")).get("accountId")
    return account if ACCOUNT.accepts(account) else Place().account


_TIMES = time_fields("time", "timeEpoch")
_CONTEXT = obj(
    field("accountId", _ACCOUNT, infer=_account),
    field("apiId", _URL_ID, derive=domain_prefix, because="the first label of domainName"),
    field("authorizer", obj(field("iam", IAM_AUTHORIZER)), OPTIONAL),
    field("domainName", _DOMAIN, infer=lambda s: header(s.root["headers"], "host")),
    field("domainPrefix", _URL_ID, derive=domain_prefix, because="the first label of domainName"),
    http_field(),
    field("requestId", UUID),
    field("routeKey", const("$default")),
    field("stage", const("$default")),
    *_TIMES.values(),
    rules=[
        Rule(
            "anonymous",
            "anonymous without an authorizer, and an account with one",
            lambda s: (s["accountId"] == "anonymous") is ("authorizer" not in s),
            "accountId",
        )
    ],
)


def _tidy(event: dict[str, Any], mint: Mint) -> None:
    for name, key in (("requestContext", "domainName"), ("headers", "host")):
        found = as_map(event.get(name))
        event[name] = {k: v for k, v in found.items() if k.lower() != key.lower() or _DOMAIN.accepts(v)}
    readable(event, lambda: str(_DOMAIN.mint(mint)))
    cookies = event.get("cookies")
    if isinstance(cookies, list) and cookies and "cookie" not in event["headers"]:
        event["headers"]["cookie"] = "; ".join(map(str, cookies))
    context = event["requestContext"]
    if not as_map(as_map(context.get("authorizer")).get("iam")):
        context.pop("authorizer", None)
    if ("authorizer" in context) is (context.get("accountId") == "anonymous"):
        context.pop("accountId", None)


REQUEST = Shape(
    "aws.function_url",
    obj(
        field("version", const("2.0")),
        field("routeKey", const("$default")),
        field("rawPath", URL_PATH),
        QUERY_FIELDS["rawQueryString"],
        field(
            "cookies",
            COOKIES,
            lambda s: bool(split_cookies(header(s["headers"], "cookie") or "")),
            derive=lambda s: split_cookies(header(s["headers"], "cookie") or ""),
            because="the header cookie, split",
        ),
        field("headers", map_of(LOWER_HEADER, HEADER_VALUE)),
        QUERY_FIELDS["queryStringParameters"],
        field("requestContext", _CONTEXT),
        BODY_FIELDS["body"],
        BODY_FIELDS["isBase64Encoded"],
        rules=EVENT_RULES,
    ),
    is_function_url,
    _tidy,
)


class FunctionUrlOptions(HttpOptions, total=False):
    """What a request to a function URL may have."""

    url_id: str
    """The URL's id: 32 lower-case letters and digits."""


class FunctionUrlEvents(AwsEventSource):
    """Requests to the URL of a function."""

    name = "aws.function_url"

    @event_type("A request to a public function URL (auth type NONE)", reference=_REFERENCE, shape=REQUEST)
    def request(self, method: str = "GET", path: str = "/", **options: Unpack[FunctionUrlOptions]) -> Event:
        """Build the event of one request.

        `path` is as in a URL and may carry a query; what a URL cannot carry is percent-encoded, as clients do.
        """
        return self._request(method, path, options, {})

    @event_type(
        "A signed request to a function URL (auth type AWS_IAM)",
        reference="https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
        shape=REQUEST,
    )
    def iam(
        self, method: str = "GET", path: str = "/", *, caller: str | None = None, **options: Unpack[FunctionUrlOptions]
    ) -> Event:
        """Build a request signed with IAM credentials; `caller` is the ARN of a user or a role's session."""
        signed = Caller.read(self.mint, self.place(options), caller)
        context = {"accountId": signed.account, "authorizer": {"iam": signed.authorizer}}
        return self._request(method, path, options, context)

    def _request(self, method: str, path: str, options: FunctionUrlOptions, context: Mapping[str, Any]) -> Event:
        request, place = read_request(self.mint, method, path, options), self.place(options)
        url_id = options.get("url_id") or self.mint.hex(32)
        domain = request.domain or f"{url_id}.lambda-url.{place.region}.on.aws"
        if not _DOMAIN.accepts(domain):
            raise InvalidParameterError(
                f"A function URL's host is {_DOMAIN.expected}, got {domain!r}. Give url_id and region instead; "
                "behind a custom domain the function still sees this one."
            )
        body, encoded = payload(request)
        headers = {
            **request.joined_headers(self.mint, domain),
            "x-amzn-tls-version": "TLSv1.2",
            "x-amzn-tls-cipher-suite": "ECDHE-RSA-AES128-GCM-SHA256",
        }
        if body is not None:
            headers["content-length"] = str(len(request.content))
        given: dict[str, Any] = {
            "rawPath": request.path,
            "rawQueryString": request.query,
            "headers": dict(sorted(headers.items())),
            "requestContext": {
                **context,
                "domainName": domain,
                "http": {"method": request.method, "sourceIp": request.source_ip},
                "timeEpoch": self.mint.now_ms(),
            },
            "isBase64Encoded": encoded,
        }
        if body is not None:
            given["body"] = body
        return self.complete(REQUEST, given, options)
