"""The shape language: what an event looks like, said once.

A shape is a tree of five kinds of node over JSON:

* `Value`: one leaf, with a rule it must meet and a way to make one (`values.py` has the vocabulary);
* `Object`: ordered `Field`s, each always there, optional, or there when a condition holds, and perhaps *derived* from
  the others;
* `ListOf` and `MapOf`: repetition with free length, or with free keys;
* `Either`: one of several nodes, chosen by looking at the value;
* `Encoded`: text that carries another node, as base64 of gzip of JSON does.

`builder.py` fills a shape, `checker.py` judges an event by it, `repair.py` does both. Conditions and derivations are
plain functions of a `Scope`, so the three agree on what an event means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pytest_serverless.events.mint import Mint

__all__ = [
    "ALWAYS",
    "MISSING",
    "OPTIONAL",
    "Condition",
    "Derivation",
    "Either",
    "Encoded",
    "Field",
    "ListOf",
    "MapOf",
    "Node",
    "Object",
    "Pending",
    "Rule",
    "Scope",
    "Shape",
    "Value",
    "field",
    "list_of",
    "map_of",
    "nullable",
    "obj",
]


class _Missing:
    """The absence of a value, where None is a value."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


class Pending:
    """A derived value that is not computed yet."""

    __slots__ = ("compute",)

    def __init__(self, compute: Callable[[], Any]) -> None:
        self.compute = compute


class Scope:
    """Where a field stands: the object around it, what encloses that, and the whole event.

    `scope["name"]` is the sibling of that name, wherever the event comes from: one being built (given or already
    filled) or one being judged. It raises `KeyError` where there is none, which ends the derivation that asked.
    """

    __slots__ = ("filled", "given", "parent")

    def __init__(
        self, filled: dict[str, Any], parent: Scope | None = None, given: Mapping[str, Any] | None = None
    ) -> None:
        self.filled = filled
        self.parent = parent
        self.given = given

    def __getitem__(self, name: str) -> Any:
        value = self.filled.get(name, MISSING)
        if value is MISSING:
            return self.given[name] if self.given is not None else self.filled[name]
        if isinstance(value, Pending):
            value = self.filled[name] = value.compute()
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """Return the sibling of that name, or `default` where there is none."""
        try:
            return self[name]
        except KeyError:
            return default

    def raw(self, name: str) -> Any:
        """Return what was given or found under `name`, before anything is filled in or derived; else `MISSING`."""
        return (self.filled if self.given is None else self.given).get(name, MISSING)

    def __contains__(self, name: str) -> bool:
        return self.get(name, MISSING) is not MISSING

    @property
    def up(self) -> Scope:
        """The scope of the object that encloses this one."""
        if self.parent is None:
            raise KeyError("nothing encloses the event")
        return self.parent

    @property
    def root(self) -> Scope:
        """The scope of the whole event."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def inside(self, name: str) -> Scope:
        """Return the scope of the object that stands under `name`."""
        value = self[name]
        if not isinstance(value, Mapping):
            raise KeyError(name)
        given = self.given.get(name) if self.given is not None else None
        return Scope(value, self, given if isinstance(given, Mapping) else None)  # type: ignore[arg-type]  # a dict in events


Condition = Callable[[Scope], bool]
Derivation = Callable[[Scope], Any]


def ALWAYS(_: Scope) -> bool:  # noqa: N802  # reads as a constant in shapes
    """The field is in every event."""
    return True


OPTIONAL: Final = None
"""In place of a condition: the field may be there or not, as the sender decides."""


def _uncertain(_: Any) -> Any:
    return MISSING


@dataclass(frozen=True, slots=True)
class Value:
    """One leaf: `rule` names it in violations, `expected` says it in words.

    `mint` makes a fresh one; `mend` turns a wrong one into the right one where only one can be meant, else gives
    `MISSING`. `embeds` marks text that may carry a whole event of another source as JSON.
    """

    rule: str
    expected: str
    accepts: Callable[[Any], bool]
    mint: Callable[[Mint], Any]
    mend: Callable[[Any], Any] = _uncertain
    embeds: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One key of an object.

    `when`: a condition, `ALWAYS`, or `OPTIONAL`. `derive` computes the only right value from the rest of the event;
    `because` says how, for whoever tries to override it. `infer` gives the value that a hand-written event implies when
    it lacks the key.
    """

    name: str
    node: Node
    when: Condition | None
    derive: Derivation | None
    because: str
    infer: Derivation | None


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold between the fields of one object.

    `at` is the field to blame. `redo` lists the steps to what is made anew when an event is repaired, `*` for each item
    of a list; the field to blame unless given.
    """

    name: str
    expected: str
    holds: Condition
    at: str
    redo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Object:
    """Ordered fields; with `others` further keys are allowed, of that node, and with `keys` only if they meet it."""

    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()
    others: Node | None = None
    keys: Value | None = None


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of `item`, with `least` to `most` of them; a list that nobody gave is minted with `least`."""

    item: Node
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map with free keys that meet `key`, to values of `item`."""

    key: Value
    item: Node


@dataclass(frozen=True, slots=True)
class Either:
    """The node that `choose` picks for a value; it is given `MISSING` where nothing stands there yet."""

    choose: Callable[[Any], Node]
    expected: str


@dataclass(frozen=True, slots=True)
class Encoded:
    """Text that carries JSON of `node`: a whole of its own, whose conditions and derivations see nothing outside.

    A builder may give it as the text or as what it carries. `decode` gives `MISSING` where the text is no such thing.
    """

    rule: str
    expected: str
    node: Node
    decode: Callable[[Any], Any]
    encode: Callable[[Any], str]


Node = Value | Object | ListOf | MapOf | Either | Encoded


@dataclass(frozen=True, slots=True)
class Shape:
    """A whole event: `claims` tells whether an event, perhaps a wrong one, was meant to be of this shape.

    `tidy` changes a hand-written event before it is repaired, where what was meant takes a look at several of its
    values at once.
    """

    name: str
    node: Node
    claims: Callable[[Any], bool]
    tidy: Callable[[dict[str, Any], Mint], None] | None = None


def field(
    name: str,
    node: Node,
    when: Condition | None = ALWAYS,
    *,
    derive: Derivation | None = None,
    because: str = "",
    infer: Derivation | None = None,
) -> Field:
    """Declare one key of an object; see `Field`."""
    return Field(name, node, when, derive, because, infer)


def obj(*fields: Field, rules: Sequence[Rule] = (), others: Node | None = None, keys: Value | None = None) -> Object:
    """Declare an object by its fields, in the order of the wire."""
    return Object(fields, tuple(rules), others, keys)


def list_of(item: Node, *, least: int = 1, most: int | None = None) -> ListOf:
    """Declare a list; at least one item unless said otherwise."""
    return ListOf(item, least, most)


def map_of(key: Value, item: Node) -> MapOf:
    """Declare a map with free keys."""
    return MapOf(key, item)


_NULL = Value("null", "null", lambda value: value is None, lambda _: None)


def nullable(node: Node) -> Either:
    """Declare a node that may be null, and is null unless given."""
    expected = f"{node.expected}, or null" if isinstance(node, (Value, Either)) else "an object, or null"
    return Either(lambda value: _NULL if value is None or value is MISSING else node, expected)
