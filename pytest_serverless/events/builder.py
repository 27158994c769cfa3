"""Fills a shape: what is given stays, the rest is minted, what follows from it is derived.

`Filling` does the work and refuses what does not fit; its subclasses differ only in what they do then: `Overriding`
says how to insist, `Lenient` takes it as it is, and `repair.Salvage` puts it right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from pytest_serverless.errors import InconsistentEventError, InvalidParameterError, shorten
from pytest_serverless.events import path as paths
from pytest_serverless.events.checker import accepts, holds
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.path import ABSENT, Place, render
from pytest_serverless.events.shape import (
    MISSING,
    Either,
    Encoded,
    Field,
    ListOf,
    MapOf,
    Node,
    Object,
    Pending,
    Scope,
    Shape,
    Value,
)

__all__ = ["PRESENT", "Filling", "Present", "complete", "plain"]


@dataclass(frozen=True, slots=True)
class Present:
    """Given for a derived field: it is there, with the value that follows from the rest (and from `hint`, if any)."""

    hint: Any = None


PRESENT: Final = Present()


def complete(
    shape: Shape,
    given: Mapping[str, Any],
    mint: Mint,
    *,
    overrides: Mapping[str, Any] | None = None,
    allow_inconsistent: bool = False,
) -> dict[str, Any]:
    """Return the event of that shape that has the `given` values, as plain JSON data.

    `overrides` maps paths (`Records[0].attributes.SenderId`) to values and is applied before anything is derived. An
    override of a derived field, or one that breaks a rule of the shape, raises `InconsistentEventError` unless
    `allow_inconsistent` is set; then it is taken as it is, and `ABSENT` takes a key away.
    """
    filling = Filling(mint)
    if overrides:
        given = deepcopy(dict(given))
        for path, value in overrides.items():
            paths.put(given, path, value if value is ABSENT else plain(value, path))
        filling = Lenient(mint) if allow_inconsistent else Overriding(mint)
    return filling.event(shape, given)


def plain(value: Any, where: str) -> Any:
    """Return the value as JSON gives it back: lists for tuples, nothing shared.

    `InvalidParameterError` where it is not JSON.
    """
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"{where}: events are JSON, and this is not: {error}.") from None


class Filling:
    """One pass over a shape; derived fields wait until everything else stands, and rules until that is derived."""

    def __init__(self, mint: Mint) -> None:
        self.mint = mint
        self.pending: list[tuple[dict[str, Any], str, Pending]] = []
        self.held: list[tuple[Object, Scope, Place]] = []

    def event(self, shape: Shape, given: Any) -> dict[str, Any]:
        """Return the whole event."""
        event = self.fill(shape.node, given, None, None)
        self.finish()
        return plain(event, shape.name)  # type: ignore[no-any-return]  # an object in, a dict out

    def fill(self, node: Node, given: Any, scope: Scope | None, place: Place) -> Any:
        return _FILL[type(node)](self, node, given, scope, place)

    def finish(self) -> None:
        """Compute what is derived, what one derivation needs of another on the way; then look at the rules."""
        for target, name, pending in self.pending:
            if target.get(name) is pending:
                target[name] = pending.compute()
        for node, scope, place in self.held:
            self.hold(node, scope, place)
        self.pending.clear()
        self.held.clear()

    # What happens where the given does not fit; subclasses decide differently.

    def mismatch(self, node: Node, given: Any, scope: Scope | None, place: Place, expected: str) -> Any:
        """Return what stands in for a value that the node does not accept."""
        raise InvalidParameterError(f"{render(place)}: expected {expected}, got {shorten(given)}.")

    def keeps(self, place: Place, reason: str) -> bool:
        """Tell whether a key stays that the shape does not have here."""
        raise InvalidParameterError(f"{render(place)} cannot be given: {reason}.")

    def derived(self, field: Field, given: Any, derive: Callable[[], Any], place: Place) -> Any:
        """Return the value of a derived field that was given one, or `MISSING` to derive it."""
        if given != derive():
            self.keeps(place, f"it is derived: {field.because or 'it follows from the rest of the event'}")
        return given

    def inferred(self, field: Field, scope: Scope) -> Any:
        """Return what the rest implies for a field that was not given, or `MISSING`."""
        return MISSING

    def hold(self, node: Object, scope: Scope, place: Place) -> None:
        """Look at an object's rules; builders keep them by construction."""

    # One method for each kind of node.

    def value(self, node: Value, given: Any, scope: Scope | None, place: Place) -> Any:
        if given is MISSING:
            return node.mint(self.mint)
        return given if accepts(node, given) else self.mismatch(node, given, scope, place, node.expected)

    def object(self, node: Object, given: Any, scope: Scope | None, place: Place) -> Any:
        if given is MISSING:
            given = {}
        elif not isinstance(given, dict):
            return self.mismatch(node, given, scope, place, "an object")
        filled: dict[str, Any] = {}
        inner = Scope(filled, scope, given)
        for field in node.fields:
            self.field(field, given.get(field.name, MISSING), inner, place)
        if given.keys() - filled.keys():
            self.surplus(node, given, inner, place)
        if node.rules:
            self.held.append((node, inner, place))
        return filled

    def field(self, field: Field, given: Any, scope: Scope, place: Place) -> None:
        when = field.when
        if given is MISSING:
            if when is None or not when(scope):
                return
            given = self.inferred(field, scope)
        elif given is ABSENT or not self.belongs(field, scope, place):
            return
        here = (place, field.name)
        scope.filled[field.name] = (
            self.fill(field.node, given, scope, here)
            if field.derive is None
            else self.derive(field, given, scope, here)
        )

    def belongs(self, field: Field, scope: Scope, place: Place) -> bool:
        if field.when is None or field.when(scope):
            return True
        return self.keeps((place, field.name), "the rest says that it is not there")

    def derive(self, field: Field, given: Any, scope: Scope, place: Place) -> Any:
        derive = field.derive
        assert derive is not None  # noqa: S101  # `field` has asked
        if given is not MISSING and not isinstance(given, Present):
            given = self.derived(field, given, lambda: derive(scope), place)
            if given is not MISSING:
                return given
        pending = Pending(lambda: derive(scope))
        self.pending.append((scope.filled, field.name, pending))
        return pending

    def surplus(self, node: Object, given: Mapping[str, Any], scope: Scope, place: Place) -> None:
        known = {field.name for field in node.fields}
        for name, value in given.items():
            if name in known or value is ABSENT:
                continue
            if node.others is not None:
                if node.keys is not None and not accepts(node.keys, name):
                    name = self.mismatch(node.keys, name, scope, (place, name), f"a key that is {node.keys.expected}")  # noqa: PLW2901  # its mend
                scope.filled[name] = self.fill(node.others, value, scope, (place, name))
            elif self.keeps((place, name), f"there is no such key; there are {', '.join(sorted(known))}"):
                scope.filled[name] = value

    def list(self, node: ListOf, given: Any, scope: Scope | None, place: Place) -> Any:
        if given is MISSING:
            given = [MISSING] * node.least
        elif not isinstance(given, (list, tuple)):
            return self.mismatch(node, given, scope, place, "a list")
        return [self.fill(node.item, value, scope, (place, index)) for index, value in enumerate(given)]

    def map(self, node: MapOf, given: Any, scope: Scope | None, place: Place) -> Any:
        if given is MISSING:
            return {}
        if not isinstance(given, dict):
            return self.mismatch(node, given, scope, place, "an object")
        filled = {}
        for key, value in given.items():
            here = (place, key)
            if value is ABSENT:
                continue
            if not accepts(node.key, key):
                key = self.mismatch(node.key, key, scope, here, f"a key that is {node.key.expected}")  # noqa: PLW2901  # its mend
            filled[key] = self.fill(node.item, value, scope, here)
        return filled

    def either(self, node: Either, given: Any, scope: Scope | None, place: Place) -> Any:
        return self.fill(node.choose(given), given, scope, place)

    def encoded(self, node: Encoded, given: Any, scope: Scope | None, place: Place) -> Any:
        carried = node.decode(given) if isinstance(given, str) else given
        if isinstance(given, str) and carried is MISSING:
            return self.mismatch(node, given, scope, place, node.expected)
        outside, self.pending, self.held = (self.pending, self.held), [], []
        filled = self.fill(node.node, carried, None, place)
        self.finish()
        self.pending, self.held = outside
        return given if isinstance(given, str) and filled == carried else node.encode(filled)


class Overriding(Filling):
    """The user's overrides are in: what contradicts the provider is refused, and the way to insist is named."""

    def mismatch(self, node: Node, given: Any, scope: Scope | None, place: Place, expected: str) -> Any:
        raise _inconsistent(place, f"must be {expected}, not {shorten(given)}")

    def keeps(self, place: Place, reason: str) -> bool:
        raise _inconsistent(place, f"cannot be overridden: {reason}")

    def hold(self, node: Object, scope: Scope, place: Place) -> None:
        for rule in node.rules:
            if not holds(rule.holds, scope):
                raise _inconsistent((place, rule.at), f"must be {rule.expected}")


class Lenient(Filling):
    """The user insists: whatever is given is taken."""

    def mismatch(self, node: Node, given: Any, scope: Scope | None, place: Place, expected: str) -> Any:
        return given

    def keeps(self, place: Place, reason: str) -> bool:
        return True

    def derived(self, field: Field, given: Any, derive: Callable[[], Any], place: Place) -> Any:
        return given


def _inconsistent(place: Place, problem: str) -> InconsistentEventError:
    where = render(place)
    return InconsistentEventError(
        f"{where} {problem}. Pass allow_inconsistent=True to build a wrong event on purpose.", path=where
    )


_FILL: dict[type, Callable[..., Any]] = {
    Value: Filling.value,
    Object: Filling.object,
    ListOf: Filling.list,
    MapOf: Filling.map,
    Either: Filling.either,
    Encoded: Filling.encoded,
}
