"""What a journey wants to send, as it goes on the wire."""

from __future__ import annotations

import json as encoding
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from pytest_serverless.errors import InvalidParameterError, shorten

__all__ = ["Data", "Params", "address", "body", "checked_headers", "is_whole", "payload", "step_of"]

Params = Mapping[str, Any] | Iterable[tuple[str, Any]]
"""What follows the `?`: names and values, of which lists are sent one by one, and None is not."""

Data = bytes | str | Mapping[str, Any]
"""A body as it is, a text in UTF-8, or the fields of a form."""

_plain = re.compile(r"/[\w.~!$&'()*+,;=:@/-]*", re.ASCII).fullmatch
_stray = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SAFE = "%/:?&=+,;@!$'()*[]~"
_name = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_value = re.compile(r"[\t\x20-\x7e\x80-\xff]*").fullmatch

is_whole = re.compile(r"https?://", re.IGNORECASE).match
"""Tells a URL from a path."""


def address(path: str, params: Params | None = None) -> str:
    """Return a path or URL with what may not stand in one escaped; what is escaped already stays as it is.

    Raises InvalidParameterError for what is no path.
    """
    if not isinstance(path, str):
        raise InvalidParameterError(f"A path is a text such as '/items', not {shorten(path)}.")
    if not _plain(path):
        if "#" in path:
            raise InvalidParameterError(
                f"What follows # is never sent, so {shorten(path)} is no path. Write %23 for the character itself."
            )
        path = quote(_stray.sub("%25", path if is_whole(path) else f"/{path.removeprefix('/')}"), safe=_SAFE)
    query = _query(params)
    return f"{path}{'&' if '?' in path else '?'}{query}" if query else path


def _query(params: Params | None) -> str:
    if params is None:
        return ""
    pairs = params.items() if isinstance(params, Mapping) else params
    return urlencode([(name, value) for name, value in pairs if value is not None], doseq=True)


def step_of(method: str, path: str) -> str:
    """Return what a request is called that has no name: its method and its path, without host and query."""
    bare = urlsplit(path).path if is_whole(path) else path.partition("?")[0]
    return f"{method} {bare if bare.startswith('/') else f'/{bare}'}"


def body(json: Any, data: Data | None) -> tuple[bytes, str]:
    """Return a body and its content type, "" where it is not known; raises InvalidParameterError for what is none."""
    if json is not None and data is not None:
        raise InvalidParameterError("A request has one body: give json or data, not both.")
    if json is not None:
        return _encoded("json", json), "application/json"
    if data is None:
        return b"", ""
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data), ""
    if isinstance(data, str):
        return data.encode(), ""
    if isinstance(data, Mapping):
        return _query(data).encode(), "application/x-www-form-urlencoded"
    raise InvalidParameterError(f"data is bytes, a text or the fields of a form, not {shorten(data)}.")


def payload(event: Any) -> bytes:
    """Return the payload of an invocation: JSON, or bytes as they are; without one, the empty event."""
    if event is None:
        return b"{}"
    return bytes(event) if isinstance(event, (bytes, bytearray)) else _encoded("payload", event)


def _encoded(what: str, value: Any) -> bytes:
    try:
        return encoding.dumps(value, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        place, found = _culprit(value, what)
        raise InvalidParameterError(
            f"{place} is not JSON: {shorten(found)} ({error}). Make it a number or a text first, by float(…), str(…) "
            "or .isoformat(), as your clients do."
        ) from None


def _culprit(value: Any, place: str) -> tuple[str, Any]:
    """Return where the first value is that JSON has no form for."""
    parts: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        parts = [(f"{place}[{key!r}]", each) for key, each in value.items()]
    elif isinstance(value, (list, tuple)):
        parts = [(f"{place}[{index}]", each) for index, each in enumerate(value)]
    found = next(((inner, each) for inner, each in parts if not _is_json(each)), None)
    return (place, value) if found is None else _culprit(found[1], found[0])


def _is_json(value: Any) -> bool:
    try:
        encoding.dumps(value, allow_nan=False)
    except RecursionError:
        return True  # no one value in it is at fault
    except (TypeError, ValueError):
        return False
    return True


def checked_headers(headers: Any) -> dict[str, str]:
    """Return headers with their names in lower case; raises InvalidParameterError for what cannot be sent as one."""
    if not isinstance(headers, Mapping):
        raise InvalidParameterError(f"headers have names and values, and are not {shorten(headers)}.")
    for name, value in headers.items():
        if not isinstance(name, str) or not _name(name):
            raise InvalidParameterError(f"{shorten(name)} is no name of a header.")
        if not isinstance(value, str) or not _value(value):
            # The value may be a secret.
            raise InvalidParameterError(
                f"The header {name!r} must be a text of one line in Latin-1, and is not. Encode other characters."
            )
    return {name.lower(): value for name, value in headers.items()}
