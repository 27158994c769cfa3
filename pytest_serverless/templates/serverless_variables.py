"""Serverless variables: the tree of a `serverless.yml` with every `${…}` in it replaced.

Each value is looked up when it is needed, and once. What cannot be found is collected, and told together.
Source: lib/configuration/variables/resolve.js of Serverless Framework 3.40 (2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_serverless.app.model import Origin
from pytest_serverless.templates.faults import Faults
from pytest_serverless.templates.intrinsics import UNKNOWN
from pytest_serverless.templates.reader import Block, origin_of
from pytest_serverless.templates.serverless_syntax import Constant, Source, Text, Variable, VariableSyntaxError, parse

__all__ = ["Key", "Lookup", "MissingValueError", "Raw", "VariableResolver", "WrongVariableError"]

Key = tuple["str | int", ...]
"""Where a value stands in the tree: the keys and list positions that lead to it."""

DEEPEST = 10
"""How often a variable's value may be another variable; after that the framework too calls it a circle."""


class MissingValueError(Exception):
    """The source has no value, and the next one is asked; the message tells how to give it one."""


class WrongVariableError(Exception):
    """The variable cannot be right, whatever its fallbacks: what is wrong, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(what)


class UnresolvedError(Exception):
    """A value depends on one whose fault is told already."""


class Raw:
    """A value as it is written somewhere: it may have variables itself."""

    def __init__(self, value: Any) -> None:
        self.value = value


Lookup = Callable[["VariableResolver", Source, "tuple[str, ...]", "str | None"], Any]
"""Ask one source: `(resolver, source, its parameters, its address)` -> the value, a `Raw` one, or None."""


class VariableResolver:
    """Resolves one tree. `sources` are what variables can name, faults are told with the line they stand on."""

    def __init__(self, tree: Any, *, sources: Mapping[str, Lookup], faults: Faults, origin: Origin) -> None:
        self.tree = tree
        self.sources = sources
        self.faults = faults
        self._root = origin
        self._opened: dict[Key, Any] = {}
        self._open: list[Key] = []
        self._failed: set[Key] = set()

    def resolve(self) -> Any:
        """Return the whole tree, resolved; `UNKNOWN` stands in it for what is told in `faults`."""
        return self._deep(self.tree, (), self._root)

    def value(self, key: Key) -> Any:
        """Return the resolved value at `key`, None where there is none."""
        node, at = self.tree, self._root
        place: Key = ()
        for part in key:
            node = self._expanded(node, place, at)
            at = origin_of(node, str(part)) or at
            node, place = child(node, part), (*place, int(part) if isinstance(node, list) and is_index(part) else part)
        resolved = self._deep(self._expanded(node, place, at), place, at)
        if any(failed[: len(place)] == place for failed in self._failed):
            raise UnresolvedError
        return resolved

    def _deep(self, node: Any, key: Key, at: Origin) -> Any:
        try:
            node = self._expanded(node, key, at)
        except UnresolvedError:
            return UNKNOWN
        if isinstance(node, Mapping):
            return self._block(node, key, at)
        if isinstance(node, list):
            return [self._deep(value, (*key, index), at) for index, value in enumerate(node)]
        return node

    def _block(self, node: Mapping[str, Any], key: Key, at: Origin) -> Block:
        block = Block(at.file, at.line)
        if isinstance(node, Block):
            block = Block(node.file, node.line)
            block.lines = node.lines
        for name, value in node.items():
            block[name] = self._deep(value, (*key, name), block.origin(name))
        return block

    def _expanded(self, node: Any, key: Key, at: Origin) -> Any:
        """What a string with variables stands for; the parts of that are not resolved yet."""
        if not isinstance(node, str) or "${" not in node:
            return node
        if key not in self._opened:
            self._opened[key] = self._guarded(node, key, at)
        if isinstance(self._opened[key], UnresolvedError):
            raise self._opened[key]
        return self._opened[key]

    def _guarded(self, text: str, key: Key, at: Origin) -> Any:
        if key in self._open:
            circle = " -> ".join(dotted(part) for part in [*self._open[self._open.index(key) :], key])
            return self._fault(key, f"The variables go in a circle: {circle}.", "Give one of them a value.", at)
        self._open.append(key)
        try:
            return self._evaluated(text, DEEPEST)
        except WrongVariableError as wrong:
            return self._fault(key, wrong.what, wrong.remedy, at)
        except VariableSyntaxError as error:
            return self._fault(key, f"{error}.", "If it is no variable, put a backslash before it: \\${…}.", at)
        except UnresolvedError as unresolved:
            self._failed.add(key)
            return unresolved
        finally:
            self._open.pop()

    def _fault(self, key: Key, what: str, remedy: str, at: Origin) -> UnresolvedError:
        self._failed.add(key)
        self.faults.add(what, remedy, id=dotted(key), at=at)
        return UnresolvedError()

    def _evaluated(self, text: str, depth: int) -> Any:
        pieces = parse(text)
        if pieces is None:
            return text
        if not depth:
            raise WrongVariableError(
                f"{text!r}: variables lead to variables, again and again.", "Give one of them a value."
            )
        if len(pieces) == 1 and isinstance(pieces[0], Variable):
            return self._variable(pieces[0], depth)
        return self._text(pieces, depth)

    def _text(self, pieces: Text, depth: int = DEEPEST) -> str:
        return "".join(piece if isinstance(piece, str) else self._within_text(piece, depth) for piece in pieces)

    def _within_text(self, variable: Variable, depth: int) -> str:
        value = self._variable(variable, depth)
        if value is None or isinstance(value, Mapping):
            kind = "null" if value is None else "a mapping"
            raise WrongVariableError(
                f"{variable.written} is {kind}, and stands within a text.", "Name a text, or let it stand alone."
            )
        return said(value)

    def _variable(self, variable: Variable, depth: int) -> Any:
        hint = ""
        for source in variable.sources:
            if isinstance(source, Constant):
                return source.value
            try:
                return self._found(source, depth)
            except MissingValueError as missing:
                hint = str(missing)
        raise WrongVariableError(f"{variable.written} has no value.", hint)

    def _found(self, source: Source, depth: int) -> Any:
        if source.type not in self.sources:
            known = ", ".join(sorted(self.sources))
            raise WrongVariableError(f"{source.type!r} is not a known source of variables.", f"There are: {known}.")
        params = tuple(self._text(param) for param in source.params)
        address = None if source.address is None else self._text(source.address)
        found = self.sources[source.type](self, source, params, address)
        value = found.value if isinstance(found, Raw) else found
        if value is None:
            raise MissingValueError("Give it a value, or a fallback in quotes: ${…, 'fallback'}.")
        return self._evaluated(value, depth - 1) if isinstance(found, Raw) and isinstance(value, str) else value

    def at_address(self, value: Any, address: str | None) -> Any:
        """Return what an address with dots leads to in a raw value, None if it leads nowhere."""
        for part in address.split(".") if address else ():
            if isinstance(value, str):
                value = self._evaluated(value, DEEPEST)
            value = child(value, part)
        return value


def child(node: Any, part: str | int) -> Any:
    """Return what `part` leads to in a mapping or a list, None if it leads nowhere."""
    if isinstance(node, Mapping):
        return node.get(str(part))
    if isinstance(node, list) and is_index(part) and int(part) < len(node):
        return node[int(part)]
    return None


def is_index(part: str | int) -> bool:
    """Tell whether a part of an address can count the items of a list."""
    return str(part).isdecimal()


def dotted(key: Key) -> str:
    """Write a key as people say it: `custom.names.0`."""
    return ".".join(str(part) for part in key)


def said(value: Any) -> str:
    """Write a value into a text as JavaScript does: `true`, `1`, `a,b`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ",".join(said(item) for item in value) if isinstance(value, list) else str(value)
