"""Parts of an HTTP request that providers share: headers, bodies and URLs as a client sends them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.builder import plain
from pytest_serverless.events.values import pattern

__all__ = ["HEADER", "HEADER_VALUE", "Body", "Values", "content", "content_type", "joined", "with_query"]

Body = str | bytes | dict[str, Any] | list[Any] | None
"""A request's body: text or bytes as they are, a dict or a list as JSON."""

Values = Mapping[str, str | Sequence[str]]
"""Headers or query parameters by name; a list for one that is repeated."""

HEADER = pattern(
    "header-name",
    "a header name in lower case",
    r"[!#$%&'*+.^_`|~0-9a-z-]+",
    lambda _: "x-header",
    lambda found: found.lower(),
)
HEADER_VALUE = pattern("header-value", "text on one line", r"[^\r\n\0]*", lambda _: "")

_CONTENT_TYPES: dict[type, str] = {
    str: "text/plain; charset=utf-8",
    bytes: "application/octet-stream",
    dict: "application/json",
    list: "application/json",
}


def content(body: Body) -> bytes:
    """Return the bytes of a body; none where there is no body."""
    if body is None or isinstance(body, bytes):
        return body or b""
    if not isinstance(body, str):
        body = json.dumps(plain(body, "body"), ensure_ascii=False, separators=(",", ":"))
    try:
        return body.encode()
    except UnicodeEncodeError as error:
        raise InvalidParameterError(f"body cannot be written in UTF-8: {error}. Pass the bytes themselves.") from None


def content_type(body: Body) -> str:
    """Return the content-type that fits a body."""
    return _CONTENT_TYPES[type(body)]


def joined(headers: Values) -> dict[str, str]:
    """Return headers with names in lower case, several values of one joined by commas."""
    values: dict[str, list[str]] = {}
    for name, value in headers.items():
        values.setdefault(name.lower(), []).extend([value] if isinstance(value, str) else value)
    return {name: ",".join(found) for name, found in values.items()}


def with_query(url: str, query: Values) -> str:
    """Return the URL with these parameters added, percent-encoded where it was not."""
    added = urlencode(query, doseq=True, quote_via=quote, errors="replace")
    joint = "&" if "?" in url else "?"
    return quote(url, safe="%/:?@!$&'()*+,;=~-._", errors="replace") + (joint + added if added else "")
