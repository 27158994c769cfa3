"""One row of a classification table: conditions on an answer, and what it means where they all hold."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from pytest_serverless.errors import InvalidParameterError, near_misses, or_list, shorten
from pytest_serverless.load.classes.verdicts import Verdict
from pytest_serverless.load.observations import KINDS, Kind

__all__ = ["Rule", "parse_rules", "read_rules", "statuses"]

_STATUSES = range(100, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an answer means that meets every condition.

    `status` are the statuses it is about. `headers` names headers in lower case: True where one must be there, False
    where it must not, else the beginnings one of which its value must have, in any case. `json` names fields of a body
    of JSON, with dots into objects, and the values one of which each must have. `text` are texts one of which the body
    must hold, in any case. `probe` tells whether the probe's header must be there: it says that the function ran.
    """

    status: frozenset[int]
    kind: Kind
    reason: str = ""
    headers: Mapping[str, bool | tuple[str, ...]] = field(default_factory=dict)
    json: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    text: tuple[str, ...] = ()
    probe: bool | None = None
    whose: Literal["target", "ours"] = "target"
    path: str = ""

    @property
    def verdict(self) -> Verdict:
        """What it comes to."""
        return Verdict(self.kind, self.reason, self.whose)


def statuses(*given: int | str) -> frozenset[int]:
    """Return statuses by their numbers, or by the hundred: `statuses(429, "5xx")`.

    Raises `InvalidParameterError` for what is neither.
    """
    found: set[int] = set()
    for each in given:
        if isinstance(each, int) and each in _STATUSES:
            found.add(each)
        elif isinstance(each, str) and each[1:] == "xx" and each[0] in "12345":
            found.update(range(int(each[0]) * 100, int(each[0]) * 100 + 100))
        else:
            raise InvalidParameterError(f"a status is a number such as 429, or a hundred such as '5xx', not {each!r}")
    return frozenset(found)


def read_rules(path: Path) -> list[Rule]:
    """Read rules from a file of TOML, with a table `[[rules]]` for each, or of JSON, with a list `rules`.

    Raises `InvalidParameterError` that tells every fault of the file.
    """
    where = str(path)
    try:
        text = path.read_text(encoding="utf-8")
        given = json.loads(text) if path.suffix == ".json" else _toml().loads(text)
    except (OSError, ValueError) as error:
        raise InvalidParameterError(f"The rules in {where} cannot be read: {error}") from error
    if not isinstance(given, dict) or set(given) != {"rules"}:
        found = f"it has {', '.join(map(repr, given)) or 'nothing'}" if isinstance(given, dict) else "it has no names"
        raise InvalidParameterError(f"{where} must have `rules` and nothing else; {found}. Begin each with [[rules]].")
    return parse_rules(given["rules"], where=where)


def _toml() -> Any:
    return importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def parse_rules(given: Any, *, where: str = "the rules", paths: Iterable[str] = ()) -> list[Rule]:
    """Return rules from mappings with the names of the fields of `Rule`.

    A single value stands for a list of one. `paths` are the paths there are; without any, whichever is named is taken.
    Raises `InvalidParameterError` that tells every fault.
    """
    if isinstance(given, Mapping) or not isinstance(given, Iterable):
        raise InvalidParameterError(f"{where} must be a list of rules, not {shorten(given)}.")
    read = [_parsed(each, list(paths)) for each in given]
    faults = [f"  rule {number}: {each}" for number, each in enumerate(read, start=1) if isinstance(each, str)]
    if faults:
        raise InvalidParameterError("\n".join([f"{where}: {len(faults)} cannot be read:", *faults]))
    return [each for each in read if isinstance(each, Rule)]


def _parsed(given: Any, paths: list[str]) -> Rule | str:
    """Return a rule, or why it is none."""
    try:
        return _parse(given, paths)
    except InvalidParameterError as error:
        return str(error)


def _parse(given: Any, paths: list[str]) -> Rule:
    if not isinstance(given, Mapping):
        raise InvalidParameterError(f"it must have names and values, not be {shorten(given)}")
    for name in given:
        if name not in _READ:
            raise InvalidParameterError(f"there is no condition {name!r}{_hint(str(name), _READ)}")
    for name in ("status", "kind"):
        if name not in given:
            raise InvalidParameterError(f"it has no {name}")
    path = given.get("path", "")
    if paths and path and path not in paths:
        raise InvalidParameterError(f"there is no path {path!r}{_hint(str(path), paths)}")
    return Rule(**{name: _READ[name](name, value) for name, value in given.items()})


def _hint(name: str, known: Iterable[str]) -> str:
    near = near_misses(name, known)
    return f"; did you mean {or_list(near)}?" if near else f"; there are {', '.join(known)}"


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidParameterError(f"{name} is a text, not {shorten(value)}")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    return tuple(_text(name, each) for each in (value if isinstance(value, (list, tuple)) else [value]))


def _status(name: str, value: Any) -> frozenset[int]:
    found = statuses(*(value if isinstance(value, (list, tuple)) else [value]))
    if not found:
        raise InvalidParameterError("it is about no status")
    return found


def _one_of(known: tuple[str, ...]) -> Callable[[str, Any], str]:
    def read(name: str, value: Any) -> str:
        if value not in known:
            raise InvalidParameterError(f"{name} is {or_list(known)}, not {shorten(value)}")
        return str(value)

    return read


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidParameterError(f"{name} is true or false, not {shorten(value)}")
    return value


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidParameterError(f"{name} has names and values, and is not {shorten(value)}")
    return value


def _headers(name: str, value: Any) -> dict[str, bool | tuple[str, ...]]:
    return {
        key.lower(): each if isinstance(each, bool) else _texts(f"{name}.{key}", each)
        for key, each in _mapping(name, value).items()
    }


def _json(name: str, value: Any) -> dict[str, tuple[Any, ...]]:
    return {key: tuple(each if isinstance(each, list) else [each]) for key, each in _mapping(name, value).items()}


_READ: Mapping[str, Callable[[str, Any], Any]] = {
    "path": _text,
    "status": _status,
    "headers": _headers,
    "json": _json,
    "text": _texts,
    "probe": _truth,
    "kind": _one_of(KINDS),
    "reason": _text,
    "whose": _one_of(("target", "ours")),
}

if set(_READ) != {each.name for each in fields(Rule)}:
    raise AssertionError("every field of a rule can be read")
