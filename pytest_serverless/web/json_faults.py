"""What Lambda says of a payload that is not JSON: the words of its parser, Jackson, as far as they are recorded."""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from typing import NoReturn

__all__ = ["json_fault"]

_SHOWN = 500
_DEEPEST = 1_000
_VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_DEEP = (
    f"Document nesting depth ({_DEEPEST + 1}) exceeds the maximum allowed ({_DEEPEST}, from "
    "`StreamReadConstraints.getMaxNestingDepth()`)"
)
_string = re.compile(r'"(?:\\.|[^"\\])*"')
_word = re.compile(r"[^\W\d]\w*")


class _ConstantError(ValueError):
    """JSON has no such number."""


def _no_constant(name: str) -> NoReturn:
    raise _ConstantError(name)


_decode = JSONDecoder(parse_constant=_no_constant, parse_int=str, parse_float=str).decode
"""Numbers stay text: nobody needs them, and Python refuses to read very long ones."""


def json_fault(payload: bytes) -> str | None:
    """Return what is wrong with a payload, and where; None where it is JSON in UTF-8."""
    try:
        text = payload.decode()
        _decode(text)
    except UnicodeDecodeError as error:
        which = "start" if "start" in error.reason else "middle"
        place = error.end - 1 if which == "start" else error.end
        byte = payload[min(place, len(payload) - 1)]
        return _at(f"Invalid UTF-8 {which} byte 0x{byte:02x}", payload.decode(errors="replace"), error.start)
    except JSONDecodeError as error:
        kind, position = _kind_and_place(error)
        return _at(_said(kind, text, position), text, position)
    except _ConstantError as error:
        said = f"Non-standard token '{error}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
        return _at(said, text, max(text.find(str(error)), 0))
    except RecursionError:
        return _at(_DEEP, text, _DEEPEST)
    return None


def _at(said: str, text: str, position: int) -> str:
    """Return a fault with its place, which Jackson counts from 1 to what it has read."""
    before = text[: position + 1]
    line, column = before.count("\n", 0, position) + 1, position - before.rfind("\n", 0, position)
    left = len(text) - _SHOWN
    source = f'"{text[:_SHOWN]}"' + (f"[truncated {left} bytes]" if left > 0 else "")
    return f"{said}\n at [Source: (byte[]){source}; line: {line}, column: {column + 1}]"


def _kind_and_place(error: JSONDecodeError) -> tuple[str, int]:
    """Return what Python found and where; since 3.13 it points at a comma too many, not at what comes after it."""
    if not error.msg.startswith("Illegal trailing comma"):
        return error.msg, error.pos
    rest = error.doc[error.pos + 1 :]
    kind = "Expecting property name" if error.msg.endswith("object") else "Expecting value"
    return kind, len(error.doc) - len(rest.lstrip())


def _said(kind: str, text: str, position: int) -> str:
    if not text.strip():
        return "No content to map due to end-of-input"
    if kind.startswith("Unterminated string"):
        return "Unexpected end-of-input in VALUE_STRING"
    if position >= len(text):
        inside = _container(text)
        return f"Unexpected end-of-input: expected close marker for {inside}" if inside else "Unexpected end-of-input"
    found = text[position]
    if kind.startswith("Invalid control character"):
        return (
            f"Illegal unquoted character ({_character(found)}): has to be escaped using backslash to be included in "
            "string value"
        )
    if kind.startswith("Invalid \\"):
        return f"Unrecognized character escape {_character(text[position + 1 : position + 2])}"
    if kind == "Extra data" and text[position - 1].isdigit():
        return f"Unexpected character ({_character(found)}): Expected space separating root-level values"
    word = _word.match(text, position) if kind in {"Expecting value", "Extra data"} else None
    if word:
        return f"Unrecognized token '{word[0]}': was expecting {_VALUE}"
    return f"Unexpected character ({_character(found)}): {_expected(kind, text[:position])}"


def _expected(kind: str, before: str) -> str:
    if kind.startswith("Expecting property name"):
        return "was expecting double-quote to start field name"
    if kind.startswith("Expecting ':'"):
        return "was expecting a colon to separate field name and value"
    if kind.startswith("Expecting ','"):
        return f"was expecting comma to separate {_container(before) or 'Array'} entries"
    return f"expected a valid value {_VALUE}"


def _character(char: str) -> str:
    code = ord(char) if char else 0
    return f"'{char}' (code {code})" if code >= 32 else f"(CTRL-CHAR, code {code})"


def _container(text: str) -> str:
    """Return what is open at the end of a text: `Object`, `Array`, or nothing."""
    opened: list[str] = []
    for char in _string.sub("", text):
        if char in "{[":
            opened.append("Object" if char == "{" else "Array")
        elif char in "}]" and opened:
            opened.pop()
    return opened[-1] if opened else ""
