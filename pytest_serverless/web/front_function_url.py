"""Function URLs.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, …/urls-configuration.html (2026-11), and
recordings of the service: the Content-Type is application/json unless the result says otherwise, a result that is not
one of a gateway is sent as compact JSON, text without its quotes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from pytest_serverless.events.aws.function_url import FunctionUrlEvents
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Outcome
from pytest_serverless.web import cors
from pytest_serverless.web.call import Call, Planned, failure_of
from pytest_serverless.web.headers import Headers
from pytest_serverless.web.response import Response
from pytest_serverless.web.results import MalformedResultError, parse
from pytest_serverless.web.results_v2 import as_json, proxied, proxy_result, text_of
from pytest_serverless.web.routes import Route

__all__ = ["find", "plan"]


def find(call: Call) -> Route | None:
    """Return the one route that a URL has."""
    return call.api.routes[0]


def plan(call: Call) -> Planned | Response:
    """Return the function to call, or the URL's own answer."""
    route, request = call.api.routes[0], call.request
    if request.is_preflight and route.settings.cors:
        headers = cors.preflight(route.settings.cors, request)
        return call.respond(Response(status=200, headers=headers, reason="a preflight request, by the CORS settings"))
    given = call.authorizer(route)
    if route.settings.authorizer and not isinstance(given, Mapping):
        reason = "the URL wants IAM authorization; authorizer={'userArn': ...} stands for it"
        return call.refuse("unsigned" if given is None else "denied", reason)
    event = _event(call, route)
    return call.event_too_large(event) or Planned(
        function_id=route.function,
        event=event,
        front=call.front,
        finish=partial(_finish, call, route, event),
        call=call,
        route=route,
    )


def _event(call: Call, route: Route) -> Event:
    source = FunctionUrlEvents(call.mint, call.place(route))
    options: dict[str, Any] = {**call.options(), "url_id": call.api.api_id}
    if call.request.body:
        options["body"] = call.request.body
    given = call.request.authorizer
    if isinstance(given, Mapping):
        return source.iam(call.request.method, call.request.target, caller=given.get("userArn"), **options)
    return source.request(call.request.method, call.request.target, **options)


def _finish(call: Call, route: Route, event: Event, outcome: Outcome) -> Response:
    if not outcome.ok:
        return call.refuse("failed", failure_of(outcome), event)
    try:
        response = _answer(outcome.payload)
    except MalformedResultError as error:
        return call.refuse("failed", f"the result cannot be sent: {error}", event)
    if route.settings.cors:
        keep = call.rules.function_url_own_cors
        headers = cors.actual(route.settings.cors, call.request, response.headers, keep=keep)
        response = replace(response, headers=headers)
    trace = ("X-Amzn-Trace-Id", event["headers"]["x-amzn-trace-id"])
    return call.respond(replace(response, headers=Headers([*response.headers.pairs, trace])), event)


def _answer(payload: bytes) -> Response:
    result = proxy_result(payload)
    if result is not None:
        return proxied(result, "application/json")
    body = text_of(payload)
    return as_json(_compact(payload) if body is None else body)


def _compact(payload: bytes) -> bytes:
    try:
        value = parse(payload)
    except MalformedResultError:
        return payload
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", errors="replace")
