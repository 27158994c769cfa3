"""Events that are put on buses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.app.aws import partition_of
from pytest_serverless.backends.moto.feed.notes import Feed, Patch

__all__ = ["patches"]


def patches(feed: Feed) -> list[Patch]:
    """Return the replacement that notes the events that a bus accepts."""
    return [("moto.events.models", "EventsBackend.put_events", lambda original: _put_events(feed, original))]


def _put_events(feed: Feed, original: Callable[..., Any]) -> Callable[..., Any]:
    def put_events(self: Any, events: list[dict[str, Any]]) -> Any:
        entries = original(self, events)
        for event, entry in zip(events, entries, strict=True):
            if "EventId" in entry:
                _note_event(feed, self, event, entry["EventId"])
        return entries

    return put_events


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
