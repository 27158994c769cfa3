"""Paths into JSON: `Records[0].attributes.SenderId`, `headers["x-a.b"]`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pytest_serverless.errors import InvalidParameterError

__all__ = ["ABSENT", "Place", "Step", "parse", "put", "render", "steps"]

Step = str | int
Place = tuple["Place", Step] | None
"""A step and the place it starts from: cheap to make on the way down, written out only when somebody has to read it."""

_STEP = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')
_ESCAPED = re.compile(r"\\(.)")
_PLAIN = re.compile(r'[^.\[\]"]+')


class _Absent:
    """Stands for "take this key away", in an override or a fix."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


def parse(path: str) -> list[Step]:
    """Split a path into keys (str) and indexes (int)."""
    return list(_steps(path))


def _steps(path: str) -> Iterator[Step]:
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise InvalidParameterError(
                f"{path!r} is not a path into an event: it stops making sense at {path[position:]!r}. "
                'Write it as Records[0].body, or headers["a.b"] for a key with a dot.'
            )
        key, index, quoted = match.groups()
        yield int(index) if index is not None else key if key is not None else _ESCAPED.sub(r"\1", quoted)
        position = match.end()


def steps(place: Place) -> list[Step]:
    """Return the steps to a place, from the event inwards."""
    found = []
    while place is not None:
        place, step = place
        found.append(step)
    return found[::-1]


def render(place: Place) -> str:
    """Write a place as a path."""
    path = ""
    for step in steps(place):
        path = _append(path, step)
    return path


def _append(path: str, step: Step) -> str:
    if isinstance(step, int):
        return f"{path}[{step}]"
    if not _PLAIN.fullmatch(step):
        escaped = step.replace("\\", "\\\\").replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{step}" if path else step


def put(target: Any, path: str, value: Any) -> None:
    """Set `value` at `path` inside `target`, making the objects on the way."""
    found = parse(path)
    if not found:
        raise InvalidParameterError("An override needs a path such as Records[0].body, but the path is empty.")
    for step, following in pairwise(found):
        target = _enter(target, step, [] if isinstance(following, int) else {}, path)
    _set(target, found[-1], value, path)


def _enter(target: Any, step: Step, empty: Any, path: str) -> Any:
    if isinstance(target, list) and isinstance(step, int):
        while len(target) <= step:
            target.append({})
        return target[step]
    if isinstance(target, dict) and isinstance(step, str):
        if not isinstance(target.get(step), (dict, list)):
            target[step] = empty
        return target[step]
    raise _mismatch(path, step, target)


def _set(target: Any, step: Step, value: Any, path: str) -> None:
    if isinstance(target, dict) and isinstance(step, str):
        target[step] = value
    elif isinstance(target, list) and isinstance(step, int) and step <= len(target):
        target[step : step + 1] = [value]
    else:
        raise _mismatch(path, step, target)


def _mismatch(path: str, step: Step, target: Any) -> InvalidParameterError:
    there = type(target).__name__
    return InvalidParameterError(f"The override {path!r} does not fit: {step!r} leads into a {there}.")
