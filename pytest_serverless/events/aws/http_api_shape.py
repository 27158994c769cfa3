"""What the events of an HTTP API look like, in payload formats 2.0 and 1.0; sources: see `http_api.py`."""

from __future__ import annotations

from typing import Any

from pytest_serverless.events.aws.http_identity import CLIENT_CERTIFICATE, IAM_AUTHORIZER, JWT_AUTHORIZER
from pytest_serverless.events.aws.http_v2 import (
    BODY_FIELDS,
    COOKIES,
    EVENT_RULES,
    QUERY_FIELDS,
    ROUTE_KEY,
    body_encoding,
    http_field,
    is_function_url,
    is_version_2,
    readable,
    split_cookies,
)
from pytest_serverless.events.aws.http_values import (
    API_ID,
    HEADER_VALUE,
    LOWER_HEADER,
    METHOD,
    SHORT_REQUEST_ID,
    STAGE,
    base64_body,
    domain_prefix,
    id_in_domain,
    is_own_domain,
    match_mapped,
    null_unless_filled,
    route_for,
)
from pytest_serverless.events.aws.rest_api_shape import (
    BODY,
    CLIENT_FIELDS,
    FORWARDED_RULE,
    HOST_RULE,
    mirrored,
    time_fields,
    with_host,
)
from pytest_serverless.events.aws.values import ACCOUNT
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import OPTIONAL, Rule, Scope, Shape, Value, field, map_of, obj
from pytest_serverless.events.values import ANY_JSON, HOST, TEXT, const, pattern

__all__ = ["PAYLOAD_1", "REQUEST", "spelling_1"]

_PATH = pattern("path", "a path, decoded", r"/.*", lambda _: "/")
_PROTOCOL = pattern("protocol", "HTTP/1.1", r"HTTP/[\d.]+", lambda _: "HTTP/1.1")


def _behind_stage(path: str, stage: str, domain: str) -> str | None:
    """Return the path without the stage it begins with; None where it should and does not."""
    if stage == "$default" or not is_own_domain(domain):
        return path
    return (path[len(stage) + 1 :] or "/") if f"{path}/".startswith(f"/{stage}/") else None


def _on_route(template: str, path: str, context: Scope) -> dict[str, str] | None:
    if template == "$default":
        return {}
    domain = context["domainName"]
    inner = _behind_stage(path, context["stage"], domain)
    return None if inner is None else match_mapped(template, inner, domain)


def _stage_rule(path: str) -> Rule:
    return Rule(
        "stage-in-path",
        "a path behind the stage, as /dev/orders",
        lambda s: _behind_stage(s[path], s["requestContext"]["stage"], s["requestContext"]["domainName"]) is not None,
        path,
    )


# Payload format 2.0.

_HEADER = Value(
    "lower-case-header",
    "a header's name in lower case, and not cookie: cookies are apart",
    lambda found: found != "cookie" and LOWER_HEADER.accepts(found),
    LOWER_HEADER.mint,
    LOWER_HEADER.mend,
)


def _template(event: Scope) -> str:
    return str(event["routeKey"]).rpartition(" ")[2]


def _parameters(event: Scope) -> Any:
    found = _on_route(_template(event), event["rawPath"], event.inside("requestContext"))
    return event.raw("pathParameters") if found is None else found


def _on_its_route(event: Scope) -> bool:
    verb = event["routeKey"].partition(" ")[0]
    taken = verb in {"$default", "ANY", event["requestContext"]["http"]["method"]}
    return taken and _on_route(_template(event), event["rawPath"], event.inside("requestContext")) is not None


def _likely_route(event: Scope) -> str:
    inner = _behind_stage(
        event.raw("rawPath"), *(event.raw("requestContext").get(n, "") for n in ("stage", "domainName"))
    )
    template = route_for(inner or "/", event.raw("pathParameters"))
    return f"ANY {template}" if template else "$default"


_AUTHORIZER = obj(
    field("jwt", JWT_AUTHORIZER, OPTIONAL),
    field("iam", IAM_AUTHORIZER, OPTIONAL),
    field("lambda", ANY_JSON, OPTIONAL),
)
_TIMES = time_fields("time", "timeEpoch")
_CONTEXT = obj(
    field("accountId", ACCOUNT),
    field("apiId", API_ID, infer=id_in_domain),
    field("authentication", obj(field("clientCert", CLIENT_CERTIFICATE)), OPTIONAL),
    field("authorizer", _AUTHORIZER, OPTIONAL),
    field("domainName", HOST),
    field("domainPrefix", TEXT, derive=domain_prefix, because="the first label of domainName"),
    http_field(),
    field("requestId", SHORT_REQUEST_ID),
    field("routeKey", TEXT, derive=lambda s: s.up["routeKey"], because="the same as routeKey at the top"),
    field("stage", STAGE, infer=lambda _: "$default"),
    *_TIMES.values(),
    rules=[
        Rule(
            "api-id",
            "the id with which domainName begins",
            lambda s: not is_own_domain(s["domainName"]) or s["domainName"].startswith(s["apiId"]),
            "apiId",
        )
    ],
)


def _tidy(event: dict[str, Any], mint: Mint) -> None:
    readable(event, lambda: f"{API_ID.mint(mint)}.execute-api.us-east-1.amazonaws.com")
    cookies = split_cookies(event["headers"].pop("cookie", ""))
    given = event.pop("cookies", None)
    if cookies or (isinstance(given, list) and given):
        event["cookies"] = given or cookies
    context, path = event["requestContext"], event.get("rawPath")
    stage, domain = context.get("stage", "$default"), context["domainName"]
    if isinstance(path, str) and _behind_stage(path, stage, domain) is None:
        event["rawPath"] = f"/{stage}{path}"
    if "{" not in str(event.get("routeKey")) and event.get("pathParameters"):
        event.pop("routeKey", None)  # the parameters tell more of it


REQUEST = Shape(
    "aws.http_api",
    obj(
        field("version", const("2.0")),
        field("routeKey", ROUTE_KEY, infer=_likely_route),
        field("rawPath", _PATH),
        QUERY_FIELDS["rawQueryString"],
        field("cookies", COOKIES, OPTIONAL),
        field("headers", map_of(_HEADER, HEADER_VALUE)),
        QUERY_FIELDS["queryStringParameters"],
        field("requestContext", _CONTEXT),
        BODY_FIELDS["body"],
        field(
            "pathParameters",
            map_of(TEXT, TEXT),
            lambda s: "{" in _template(s),
            derive=_parameters,
            because="the parts of rawPath where the route has parameters, decoded",
        ),
        BODY_FIELDS["isBase64Encoded"],
        field("stageVariables", map_of(TEXT, TEXT), OPTIONAL),
        rules=[
            *EVENT_RULES,
            _stage_rule("rawPath"),
            Rule("route", "a route that takes this method and path", _on_its_route, "routeKey"),
        ],
    ),
    lambda event: is_version_2(event) and not is_function_url(event),
    _tidy,
)

# Payload format 1.0.

_SPELT_HEADERS = (
    "Content-Length",
    "Content-Type",
    "Host",
    "User-Agent",
    "X-Amzn-Trace-Id",
    "X-Forwarded-For",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
)
_SPELLING = {name.lower(): name for name in _SPELT_HEADERS}


def spelling_1(name: str) -> str:
    """Return a header's name as payload format 1.0 of an HTTP API has it: in lower case but for the gateway's own."""
    return _SPELLING.get(name.lower(), name.lower())


_HEADER_1 = Value(
    "header-name",
    f"a header's name in lower case, except {', '.join(_SPELT_HEADERS)}",
    lambda found: LOWER_HEADER.accepts(found.lower()) and spelling_1(found) == found,
    lambda _: "accept",
    lambda found: spelling_1(found) if isinstance(found, str) and LOWER_HEADER.accepts(found.lower()) else None,
)
_RESOURCE_ID = Value(ROUTE_KEY.rule, ROUTE_KEY.expected, ROUTE_KEY.accepts, ROUTE_KEY.mint)


def _parameters_1(event: Scope) -> Any:
    found = _on_route(event["resource"], event["path"], event.inside("requestContext"))
    return (event.raw("pathParameters") if found is None else found) or None


def _own_resource_id(context: Scope) -> str:
    resource = context.up["resource"]
    return resource if resource == "$default" else f"{context.up['httpMethod']} {resource}"


_TIMES_1 = time_fields("requestTime", "requestTimeEpoch")
_IDENTITY_1 = obj(
    *map(
        CLIENT_FIELDS.__getitem__,
        (
            "accessKey",
            "accountId",
            "caller",
            "cognitoAmr",
            "cognitoAuthenticationProvider",
            "cognitoAuthenticationType",
            "cognitoIdentityId",
            "cognitoIdentityPoolId",
            "principalOrgId",
            "sourceIp",
            "user",
            "userAgent",
            "userArn",
        ),
    ),
    field("clientCert", CLIENT_CERTIFICATE, OPTIONAL),
    rules=[FORWARDED_RULE],
)
_CONTEXT_1 = obj(
    field("accountId", ACCOUNT),
    field("apiId", API_ID, infer=id_in_domain),
    field("authorizer", obj(others=ANY_JSON), OPTIONAL),
    field("domainName", HOST),
    field("domainPrefix", TEXT, derive=domain_prefix, because="the first label of domainName"),
    field("extendedRequestId", SHORT_REQUEST_ID),
    field("httpMethod", METHOD, derive=lambda s: s.up["httpMethod"], because="the same as httpMethod"),
    field("identity", _IDENTITY_1),
    field("path", TEXT, derive=lambda s: s.up["path"], because="the same as path"),
    field("protocol", _PROTOCOL),
    field(
        "requestId",
        SHORT_REQUEST_ID,
        derive=lambda s: s["extendedRequestId"],
        because="the same as extendedRequestId",
    ),
    *_TIMES_1.values(),
    field("resourceId", _RESOURCE_ID, infer=_own_resource_id),
    field("resourcePath", TEXT, derive=lambda s: s.up["resource"], because="the same as resource"),
    field("stage", STAGE, infer=lambda _: "$default"),
    rules=[
        Rule(
            "resource-id",
            "the route's key: the resource behind a method, or ANY",
            lambda s: s["resourceId"].rpartition(" ")[2] == s["resourcePath"],
            "resourceId",
        )
    ],
)


def _tidy_1(event: dict[str, Any], mint: Mint) -> None:
    with_host(event, mint)
    context, path = event["requestContext"], event.get("path")
    stage = context.get("stage", "$default")
    if isinstance(path, str) and _behind_stage(path, stage, context["domainName"]) is None:
        event["path"] = f"/{stage}{path}"


PAYLOAD_1 = Shape(
    "aws.http_api.payload_1",
    obj(
        field("version", const("1.0")),
        field(
            "resource",
            pattern("resource", "$default, or a route's path, as /orders/{id}", r"\$default|/.*", lambda _: "$default"),
            infer=lambda s: route_for(s.raw("path"), s.raw("pathParameters")) or "$default",
        ),
        field("path", _PATH),
        field("httpMethod", METHOD),
        *mirrored("headers", "multiValueHeaders", _HEADER_1, HEADER_VALUE),
        *mirrored("queryStringParameters", "multiValueQueryStringParameters", TEXT, TEXT),
        field("requestContext", _CONTEXT_1),
        field(
            "pathParameters",
            null_unless_filled(map_of(TEXT, TEXT)),
            derive=_parameters_1,
            because="the parts of path where resource has parameters, decoded",
        ),
        field("stageVariables", null_unless_filled(map_of(TEXT, TEXT))),
        *BODY,
        rules=[
            HOST_RULE,
            _stage_rule("path"),
            Rule(
                "route",
                "a resource with this path",
                lambda s: _on_route(s["resource"], s["path"], s.inside("requestContext")) is not None,
                "resource",
            ),
            Rule("base64-body", "true only with a body in base64", base64_body, "isBase64Encoded"),
            body_encoding("multiValueHeaders"),
        ],
    ),
    lambda event: event["version"] == "1.0" and "httpMethod" in event and "type" not in event,
    _tidy_1,
)
