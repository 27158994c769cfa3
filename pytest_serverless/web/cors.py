"""Cross-origin requests, as far as the gateways answer them from their configuration.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html,
https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html (2026-11), and AWS SAM's mock method for REST APIs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pytest_serverless.web.headers import Headers
from pytest_serverless.web.request import Request

__all__ = ["actual", "mocked", "preflight"]

_ANY = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def preflight(cors: Mapping[str, Any], request: Request) -> Headers:
    """Return the answer to a preflight request; nothing where the origin may not ask."""
    origin = _allowed_origin(cors, request)
    if origin is None:
        return Headers()
    found = {
        **_granted(cors, origin),
        "access-control-allow-methods": _joined(cors.get("allow_methods")),
        "access-control-allow-headers": _joined(cors.get("allow_headers")),
        "access-control-max-age": _text(cors.get("max_age")),
    }
    return Headers({name: value for name, value in found.items() if value})


def actual(cors: Mapping[str, Any], request: Request, sent: Headers, *, keep: bool = False) -> Headers:
    """Return a function's headers with the configured ones; the function's own CORS headers count only with `keep`."""
    own = sent if keep else Headers(pair for pair in sent.pairs if not pair[0].lower().startswith("access-control-"))
    origin = _allowed_origin(cors, request)
    if origin is None:
        return own
    exposed = _joined(cors.get("expose_headers"))
    added = {**_granted(cors, origin), **({"access-control-expose-headers": exposed} if exposed else {})}
    return Headers([*own.pairs, *added.items()])


def mocked(cors: Mapping[str, Any], methods: Iterable[str]) -> Headers:
    """Return the headers of the mock OPTIONS method that a template's Cors adds to a path of a REST API.

    They are fixed texts, whoever asks; without configured methods they name those that the path has.
    """
    known = set(methods)
    every = _ANY if "ANY" in known else sorted(known | {"OPTIONS"})
    found = {
        "Access-Control-Allow-Origin": _joined(cors.get("allow_origins")) or "*",
        "Access-Control-Allow-Methods": _joined(cors.get("allow_methods")) or ",".join(every),
        "Access-Control-Allow-Headers": _joined(cors.get("allow_headers")),
        "Access-Control-Max-Age": _text(cors.get("max_age")),
        "Access-Control-Allow-Credentials": "true" if cors.get("allow_credentials") else "",
    }
    return Headers({name: value for name, value in found.items() if value})


def _granted(cors: Mapping[str, Any], origin: str) -> dict[str, str]:
    granted = {"access-control-allow-origin": origin}
    return {**granted, "access-control-allow-credentials": "true"} if cors.get("allow_credentials") else granted


def _allowed_origin(cors: Mapping[str, Any], request: Request) -> str | None:
    """Return the origin to name: `*` where all may ask, else the one that asks, if it may."""
    origin = request.origin
    if origin is None:
        return None
    allowed = _list(cors.get("allow_origins"))
    if "*" in allowed:
        return origin if cors.get("allow_credentials") else "*"
    fits = any(origin == one or (one.endswith("://*") and origin.startswith(one[:-1])) for one in allowed)
    return origin if fits else None


def _list(found: Any) -> list[str]:
    """Read a configured list; SAM writes texts for REST APIs with quotes of their own ("'*'")."""
    values = [found] if isinstance(found, str) else list(found or ())
    return [str(one).strip("'") for one in values]


def _joined(found: Any) -> str:
    return ",".join(_list(found))


def _text(found: Any) -> str:
    return "" if found is None else str(found).strip("'")
