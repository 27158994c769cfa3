"""What a function returned, read as a response: the parts that every gateway reads, each by its own rules."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from pytest_serverless.errors import shorten
from pytest_serverless.web.headers import Headers

__all__ = [
    "MalformedResultError",
    "UndecodableBodyError",
    "body_of",
    "cookies_of",
    "merged_headers",
    "multiple_headers",
    "parse",
    "single_headers",
    "status_of",
]

Pairs = Iterator[tuple[str, str]]


class MalformedResultError(ValueError):
    """The gateway does not take the result; the message says why, and how it would."""


class UndecodableBodyError(MalformedResultError):
    """The body is not the base64 that the result says it is."""


def parse(payload: bytes) -> Any:
    """Read a function's payload; what JSON does not know (NaN, bytes) is malformed."""
    try:
        return json.loads(payload, parse_constant=_no_constant)
    except ValueError as error:
        raise MalformedResultError(f"the function's payload is not JSON ({error}): {shorten(payload)}") from None


def _no_constant(name: str) -> NoReturn:
    raise MalformedResultError(f"the function's result has {name} in it, which is not JSON")


def status_of(found: Any, *, text: bool = True) -> int:
    """Read a statusCode: a whole number, or (`text`) digits."""
    if isinstance(found, str) and text and found.isascii() and found.isdigit():
        found = int(found)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if type(found) is not int or not 100 <= found <= 599:
        raise MalformedResultError(f"statusCode is a number from 100 to 599, got {shorten(found)}")
    return found


def single_headers(found: Any, *, numbers: bool = True) -> Pairs:
    """Read `headers`: a map of texts; a boolean, and (`numbers`) a number, is sent as text."""
    for name, value in _map("headers", found).items():
        yield name, _header(name, value, numbers=numbers)


def multiple_headers(found: Any, *, numbers: bool = True) -> Pairs:
    """Read `multiValueHeaders`: a map of lists of texts."""
    for name, values in _map("multiValueHeaders", found).items():
        if not isinstance(values, list):
            raise MalformedResultError(f"multiValueHeaders: {name!r} takes a list of texts, got {shorten(values)}")
        for value in values:
            yield name, _header(name, value, numbers=numbers)


def merged_headers(result: Mapping[str, Any], *, numbers: bool = True) -> Headers:
    """Merge both maps of headers as API Gateway does: the multi-value one first, a pair that is in both once.

    Source (2026-11): https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    several = list(multiple_headers(result.get("multiValueHeaders"), numbers=numbers))
    single = [pair for pair in single_headers(result.get("headers"), numbers=numbers) if pair not in several]
    return Headers([*several, *single])


def cookies_of(found: Any) -> Pairs:
    """Read `cookies` of payload format 2.0: each becomes a Set-Cookie header."""
    if found is None:
        return
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise MalformedResultError(f"cookies is a list of texts, got {shorten(found)}")
    yield from (("set-cookie", one) for one in found)


def body_of(result: Mapping[str, Any], *, decode: bool = True) -> bytes:
    """Read `body`: text, or nothing. With `decode`, what isBase64Encoded says is base64 is decoded."""
    body, encoded = result.get("body"), result.get("isBase64Encoded")
    if not isinstance(encoded, (bool, type(None))):
        raise MalformedResultError(f"isBase64Encoded is true or false, got {shorten(encoded)}")
    if body is None:
        return b""
    if not isinstance(body, str):
        hint = " Return json.dumps(...) of it." if isinstance(body, (dict, list)) else ""
        raise MalformedResultError(f"body is a text, got {shorten(body)}.{hint}")
    if not (encoded and decode):
        return body.encode("utf-8", errors="replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UndecodableBodyError(f"isBase64Encoded is true, but body is not base64: {error}") from None


def _map(key: str, found: Any) -> dict[str, Any]:
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise MalformedResultError(f"{key} is a map, got {shorten(found)}")
    return found


def _header(name: str, value: Any, *, numbers: bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)) and numbers:
        return str(value)
    if not isinstance(value, str):
        raise MalformedResultError(f"headers: {name!r} takes a text, got {shorten(value)}")
    return value
