"""DynamoDB's attribute values: from Python, as a shape, and their size.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_AttributeValue.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html (2026-11).
The second is approximate on numbers: records of the service show that digits count in pairs from the decimal point.
"""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.events.shape import MISSING, Either, Value, field, list_of, map_of, obj
from pytest_serverless.events.values import BASE64, BOOLEAN, TEXT, const, text

__all__ = ["ATTRIBUTES", "attribute_values", "size_of", "typed"]

_EXACT = Context(prec=500)
"""Trimming zeros must not round: a number may be written with more digits than the default context keeps."""

AttributeValue = dict[str, Any]
"""One value as DynamoDB writes it: its type, and the value in the form of that type."""


def attribute_values(item: Mapping[str, Any], where: str = "item") -> dict[str, AttributeValue]:
    """Return an item of plain Python values as a map of attribute values; `where` names it in errors."""
    values = {}
    for name, value in item.items():
        if type(name) is not str or not name:
            raise InvalidParameterError(f"{where}: attributes have names of one character or more, got {name!r}.")
        values[name] = _attribute_value(value, f"{where}[{name!r}]")
    return values


def _attribute_value(value: Any, where: str) -> AttributeValue:
    for kinds, convert in _CONVERSIONS:
        if isinstance(value, kinds):
            return convert(value, where)
    raise InvalidParameterError(
        f"{where}: DynamoDB has text, numbers, bytes, True, False, None, lists, maps, and sets of one kind, "
        f"got {shorten(value)} ({type(value).__name__})."
    )


def _number(value: Any, where: str) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or len(number.normalize(_EXACT).as_tuple().digits) > 38 or not _in_range(number):
        raise InvalidParameterError(
            f"{where}: a DynamoDB number is finite, has at most 38 digits and lies between 1E-130 and 9.99E+125, "
            f"got {shorten(value)}."
        )
    return _plain(number)


def _in_range(number: Decimal) -> bool:
    return not number or -130 <= number.adjusted() <= 125


def _plain(number: Decimal) -> str:
    """Write a number as DynamoDB gives it back: without an exponent, a plus, or zeros that say nothing."""
    return f"{number.normalize(_EXACT):f}" if number else "0"


def _as_set(value: Any, where: str) -> AttributeValue:
    kinds = {str: "SS", bytes: "BS", int: "NS", float: "NS", Decimal: "NS"}
    found = {kinds.get(type(member), "") for member in value}
    if len(found) != 1 or "" in found:
        what = "mixed or other members" if value else "no members"
        raise InvalidParameterError(
            f"{where}: a DynamoDB set holds text, numbers or bytes, all of one kind and at least one; this has {what}."
        )
    return _SETS[found.pop()](value, where)


def _binary(value: Any) -> str:
    return b64encode(bytes(value)).decode()


_SETS: dict[str, Callable[[Any, str], AttributeValue]] = {
    "SS": lambda members, _: {"SS": sorted(members)},
    "NS": lambda members, where: {"NS": sorted((_number(member, where) for member in members), key=Decimal)},
    "BS": lambda members, _: {"BS": [_binary(member) for member in sorted(members)]},
}

_CONVERSIONS: tuple[tuple[Any, Callable[[Any, str], AttributeValue]], ...] = (
    (bool, lambda value, _: {"BOOL": value}),
    (str, lambda value, _: {"S": value}),
    ((int, float, Decimal), lambda value, where: {"N": _number(value, where)}),
    (type(None), lambda _, __: {"NULL": True}),
    ((bytes, bytearray), lambda value, _: {"B": _binary(value)}),
    ((set, frozenset), _as_set),
    (Mapping, lambda value, where: {"M": attribute_values(value, where)}),
    ((list, tuple), lambda value, where: {"L": [_attribute_value(v, f"{where}[{i}]") for i, v in enumerate(value)]}),
)


def size_of(item: Mapping[str, AttributeValue]) -> int:
    """Return how many bytes DynamoDB counts for an item: names and values."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: AttributeValue) -> int:
    ((kind, inner),) = value.items()
    return _SIZES[kind](inner)


def _number_size(value: str) -> int:
    """Count a number: a byte for each pair of digits, aligned to the decimal point, one more, and one for a minus."""
    number = Decimal(value).normalize(_EXACT)
    if not number:
        return 1
    _, digits, exponent = number.as_tuple()
    pairs = math.ceil((len(digits) + int(exponent) % 2) / 2)
    return min(1 + pairs + (number < 0), 21)


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": lambda value: len(value.encode()),
    "N": _number_size,
    "B": lambda value: len(b64decode(value)),
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda members: sum(len(member.encode()) for member in members),
    "NS": lambda members: sum(_number_size(member) for member in members),
    "BS": lambda members: sum(len(b64decode(member)) for member in members),
    "L": lambda members: 3 + sum(1 + _size(member) for member in members),
    "M": lambda members: 3 + sum(1 + len(name.encode()) + _size(member) for name, member in members.items()),
}


def _is_number(found: Any) -> bool:
    try:
        return isinstance(found, str) and found == found.strip() and Decimal(found).is_finite()
    except InvalidOperation:
        return False


_NUMBER_TEXT = Value(
    "number-text",
    "a number, as text",
    _is_number,
    lambda _: "0",
    lambda found: str(found) if type(found) in (int, float) else MISSING,
)


def _is_attribute_value(found: Any) -> bool:
    return isinstance(found, dict) and len(found) == 1 and found.keys() <= _TYPES.keys()


def typed(found: Any) -> Any:
    """Return a value with its type: bare ones, as hand-written events have them, get one.

    `MISSING` where that is not certain: an untyped object or list may mean several things.
    """
    if _is_attribute_value(found):
        return found
    try:
        return _attribute_value(found, "value") if isinstance(found, (str, int, float, type(None))) else MISSING
    except InvalidParameterError:
        return MISSING


_UNTYPED = Value(
    "attribute-value",
    f'a value with its type, such as {{"S": "text"}}; one of {", ".join(_SIZES)}',
    _is_attribute_value,
    lambda _: {"S": ""},
    typed,
)


def _node_of(found: Any) -> Any:
    return _TYPES[next(iter(found))] if _is_attribute_value(found) else _UNTYPED


_ATTRIBUTE = Either(_node_of, _UNTYPED.expected)
ATTRIBUTES = map_of(text(expected="an attribute's name"), _ATTRIBUTE)
"""An item, or a part of one: attribute values by name."""

_TYPES = {
    "S": obj(field("S", TEXT)),
    "N": obj(field("N", _NUMBER_TEXT)),
    "B": obj(field("B", BASE64)),
    "BOOL": obj(field("BOOL", BOOLEAN)),
    "NULL": obj(field("NULL", const(True))),
    "SS": obj(field("SS", list_of(TEXT))),
    "NS": obj(field("NS", list_of(_NUMBER_TEXT))),
    "BS": obj(field("BS", list_of(BASE64))),
    "L": obj(field("L", list_of(_ATTRIBUTE, least=0))),
    "M": obj(field("M", ATTRIBUTES)),
}
