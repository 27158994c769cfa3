"""Events that are put on buses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.moto_api._internal import mock_random

from pytest_serverless.app.aws import partition_of
from pytest_serverless.backends.moto.feed.notes import Feed, Patch

__all__ = ["patches"]


def patches(feed: Feed) -> list[Patch]:
    """Return the replacement that notes the events that a bus accepts."""
    return [("moto.events.models", "EventsBackend.put_events", lambda original: _put_events(feed, original))]


def _put_events(feed: Feed, original: Callable[..., Any]) -> Callable[..., Any]:
    def put_events(self: Any, events: list[dict[str, Any]]) -> Any:
        taken = iter(original(self, [event for event in events if not _is_for_nobody(self, event)]))
        entries = [
            {"EventId": str(mock_random.uuid4())} if _is_for_nobody(self, event) else next(taken) for event in events
        ]
        for event, entry in zip(events, entries, strict=True):
            if "EventId" in entry:
                _note_event(feed, self, event, entry["EventId"])
        return entries

    return put_events


def _is_for_nobody(backend: Any, event: dict[str, Any]) -> bool:
    """Tell whether a sound event is for a bus that is not there: the service takes it, and drops it.

    Recorded of the service: an EventId, and no failed entry. moto refuses the whole request.
    """
    bus = (event.get("EventBusName") or "default").rpartition("/")[2]
    return bus not in backend.event_buses and bool(
        event.get("Source") and event.get("DetailType") and _is_object(event)
    )


def _is_object(event: dict[str, Any]) -> bool:
    try:
        return isinstance(json.loads(event.get("Detail") or ""), dict)
    except ValueError:
        return False


def _note_event(feed: Feed, backend: Any, event: dict[str, Any], event_id: str) -> None:
    region, account = backend.region_name, backend.account_id
    bus = event.get("EventBusName") or "default"
    feed.note(
        "events:PutEvents",
        bus if bus.startswith("arn:") else f"arn:{partition_of(region)}:events:{region}:{account}:event-bus/{bus}",
        id=event_id,
        source=event["Source"],
        detail_type=event["DetailType"],
        detail=event["Detail"],
        resources=list(event.get("Resources") or ()),
        time=event.get("Time"),
        region=region,
        account=account,
    )
