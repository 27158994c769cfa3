"""REST APIs of API Gateway, with Lambda proxy integrations.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html,
…/lambda-proxy-binary-media.html, …/api-gateway-known-issues.html (2026-11), and recordings of the service: a result
needs no statusCode and may have no key of its own, Connection, Content-Length, Date and Server come back renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from pytest_serverless.errors import shorten
from pytest_serverless.events.aws.rest_api import RestApiEvents
from pytest_serverless.events.aws.rest_api_shape import one_slash
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Outcome
from pytest_serverless.web.call import Call, Planned, claims_and_scopes, failure_of
from pytest_serverless.web.cors import mocked
from pytest_serverless.web.headers import Headers
from pytest_serverless.web.response import Response
from pytest_serverless.web.results import (
    MalformedResultError,
    UndecodableBodyError,
    body_of,
    merged_headers,
    parse,
    status_of,
)
from pytest_serverless.web.routes import Route, rest_route

__all__ = ["find", "plan"]

_NOT_PASSED_ON = (
    "content-length",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "www-authenticate",
)
_RENAMED = {"connection", "content-length", "date", "server"}
_KEYS = ("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded")
_MOCK = ""
"""The function of a route that the gateway answers itself."""


def find(call: Call) -> Route | None:
    """Return the route that a request takes; for OPTIONS, it may be the mock of a template's Cors."""
    request, routes = call.request, list(call.api.routes)
    if request.method == "OPTIONS":
        own = {route.settings.path for route in routes if route.settings.method == "OPTIONS"}
        with_cors = {r.settings.path: r.settings for r in routes if r.settings.cors and r.settings.path not in own}
        mocks = [Route(_MOCK, replace(settings, method="OPTIONS")) for settings in with_cors.values()]
        routes = [*mocks, *routes]
    return rest_route(routes, request.method, one_slash(request.path))


def plan(call: Call) -> Planned | Response:
    """Return the function to call, or the gateway's own answer."""
    refused = call.too_large()
    if refused:
        return refused
    route = find(call)
    if route is None:
        return call.refuse("not_found", f"{call.api.id} has no route for {call.request.method} {call.request.path}")
    if route.function == _MOCK:
        return _mock(call, route)
    refused = _unauthorised(call, route) or _without_key(call, route)
    if refused:
        return refused
    event = _event(call, route)
    return call.event_too_large(event) or Planned(
        function_id=route.function,
        event=event,
        front=call.front,
        finish=partial(_finish, call, route, event),
        call=call,
        route=route,
        timeout_ms=_timeout_ms(call, route),
    )


def _mock(call: Call, route: Route) -> Response:
    path = route.settings.path
    methods = {other.settings.method for other in call.api.routes if other.settings.path == path}
    headers = Headers([("Content-Type", "application/json"), *mocked(route.settings.cors or {}, methods).pairs])
    reason = f"the mock OPTIONS method of {path}, which Cors adds"
    return call.respond(Response(status=200, headers=headers, body=b"{}\n", reason=reason))


def _unauthorised(call: Call, route: Route) -> Response | None:
    kind, given = route.settings.authorizer, call.authorizer(route)
    if kind is None or isinstance(given, Mapping):
        return None
    if given is False and kind != "cognito":
        return call.refuse("denied", f"the {kind} authorizer of {route.settings.path} denied (authorizer=False)")
    reason = f"{route.settings.path} wants {kind} authorization; authorizer={{...}} stands for it"
    return call.refuse("unsigned" if kind == "iam" else "unauthorized", reason)


def _without_key(call: Call, route: Route) -> Response | None:
    if not route.settings.api_key_required:
        return None
    sent = call.request.headers.get("x-api-key")
    keys = [r.properties.get("Value") for r in call.app.resources.values() if r.type == "AWS::ApiGateway::ApiKey"]
    if sent and (sent in keys or None in keys or not keys):  # a key without a Value is one that AWS makes
        return None
    return call.refuse("no_api_key", f"{route.settings.path} wants an API key; x-api-key was {sent!r}")


def _event(call: Call, route: Route) -> Event:
    request, settings = call.request, route.settings
    source = RestApiEvents(call.mint, call.place(route))
    options: dict[str, Any] = {
        **call.options(drop=_NOT_PASSED_ON),
        **call.own_domain(),
        "resource": settings.path,
        "stage": settings.stage,
        "stage_variables": settings.stage_variables,
        "api_id": call.api.api_id,
    }
    if request.body:
        binary = _is_binary(request.content_type or "application/json", settings.binary_types)
        options["body"] = request.body if binary else request.body.decode(errors="replace")
    if settings.api_key_required:
        identity = {"apiKey": request.headers["x-api-key"], "apiKeyId": call.mint.hex(10)}
        options["overrides"] = {f"requestContext.identity.{name}": value for name, value in identity.items()}
    build, said = _builder(source, settings.authorizer, request.authorizer)
    event: Event = build(request.method, request.target, **said, **options)
    return event


def _builder(source: RestApiEvents, kind: str | None, given: Any) -> tuple[Any, dict[str, Any]]:
    """Return the builder for what the authorizer said, and its parameters."""
    if kind is None:
        return source.request, {}
    if kind == "iam":
        return source.iam, {"caller": given.get("userArn")}
    if kind == "lambda":
        context = {name: value for name, value in given.items() if name != "principalId"}
        return source.lambda_authorizer, {"principal": given.get("principalId", "user"), "context": context}
    return source.cognito_authorizer, {"claims": claims_and_scopes(given)[0]}


def _is_binary(media_type: str, binary_types: Iterable[str]) -> bool:
    """Tell whether a media type is one of those configured; either half of one may be `*`."""
    main, _, sub = media_type.partition("/")
    for one in binary_types:
        first, _, second = one.replace("~1", "/").lower().partition("/")
        if first in {"*", main} and second in {"*", sub}:
            return True
    return False


def _timeout_ms(call: Call, route: Route) -> float:
    return route.settings.timeout_ms or call.rules.rest_api_timeout_ms


def _finish(call: Call, route: Route, event: Event, outcome: Outcome) -> Response:
    took, limit = outcome.duration_ms + (outcome.init_ms or 0), _timeout_ms(call, route)
    if took > limit:
        reason = f"the function took {took:,.0f} ms, the integration {limit:,.0f} at most"
        return call.refuse("timed_out", reason, event)
    if not outcome.ok:
        return call.refuse("failed", failure_of(outcome), event)
    try:
        return call.respond(_answer(call, route, event, outcome), event)
    except UndecodableBodyError as error:
        return call.refuse("undecodable", f"Execution failed due to configuration error: {error}", event)
    except MalformedResultError as error:
        reason = f"Execution failed due to configuration error: Malformed Lambda proxy response: {error}"
        return call.refuse("failed", reason, event)


def _answer(call: Call, route: Route, event: Event, outcome: Outcome) -> Response:
    result = parse(outcome.payload)
    if not isinstance(result, dict):
        raise MalformedResultError(f"a result is a map with statusCode and body, got {shorten(result)}")
    unknown = [key for key in result if key not in _KEYS]
    if unknown:
        raise MalformedResultError(f"a result has {', '.join(_KEYS)} alone, not {', '.join(unknown)}")
    code = result.get("statusCode")
    accept = call.request.headers.get("accept", "*/*").partition(",")[0].partition(";")[0].strip().lower()
    body = body_of(result, decode=_is_binary(accept, route.settings.binary_types))
    headers = _as_sent(merged_headers(result, numbers=call.rules.rest_api_number_headers))
    root = event["headers"].get("X-Amzn-Trace-Id", "").partition(";")[0]
    trace = f"{root};Parent={call.mint.hex(16)};Sampled=0;Lineage=1:{call.mint.hex(8)}:0"
    return Response(
        status=200 if code is None else status_of(code),
        headers=Headers([*headers, ("X-Amzn-Trace-Id", trace)]),
        body=body,
    )


def _as_sent(headers: Headers) -> list[tuple[str, str]]:
    pairs = [
        (f"x-amzn-Remapped-{name}" if name.lower() in _RENAMED else name, value)
        for name, value in headers.without("transfer-encoding").pairs
    ]
    return pairs if "content-type" in headers else [("Content-Type", "application/json"), *pairs]
