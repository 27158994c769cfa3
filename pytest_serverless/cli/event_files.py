"""Events in JSON files: found, read, checked, and written back in the style they were in."""

from __future__ import annotations

import codecs
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_serverless.errors import ServerlessError
from pytest_serverless.events import Catalog, Violation
from pytest_serverless.events.checker import judge
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.repair import salvage

__all__ = ["CheckReport", "FixReport", "Report", "Unreadable", "check", "find", "fix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file that is not JSON: why, and where if that can be said."""

    file: str
    reason: str
    line: int | None = None
    column: int | None = None


@dataclass(slots=True, kw_only=True)
class Report:
    """What files there were."""

    checked: list[str] = field(default_factory=list)
    """The files with an event of a known kind."""
    not_recognised: list[str] = field(default_factory=list)
    """The files with JSON that is no event of a known kind."""
    unreadable: list[Unreadable] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class CheckReport(Report):
    """What was found in files."""

    violations: list[tuple[str, Violation]] = field(default_factory=list)
    """Each with its file."""


@dataclass(slots=True, kw_only=True)
class FixReport(Report):
    """What would make files accurate, or was written to them."""

    changed: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The old and the new text of each file that changes."""
    remaining: list[tuple[str, Violation]] = field(default_factory=list)
    """What is still wrong then, as in an event inside another one's text."""


def find(paths: Iterable[str]) -> list[Path]:
    """Return the files that the paths name, and the *.json files of folders."""
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            files = sorted(_json_files(path))
            if not files:
                raise ServerlessError(f"{path} has no *.json files.")
            found.update(dict.fromkeys(files))
        elif path.exists():
            found[path] = None
        else:
            raise ServerlessError(f"There is no file or folder {path}.")
    return list(found)


def _json_files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        yield from (Path(root, name) for name in files if name.lower().endswith(".json"))


def check(files: Iterable[Path], catalog: Catalog) -> CheckReport:
    """Check the event in each file."""
    report = CheckReport()
    for path, event, _ in _events(files, catalog, report):
        report.violations += [(path.as_posix(), violation) for violation in catalog.check(event)]
    return report


def fix(files: Iterable[Path], catalog: Catalog, *, write: bool) -> FixReport:
    """Make the event in each file accurate; with `write` in the file, too.

    Ids that have to be made are the same each time, so that what is written is what was shown.
    """
    report = FixReport()
    for path, event, text in _events(files, catalog, report):
        if not catalog.check(event):
            continue
        shape = catalog.recognise(event)
        assert shape is not None  # noqa: S101  # `_events` has left out what is of no known kind
        fixed = salvage(event, shape, Mint(seed=path.as_posix()))
        report.remaining += [(path.as_posix(), violation) for violation in judge(fixed, shape, catalog.shapes)]
        if json.dumps(fixed, sort_keys=True) != json.dumps(event, sort_keys=True):
            report.changed[path.as_posix()] = (text, _written(_in_order_of(event, fixed), text))
    if write:
        for name, (_, text) in report.changed.items():
            _write(Path(name), text)
    return report


def _events(files: Iterable[Path], catalog: Catalog, report: Report) -> Iterator[tuple[Path, Any, str]]:
    """Yield the files that hold an event, with it and their text; note the others in the report."""
    for path in files:
        name = path.as_posix()
        try:
            text = path.read_bytes().decode()
            event = json.loads(text.removeprefix(_MARK))
        except json.JSONDecodeError as error:
            report.unreadable.append(Unreadable(file=name, reason=error.msg, line=error.lineno, column=error.colno))
        except (UnicodeDecodeError, RecursionError, OSError) as error:
            report.unreadable.append(Unreadable(file=name, reason=str(error)))
        else:
            known = catalog.recognise(event) is not None
            (report.checked if known else report.not_recognised).append(name)
            if known:
                yield path, event, text


_MARK = codecs.BOM_UTF8.decode()
_INDENT = re.compile(r"\n([ \t]+)\S")


def _in_order_of(old: Any, new: Any) -> Any:
    """Return `new` with its keys in the order that they have in `old`, so that a diff shows what has changed."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = [*(name for name in old if name in new), *(name for name in new if name not in old)]
        return {name: _in_order_of(old.get(name), new[name]) for name in names}
    if isinstance(old, list) and isinstance(new, list):
        return [_in_order_of(before, after) for before, after in zip(old, new, strict=False)] + new[len(old) :]
    return new


def _written(event: Any, old: str) -> str:
    """Write an event in the style of a text: indentation, separators, escapes, line ends, byte order mark."""
    indented = _INDENT.search(old)
    comma = ", " if re.search(r'[\w"\]}], "', old) else ","
    text = json.dumps(
        event,
        indent=indented[1] if indented else None,
        ensure_ascii=old.removeprefix(_MARK).isascii() and "\\u" in old,
        separators=("," if indented else comma, ": " if '": ' in old else ":"),
    )
    tail = old[len(old.rstrip()) :]
    mark = _MARK if old.startswith(_MARK) else ""
    return mark + text.replace("\n", "\r\n" if "\r\n" in old else "\n") + tail


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise ServerlessError(f"{path} cannot be written: {error.strerror}.") from error
