"""What was put on an event bus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_serverless.deployment.arrived.view import View, fields_of
from pytest_serverless.outcome import Change

__all__ = ["BusEvent", "BusView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BusEvent:
    """An event as the rules of its bus see it: `detail` is parsed, `time` in seconds since the epoch."""

    source: str
    detail_type: str
    detail: Any
    resources: tuple[str, ...] = ()
    id: str
    time: float
    account: str
    region: str


class BusView(View[BusEvent]):
    """An event bus: what was put on it in this test, in order."""

    kind = "bus"
    thing = "event"
    fields = fields_of(BusEvent)

    @property
    def events(self) -> list[BusEvent]:
        """What was put on the bus."""
        return [_as_seen(change) for change in self._place.changes("events:PutEvents")]

    def details(self, detail_type: str | None = None) -> list[Any]:
        """Return the details of the events of a type, or of all."""
        return [event.detail for event in self.events if detail_type in (None, event.detail_type)]

    def _items(self) -> list[BusEvent]:
        return self.events

    def _cells(self, item: BusEvent) -> Mapping[str, Any]:
        return {
            "source": item.source,
            "detail type": item.detail_type,
            "detail": item.detail,
            "resources": list(item.resources) or None,
        }


def _as_seen(change: Change) -> BusEvent:
    details = change.details
    time = details["time"]
    return BusEvent(
        id=details["id"],
        source=details["source"],
        detail_type=details["detail_type"],
        detail=json.loads(details["detail"]),
        resources=tuple(details["resources"]),
        time=change.time if time is None else float(time),
        account=details["account"],
        region=details["region"],
    )
