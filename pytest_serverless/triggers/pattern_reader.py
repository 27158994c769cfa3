"""Reads the JSON of a pattern as the services do: members in their order, repeated keys kept, and their words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Members", "RefusedPatternError", "read", "text_of"]

_WORD = re.compile(r"[A-Za-z_][\w$]*")


class RefusedPatternError(Exception):
    """What is wrong with a pattern, in the service's words; each service puts its own heading before it."""


class Members(list[tuple[str, Any]]):
    """The members of a JSON object in the order in which they stand; a key may stand there twice."""

    @property
    def only_key(self) -> str:
        """Return the one key of a match expression."""
        if not self:
            raise RefusedPatternError("Match expression name not found")
        return self[0][0]


def read(pattern: str | Mapping[str, Any]) -> Members:
    """Return the members of a pattern, which is JSON or what it would be parsed to."""
    node = _parse(pattern) if isinstance(pattern, str) else _ordered(pattern)
    if not isinstance(node, Members):
        raise RefusedPatternError("Filter is not an object")
    return node


def text_of(value: Any) -> str:
    """Return a token as the services quote it: a text without its quotation marks, a list by its bracket."""
    if isinstance(value, str):
        return value
    if isinstance(value, Members):
        return "{"
    return "[" if isinstance(value, list) else json.dumps(value)


def _parse(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=Members, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise RefusedPatternError(_what_the_parser_says(text, error)) from error
    except RecursionError as error:
        raise RefusedPatternError("Document nesting depth exceeds the maximum allowed") from error


def _refuse_constant(name: str) -> Any:
    raise RefusedPatternError(
        f"Non-standard token '{name.lstrip('-')}': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS"
    )


def _what_the_parser_says(text: str, error: json.JSONDecodeError) -> str:
    """Say what is no JSON as the parser of the services does."""
    rest = text[error.pos :].lstrip()
    if not rest:
        return "Unexpected end-of-input"
    if "property name" in error.msg:
        return (
            f"Unexpected character ('{rest[0]}' (code {ord(rest[0])})): was expecting double-quote to start field name"
        )
    if word := _WORD.match(rest):
        expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        return f"Unrecognized token '{word[0]}': was expecting {expected}"
    return f"Unexpected character ('{rest[0]}' (code {ord(rest[0])}))"


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Members((str(key), _ordered(member)) for key, member in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_ordered(element) for element in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise RefusedPatternError(f"Match value must be String, number, true, false, or null, not {type(value).__name__}")
