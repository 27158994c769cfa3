"""What a pattern may ask of one value: each operator is read, or refused in the service's words, and made a function.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (2026-11) and the
service's rule engine, https://github.com/aws/event-ruler (1.7), whose words and order of checks these are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pytest_serverless.triggers.pattern_addresses import address_of, in_block
from pytest_serverless.triggers.pattern_numbers import is_number, number_within, numeric_range
from pytest_serverless.triggers.pattern_reader import Members, RefusedPatternError
from pytest_serverless.triggers.pattern_wildcards import wildcard

__all__ = ["Test", "exact_values", "is_exists", "operator_test"]

Test = Callable[[Any], bool]

_ONE_KEY = "Only one key allowed in match expression"
_TOO_MANY = "Too many elements in numeric expression"
_SIMPLE = "Inside anything but list, start|null|boolean is not supported."
_MIXED = "Inside anything but list, either all values are number or string, mixed type is not supported"
_NO_LETTERS = "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."


def exact_values(values: Sequence[Any]) -> list[Test]:
    """Return the tests for values that stand in a pattern themselves: a text, a number, true, false or null."""
    texts = frozenset(value for value in values if isinstance(value, str))
    addresses = frozenset(address for text in texts if (address := address_of(text)) is not None)
    numbers = frozenset(value for value in values if is_number(value))
    constants = [value for value in values if value is None or isinstance(value, bool)]
    tests: list[Test] = []
    if texts:
        tests.append(lambda value: isinstance(value, str) and value in texts)
    if addresses:
        tests.append(lambda value: isinstance(value, str) and address_of(value) in addresses)
    if numbers:
        tests.append(lambda value: is_number(value) and value in numbers)
    if constants:
        tests.append(lambda value: any(value is constant for constant in constants))
    return tests


def is_exists(expression: Members) -> bool | None:
    """Return what an `exists` expression asks for; None if it is another expression."""
    if expression.only_key != "exists":
        return None
    wanted = expression[0][1]
    if not isinstance(wanted, bool):
        raise RefusedPatternError("exists match pattern must be either true or false.")
    _refuse_more(expression, _ONE_KEY)
    return wanted


def operator_test(expression: Members, limit: float) -> Test:
    """Return the test of a match expression such as `{"prefix": "a"}`; numbers reach from `-limit` to `limit`."""
    name = expression.only_key
    operand = expression[0][1]
    if name == "anything-but":
        test = _anything_but(operand, limit)
    elif name == "numeric":
        test = numeric_range(operand, limit)
    elif name in _OF_TEXT:
        test = _OF_TEXT[name](operand)
    else:
        raise RefusedPatternError(f"Unrecognized match type {name}")
    _refuse_more(expression, _TOO_MANY if name in {"anything-but", "numeric"} else _ONE_KEY)
    return test


def _refuse_more(expression: Members, words: str) -> None:
    if len(expression) > 1:
        raise RefusedPatternError(words)


def _text(operand: Any, words: str) -> str:
    if not isinstance(operand, str):
        raise RefusedPatternError(words)
    return operand


def _exactly(operand: Any) -> Test:
    wanted = _text(operand, "exact match pattern must be a string")
    return lambda value: isinstance(value, str) and value == wanted


def _equals_ignore_case(operand: Any) -> Test:
    wanted = _text(operand, "equals-ignore-case match pattern must be a string").lower()
    return lambda value: isinstance(value, str) and value.lower() == wanted


def _prefix(operand: Any) -> Test:
    if isinstance(operand, Members):
        start = _ignoring_case(operand, "prefix")
        return lambda value: isinstance(value, str) and value.lower().startswith(start)
    start = _text(operand, "prefix match pattern must be a string")
    return lambda value: isinstance(value, str) and value.startswith(start)


def _suffix(operand: Any) -> Test:
    if isinstance(operand, Members):
        end = _ignoring_case(operand, "suffix")
        return lambda value: isinstance(value, str) and value.lower().endswith(end)
    end = _text(operand, "suffix match pattern must be a string")
    return lambda value: isinstance(value, str) and value.endswith(end)


def _ignoring_case(operand: Members, name: str) -> str:
    """Return the text in `{"prefix": {"equals-ignore-case": "text"}}`, in lower case."""
    if not operand:
        raise RefusedPatternError(f"{name.capitalize()} expression name not found")
    key, value = operand[0]
    if key != "equals-ignore-case":
        raise RefusedPatternError(f"Unsupported {name} pattern: {key}")
    text = _text(value, "equals-ignore-case match pattern must be a string")
    _refuse_more(operand, _ONE_KEY)
    return text.lower()


def _cidr(operand: Any) -> Test:
    return in_block(_text(operand, "prefix match pattern must be a string"))  # the engine's own slip of the pen


def _wildcard(operand: Any) -> Test:
    return wildcard(_text(operand, "wildcard match pattern must be a string"))


_OF_TEXT: dict[str, Callable[[Any], Test]] = {
    "exactly": _exactly,
    "equals-ignore-case": _equals_ignore_case,
    "prefix": _prefix,
    "suffix": _suffix,
    "cidr": _cidr,
    "wildcard": _wildcard,
}

# Of each form of anything-but: the operator it turns round, and what is said of a value that is no text.
_BUT_FORMS: dict[str, tuple[Callable[[Any], Test], str]] = {
    "equals-ignore-case": (_equals_ignore_case, _NO_LETTERS),
    "prefix": (_prefix, "prefix/suffix match pattern must be a string"),
    "suffix": (_suffix, "prefix/suffix match pattern must be a string"),
    "wildcard": (_wildcard, "wildcard match pattern must be a string"),
}


def _anything_but(operand: Any, limit: float) -> Test:
    """Return the test for a value that is there and is none of those named; null and numbers are there too."""
    if isinstance(operand, Members):
        return _anything_but_form(operand)
    _refuse_unlistable(operand)
    values = operand if isinstance(operand, list) else [operand]
    if any(not isinstance(value, str) and not is_number(value) for value in values):
        raise RefusedPatternError(_SIMPLE)
    if len({isinstance(value, str) for value in values}) != 1:
        raise RefusedPatternError(_MIXED)
    if isinstance(values[0], str):
        texts = frozenset(values)
        return lambda value: not isinstance(value, str) or value not in texts
    numbers = frozenset(number_within(value, limit) for value in values)
    return lambda value: not is_number(value) or value not in numbers


def _anything_but_form(operand: Members) -> Test:
    if not operand:
        raise RefusedPatternError("Anything-But expression name not found")
    name, inner = operand[0]
    if name not in _BUT_FORMS:
        raise RefusedPatternError(f"Unsupported anything-but pattern: {name}")
    _refuse_unlistable(inner)
    make, words = _BUT_FORMS[name]
    texts = [_text(value, words) for value in (inner if isinstance(inner, list) else [inner])]
    if name in {"prefix", "suffix"} and "" in texts:
        raise RefusedPatternError("Null prefix/suffix not allowed")
    tests = [make(text) for text in texts]
    _refuse_more(operand, _TOO_MANY)
    return lambda value: not any(test(value) for test in tests)


def _refuse_unlistable(operand: Any) -> None:
    if not isinstance(operand, list | str | int | float) or isinstance(operand, bool | Members):
        raise RefusedPatternError("Value of anything-but must be an array or single string/number value.")
