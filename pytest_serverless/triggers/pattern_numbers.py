"""Numbers in patterns: a JSON number, compared as a number, within the reach that the service gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.triggers.pattern_reader import Members, RefusedPatternError, text_of

__all__ = ["is_number", "number_within", "numeric_range"]


def is_number(value: Any) -> bool:
    """Tell whether a value is a JSON number: neither a text of digits nor true."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_within(value: float, limit: float) -> float:
    """Return the number; one that is out of reach is refused."""
    if not -limit <= value <= limit:
        end = f"{limit:.1E}".replace("E+0", "E")
        raise RefusedPatternError(f"Value must be between -{end} and {end}, inclusive")
    return value


def numeric_range(operand: Any, limit: float) -> Callable[[Any], bool]:
    """Return the test of `{"numeric": [">", 0, "<=", 5]}`, or of a single comparison."""
    if not isinstance(operand, list) or isinstance(operand, Members):
        raise RefusedPatternError("Value of numeric must be an array.")
    terms = [*operand, *[_END] * 4]
    operator, value, more = terms[0], terms[1], terms[2:]
    if not isinstance(operator, str):
        raise RefusedPatternError(f"Invalid member in numeric match: {_shown(operator)}")
    if operator not in _NAMES:
        raise RefusedPatternError(f"Unrecognized numeric range operator: {operator}")
    if not is_number(value):
        raise RefusedPatternError(f"Value of {_NAMES[operator]} must be numeric")
    if operator in {"=", "<", "<="}:
        if more[0] is not _END:
            raise RefusedPatternError("Too many elements in numeric expression")
        return _to(operator, number_within(value, limit), limit)
    if more[0] is _END:
        return _from(operator, number_within(value, limit), limit)
    return _between(operator, value, more, limit)


_END = object()
_NAMES = {"=": "equals", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _shown(token: Any) -> str:
    return "]" if token is _END else text_of(token)


def _to(operator: str, top: float, limit: float) -> Callable[[Any], bool]:
    if operator == "=":
        return lambda value: is_number(value) and value == top
    if operator == "<":
        return lambda value: is_number(value) and -limit <= value < top
    return lambda value: is_number(value) and -limit <= value <= top


def _from(operator: str, bottom: float, limit: float) -> Callable[[Any], bool]:
    if operator == ">":
        return lambda value: is_number(value) and bottom < value <= limit
    return lambda value: is_number(value) and bottom <= value <= limit


def _between(operator: str, bottom: float, more: list[Any], limit: float) -> Callable[[Any], bool]:
    upper, top, rest = more[:3]
    if not isinstance(upper, str):
        raise RefusedPatternError(f"Bad value in numeric range: {_shown(upper)}")
    if upper not in {"<", "<="}:
        raise RefusedPatternError(f"Bad numeric range operator: {upper}")
    if not is_number(top):
        raise RefusedPatternError(f"Value of {upper} must be numeric")
    if rest is not _END:
        raise RefusedPatternError("Too many terms in numeric range expression")
    if number_within(bottom, limit) >= number_within(top, limit):
        raise RefusedPatternError("Bottom must be less than top")
    over, under = _from(operator, bottom, limit), _to(upper, top, limit)
    return lambda value: over(value) and under(value)
