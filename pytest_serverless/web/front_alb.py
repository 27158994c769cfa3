"""Application Load Balancers with Lambda functions as targets.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html (2026-11). That a
result without a Content-Type is sent as application/octet-stream is from reports, not from that page.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from pytest_serverless.errors import shorten
from pytest_serverless.events.aws.alb import AlbEvents
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Outcome
from pytest_serverless.web.call import Call, Planned, failure_of
from pytest_serverless.web.headers import Headers
from pytest_serverless.web.refusals import page
from pytest_serverless.web.response import Response
from pytest_serverless.web.results import (
    MalformedResultError,
    body_of,
    multiple_headers,
    parse,
    single_headers,
    status_of,
)
from pytest_serverless.web.results_v2 import with_type
from pytest_serverless.web.routes import Route, alb_route

__all__ = ["find", "plan"]


def find(call: Call) -> Route | None:
    """Return the first rule that fits."""
    return alb_route(call.api.routes, call.request.method, call.request.path)


def plan(call: Call) -> Planned | Response:
    """Return the function to call, or the load balancer's own answer."""
    request, limit = call.request, call.rules.alb_bytes
    if "websocket" in request.headers.get("upgrade", "").lower():
        return call.respond(page(400, "functions take no WebSockets"))
    route = find(call)
    if route is None:
        return call.respond(_default(call))
    call.authorizer(route)
    if len(request.body) > limit:
        return call.respond(page(413, f"the body is {len(request.body):,} bytes, {limit:,} are taken"))
    event = _event(call, route)
    return Planned(
        function_id=route.function,
        event=event,
        front=call.front,
        finish=partial(_finish, call, route),
        call=call,
        route=route,
    )


def _default(call: Call) -> Response:
    """Return the fixed response of the default action, where the template has one."""
    reason, fixed = f"no rule of {call.api.id} fits {call.request.method} {call.request.path}", call.api.default
    if fixed is None:
        return page(call.rules.alb_default_status, reason)
    headers = Headers({"Content-Type": str(fixed.get("ContentType", "text/plain"))})
    body = str(fixed.get("MessageBody", "")).encode()
    return Response(status=int(fixed.get("StatusCode", 200)), headers=headers, body=body, reason=reason)


def _event(call: Call, route: Route) -> Event:
    source = AlbEvents(call.mint, call.place(route))
    options: dict[str, Any] = {
        **call.options(),
        **({"domain_name": call.api.domain} if call.api.domain else {}),
        **call.own_domain(),
        "multi_value": route.settings.multi_value_headers,
        "scheme": call.api.scheme,
    }
    if call.request.body:
        options["body"] = call.request.body
    return source.request(call.request.method, call.request.target, **options)


def _finish(call: Call, route: Route, outcome: Outcome) -> Response:
    if not outcome.ok:
        return call.respond(page(502, failure_of(outcome)))
    try:
        return call.respond(_answer(call, route, outcome))
    except MalformedResultError as error:
        return call.respond(page(502, f"the load balancer does not take the result: {error}"))


def _answer(call: Call, route: Route, outcome: Outcome) -> Response:
    size, limit = len(outcome.payload), call.rules.alb_bytes
    if size > limit:
        raise MalformedResultError(f"its JSON is {size:,} bytes, {limit:,} are taken")
    result = parse(outcome.payload)
    if not isinstance(result, dict):
        raise MalformedResultError(f"a result is a map with statusCode, headers and body, got {shorten(result)}")
    several = route.settings.multi_value_headers
    read, key = (multiple_headers, "multiValueHeaders") if several else (single_headers, "headers")
    headers = with_type(Headers(read(result.get(key), numbers=False)), "application/octet-stream")
    status = status_of(result.get("statusCode"), text=call.rules.alb_text_status)
    return Response(status=status, headers=headers, body=body_of(result))
