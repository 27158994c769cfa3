"""What the event of a REST API looks like, and what of it payload 1.0 shares; sources: see `rest_api.py`."""

from __future__ import annotations

import re
from typing import Any

from pytest_serverless.events.aws.http_identity import (
    ACCESS_KEY,
    CLAIMS,
    CLIENT_CERTIFICATE,
    PRINCIPAL_ARN,
    PRINCIPAL_ID,
)
from pytest_serverless.events.aws.http_values import (
    API_ID,
    CLF_TIME,
    GATEWAY_HEADER,
    HEADER_VALUE,
    METHOD,
    SHORT_REQUEST_ID,
    STAGE,
    TEST_STAGE,
    URL_PATH,
    as_lists,
    as_map,
    base64_body,
    clf_time,
    context_path,
    domain_prefix,
    epoch_ms_of,
    forwarded_for,
    header,
    id_in_domain,
    is_own_domain,
    last_values,
    match_mapped,
    null_unless_filled,
    or_null,
    route_for,
)
from pytest_serverless.events.aws.values import ACCOUNT
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import (
    OPTIONAL,
    Either,
    Field,
    Node,
    Rule,
    Scope,
    Shape,
    Value,
    field,
    list_of,
    map_of,
    obj,
)
from pytest_serverless.events.values import (
    BOOLEAN,
    EPOCH_MS,
    HOST,
    IP_ADDRESS,
    TEXT,
    UUID,
    pattern,
    whole_number,
)

__all__ = [
    "BODY",
    "CLIENT_FIELDS",
    "FORWARDED_RULE",
    "HOST_RULE",
    "REQUEST",
    "is_plain_path",
    "mirrored",
    "one_slash",
    "time_fields",
    "with_host",
]


def mirrored(name: str, multiple: str, key: Value, value: Value) -> tuple[Field, Field]:
    """Return a single-value map, derived, and the multi-value one it mirrors."""
    return (
        field(
            name,
            null_unless_filled(map_of(key, value)),
            derive=lambda s: last_values(s[multiple]) or None,
            because=f"the last value of each in {multiple}",
        ),
        field(multiple, null_unless_filled(map_of(key, list_of(value))), infer=lambda s: as_lists(s.raw(name)) or None),
    )


BODY = (field("body", or_null(TEXT)), field("isBase64Encoded", BOOLEAN))


def with_host(event: dict[str, Any], mint: Mint) -> None:
    """Give a hand-written event the Host header that every request has, and the same domainName."""
    context = event["requestContext"] = as_map(event.get("requestContext"))
    headers = as_lists(event.get("multiValueHeaders")) or as_lists(event.get("headers"))
    query = as_lists(event.get("multiValueQueryStringParameters")) or as_lists(event.get("queryStringParameters"))
    event["multiValueQueryStringParameters"] = query
    if context.get("stage") != TEST_STAGE:
        domain = next(
            (name for name in (context.get("domainName"), header(headers, "host")) if name and HOST.accepts(name)),
            f"{API_ID.mint(mint)}.execute-api.us-east-1.amazonaws.com",
        )
        context["domainName"] = domain
        headers = {name: values for name, values in headers.items() if name.lower() != "host"} | {"Host": [domain]}
    event["multiValueHeaders"] = headers


def _names_host(event: Scope) -> bool:
    context = event["requestContext"]
    if context["stage"] == TEST_STAGE:
        return True
    host = header(event["multiValueHeaders"], "host")
    return host == context["domainName"] or (host or "").endswith(".vpce.amazonaws.com")


HOST_RULE = Rule("host", "with the Host that requestContext.domainName says", _names_host, "multiValueHeaders")

# Paths.


def one_slash(path: str) -> str:
    """Return the path with one slash at its start, as the event has it however many were sent."""
    return "/" + path.lstrip("/") if path.startswith("//") else path


_SLASHES = re.compile(r"/{2,}")


def _sent_path(context: Scope) -> str:
    expected = context_path(context["domainName"], context["stage"], context.up["path"])
    given = context.raw("path")
    same = isinstance(given, str) and _SLASHES.sub("/", given) == _SLASHES.sub("/", expected)
    return given if same else expected


_RESOURCE = pattern(
    "resource",
    "a resource's path, as /orders/{id} or /{proxy+}",
    r"/|(/([^/{}?#\s]+|\{[^/{}]+\}))+",
    lambda _: "/{proxy+}",
)
is_plain_path = re.compile(r"/|(/[A-Za-z0-9._:-]+)+").fullmatch


def _likely_resource(event: Scope) -> str:
    path = event["path"]
    return route_for(path, event.raw("pathParameters")) or (path if is_plain_path(path) else "/{proxy+}")


def _matched(event: Scope) -> dict[str, str] | None:
    return match_mapped(event["resource"], event["path"], event["requestContext"]["domainName"])


def _path_parameters(event: Scope) -> Any:
    found = _matched(event)
    given = event.raw("pathParameters")
    return (found if found is not None else given if isinstance(given, dict) else None) or None


# Who and when.

_SOURCE_IP = Value(
    "ip",
    "an IPv4 or IPv6 address, or test-invoke-source-ip in the console's test",
    lambda found: found == "test-invoke-source-ip" or IP_ADDRESS.accepts(found),
    IP_ADDRESS.mint,
    IP_ADDRESS.mend,
)


def _user_agent(identity: Scope) -> Any:
    sent, given = header(identity.root["multiValueHeaders"], "user-agent"), identity.raw("userAgent")
    return sent if sent is not None else given if isinstance(given, str) else None


def _nullable(name: str, node: Value) -> Field:
    return field(name, or_null(node))


CLIENT_FIELDS: dict[str, Field] = {
    "sourceIp": field("sourceIp", _SOURCE_IP, infer=lambda s: forwarded_for(s.root["multiValueHeaders"])[0]),
    "userAgent": field("userAgent", or_null(TEXT), derive=_user_agent, because="the header User-Agent"),
    "accountId": _nullable("accountId", ACCOUNT),
    "accessKey": _nullable("accessKey", ACCESS_KEY),
    "caller": _nullable("caller", PRINCIPAL_ID),
    "user": _nullable("user", PRINCIPAL_ID),
    "userArn": _nullable("userArn", PRINCIPAL_ARN),
    **{
        name: _nullable(name, TEXT)
        for name in (
            "cognitoAmr",
            "cognitoAuthenticationProvider",
            "cognitoAuthenticationType",
            "cognitoIdentityId",
            "cognitoIdentityPoolId",
            "principalOrgId",
        )
    },
}
"""The fields of requestContext.identity that are always there, by name."""

FORWARDED_RULE = Rule(
    "forwarded-for",
    "one of the addresses in X-Forwarded-For",
    lambda s: s["sourceIp"] in (forwarded_for(s.root["multiValueHeaders"]) or [s["sourceIp"]]),
    "sourceIp",
)

_IDENTITY = obj(
    *map(
        CLIENT_FIELDS.__getitem__,
        (
            "cognitoIdentityPoolId",
            "accountId",
            "cognitoIdentityId",
            "caller",
            "sourceIp",
            "principalOrgId",
            "accessKey",
            "cognitoAuthenticationType",
            "cognitoAuthenticationProvider",
            "userArn",
            "userAgent",
            "user",
        ),
    ),
    field("apiKey", TEXT, OPTIONAL),
    field("apiKeyId", TEXT, OPTIONAL),
    field("vpcId", TEXT, OPTIONAL),
    field("vpceId", TEXT, OPTIONAL),
    field("clientCert", CLIENT_CERTIFICATE, OPTIONAL),
    rules=[
        FORWARDED_RULE,
        Rule(
            "api-key",
            "what was sent as x-api-key",
            lambda s: "apiKey" not in s or header(s.root["multiValueHeaders"], "x-api-key") in {None, s["apiKey"]},
            "apiKey",
        ),
    ],
)

_SCALAR = Value("scalar", "text, a number or a boolean", lambda v: isinstance(v, (str, int, float)), lambda _: "")
_COGNITO_AUTHORIZER = obj(field("claims", CLAIMS))
_LAMBDA_AUTHORIZER = obj(
    field("principalId", TEXT), field("integrationLatency", whole_number(), OPTIONAL), others=_SCALAR
)


def _authorizer(found: Any) -> Node:
    return _COGNITO_AUTHORIZER if isinstance(found, dict) and "claims" in found else _LAMBDA_AUTHORIZER


def time_fields(text: str, epoch: str) -> dict[str, Field]:
    """Return the two fields that tell when the request came: one as text, derived, one in milliseconds."""
    return {
        text: field(text, CLF_TIME, derive=lambda s: clf_time(s[epoch]), because=f"{epoch} as text, to the second"),
        epoch: field(epoch, EPOCH_MS, infer=lambda s: epoch_ms_of(s.raw(text))),
    }


_SHORT_ID = pattern("id", "6 lower-case letters and digits", r"[a-z0-9]{4,16}", lambda mint: mint.hex(6))
_TIMES = time_fields("requestTime", "requestTimeEpoch")

_CONTEXT = obj(
    field("resourceId", _SHORT_ID),
    field("authorizer", Either(_authorizer, "what the authorizer said"), OPTIONAL),
    field("resourcePath", TEXT, derive=lambda s: s.up["resource"], because="the same as resource"),
    field("operationName", TEXT, OPTIONAL),
    field("httpMethod", METHOD, derive=lambda s: s.up["httpMethod"], because="the same as httpMethod"),
    field("extendedRequestId", SHORT_REQUEST_ID),
    _TIMES["requestTime"],
    field("path", TEXT, derive=_sent_path, because="the path as sent: /stage/path, or path on a custom domain"),
    field("accountId", ACCOUNT),
    field("protocol", pattern("protocol", "HTTP/1.1", r"HTTP/[\d.]+", lambda _: "HTTP/1.1")),
    field("stage", STAGE),
    field("domainPrefix", TEXT, derive=domain_prefix, because="the first label of domainName"),
    _TIMES["requestTimeEpoch"],
    field("requestId", UUID),
    field("identity", _IDENTITY),
    field("domainName", HOST, infer=lambda s: header(s.root["multiValueHeaders"], "host")),
    field("deploymentId", _SHORT_ID, lambda s: s["stage"] != TEST_STAGE),
    field("apiId", API_ID, infer=id_in_domain),
    rules=[
        Rule(
            "api-id",
            "the id with which domainName begins",
            lambda s: not is_own_domain(s["domainName"]) or s["domainName"].startswith(s["apiId"]),
            "apiId",
        )
    ],
)


def _claims(event: Any) -> bool:
    context = event.get("requestContext") or {}
    return (
        "httpMethod" in event
        and ("path" in event or "resource" in event)
        and event.get("version", "") == ""  # any version is another payload
        and event.get("type") is None
        and "elb" not in context
        and "connectionId" not in context
    )


REQUEST = Shape(
    "aws.rest_api",
    obj(
        field("resource", _RESOURCE, infer=_likely_resource),
        field("path", URL_PATH),
        field("httpMethod", METHOD),
        *mirrored("headers", "multiValueHeaders", GATEWAY_HEADER, HEADER_VALUE),
        *mirrored("queryStringParameters", "multiValueQueryStringParameters", TEXT, TEXT),
        field(
            "pathParameters",
            null_unless_filled(map_of(TEXT, TEXT)),
            derive=_path_parameters,
            because="the parts of path where resource has parameters",
        ),
        field("stageVariables", null_unless_filled(map_of(TEXT, TEXT))),
        field("requestContext", _CONTEXT),
        *BODY,
        rules=[
            HOST_RULE,
            Rule("route", "a resource with this path", lambda s: _matched(s) is not None, "resource"),
            Rule("base64-body", "true only with a body in base64", base64_body, "isBase64Encoded"),
        ],
    ),
    _claims,
    with_host,
)
