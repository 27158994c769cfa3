"""Results in payload format 2.0, as HTTP APIs and function URLs share it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.web.headers import Headers
from pytest_serverless.web.response import Response
from pytest_serverless.web.results import (
    MalformedResultError,
    body_of,
    cookies_of,
    parse,
    single_headers,
    status_of,
)

__all__ = ["as_json", "proxied", "proxy_result", "text_of", "with_type"]


def proxy_result(payload: bytes) -> dict[str, Any] | None:
    """Return a result that has a statusCode; None for any other, which is a body, JSON or not."""
    result = _lenient(payload)
    return result if isinstance(result, dict) and "statusCode" in result else None


def text_of(payload: bytes) -> bytes | None:
    """Return a result that is a text, without its quotes; None for any other."""
    result = _lenient(payload)
    return result.encode("utf-8", errors="replace") if isinstance(result, str) else None


def as_json(body: bytes) -> Response:
    """Return a result that is a body."""
    return Response(status=200, headers=Headers({"Content-Type": "application/json"}), body=body)


def proxied(result: Mapping[str, Any], content_type: str) -> Response:
    """Read a result that has a statusCode; `content_type` is the one where it names none."""
    headers = Headers([*single_headers(result.get("headers")), *cookies_of(result.get("cookies"))])
    status = status_of(result["statusCode"])
    return Response(status=status, headers=with_type(headers, content_type), body=body_of(result))


def with_type(headers: Headers, content_type: str) -> Headers:
    """Return the headers with a Content-Type, and without those of the connection."""
    kept = headers.without("connection", "content-length", "transfer-encoding")
    return kept if "content-type" in kept else Headers([("Content-Type", content_type), *kept.pairs])


def _lenient(payload: bytes) -> Any:
    try:
        return parse(payload)
    except MalformedResultError:
        return None
