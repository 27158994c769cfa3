"""Filter patterns for fields with spaces between them: `[ip, user, ..., status = 4*, bytes > 1000]`.

Source, and what was measured: see `log_patterns`. What stands in brackets or quotation marks is one field. Without an
ellipsis, the last field that is named is all the rest; with one, fields after it are counted from the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pytest_serverless.triggers.log_pattern_comparisons import Number, is_number, read_comparison
from pytest_serverless.triggers.log_pattern_reader import Reader, Test, refuse

__all__ = ["Fields"]

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_FIRST_NAME = re.compile(rf"[( \t\r\n]*({_NAME.pattern})")
_FIELD = re.compile(
    r"""(?: \[ (?P<bracketed> [^\]]* ) \] | " (?P<quoted> (?: [^"\\] | \\. )* ) " ) (?= [ \t\r\n] | \Z )
    | (?P<bare> [^ \t\r\n]+ )""",
    re.DOTALL | re.VERBOSE,
)
_ELLIPSIS = "..."


class _Slot(NamedTuple):
    name: str
    test: Test | None = None


class Fields:
    """A pattern of fields."""

    def __init__(self, slots: Sequence[_Slot]) -> None:
        names = [slot.name for slot in slots]
        self._ellipsis = names.index(_ELLIPSIS) if _ELLIPSIS in names else None
        self._slots = [slot for slot in slots if slot.name != _ELLIPSIS]

    @classmethod
    def parse(cls, text: str) -> Fields:
        """Read a pattern that begins with a bracket."""
        if not text.endswith("]"):
            refuse("If a filter pattern starts with '[' it must end with ']'")
        reader = Reader(text)
        reader.take("[")
        slots = [] if reader.take("]") else _read_slots(reader)
        if not reader.ended():
            reader.unexpected()
        return cls(slots)

    def extract(self, message: str) -> Mapping[str, str] | None:
        """Return the fields of a message under their names or places, or None where it does not match."""
        fields = self._split(message)
        if not fields or len(fields) < len(self._slots):
            return None
        places = self._places(len(fields))
        if not all(slot.test is None or slot.test(_value(fields[place])) for place, slot in places.items()):
            return None
        names = {place: slot.name for place, slot in places.items() if slot.name}
        return {f"${names.get(place, place + 1)}": field for place, field in enumerate(fields)}

    def _split(self, message: str) -> Sequence[str]:
        found = list(_FIELD.finditer(message))
        fields = [field[field.lastgroup or 0] for field in found]
        last = len(self._slots) - 1
        if self._ellipsis is not None or last < 0 or len(fields) <= last + 1:
            return fields
        return [*fields[:last], message[found[last].start() :].rstrip(" \t\r\n")]

    def _places(self, count: int) -> Mapping[int, _Slot]:
        head = len(self._slots) if self._ellipsis is None else self._ellipsis
        skipped = 0 if self._ellipsis is None else count - len(self._slots)
        return {place + (skipped if place >= head else 0): slot for place, slot in enumerate(self._slots)}


def _value(field: str) -> str:
    return Number(field) if is_number(field) else field


def _read_slots(reader: Reader) -> Sequence[_Slot]:
    slots = [_read_slot(reader)]
    while reader.take(","):
        slots.append(_read_slot(reader))
    if not reader.take("]"):
        reader.unexpected()
    names = [slot.name for slot in slots if slot.name]
    for name in names:
        if names.count(name) > 1:
            refuse(f"Duplicate field '{name}'")
    return slots


def _read_slot(reader: Reader) -> _Slot:
    if reader.take(_ELLIPSIS):
        return _Slot(_ELLIPSIS)
    start = reader.position
    found = reader.find(_FIRST_NAME)
    if found is None:
        return _Slot("")
    reader.skip_spaces()
    if found[0] == found[1] and reader.rest[:1] in {",", "]"}:
        return _Slot(found[1])
    reader.position = start
    return _Slot(found[1], reader.condition(lambda reader: _read_condition(reader, found[1])))


def _read_condition(reader: Reader, name: str) -> Test:
    reader.skip_spaces()
    start = reader.position
    found = reader.find(_NAME)
    if found is None or found[0] != name:
        reader.position = start
        reader.unexpected()
    return read_comparison(reader)
