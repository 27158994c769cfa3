"""Judges an event by the rules of a pattern: quickly where no array is on the way, and by search where one is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_serverless.triggers.pattern_events import MISSING, Place, Places, places_of, quick_lookup, together
from pytest_serverless.triggers.pattern_rules import Field, Rule

__all__ = ["CompiledRule", "RuleSet"]

Event = Mapping[str, Any]
_CONTAINERS = (dict, list, tuple, Mapping)


class RuleSet:
    """Rules of which one is enough."""

    __slots__ = ("_rules", "matches")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(CompiledRule(rule) for rule in rules)
        self.matches: Callable[[Event], bool] = self._rules[0].matches if len(rules) == 1 else self._any_matches

    def _any_matches(self, event: Event) -> bool:
        return any(rule.matches(event) for rule in self._rules)

    def why_not(self, event: Event) -> str | None:
        """Say what keeps the event from matching the rule that it is nearest to; None if it matches."""
        if self.matches(event):
            return None
        return max(self._rules, key=lambda rule: rule.right_fields(event)).why_not(event)


class CompiledRule:
    """A rule as functions: an event matches if every field does, all in the same elements of arrays."""

    __slots__ = ("_by_path", "_fields", "_quick")

    def __init__(self, rule: Rule) -> None:
        self._fields = [_CompiledField(field) for field in rule.values()]
        self._by_path = sorted(self._fields, key=lambda field: field.order)
        self._quick = [field.quick for field in self._fields]

    def matches(self, event: Event) -> bool:
        """Tell whether the event matches."""
        for quick in self._quick:
            if not quick(event):
                return self._matches_thoroughly(event)
        return True

    def _matches_thoroughly(self, event: Event) -> bool:
        found = []
        for field in self._by_path:
            values = field.places(event)
            if not field.accepts(values):
                return False
            found.append((field, values, field.right(values)))
        return _consistent(found, {})

    def right_fields(self, event: Event) -> int:
        """Count the fields that match for themselves."""
        return sum(field.accepts(field.places(event)) for field in self._fields)

    def why_not(self, event: Event) -> str:
        """Say what keeps an event that does not match from matching."""
        for field in self._fields:
            values = field.places(event)
            if not field.accepts(values):
                return f"{field.path!r} {_what_was_there(event, field.path, values)}, wanted {field.wanted}"
        for field in self._fields:
            values = field.places(event)
            if values and not field.right(values):  # it is to be absent, and could only be so in other elements
                return f"{field.path!r} {_what_was_there(event, field.path, values)}, wanted {field.wanted}"
        paths = " and ".join(repr(field.path) for field in self._fields)
        return f"{paths} match, but not together in one element of an array"


class _CompiledField:
    __slots__ = ("_field", "order", "path", "places", "quick", "wanted")

    def __init__(self, field: Field) -> None:
        self._field = field
        self.path = field.path
        self.wanted = field.wanted
        self.order = field.path.encode("utf-16-be", "surrogatepass")  # that of the engine, which decides on absence
        self.places: Places = places_of(field.path)
        self.quick = _quick_test(field, self.places)

    @property
    def may_be_absent(self) -> bool:
        return self._field.may_be_absent

    def right(self, values: Sequence[tuple[Any, Place]]) -> list[Place]:
        """Return the places of the values that are wanted."""
        return [place for value, place in values if self._field.test(value)]

    def accepts(self, values: Sequence[tuple[Any, Place]]) -> bool:
        """Tell whether the field could match, whatever the others do."""
        if self.may_be_absent and all(place for _, place in values):
            return True
        return any(self._field.test(value) for value, _ in values)


def _quick_test(field: Field, places: Places) -> Callable[[Event], bool]:
    """Return what tells that a field matches outside of arrays; if it says no, it may match all the same."""
    look, test = quick_lookup(field.path), field.test
    if field.may_be_absent:
        return lambda event: not places(event)

    def quick(event: Event) -> bool:
        value = look(event)
        return value is not MISSING and not isinstance(value, _CONTAINERS) and test(value)

    return quick


def _consistent(fields: Sequence[tuple[_CompiledField, list[tuple[Any, Place]], list[Place]]], place: Place) -> bool:
    """Tell whether a value can be chosen for each field so that all stand together.

    A field is absent if it has no value where those stand that were chosen before it, in the order of the paths.
    """
    if not fields:
        return True
    (field, values, right), *others = fields
    if (
        field.may_be_absent
        and all(together(place, there) is None for _, there in values)
        and _consistent(others, place)
    ):
        return True
    return any((both := together(place, there)) is not None and _consistent(others, both) for there in right)


def _what_was_there(event: Event, path: str, values: Sequence[tuple[Any, Place]]) -> str:
    if values:
        shown = [json.dumps(value, ensure_ascii=False, default=repr) for value, _ in values[:5]]
        return f"was {', '.join(shown)}{', …' if len(values) > 5 else ''}"
    node: Any = event
    for name in path.split("."):
        node = node.get(name, MISSING) if isinstance(node, Mapping) else MISSING
    if isinstance(node, Mapping):
        return "was an object"
    return "was an empty array" if isinstance(node, list | tuple) and not node else "was not there"
