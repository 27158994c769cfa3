"""HTTP APIs of API Gateway, in payload formats 2.0 and 1.0.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
…/http-api-cors.html (2026-11), and what the authors of the .NET test tool found at the service: a result without
statusCode is the body as it is, JSON or not; one with it is text/plain unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from pytest_serverless.errors import shorten
from pytest_serverless.events.aws.http_api import HttpApiEvents
from pytest_serverless.events.aws.http_identity import claims_as_text
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Outcome
from pytest_serverless.web import cors
from pytest_serverless.web.call import Call, Planned, claims_and_scopes, failure_of
from pytest_serverless.web.response import Response
from pytest_serverless.web.results import MalformedResultError, body_of, merged_headers, parse, status_of
from pytest_serverless.web.results_v2 import as_json, proxied, proxy_result, text_of, with_type
from pytest_serverless.web.routes import Route, http_api_route

__all__ = ["find", "plan"]

_TEXT = "text/plain; charset=utf-8"


def find(call: Call) -> Route | None:
    """Return the route that a request takes."""
    slash = call.rules.http_api_trailing_slash
    return http_api_route(call.api.routes, call.request.method, call.request.path, trailing_slash=slash)


def plan(call: Call) -> Planned | Response:
    """Return the function to call, or the gateway's own answer."""
    refused = call.too_large()
    if refused:
        return refused
    route = find(call)
    if call.request.is_preflight and _cors(call) and not (route and route.is_catch_all and route.settings.authorizer):
        headers = cors.preflight(_cors(call), call.request)
        return call.respond(Response(status=204, headers=headers, reason="a preflight request, by the CORS settings"))
    if route is None:
        return call.refuse("not_found", f"{call.api.id} has no route for {call.request.method} {call.request.path}")
    refused = _unauthorised(call, route)
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


def _cors(call: Call) -> Mapping[str, Any]:
    """Return the API's CORS settings, which all its routes share."""
    return next((route.settings.cors for route in call.api.routes if route.settings.cors), {})


def _unauthorised(call: Call, route: Route) -> Response | None:
    kind, given = route.settings.authorizer, call.authorizer(route)
    if kind is None or isinstance(given, Mapping):
        return None
    if given is False:
        return call.refuse("denied", f"the {kind} authorizer of {route.settings.path} denied (authorizer=False)")
    reason = f"{route.settings.path} wants {kind} authorization; authorizer={{...}} stands for it"
    return call.refuse({"iam": "unsigned", "lambda": "unauthorized"}.get(kind, "no_token"), reason)


def _event(call: Call, route: Route) -> Event:
    request, settings = call.request, route.settings
    source = HttpApiEvents(call.mint, call.place(route))
    options: dict[str, Any] = {
        **call.options(),
        **call.own_domain(),
        "route": settings.path if route.is_catch_all else f"{settings.method} {settings.path}",
        "stage": settings.stage,
        "stage_variables": settings.stage_variables,
        "api_id": call.api.api_id,
    }
    if request.body:
        options["body"] = request.body
    if settings.payload_format == "1.0":
        build, said = source.payload_1, _authorizer_1(settings.authorizer, request.authorizer)
    else:
        build, said = _builder(source, settings.authorizer, request.authorizer)
    event: Event = build(request.method, request.target, **said, **options)
    return event


def _builder(source: HttpApiEvents, kind: str | None, given: Any) -> tuple[Any, dict[str, Any]]:
    """Return the builder for what the authorizer said, and its parameters."""
    if kind is None:
        return source.request, {}
    if kind == "iam":
        return source.iam, {"caller": given.get("userArn")}
    if kind == "lambda":
        return source.lambda_authorizer, {"context": given}
    claims, scopes = claims_and_scopes(given)
    return source.jwt_authorizer, {"claims": claims, "scopes": scopes}


def _authorizer_1(kind: str | None, given: Any) -> dict[str, Any]:
    """Return what payload format 1.0 shows of the authorizer: its context or claims, in requestContext.authorizer."""
    if kind in {None, "iam"}:
        return {}
    if kind == "lambda":
        return {"overrides": {"requestContext.authorizer": dict(given)}}
    claims, scopes = claims_and_scopes(given)
    said = {"claims": claims_as_text(claims), "scopes": None if scopes is None else list(scopes)}
    return {"overrides": {"requestContext.authorizer": said}}


def _timeout_ms(call: Call, route: Route) -> float:
    return route.settings.timeout_ms or call.rules.http_api_timeout_ms


def _finish(call: Call, route: Route, event: Event, outcome: Outcome) -> Response:
    took, limit = outcome.duration_ms + (outcome.init_ms or 0), _timeout_ms(call, route)
    if took > limit:
        reason = f"the function took {took:,.0f} ms, the integration {limit:,.0f} at most"
        return call.refuse("timed_out", reason, event)
    if not outcome.ok:
        return call.refuse("failed", failure_of(outcome), event)
    try:
        response = _answer_1(outcome) if route.settings.payload_format == "1.0" else _answer_2(outcome)
    except MalformedResultError as error:
        return call.refuse("failed", f"the result cannot be sent: {error}", event)
    if _cors(call):
        headers = cors.actual(_cors(call), call.request, response.headers)
        response = replace(response, headers=headers)
    return call.respond(response, event)


def _answer_1(outcome: Outcome) -> Response:
    result = parse(outcome.payload)
    if not isinstance(result, dict):
        raise MalformedResultError(f"a result is a map with statusCode and body, got {shorten(result)}")
    headers = with_type(merged_headers(result), _TEXT)
    return Response(status=status_of(result.get("statusCode")), headers=headers, body=body_of(result))


def _answer_2(outcome: Outcome) -> Response:
    result = proxy_result(outcome.payload)
    if result is not None:
        return proxied(result, _TEXT)
    body = text_of(outcome.payload)
    return as_json(outcome.payload if body is None else body)
