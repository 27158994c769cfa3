"""The process as the function sees it: variables, working directory, import path, root logging.

They are set for a call and put back after it. What a function changes in them is kept with its sandbox and is there
again at its next invocation, as in a warm execution environment; between invocations the test's own process is as it
was.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["BASELINE", "ProcessState", "Snapshot", "Variables", "overlay"]

BASELINE: Mapping[str, str] = dict(os.environ)
"""The variables before any test ran; what differs from them was set by a test, and is respected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """Environment variables by who says so, the weakest first.

    `platform` has None for a variable that the platform does not have; `together` are groups of them that stand or fall
    as one, as the parts of a credential do.
    """

    platform: Mapping[str, str | None]
    together: Iterable[frozenset[str]] = ()
    function: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    call: Mapping[str, str] = field(default_factory=dict)


def overlay(current: Mapping[str, str], variables: Variables, baseline: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a call.

    From weak to strong: what was there before, the platform's, the function's own, pytest's settings, what the test
    itself has set (`monkeypatch.setenv`, seen by its differing from `baseline`), the call's.
    """
    own = {**variables.function, **variables.settings}
    changed = {name for name, value in current.items() if baseline.get(name) != value}
    platform = dict(variables.platform)
    for group in variables.together:
        if any(name in changed or name in own or name in variables.call for name in group):
            for name in group:
                platform.pop(name, None)
    result = dict(current)
    for name, value in {**platform, **own}.items():
        if name in changed:
            continue
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    result.update(variables.call)
    return result


def apply(current: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Make the process's variables those of `wanted`, touching only what differs."""
    for name in current.keys() - wanted.keys():
        del os.environ[name]
    for name, value in wanted.items():
        if current.get(name) != value:
            os.environ[name] = value
    if current.get("TZ") != wanted.get("TZ") and hasattr(time, "tzset"):
        time.tzset()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The parts of the process that a function may change, as they are at one moment."""

    variables: dict[str, str]
    path: list[str]
    handlers: list[logging.Handler]
    level: int
    folder: str

    @classmethod
    def take(cls) -> Snapshot:
        root = logging.getLogger()
        return cls(_variables(), list(sys.path), list(root.handlers), root.level, _working_directory())

    def restore(self, current: Snapshot) -> None:
        """Make the process what it was, `current` being what it is."""
        apply(current.variables, self.variables)
        sys.path[:] = self.path
        root = logging.getLogger()
        root.handlers[:] = self.handlers
        if current.level != self.level:
            root.setLevel(self.level)
        if current.folder != self.folder:
            os.chdir(self.folder)


@dataclass(slots=True)
class ProcessState:
    """What a function has left behind in its process, to be there again at its next call."""

    variables: dict[str, str | None] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    handlers: list[logging.Handler] = field(default_factory=list)
    level: int | None = None
    folder: str | None = None

    def install(
        self, before: Snapshot, wanted: dict[str, str], code: str | None, layers: Sequence[str] = ()
    ) -> Snapshot:
        """Make the process the function's, and return what it is then."""
        for name, value in self.variables.items():
            if value is None:
                wanted.pop(name, None)
            else:
                wanted[name] = value
        apply(before.variables, wanted)
        first = [*([code] if code else []), *layers]
        sys.path[:0] = [entry for entry in first + self.path if entry not in before.path]
        folder = self.folder or code or before.folder
        if folder != before.folder:
            os.chdir(folder)
        root = logging.getLogger()
        root.handlers += [handler for handler in self.handlers if handler not in before.handlers]
        if self.level is not None:
            root.setLevel(self.level)
        return Snapshot(wanted, list(sys.path), list(root.handlers), root.level, folder)

    def learn(self, installed: Snapshot, current: Snapshot) -> None:
        """Remember what the function changed between the two."""
        if current.variables is not installed.variables and current.variables != installed.variables:
            gone: dict[str, str | None] = dict.fromkeys(installed.variables.keys() - current.variables.keys())
            self.variables |= gone
            self.variables |= {k: v for k, v in current.variables.items() if installed.variables.get(k) != v}
        self.path += [entry for entry in current.path if entry not in installed.path and entry not in self.path]
        self.handlers += [handler for handler in current.handlers if handler not in installed.handlers]
        if current.level != installed.level:
            self.level = current.level
        if current.folder != installed.folder:
            self.folder = current.folder


def _variables() -> dict[str, str]:
    """Return the variables as text; decoding them all is slow, so those of the last few states are kept."""
    raw: dict[bytes, bytes] = vars(os.environ).get("_data", {})
    for known, decoded in _decoded:
        if known == raw:
            return decoded
    decoded = dict(os.environ)
    if raw:  # pragma: no branch  # CPython always has it
        _decoded.append((dict(raw), decoded))
    return decoded


_decoded: deque[tuple[dict[bytes, bytes], dict[str, str]]] = deque(maxlen=4)


def _working_directory() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  # to be given back as it was
    except FileNotFoundError:
        return "/"
