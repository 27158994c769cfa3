"""The JSON paths that EventBridge takes: `$`, `$.detail.state`, `$.resources[0]`, `$.detail.items[*].sku`.

Dots, indexes and wildcards; a path that is not there finds `MISSING`, one with a wildcard finds a list. Source:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html (2026-11); that a path begins
with `$` and has no quotes in brackets was measured of PutTargets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

__all__ = ["MISSING", "JsonPathError", "extract", "parse"]

_STEP = re.compile(r"""\.([^.\[\]'"*]+)|\[(\d+)\]|(\.\*|\[\*\])""", re.ASCII)
_EVERY = "*"


class JsonPathError(ValueError):
    """A path that EventBridge would not take; the text says where it stops making sense."""


class _Missing:
    """Stands for what a path did not find, which is not the same as null."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


@lru_cache(maxsize=512)
def parse(path: str) -> tuple[str | int, ...]:
    """Split a path into names, indexes and `*`."""
    if not path.startswith("$"):
        raise JsonPathError("it does not begin with '$'")
    steps: list[str | int] = []
    position = 1
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise JsonPathError(f"it stops making sense at {path[position:]!r}; write $.a.b or $.a[0]")
        steps.append(match[1] or (int(match[2]) if match[2] else _EVERY))
        position = match.end()
    return tuple(steps)


def extract(document: Any, path: str) -> Any:
    """Return what the path leads to in a document, or `MISSING`."""
    steps = parse(path)
    found = _follow([document], steps)
    if _EVERY in steps:
        return found or MISSING
    return found[0] if found else MISSING


def _follow(values: list[Any], steps: Sequence[str | int]) -> list[Any]:
    for step in steps:
        values = [inner for value in values for inner in _step(value, step)]
    return values


def _step(value: Any, step: str | int) -> Sequence[Any]:
    if isinstance(value, Mapping):
        return list(value.values()) if step == _EVERY else [value[step]] if step in value else []
    if isinstance(value, list):
        if step == _EVERY:
            return value
        return [value[step]] if isinstance(step, int) and step < len(value) else []
    return []
