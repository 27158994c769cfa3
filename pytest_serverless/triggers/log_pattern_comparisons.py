"""Comparisons of filter patterns: `= 4*`, `!= "a b"`, `> 1e3`, `= %^ab?%`.

Measured of TestMetricFilter (see `log_patterns`): a number without quotation marks equals numbers of its value and
texts of its spelling; in quotation marks it equals what is spelt like it. Ordering is for numbers alone. An asterisk
is a wildcard at the beginning and the end, and elsewhere itself: the guide said so until 2022, and says no more now.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from pytest_serverless.triggers.log_pattern_reader import Reader, Test, refuse
from pytest_serverless.triggers.log_pattern_regexes import read_regex

__all__ = ["Number", "is_number", "read_comparison"]

_OPERATOR = re.compile(r"!=|<=|>=|=|<|>")
_BARE = re.compile(r"[A-Za-z0-9_.*+-]+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Number(str):
    """A number of a message, as it is spelt there."""

    __slots__ = ()


class _Operand(NamedTuple):
    written: str
    equals: Test
    number: float | None = None


def is_number(text: str) -> bool:
    """Tell whether a text is a number of a pattern, or of a field."""
    return _NUMBER.fullmatch(text) is not None


def read_comparison(reader: Reader) -> Test:
    """Take an operator and what is compared with."""
    reader.skip_spaces()
    found = reader.find(_OPERATOR)
    if found is None:
        reader.unexpected()
    reader.skip_spaces()
    operand = _read_operand(reader)
    if found[0] in _ORDERS:
        return _ordered(_ORDERS[found[0]], operand)
    if found[0] == "=":
        return lambda value: isinstance(value, str) and operand.equals(value)
    return lambda value: isinstance(value, str) and not operand.equals(value)


def _read_operand(reader: Reader) -> _Operand:
    regex = read_regex(reader)
    if regex:
        return _Operand(f"%{regex.pattern}%", lambda value: regex.search(value) is not None)
    text = reader.quoted()
    if text is not None:
        return _Operand(f'"{text}"', _like(text))
    start = reader.position
    bare = reader.find(_BARE)
    if bare is None or bare[0] == "null":
        reader.position = start
        reader.unexpected()
    if not is_number(bare[0]):
        return _Operand(bare[0], _like(bare[0]))
    return _Operand(bare[0], _of_value(float(bare[0]), _like(bare[0])), float(bare[0]))


def _like(text: str) -> Test:
    """Return what compares spellings."""
    begins, ends = text.startswith("*"), text.endswith("*")
    core = text.removeprefix("*").removesuffix("*")
    if begins and ends:
        return lambda value: core in value
    if begins:
        return lambda value: value.endswith(core)
    return lambda value: value.startswith(core) if ends else value == core


def _of_value(number: float, is_spelt_so: Test) -> Test:
    return lambda value: float(value) == number if isinstance(value, Number) else is_spelt_so(value)


def _ordered(order: Callable[[float, float], bool], operand: _Operand) -> Test:
    number = operand.number
    if number is None:
        refuse(
            f"Invalid character(s) in term '{operand.written}'", "Only numbers without quotation marks have an order"
        )

    def test(value: Any) -> bool:
        return isinstance(value, Number) and order(float(value), number)

    return test
