"""What the gateways say of themselves: not found, unauthorised, throttled, failed.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html (2026-11),
and recordings of the services for the texts, to the space: what a REST API says of its integration has one after the
colon, what it says of the request has none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from pytest_serverless.web.headers import Headers
from pytest_serverless.web.response import Response

__all__ = ["page", "refuse", "throttled"]


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    body: str
    error_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def _said(message: str | None, key: str = "message") -> str:
    return json.dumps({key: message}, separators=(",", ":"))


_INTEGRATION = "InternalServerErrorException"
_DENIED = "User is not authorized to access this resource with an explicit deny in an identity-based policy"
_HELP = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
_URL_FORBIDDEN = f"Forbidden. For troubleshooting Function URL authorization issues, see: {_HELP}"

_REFUSALS: dict[str, dict[str, _Refusal]] = {
    "rest_api": {
        "not_found": _Refusal(403, _said("Missing Authentication Token"), "MissingAuthenticationTokenException"),
        "unsigned": _Refusal(403, _said("Missing Authentication Token"), "MissingAuthenticationTokenException"),
        "wrong_stage": _Refusal(403, _said("Forbidden"), "ForbiddenException"),
        "unauthorized": _Refusal(401, _said("Unauthorized"), "UnauthorizedException"),
        "denied": _Refusal(403, _said(_DENIED, "Message"), "AccessDeniedException"),
        "no_api_key": _Refusal(403, _said("Forbidden"), "ForbiddenException"),
        "too_large": _Refusal(413, _said("Request Too Long")),
        "headers_too_large": _Refusal(431, _said("Request Header Fields Too Large")),
        "throttled": _Refusal(429, _said("Too Many Requests"), "TooManyRequestsException"),
        "quota_exceeded": _Refusal(429, _said("Limit Exceeded"), "LimitExceededException"),
        "function_throttled": _Refusal(500, '{"message": "Internal server error"}', _INTEGRATION),
        "failed": _Refusal(502, '{"message": "Internal server error"}', _INTEGRATION),
        "undecodable": _Refusal(500, '{"message": "Internal server error"}', _INTEGRATION),
        "timed_out": _Refusal(504, '{"message": "Endpoint request timed out"}', _INTEGRATION),
    },
    "http_api": {
        "not_found": _Refusal(404, _said("Not Found")),
        "wrong_stage": _Refusal(404, _said("Not Found")),
        "unsigned": _Refusal(403, _said("Forbidden")),
        "unauthorized": _Refusal(401, _said("Unauthorized")),
        "no_token": _Refusal(401, _said("Unauthorized"), "", {"www-authenticate": "Bearer"}),
        "denied": _Refusal(403, _said("Forbidden")),
        "too_large": _Refusal(413, _said("Request Entity Too Large")),
        "headers_too_large": _Refusal(431, _said("Request Header Fields Too Large")),
        "throttled": _Refusal(429, _said("Too Many Requests")),
        "function_throttled": _Refusal(503, _said("Service Unavailable")),
        "failed": _Refusal(500, _said("Internal Server Error")),
        "timed_out": _Refusal(503, _said("Service Unavailable")),
    },
    "function_url": {
        "not_found": _Refusal(403, _said(None, "Message"), "AccessDeniedException"),
        "unsigned": _Refusal(403, _said(_URL_FORBIDDEN, "Message"), "AccessDeniedException"),
        "denied": _Refusal(403, _said(_URL_FORBIDDEN, "Message"), "AccessDeniedException"),
        "too_large": _Refusal(413, _said(None, "Message"), "RequestTooLargeException"),
        "throttled": _Refusal(429, _said("Rate Exceeded."), "TooManyRequestsException"),
        "function_throttled": _Refusal(429, _said("Rate Exceeded."), "TooManyRequestsException"),
        "failed": _Refusal(502, "Internal Server Error"),
    },
}


def refuse(front: str, kind: str, reason: str) -> Response:
    """Return what a gateway answers by itself; `reason` is for the reader of a test, and is not sent.

    `kind` is `not_found`, `wrong_stage`, `unsigned`, `unauthorized`, `no_token`, `denied`, `no_api_key`, `too_large`,
    `headers_too_large`, `throttled`, `quota_exceeded`, `function_throttled`, `failed`, `undecodable` or `timed_out`;
    not every front knows each.
    """
    refusal = _REFUSALS[front][kind]
    named = {"x-amzn-ErrorType": refusal.error_type} if refusal.error_type else {}
    headers = {"Content-Type": "application/json", **named, **refusal.headers}
    return Response(status=refusal.status, headers=Headers(headers), body=refusal.body.encode(), reason=reason)


def page(status: int, reason: str) -> Response:
    """Return the page on which a load balancer says a status."""
    title = f"{status} {HTTPStatus(status).phrase}"
    lines = (
        "<html>",
        f"<head><title>{title}</title></head>",
        "<body>",
        f"<center><h1>{title}</h1></center>",
        "</body>",
        "</html>",
        "",
    )
    body = "\r\n".join(lines).encode()
    return Response(status=status, headers=Headers({"Content-Type": "text/html"}), body=body, reason=reason)


def throttled(front: str, *, of: str = "gateway") -> Response:
    """Return what a client gets where requests are too many.

    `of` says for whom: `gateway` (the stage's or account's rate, 429), `quota` (a usage plan, REST APIs alone) or
    `function` (its concurrency). For the last, REST APIs answer 500 by most reports and 502 by some, HTTP APIs 503,
    load balancers 502 or 503: no source settles it.
    """
    if front == "alb":
        return page(502 if of == "function" else 503, f"throttled by the {of}")
    kind = {"gateway": "throttled", "quota": "quota_exceeded", "function": "function_throttled"}[of]
    return refuse(front, kind, f"throttled by the {of}")
