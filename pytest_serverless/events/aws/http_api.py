"""Amazon API Gateway, HTTP APIs: payload format 2.0, and 1.0 where an integration asks for it.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
(2026-11), and recordings of the service: path and path parameters are decoded, the path begins with the stage unless
that is $default, cookies leave the headers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.http_api_shape import PAYLOAD_1, REQUEST, spelling_1
from pytest_serverless.events.aws.http_identity import Caller, claims_as_text
from pytest_serverless.events.aws.http_request import (
    HttpOptions,
    Request,
    check_route,
    path_on,
    payload,
    read_request,
)
from pytest_serverless.events.aws.http_v2 import split_cookies
from pytest_serverless.events.aws.http_values import context_path, decode_query
from pytest_serverless.events.aws.source import AwsEventSource
from pytest_serverless.events.source import Event, event_type

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["HttpApiEvents", "HttpApiOptions"]

_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
_REFERENCE = f"{_DOCS}/http-api-develop-integrations-lambda.html"


class HttpApiOptions(HttpOptions, total=False):
    """What a request to an HTTP API may have."""

    route: str
    """$default, or a path as /orders/{id} or /{proxy+}, perhaps behind a method or ANY; by default $default."""
    path_parameters: Mapping[str, str]
    """The values of the route's parameters, not encoded; the path follows from them unless it is given."""
    stage: str
    """The stage; by default $default, which does not show in the path."""
    stage_variables: Mapping[str, str]
    """The stage's variables."""
    api_id: str
    """The API's id: 10 lower-case letters and digits."""


class HttpApiEvents(AwsEventSource):
    """Requests to an HTTP API of API Gateway, as its Lambda proxy integration sends them."""

    name = "aws.http_api"

    @event_type("A request to an HTTP API (payload format 2.0)", reference=_REFERENCE, shape=REQUEST)
    def request(self, method: str = "GET", path: str | None = None, **options: Unpack[HttpApiOptions]) -> Event:
        """Build the event of one request.

        `path` is as in a URL, without the stage, and may carry a query; what a URL cannot carry is percent-encoded, as
        clients do.
        """
        return self._request(method, path, options)

    @event_type(
        "A request with a token that a JWT authorizer took",
        reference=f"{_DOCS}/http-api-jwt-authorizer.html",
        shape=REQUEST,
    )
    def jwt_authorizer(
        self,
        method: str = "GET",
        path: str | None = None,
        *,
        claims: Mapping[str, Any] | None = None,
        scopes: Sequence[str] | None = None,
        **options: Unpack[HttpApiOptions],
    ) -> Event:
        """Build a request with a token; `claims` come on top of the usual ones, all arrive as text.

        `scopes` are those of the route that the token has; null where the route asks for none. A claim that is a list
        arrives as [a b]: so it is reported, not documented.
        """
        mint, place = self.mint, self.place(options)
        now, user = mint.now_ms() // 1000, mint.uuid()
        usual = {
            "aud": mint.hex(26),
            "auth_time": now,
            "cognito:username": user,
            "event_id": mint.uuid(),
            "exp": now + 3600,
            "iat": now,
            "iss": f"https://cognito-idp.{place.region}.{place.dns_suffix}/{place.region}_{mint.alphanumeric(9)}",
            "jti": mint.uuid(),
            "sub": user,
            "token_use": "id",
        }
        jwt = {
            "claims": claims_as_text({**usual, **(claims or {})}),
            "scopes": None if scopes is None else list(scopes),
        }
        return self._request(method, path, options, authorizer={"jwt": jwt}, headers={"authorization": "Bearer eyJ0"})

    @event_type(
        "A request signed with IAM credentials",
        reference=f"{_DOCS}/http-api-access-control-iam.html",
        shape=REQUEST,
    )
    def iam(
        self,
        method: str = "GET",
        path: str | None = None,
        *,
        caller: str | None = None,
        **options: Unpack[HttpApiOptions],
    ) -> Event:
        """Build a request of a route with IAM authorization; `caller` is the ARN of a user or a role's session."""
        authorizer = {"iam": Caller.read(self.mint, self.place(options), caller).authorizer}
        return self._request(method, path, options, authorizer=authorizer)

    @event_type(
        "A request that a Lambda authorizer let in",
        reference=f"{_DOCS}/http-api-lambda-authorizer.html",
        shape=REQUEST,
    )
    def lambda_authorizer(
        self,
        method: str = "GET",
        path: str | None = None,
        *,
        context: Mapping[str, Any] | None = None,
        **options: Unpack[HttpApiOptions],
    ) -> Event:
        """Build a request whose authorizer returned `context`, in a simple response or with a policy; null without."""
        authorizer = {"lambda": dict(context) if context else None}
        return self._request(method, path, options, authorizer=authorizer, headers={"authorization": "Bearer token"})

    @event_type("A request with a client certificate", reference=f"{_DOCS}/http-api-mutual-tls.html", shape=REQUEST)
    def mutual_tls(
        self,
        method: str = "GET",
        path: str | None = None,
        *,
        subject: str = "CN=client.example.com",
        issuer: str = "CN=Example issuer",
        **options: Unpack[HttpApiOptions],
    ) -> Event:
        """Build a request over mutual TLS; it comes by a custom domain, the only way to ask for certificates."""
        options.setdefault("domain_name", "api.example.com")
        certificate = {"clientCert": {"subjectDN": subject, "issuerDN": issuer}}
        return self._request(method, path, options, authentication=certificate)

    @event_type("A request to an HTTP API with payload format 1.0", reference=_REFERENCE, shape=PAYLOAD_1)
    def payload_1(self, method: str = "GET", path: str | None = None, **options: Unpack[HttpApiOptions]) -> Event:
        """Build the event of a request whose integration asks for payload format 1.0."""
        call = _Call.read(self, method, path, options)
        body, encoded = payload(call.request)
        given = {
            "resource": call.template,
            "path": call.path,
            "httpMethod": call.request.method,
            "multiValueHeaders": {
                spelling_1(name): _each(call.request, name, value) for name, value in self._headers(call, {}).items()
            },
            "multiValueQueryStringParameters": decode_query(call.request.query) or None,
            "requestContext": {
                "accountId": call.account,
                "apiId": call.api_id,
                "domainName": call.domain,
                "identity": {"sourceIp": call.request.source_ip},
                "requestTimeEpoch": self.mint.now_ms(),
                "resourceId": call.route_key,
                "stage": call.stage,
            },
            "stageVariables": dict(options.get("stage_variables", {})) or None,
            "body": body,
            "isBase64Encoded": encoded,
        }
        return self.complete(PAYLOAD_1, given, options)

    def _request(
        self,
        method: str,
        path: str | None,
        options: HttpApiOptions,
        *,
        authorizer: Mapping[str, Any] | None = None,
        authentication: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Event:
        """Fill the shape; `headers` are sent unless the test gives others of the same names."""
        call = _Call.read(self, method, path, options)
        request = call.request
        body, encoded = payload(request)
        sent = self._headers(call, headers or {})
        cookies = split_cookies(sent.pop("cookie", ""))
        context = {
            "accountId": call.account,
            "apiId": call.api_id,
            "authentication": authentication,
            "authorizer": authorizer,
            "domainName": call.domain,
            "http": {"method": request.method, "sourceIp": request.source_ip},
            "stage": call.stage,
            "timeEpoch": self.mint.now_ms(),
        }
        given = {
            "routeKey": call.route_key,
            "rawPath": call.path,
            "rawQueryString": request.query,
            "cookies": cookies or None,
            "headers": sent,
            "requestContext": {name: value for name, value in context.items() if value is not None},
            "body": body,
            "isBase64Encoded": encoded,
            "stageVariables": dict(options.get("stage_variables", {})) or None,
        }
        return self.complete(REQUEST, {name: value for name, value in given.items() if value is not None}, options)

    def _headers(self, call: _Call, extra: Mapping[str, str]) -> dict[str, str]:
        """Return the headers by lower-case name, in its order."""
        headers = {**extra, **call.request.joined_headers(self.mint, call.domain)}
        headers["content-length"] = str(len(call.request.content))
        return dict(sorted(headers.items()))


def _each(request: Request, name: str, joined: str) -> list[str]:
    """Return the values of a header that was sent several times, or the one it has been joined to."""
    values = request.headers[name][1] if name in request.headers and name != "x-forwarded-for" else []
    return list(values) if len(values) > 1 else [joined]


@dataclass(frozen=True, slots=True)
class _Call:
    """A request, the route it takes and where it comes in."""

    request: Request
    route_key: str
    template: str
    path: str
    stage: str
    domain: str
    api_id: str
    account: str

    @classmethod
    def read(cls, source: HttpApiEvents, method: str, path: str | None, options: HttpApiOptions) -> _Call:
        place, stage, parameters = (
            source.place(options),
            options.get("stage", "$default"),
            options.get("path_parameters"),
        )
        verb, template = _route(options.get("route", "$default"), method.upper())
        if parameters and template == "$default":
            raise InvalidParameterError("path_parameters belong to a route: give route=, as /orders/{id}.")
        request = read_request(source.mint, method, path_on(template, path, parameters), options)
        decoded = unquote(request.path)
        if template != "$default":
            check_route(template, decoded, request.domain, parameters)
        api_id = options.get("api_id") or source.mint.hex(10)
        domain = request.domain or f"{api_id}.execute-api.{place.region}.{place.dns_suffix}"
        return cls(
            request,
            template if template == "$default" else f"{verb} {template}",
            template,
            context_path(domain, stage, decoded),
            stage,
            domain,
            api_id,
            place.account,
        )


def _route(route: str, method: str) -> tuple[str, str]:
    """Split a route into its method and its path."""
    verb, _, template = route.rpartition(" ")
    if template != "$default" and not template.startswith("/"):
        raise InvalidParameterError(f"route is $default, or a path as /orders/{{id}} or 'ANY /orders', got {route!r}.")
    if verb not in {"", "ANY", method}:
        raise InvalidParameterError(f"A request with {method} does not take the route {route!r}.")
    return verb or method, template
