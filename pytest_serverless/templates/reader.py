"""YAML and JSON files, with the line that everything in them stands on.

The only place that knows yaml: libyaml's parser where PyYAML was built with it (eight times as fast), its own
otherwise. Short-form tags come out in their long form (`!Ref X` as `{"Ref": "X"}`), keys are text, and dates stay text,
all as CloudFormation reads them.
"""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pytest_serverless.app.model import Origin
from pytest_serverless.templates.faults import Faults

__all__ = ["Block", "origin_of", "parse", "plain", "read", "standing_at"]

CORE = "tag:yaml.org,2002:"
TEXT_TAGS = {f"{CORE}str", f"{CORE}timestamp", f"{CORE}value", f"{CORE}merge"}


class Block(dict[str, Any]):
    """A mapping of a file, with where it stands: `line` is that of its key, `lines` those of the keys in it.

    `label` names what a format made it of (an event of a function), where it was made.
    """

    __slots__ = ("file", "label", "line", "lines")

    def __init__(self, file: Path, line: int, items: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(items)
        self.file = file
        self.line = line
        self.lines: dict[str, int] = {}
        self.label = ""

    def like(self) -> Block:
        """Return an empty block that stands where this one does."""
        block = Block(self.file, self.line)
        block.lines, block.label = self.lines, self.label
        return block

    def origin(self, key: str | None = None) -> Origin:
        """Return where the block stands, or a key in it."""
        return Origin(self.file, self.lines.get(key, self.line) if key else self.line)


def plain(value: Any) -> Any:
    """Return a value without the lines of its mappings."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def origin_of(value: Any, key: str | None = None) -> Origin | None:
    """Return where a value stands, if it is a block, or a list that has one."""
    if isinstance(value, Block):
        return value.origin(key)
    if isinstance(value, list):
        return next((origin for item in value if (origin := origin_of(item))), None)
    return None


def standing_at(place: Block, values: Mapping[str, Any]) -> Block:
    """Return a made mapping that stands where `place` does; the mappings in it do so, too."""
    block = place.like()
    block.update((key, _stand(place, value)) for key, value in values.items())
    return block


def _stand(place: Block, value: Any) -> Any:
    if isinstance(value, dict) and not isinstance(value, Block):
        return standing_at(place, value)
    return [_stand(place, item) for item in value] if isinstance(value, list) else value


def read(path: Path) -> Any:
    """Return what a YAML or JSON file holds; raise a TemplateError with the line if it is neither."""
    faults = Faults()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        faults.add(f"The file cannot be read: {error.strerror}.", "Check the path.", at=Origin(path, 1))
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        faults.add("The file is not UTF-8.", "Save it as UTF-8.", at=Origin(path, line))
    else:
        return parse(text, path)
    return faults.raise_any(path)


def parse(text: str, path: Path) -> Any:
    """Return what the text of a file holds; `path` says whether it is JSON, and is named in faults."""
    faults = Faults()
    value = _parse_json(text, path, faults) if path.suffix == ".json" else _parse_yaml(text, path, faults)
    faults.raise_any(path)
    return value


def _parse_yaml(text: str, path: Path, faults: Faults) -> Any:
    import yaml

    try:
        loader = _loader_class()(text)
        try:
            node = loader.get_single_node()
            return None if node is None else _Builder(loader, path, faults).build(node, 1)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        faults.add(
            f"This is not YAML: {said}.",
            "Look at the indentation, quotes and brackets of this line and the one above.",
            at=Origin(path, mark.line + 1 if mark else 1),
        )
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        faults.add(f"This is not YAML: {error.reason}.", "Remove the character.", at=Origin(path, line))
    except ValueError as error:  # a scalar that looks like a number or a date, and is none
        faults.add(f"This is not YAML: {error}.", "Put the value into quotes.", at=Origin(path, 1))
    return None


@cache
def _loader_class() -> Any:
    try:
        from yaml import CSafeLoader
    except ImportError:  # PyYAML without libyaml
        from yaml import SafeLoader

        return SafeLoader
    return CSafeLoader


class _Builder:
    """Makes values of yaml's nodes."""

    def __init__(self, loader: Any, path: Path, faults: Faults) -> None:
        self.loader = loader
        self.path = path
        self.faults = faults
        self.open: set[int] = set()
        self.made: dict[int, Block] = {}  # an alias is the same node again

    def build(self, node: Any, line: int) -> Any:
        tag = node.tag
        if tag in TEXT_TAGS:
            return node.value
        if tag.startswith("!"):
            return self._short_form(node, line)
        if tag == f"{CORE}map":
            return self._mapping(node, line)
        if tag == f"{CORE}seq":
            return [self.build(item, item.start_mark.line + 1) for item in node.value]
        return self.loader.construct_object(node, deep=True)

    def _short_form(self, node: Any, line: int) -> Block:
        name = node.tag[1:]
        kind = node.id
        if kind == "scalar":
            value: Any = node.value
        elif kind == "sequence":
            value = [self.build(item, item.start_mark.line + 1) for item in node.value]
        else:
            value = self._mapping(node, line)
        if name == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        key = name if name in ("Ref", "Condition") else f"Fn::{name}"
        return Block(self.path, node.start_mark.line + 1, ((key, value),))

    def _mapping(self, node: Any, line: int) -> Block:
        if id(node) in self.made:
            return self.made[id(node)]
        if id(node) in self.open:
            self.faults.add("An alias stands inside its own anchor.", "Write it out.", at=Origin(self.path, line))
            return Block(self.path, line)
        self.open.add(id(node))
        block = Block(self.path, line)
        merged: list[Any] = []
        for key_node, value_node in node.value:
            at = key_node.start_mark.line + 1
            if key_node.tag == f"{CORE}merge":
                merged += value_node.value if value_node.id == "sequence" else [value_node]
                continue
            key = self._key(key_node, at)
            if key in block:
                self._duplicate(key, at, block.lines[key])
            block[key] = self.build(value_node, at)
            block.lines[key] = at
        for source in merged:
            self._merge(block, source, line)
        self.open.discard(id(node))
        self.made[id(node)] = block
        return block

    def _key(self, node: Any, line: int) -> str:
        if node.id == "scalar":
            return str(node.value)
        self.faults.add("A key is a list or a mapping.", "Keys are text.", at=Origin(self.path, line))
        return ""

    def _duplicate(self, key: str, line: int, first: int) -> None:
        self.faults.add(
            f"{key!r} stands twice in one mapping; the first is on line {first}.",
            "Remove one: only the last would be deployed.",
            at=Origin(self.path, line),
        )

    def _merge(self, block: Block, node: Any, line: int) -> None:
        source = self.build(node, line)
        if not isinstance(source, Block):
            self.faults.add("`<<` merges something that is no mapping.", "Merge mappings.", at=Origin(self.path, line))
            return
        for key, value in source.items():
            if key not in block:
                block[key] = value
                block.lines[key] = source.lines.get(key, source.line)


class _JsonDecoder(json.JSONDecoder):
    """A decoder whose objects know their line.

    The standard library's scanner written in Python lets an object's parser be replaced; the one in C does not.
    """

    def __init__(self, text: str, path: Path, faults: Faults) -> None:
        super().__init__(object_pairs_hook=list)
        self.breaks = [match.start() for match in re.finditer("\n", text)]
        self.path = path
        self.faults = faults
        self.standard_object = json.decoder.JSONObject  # type: ignore[attr-defined]  # undocumented, there since 3.1
        self.parse_object = self._object
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]  # as above

    def _object(self, state: tuple[str, int], *rest: Any) -> tuple[Block, int]:
        line = bisect.bisect_left(self.breaks, state[1] - 1) + 1
        pairs, end = self.standard_object(state, *rest)
        block = Block(self.path, line, pairs)
        if len(block) < len(pairs):
            keys = [key for key, _ in pairs]
            key = next(key for key in keys if keys.count(key) > 1)
            self.faults.add(
                f"{key!r} stands twice in one object.",
                "Remove one: only the last would be deployed.",
                at=Origin(self.path, line),
            )
        return block, end


def _parse_json(text: str, path: Path, faults: Faults) -> Any:
    try:
        return _JsonDecoder(text, path, faults).decode(text)
    except json.JSONDecodeError as error:
        faults.add(
            f"This is not JSON: {error.msg}, in column {error.colno}.",
            "Look at the commas, quotes and brackets of this line and the one above.",
            at=Origin(path, error.lineno),
        )
    return None
