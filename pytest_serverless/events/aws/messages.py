"""What SQS and SNS ask of a message's text and attributes."""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.events.shape import Value
from pytest_serverless.events.source import Event
from pytest_serverless.events.values import BASE64, pattern, text

__all__ = ["ATTRIBUTE_NAME", "BINARY", "NUMBER", "Attribute", "as_text", "body_text", "typed"]

Attribute = str | int | float | bytes | Sequence[str | int | float | bool | None]
"""A message attribute: text (String), a number (Number), bytes (Binary) or, with SNS, a list (String.Array)."""

_WORDS = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"
ATTRIBUTE_NAME = pattern(
    "attribute-name",
    "1 to 256 letters, digits, _ or -, with single dots between them, and not AWS. or Amazon. at the start",
    rf"(?=.{{1,256}}\Z)(?!(?:[Aa][Ww][Ss]|[Aa][Mm][Aa][Zz][Oo][Nn])\.){_WORDS}",
    lambda _: "name",
)
NUMBER = pattern("number", "a number as text", r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", lambda _: "0")
BINARY = replace(BASE64, accepts=lambda found: found != "" and BASE64.accepts(found))


def body_text(default: str, *, most: int, forbidden: str | None = None, expected: str) -> Value:
    """Text of 1 to `most` bytes in UTF-8, none of them `forbidden`; another source's event may stand in it."""
    wrong = re.compile(forbidden).search if forbidden else None

    def accepts(found: Any) -> bool:
        if not isinstance(found, str) or not found or (wrong is not None and wrong(found)):
            return False
        try:
            return (len(found) if found.isascii() else len(found.encode())) <= most
        except UnicodeEncodeError:  # half of a surrogate pair
            return False

    return replace(text(default, expected=expected, embeds=True), accepts=accepts)


def as_text(body: str | Event) -> str:
    """Return a message's text: as it is, or the event of another source as compact JSON."""
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def typed(name: str, value: Attribute, *, lists: bool) -> tuple[str, str]:
    """Return the data type and the value, as text, that a message attribute is sent with."""
    if isinstance(value, str) and value:
        return "String", value
    if isinstance(value, bytes) and value:
        return "Binary", b64encode(value).decode()
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return "Number", str(value)
    if lists and isinstance(value, (list, tuple)) and all(isinstance(item, _SCALARS) for item in value):
        return "String.Array", json.dumps(value, ensure_ascii=False)
    takes = "text, a number, bytes or a list of scalars" if lists else "text, a number or bytes"
    raise InvalidParameterError(f"The attribute {name!r} takes {takes}, not empty; got {shorten(value)}.")


_SCALARS: tuple[type, ...] = (str, int, float, type(None))
