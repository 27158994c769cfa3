"""Journeys that raised an exception of their own: how many, and the first of them to show."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from typing import Final

from pytest_serverless.load.auth.redaction import redact

__all__ = ["JourneyErrors"]

_MOST: Final = 5
_LONGEST: Final = 4000


def _nothing() -> Iterable[str]:
    return ()


class JourneyErrors:
    """Counts exceptions; `kept` are the tracebacks of the first ones, one for each place, without secrets."""

    __slots__ = ("_places", "_secrets", "count", "kept")

    def __init__(self, secrets: Callable[[], Iterable[str]] = _nothing) -> None:
        self.count = 0
        self.kept: list[str] = []
        self._secrets = secrets
        self._places: set[tuple[str, str, int]] = set()

    def add(self, error: Exception, scenario: str) -> None:
        """Count an exception that a journey of a scenario ended with."""
        self.count += 1
        if len(self.kept) >= _MOST:
            return
        frames = traceback.extract_tb(error.__traceback__)
        last = frames[-1] if frames else None
        place = (type(error).__name__, last.filename if last else "", (last.lineno if last else 0) or 0)
        if place in self._places:
            return
        self._places.add(place)
        # The first frame is this package's own, which called the journey.
        own = error.__traceback__
        told = "".join(traceback.format_exception(type(error), error, own.tb_next if own else None))
        self.kept.append(redact(f"A journey of {scenario} raised:\n{told}", self._secrets())[-_LONGEST:])
