"""The local platforms of one session of tests: started when first needed, reset for each test, few at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from pytest_serverless.errors import InvalidParameterError, PlatformError, or_list
from pytest_serverless.local.running import RunningPlatform
from pytest_serverless.local.settings import Settings

__all__ = ["Pool"]

_MOST_IDLE = 2
_OURS = {"template", "choices"}
_DEFAULTS: Mapping[str, Any] = {"port": 0, "reload": False}


class Pool:
    """Lends platforms, by their settings; those that no test has used for long are stopped."""

    def __init__(self, make: Callable[[Settings], RunningPlatform] = RunningPlatform) -> None:
        self._make = make
        self._running: dict[str, RunningPlatform] = {}
        self._lent: set[str] = set()

    def borrow(self, template: Path, choices: Mapping[str, Any], given: Mapping[str, Any]) -> RunningPlatform:
        """Return a platform as it is at its start; within one test always the same one for the same settings."""
        settings = _settings(template, choices, given)
        key = repr(settings)
        found = self._running.pop(key, None)
        if found is not None and not found.is_running:
            found.stop()
            found = None
        if found is None:
            found = self._make(settings).start()
        elif key not in self._lent:
            found = self._anew(found)
        self._running[key] = found  # the last one used comes last
        self._lent.add(key)
        return found

    def _anew(self, found: RunningPlatform) -> RunningPlatform:
        """Reset a platform, or start another where it cannot be: a part of it has gone."""
        try:
            found.reset()
        except PlatformError:
            found.stop()
            return self._make(found.settings).start()
        return found

    def give_back(self) -> None:
        """End a test: keep the platforms that were used last for the next."""
        self._lent.clear()
        while len(self._running) > _MOST_IDLE:
            self._running.pop(next(iter(self._running))).stop()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        while self._running:
            self._running.popitem()[1].stop()


def _settings(template: Path, choices: Mapping[str, Any], given: Mapping[str, Any]) -> Settings:
    known = {each.name for each in dataclasses.fields(Settings)} - _OURS
    unknown = given.keys() - known
    if unknown:
        raise InvalidParameterError(
            f"A local platform has no setting {or_list(sorted(unknown))}; it takes {', '.join(sorted(known))}."
        )
    return Settings(template=template, choices=choices, **{**_DEFAULTS, **given})
