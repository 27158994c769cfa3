"""Values and names as Python source, for files that `init` writes."""

from __future__ import annotations

import json
import pprint
import re
from collections.abc import Iterable
from typing import Any

__all__ = ["call", "distinct", "literal", "quoted", "snake"]

_WIDE = 90


def quoted(text: str) -> str:
    """Return a text as a literal in double quotes."""
    return json.dumps(text)


def literal(value: Any) -> str:
    """Return a value as a literal: text in double quotes, what is long on several lines."""
    flat = _flat(value)
    return (
        flat if len(flat) <= _WIDE or isinstance(value, str) else pprint.pformat(value, width=_WIDE, sort_dicts=False)
    )


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flat(key)}: {_flat(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return quoted(value) if isinstance(value, str) else repr(value)


def call(function: str, *arguments: str) -> str:
    """Return a call: on one line where it fits, else with an argument a line."""
    flat = f"{function}({', '.join(arguments)})"
    return flat if len(flat) <= _WIDE else "\n".join([f"{function}(", *(f"    {each}," for each in arguments), ")"])


def snake(*names: str) -> str:
    """Return names as one in snake case: `ResizeImage` is `resize_image`, `/items/{id}` is `items_id`."""
    text = "_".join(names)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", text)
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "function"


def distinct(names: Iterable[str]) -> list[str]:
    """Return the names, each with a number that was there before, whatever its letters' case."""
    taken: set[str] = set()
    found = []
    for name in names:
        count, own = 1, name
        while own.lower() in taken:
            count += 1
            own = f"{name}_{count}"
        taken.add(own.lower())
        found.append(own)
    return found
