"""What the views have in common: looking for one item, or for none, with failures that show what was there."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

from pytest_serverless.deployment.arrived.lines import table
from pytest_serverless.deployment.arrived.matching import NOT_JSON, NOTHING, differences, nearest
from pytest_serverless.deployment.arrived.place import Place
from pytest_serverless.errors import UnknownNameError, shorten

__all__ = ["View", "Word", "fields_of"]

Item = TypeVar("Item")

_IN_REPR: Final = 8
_IN_FAILURES: Final = 20
_CELL: Final = 60
_NOT_SETTLED: Final = "serverless.settle() was not called since something last changed: what that causes is not there."


class View(ABC, Generic[Item]):
    """A resource of the application, to look at.

    Each look is anew, and shows what is there by then. `kind` and `thing` are the words for the resource and for what
    is in it; `fields` are what can be expected of that, or None where its names are its own.
    """

    kind: ClassVar[str]
    thing: ClassVar[str]
    fields: ClassVar[Sequence[str] | None]

    def __init__(self, place: Place) -> None:
        self._place = place

    @abstractmethod
    def _items(self) -> list[Item]:
        """Return what is there, in order."""

    @abstractmethod
    def _cells(self, item: Item) -> Mapping[str, Any]:
        """Return what a table shows of an item, by column; None is left empty, and words are shown as they are."""

    def __len__(self) -> int:
        return len(self._items())

    def __repr__(self) -> str:
        items = self._items()
        lines = [f"<{self._name}: {self._count(items) if items else 'empty'}", *self._table(items, _IN_REPR)]
        return "\n".join(lines) + ">"

    def one(self, predicate: Callable[[Item], object] | None = None, /, **expected: Any) -> Item:
        """Return the only item for which `predicate` is true and that has what is expected of its fields.

        Of a mapping only what is expected counts, at any depth: `one(detail={"order": {"id": 7}})`. An AssertionError
        says what was there, and how the nearest differs.
        """
        __tracebackhide__ = True
        items = self._items()
        found = self._matching(items, predicate, expected)
        if len(found) == 1:
            return found[0]
        wanted = _wanted(predicate, expected)
        raise AssertionError(self._too_many(found, wanted, "one") if found else self._missed(items, wanted, expected))

    def none(self, predicate: Callable[[Item], object] | None = None, /, **expected: Any) -> None:
        """Raise an AssertionError if any item is such as `one` would look for; told nothing, if there is any."""
        __tracebackhide__ = True
        found = self._matching(self._items(), predicate, expected)
        if found:
            raise AssertionError(self._too_many(found, _wanted(predicate, expected), "none"))

    def _matching(
        self, items: Sequence[Item], predicate: Callable[[Item], object] | None, expected: Mapping[str, Any]
    ) -> list[Item]:
        for name in expected:
            if self.fields is not None and name not in self.fields:
                raise UnknownNameError(f"field of the {self._name}'s {self.thing}s", name, self.fields)
        return [
            item
            for item in items
            if (predicate is None or predicate(item)) and not any(differences(expected, _values(item, expected)))
        ]

    def _too_many(self, found: Sequence[Item], wanted: str, number: str) -> str:
        lines = [f"The {self._name} has {self._count(found)}{wanted}, and {number} was expected:"]
        return "\n".join(lines + self._table(found, _IN_FAILURES))

    def _missed(self, items: Sequence[Item], wanted: str, expected: Mapping[str, Any]) -> str:
        if not items:
            lines = [f"The {self._name} has no {self.thing}{wanted}: it is empty."]
            return "\n".join([*lines, *self._not_settled()])
        lines = [f"The {self._name} has no {self.thing}{wanted}."]
        misses = nearest([_values(item, expected) for item in items], expected)
        if misses:
            lines += ["The nearest differs:", *(f"  {miss}" for miss in misses)]
        lines += [f"It has {self._count(items)}:", *self._table(items, _IN_FAILURES)]
        return "\n".join([*lines, *self._not_settled()])

    def _not_settled(self) -> list[str]:
        return [_NOT_SETTLED] if self._place.backends.waits() else []

    @property
    def _name(self) -> str:
        return f"{self.kind} {self._place.resource.id}"

    def _count(self, items: Sequence[Item]) -> str:
        return f"{len(items)} {self.thing}{'s' * (len(items) != 1)}"

    def _table(self, items: Sequence[Item], most: int) -> list[str]:
        rows = [{name: _cell(value) for name, value in self._cells(item).items()} for item in items]
        return [f"  {line}" for line in table(rows, most=most)]


class Word(str):
    """A text that a table shows without quotes."""

    __slots__ = ()


def fields_of(item: type, *more: str) -> tuple[str, ...]:
    """Return the names of a dataclass's fields, and `more` of its properties."""
    return (*(field.name for field in dataclasses.fields(item)), *more)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, Word) else shorten(value, _CELL)


def _values(item: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an item has of these names."""
    if isinstance(item, Mapping):
        return {name: item.get(name, NOTHING) for name in names}
    return {name: _value(item, name) for name in names}


def _value(item: Any, name: str) -> Any:
    try:
        return getattr(item, name)
    except AssertionError:
        return NOT_JSON


def _wanted(predicate: Callable[[Any], object] | None, expected: Mapping[str, Any]) -> str:
    """Say what was looked for."""
    fields = ", ".join(f"{name}={shorten(value)}" for name, value in expected.items())
    name = getattr(predicate, "__name__", "") if predicate is not None else ""
    test = (
        ""
        if predicate is None
        else " that the predicate accepts"
        if name in {"", "<lambda>"}
        else f" that {name} accepts"
    )
    return f"{f' with {fields}' if fields else ''}{test}"
