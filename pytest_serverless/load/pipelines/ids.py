"""Ids that an effect is known by: how they are made, and how they are found in what a sink has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from pytest_serverless.errors import InvalidParameterError, shorten

__all__ = ["NOBODY", "Find", "Ids", "anywhere", "finder"]

Find = Callable[[str], "Iterator[str]"]
"""Yields the ids in a text."""

NOBODY: Final = "load-00000000-0000-00000000"
"""An id that is never made."""

_MADE: Final = re.compile(r"load-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{8}")
_PATH: Final = re.compile(r"\$(\.[A-Za-z_][\w-]*|\[\d+\])+")
_STEP: Final = re.compile(r"\.([\w-]+)|\[(\d+)\]")


class Ids:
    """Makes ids, `load-3f9a1c2e-0000-0000002a`: of the run, of the process, and a number.

    They are of one length, of letters, digits and hyphens alone, so that they stand as they are in keys, URLs, JSON and
    XML, within texts and names too.
    """

    __slots__ = ("_count", "_prefix")

    def __init__(self, run: int, worker: int) -> None:
        self._prefix = f"load-{run & 0xFFFFFFFF:08x}-{worker & 0xFFFF:04x}-"
        self._count = 0

    def make(self) -> str:
        """Return another one."""
        self._count += 1
        return f"{self._prefix}{self._count & 0xFFFFFFFF:08x}"


def anywhere(text: str) -> Iterator[str]:
    """Yield each id of the form that `Ids` makes, once."""
    yield from dict.fromkeys(_MADE.findall(text))


def finder(path: Any) -> Find:
    """Return what finds ids by a path into JSON (`$.id`, `$.Records[0].order.id`); by their form, without one.

    A text within the JSON that is JSON itself is read as such, as an event within a message is. What is not there is
    no id. Raises InvalidParameterError for what is no path.
    """
    if path is None:
        return anywhere
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise InvalidParameterError(f"{shorten(path)} is no path to an id. Write '$.id', or '$.detail.order[0].id'.")
    steps: list[str | int] = [name or int(index) for name, index in _STEP.findall(path)]

    def find(text: str) -> Iterator[str]:
        found: Any = text
        for step in steps:
            found = _within(found, step)
        if isinstance(found, (str, int)) and not isinstance(found, bool):
            yield str(found)

    return find


def _within(value: Any, step: str | int) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else None
    return value.get(step) if isinstance(value, dict) else None
