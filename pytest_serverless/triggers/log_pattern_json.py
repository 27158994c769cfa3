"""Filter patterns for JSON: `{ $.level = "ERROR" && ($.code >= 500 || $.retry IS TRUE) }`.

Source, and what was measured: see `log_patterns`. A message that is no JSON object matches none of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from pytest_serverless.triggers.log_pattern_comparisons import Number, read_comparison
from pytest_serverless.triggers.log_pattern_reader import Reader, Test, refuse

__all__ = ["read_json_pattern"]

_STEP = re.compile(r"""([A-Za-z0-9_-]+)|(\*|\[\*\])|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]""", re.ASCII)
_BEGUN_STEP = re.compile(r"(?:\[\d*)?.?", re.ASCII | re.DOTALL)
_STATE = re.compile(r"(IS[ \t\r\n]+(?:NULL|TRUE|FALSE)|NOT[ \t\r\n]+EXISTS)\b")
_MOST_WILDCARDS = 3

Path = tuple["str | int | None", ...]  # None is every member


def read_json_pattern(text: str) -> Test:
    """Return what tells whether a message is a JSON object of the kind that is described."""
    if not text.endswith("}"):
        refuse("If a filter pattern starts with '{' it must end with '}'")
    reader = Reader(text)
    reader.take("{")
    condition = reader.condition(_read_property)
    if not reader.take("}") or not reader.ended():
        reader.unexpected()

    def test(message: str) -> bool:
        document = _parsed(message)
        return isinstance(document, dict) and condition(document)

    return test


def _parsed(message: str) -> Any:
    try:
        return json.loads(message, parse_int=Number, parse_float=Number, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None


def _no_json(name: str) -> NoReturn:
    raise ValueError(name)


def _read_property(reader: Reader) -> Test:
    path = _read_path(reader)
    reader.skip_spaces()
    found = reader.find(_STATE)
    if found is None:
        compares = read_comparison(reader)
        return lambda document: any(compares(value) for value in _values(document, path))
    subject, state = found[1].split()
    if subject == "NOT":
        return lambda document: not _values(document, path)
    test = _STATES[state]
    return lambda document: any(test(value) for value in _values(document, path))


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, list) and None in value)  # measured: an array with a null is one


_STATES: Mapping[str, Test] = {
    "NULL": _is_null,
    "TRUE": lambda value: value is True,
    "FALSE": lambda value: value is False,
}


def _read_path(reader: Reader) -> Path:
    if not reader.take("$."):
        reader.unexpected()
    steps = [_read_step(reader, "$.")]
    while reader.rest.startswith((".", "[")):
        dot = "." if reader.rest.startswith(".") else ""
        reader.position += len(dot)
        steps.append(_read_step(reader, dot))
    wildcards = steps.count(None)
    reader.wildcards += wildcards
    if wildcards > 1:
        limit = "the maximum of 1 wildcard allowed per json selector."
        refuse(f"Your filter pattern has a JSON path selector that exceeds {limit}")
    if reader.wildcards > _MOST_WILDCARDS:
        limit = f"the maximum of {_MOST_WILDCARDS} JSON wildcard selectors allowed per filter pattern."
        refuse(f"Your input has exceeded {limit}")
    return tuple(steps)


def _read_step(reader: Reader, before: str) -> str | int | None:
    found = reader.find(_STEP)
    if found is None:
        wrong = _BEGUN_STEP.match(reader.rest)
        refuse(
            f"Invalid character(s) in term '{before}{wrong[0] if wrong else ''}'",
            "A selector is written $.name, $.names[0], $.names[*] or $.['a name']",
        )
    name, wildcard, index, single, double = found.groups()
    if wildcard:
        return None
    if index:
        return min(int(index[:12]), 10**9)  # no message is that long
    return next(text for text in (name, single, double) if text is not None)


def _values(document: Any, path: Path) -> Sequence[Any]:
    values = [document]
    for step in path:
        values = [member for value in values for member in _members(value, step)]
    return values


def _members(value: Any, step: str | int | None) -> Sequence[Any]:
    if step is None:
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if isinstance(step, int):
        return value[step : step + 1] if isinstance(value, list) else []
    return [value[step]] if isinstance(value, dict) and step in value else []
