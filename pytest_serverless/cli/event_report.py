"""What `event check` and `event fix` print."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from typing import Any

from pytest_serverless.cli.event_files import CheckReport, FixReport, Report
from pytest_serverless.errors import shorten
from pytest_serverless.events import ABSENT, Violation
from pytest_serverless.events.shape import MISSING

__all__ = ["FORMATS", "diffs", "fixes", "unreadable"]

_HEADERS = ("file", "path", "rule", "found", "expected")
_WIDE = 40


def as_text(report: CheckReport) -> Iterator[str]:
    """Yield a table of what is wrong, the files that are no events, and a sentence that sums up."""
    if report.violations:
        yield from _table([_HEADERS, *(_row(file, violation) for file, violation in report.violations)])
        yield ""
    yield from _not_recognised(report)
    wrong = len({file for file, _ in report.violations})
    yield (
        f"{_count(len(report.violations), 'violation')} in {wrong} of {_count(len(report.checked), 'event')}; "
        f"{_count(len(report.not_recognised), 'file')} not recognised, {len(report.unreadable)} unreadable."
    )


def _row(file: str, violation: Violation) -> tuple[str, ...]:
    return file, violation.path or "(the event)", violation.rule, _found(violation), violation.expected


def _found(violation: Violation) -> str:
    return "nothing" if violation.found is MISSING else shorten(violation.found, _WIDE)


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, wide, strict=True)).rstrip()


def _not_recognised(report: Report) -> Iterator[str]:
    for file in report.not_recognised:
        yield f"{file}: not recognised as an event of a known source"


def unreadable(report: Report) -> Iterator[str]:
    """Yield the files that could not be read, and why."""
    for found in report.unreadable:
        at = "" if found.line is None else f":{found.line}:{found.column}"
        yield f"{found.file}{at}: not JSON: {found.reason}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def as_json(report: CheckReport) -> Iterator[str]:
    """Yield one JSON object; a violation has `found` and `fix` where there is one, `remove` where the key should go."""
    yield json.dumps(
        {
            "violations": [{"file": file, **_described(violation)} for file, violation in report.violations],
            "checked": report.checked,
            "not_recognised": report.not_recognised,
            "unreadable": [
                {"file": u.file, "reason": u.reason, "line": u.line, "column": u.column} for u in report.unreadable
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def _described(violation: Violation) -> dict[str, Any]:
    described = {
        "path": violation.path,
        "rule": violation.rule,
        "expected": violation.expected,
        "shape": violation.shape,
    }
    if violation.found is not MISSING:
        described["found"] = violation.found
    if violation.fix is ABSENT:
        return {**described, "remove": True}
    return described if violation.fix is MISSING else {**described, "fix": violation.fix}


def as_github(report: CheckReport) -> Iterator[str]:
    """Yield workflow commands, which GitHub shows beside the files.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions (2026-11); the escapes are
    those of https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts.
    """
    for file, violation in report.violations:
        text = f"{violation.path or 'the event'}: found {_found(violation)}, expected {violation.expected}"
        yield _command("error", text, file=file, title=violation.rule)
    for file in report.not_recognised:
        yield _command("notice", "Not recognised as an event of a known source", file=file, title="not recognised")
    for found in report.unreadable:
        at = {} if found.line is None else {"line": found.line, "col": found.column}
        yield _command("error", found.reason, file=found.file, **at, title="not JSON")


def _command(kind: str, text: str, **properties: Any) -> str:
    named = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items())
    return f"::{kind} {named}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


FORMATS: dict[str, Callable[[CheckReport], Iterator[str]]] = {"text": as_text, "json": as_json, "github": as_github}


def diffs(report: FixReport) -> Iterator[str]:
    """Yield what changes, as `git apply` and `patch` read it."""
    for file, (old, new) in report.changed.items():
        yield from difflib.unified_diff(old.splitlines(), new.splitlines(), f"a/{file}", f"b/{file}", lineterm="")


def fixes(report: FixReport, *, written: bool) -> Iterator[str]:
    """Yield what was written, what is left to do, and a sentence that sums up."""
    if written:
        yield from (f"fixed {file}" for file in report.changed)
    for file, violation in report.remaining:
        yield f"{file}: {violation.path}: left as it is; expected {violation.expected}"
    yield from _not_recognised(report)
    wrong = report.changed.keys() | {file for file, _ in report.remaining}
    did = "fixed" if written else "to be fixed (--write does it)"
    yield (
        f"{_count(len(report.changed), 'file')} {did}, {len(report.checked) - len(wrong)} accurate already, "
        f"{len(report.not_recognised)} not recognised, {len(report.unreadable)} unreadable."
    )
