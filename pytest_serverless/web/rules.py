"""The gateways' limits, and their habits that no source settles."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT", "Rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What may be set where the defaults are not what your API does.

    Sources (2026-11): https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html,
    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html.
    """

    request_bytes: int = 10 * 1024 * 1024
    """The largest body that API Gateway takes."""
    header_bytes: int = 10_240
    """The request line and all headers, at API Gateway. That more is answered with 431 is not documented."""
    payload_bytes: int = 6_291_556
    """The largest event that Lambda takes: a body that fits becomes too large when it is sent as base64."""
    alb_bytes: int = 1024 * 1024
    """The body of a request, and the JSON of a result, at a load balancer; a newer text (2026) says 6 MB."""
    rest_api_timeout_ms: float = 29_000
    """After it REST APIs answer 504; can be raised for Regional and private APIs."""
    http_api_timeout_ms: float = 30_000
    """After it HTTP APIs answer 503."""
    http_api_trailing_slash: bool = False
    """Whether an HTTP API takes /items/ for /items. REST APIs do; reports on HTTP APIs disagree."""
    rest_api_number_headers: bool = True
    """Whether a REST API takes numbers as values of headers, as it takes booleans; emulators answer 502."""
    alb_text_status: bool = False
    """Whether a load balancer takes a statusCode that is text; not documented."""
    alb_default_status: int = 404
    """What a listener answers where no rule fits, and its default action is no fixed response."""
    function_url_own_cors: bool = False
    """Whether CORS headers of the function are kept beside the configured ones of its URL; not documented."""


DEFAULT = Rules()
