"""Judges an event by its shape, and says where it differs from what the provider sends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_serverless.errors import near_misses
from pytest_serverless.events.path import ABSENT, Place, render
from pytest_serverless.events.shape import (
    MISSING,
    Derivation,
    Either,
    Encoded,
    Field,
    ListOf,
    MapOf,
    Node,
    Object,
    Scope,
    Shape,
    Value,
)

__all__ = ["INPUTS_AT_FAULT", "Violation", "accepts", "claimed", "derived", "holds", "judge", "mended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One difference between an event and what the provider sends.

    `path` says where (`Records[0].md5OfBody`), `rule` names what is broken, `found` is what stands there (`MISSING`
    where nothing does), `expected` says in words what should. `fix` is the right value where only one can be; `MISSING`
    otherwise, and `ABSENT` where the key should go. `shape` is the kind of event that it was judged as.
    """

    path: str
    rule: str
    found: Any
    expected: str
    fix: Any = MISSING
    shape: str = ""


def claimed(event: Any, shapes: Iterable[Shape]) -> Shape | None:
    """Return the first shape that claims the event."""
    return next((shape for shape in shapes if _claims(shape, event)), None)


def _claims(shape: Shape, event: Any) -> bool:
    try:
        return shape.claims(event)
    except INPUTS_AT_FAULT:
        return False  # the event lacks what the claim looks at


def judge(event: Any, shape: Shape, shapes: Sequence[Shape] = ()) -> list[Violation]:
    """Return what is wrong with the event; text in it that holds an event of one of `shapes` is judged too."""
    return list(_Judgement(shape, shapes).node(shape.node, event, None, None))


INPUTS_AT_FAULT = (KeyError, TypeError, ValueError, AttributeError, IndexError, LookupError)
"""What a condition or derivation raises on values that are themselves wrong, and reported as such."""


class _Judgement:
    __slots__ = ("shape", "shapes")

    def __init__(self, shape: Shape, shapes: Sequence[Shape]) -> None:
        self.shape = shape
        self.shapes = shapes

    def node(self, node: Node, found: Any, scope: Scope | None, place: Place) -> Iterator[Violation]:
        return _JUDGE[type(node)](self, node, found, scope, place)

    def violation(self, place: Place, rule: str, found: Any, expected: str, fix: Any = MISSING) -> Violation:
        return Violation(path=render(place), rule=rule, found=found, expected=expected, fix=fix, shape=self.shape.name)

    def value(self, node: Value, found: Any, _: Scope | None, place: Place) -> Iterator[Violation]:
        if not accepts(node, found):
            yield self.violation(place, node.rule, found, node.expected, mended(node, found))
        elif node.embeds:
            yield from self.embedded(found, place)

    def embedded(self, text: Any, place: Place) -> Iterator[Violation]:
        if not isinstance(text, str) or not text.startswith("{") or not self.shapes:
            return
        try:
            inner = json.loads(text)
        except ValueError:
            return  # text of the sender's own, which only looked like an event
        shape = claimed(inner, self.shapes)
        if shape is not None:
            for violation in judge(inner, shape, self.shapes):
                yield replace(violation, path=f"{render(place)} > {violation.path}", fix=MISSING)

    def object(self, node: Object, found: Any, scope: Scope | None, place: Place) -> Iterator[Violation]:
        if not isinstance(found, dict):
            yield self.violation(place, "object", found, "an object")
            return
        inner = Scope(found, scope)
        for field in node.fields:
            yield from self.field(field, found.get(field.name, MISSING), inner, (place, field.name))
        yield from self.others(node, found, inner, place)
        for rule in node.rules:
            if not holds(rule.holds, inner):
                yield self.violation((place, rule.at), rule.name, found.get(rule.at, MISSING), rule.expected)

    def field(self, field: Field, found: Any, scope: Scope, place: Place) -> Iterator[Violation]:
        if found is MISSING:
            if field.when is not None and holds(field.when, scope, unsure=False):
                expected = field.node.expected if isinstance(field.node, (Value, Either)) else "there"
                yield self.violation(place, "required", found, expected, derived(field.derive, scope))
            return
        if field.when is not None and not holds(field.when, scope):
            yield self.violation(place, "absent", found, "not there in such an event", ABSENT)
            return
        faults = list(self.node(field.node, found, scope, place))
        right = derived(field.derive, scope)
        if right is MISSING or _same(right, found):
            yield from faults
        elif not isinstance(right, (dict, list)) or not faults:
            yield self.violation(place, "derived", found, field.because or "what the rest of the event says", right)
        else:
            yield from faults

    def others(self, node: Object, found: dict[str, Any], scope: Scope, place: Place) -> Iterator[Violation]:
        known = [field.name for field in node.fields]
        for name, value in found.items():
            if name in known:
                continue
            if node.others is not None:
                yield from self.key(node.keys, name, (place, name))
                yield from self.node(node.others, value, scope, (place, name))
            else:
                near = near_misses(name, known)
                meant = f"; {near[0]!r} was meant, perhaps" if near else ""
                yield self.violation((place, name), "unknown-key", value, f"no such key{meant}", ABSENT)

    def list(self, node: ListOf, found: Any, scope: Scope | None, place: Place) -> Iterator[Violation]:
        if not isinstance(found, list):
            yield self.violation(place, "list", found, "a list")
            return
        if len(found) < node.least or (node.most is not None and len(found) > node.most):
            most = "or more" if node.most is None else f"to {node.most}"
            yield self.violation(place, "length", found, f"a list of {node.least} {most} items")
        for index, value in enumerate(found):
            yield from self.node(node.item, value, scope, (place, index))

    def map(self, node: MapOf, found: Any, scope: Scope | None, place: Place) -> Iterator[Violation]:
        if not isinstance(found, dict):
            yield self.violation(place, "object", found, "an object")
            return
        for key, value in found.items():
            yield from self.key(node.key, key, (place, key))
            yield from self.node(node.item, value, scope, (place, key))

    def key(self, node: Value | None, key: str, place: Place) -> Iterator[Violation]:
        if node is not None and not accepts(node, key):
            yield self.violation(place, f"key:{node.rule}", key, f"a key that is {node.expected}")

    def either(self, node: Either, found: Any, scope: Scope | None, place: Place) -> Iterator[Violation]:
        return self.node(node.choose(found), found, scope, place)

    def encoded(self, node: Encoded, found: Any, _: Scope | None, place: Place) -> Iterator[Violation]:
        carried = node.decode(found)
        if carried is MISSING:
            yield self.violation(place, node.rule, found, node.expected)
        else:
            for violation in self.node(node.node, carried, None, None):
                yield replace(violation, path=f"{render(place)} > {violation.path}")


def mended(node: Value, found: Any) -> Any:
    """Return the value that a wrong one can only have meant, or `MISSING`."""
    try:
        meant = node.mend(found)
    except INPUTS_AT_FAULT:
        return MISSING
    return meant if meant is not MISSING and accepts(node, meant) else MISSING


def accepts(node: Value, found: Any) -> bool:
    """Tell whether a leaf accepts a value; one that it stumbles over it does not."""
    try:
        return node.accepts(found)
    except INPUTS_AT_FAULT:
        return False


def holds(condition: Callable[[Scope], bool], scope: Scope, *, unsure: bool = True) -> bool:
    """Tell whether a condition holds; `unsure` where what it looks at is itself at fault."""
    try:
        return condition(scope)
    except INPUTS_AT_FAULT:
        return unsure


def derived(derive: Derivation | None, scope: Scope) -> Any:
    """Return what a derivation gives, or `MISSING` where there is none or its inputs are at fault."""
    if derive is None:
        return MISSING
    try:
        return derive(scope)
    except INPUTS_AT_FAULT:
        return MISSING


def _same(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are equal, true and 1 being different."""
    return type(one) is type(other) and one == other


_JUDGE: dict[type, Callable[..., Iterator[Violation]]] = {
    Value: _Judgement.value,
    Object: _Judgement.object,
    ListOf: _Judgement.list,
    MapOf: _Judgement.map,
    Either: _Judgement.either,
    Encoded: _Judgement.encoded,
}
