"""The last of what happened on the platform, as JSON: for whoever asks now and then."""

from __future__ import annotations

from collections import deque
from dataclasses import fields, is_dataclass
from typing import Any

from pytest_serverless.local.platform_events import EventStream, PlatformEvent
from pytest_serverless.outcome import Outcome

__all__ = ["RecentEvents"]

_MOST = 1_000
_LONGEST = 8_192
_OF_OUTCOMES = ("status", "duration_ms", "billed_ms", "init_ms", "memory_mb", "memory_used_mb", "cold_start")


_LARGE = {"report", "log"}
"""Kinds of events whose record may be of any size, and is cut to what is told of it before it is kept."""


class RecentEvents:
    """Keeps the last thousand events, numbered from 1; payloads and logs of invocations are left out."""

    def __init__(self, events: EventStream) -> None:
        self._last = 0
        self._kept: deque[tuple[int, PlatformEvent | dict[str, Any]]] = deque(maxlen=_MOST)
        events.listen(self._keep)

    def after(self, number: int = 0) -> dict[str, Any]:
        """Return the events after a number, with the number to ask for next."""
        found = [{"number": own, **_told(event)} for own, event in self._kept if own > number]
        return {"events": found, "last": self._last}

    def _keep(self, event: PlatformEvent) -> None:
        self._last += 1
        self._kept.append((self._last, _told(event) if event.kind in _LARGE else event))


def _told(event: PlatformEvent | dict[str, Any]) -> dict[str, Any]:
    """Return an event as JSON has it, unless it is that already."""
    if isinstance(event, dict):
        return event
    return {
        "time": event.time,
        "kind": event.kind,
        "function": event.function,
        "sandbox": event.sandbox,
        "request_id": event.request_id,
        "record": {name: _plain(value) for name, value in event.record.items()},
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Outcome):
        told = {name: getattr(value, name) for name in _OF_OUTCOMES}
        return {**told, "error": value.failure.type} if value.failure else told
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return str(value)[:_LONGEST]
