"""What was published on a topic."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_serverless.deployment.arrived.json_text import parsed
from pytest_serverless.deployment.arrived.message_attributes import plain_attributes
from pytest_serverless.deployment.arrived.view import View, fields_of
from pytest_serverless.outcome import Change

__all__ = ["PublishedMessage", "TopicView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedMessage:
    """A message as its subscribers get it.

    `by_protocol` are the texts for some of them, where it was published with a message structure; `message` is then
    what the others get. `attributes` are the message attributes as Python values; `group` and `deduplication_id` are
    those of a FIFO topic. `sent` is in seconds since the epoch.
    """

    message: str
    subject: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    by_protocol: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    deduplication_id: str | None = None
    id: str
    sent: float

    @property
    def json(self) -> Any:
        """What the message says as JSON."""
        return parsed(self.message)


class TopicView(View[PublishedMessage]):
    """A topic: what was published on it in this test, in order."""

    kind = "topic"
    thing = "message"
    fields = fields_of(PublishedMessage, "json")

    @property
    def messages(self) -> list[PublishedMessage]:
        """What was published."""
        return [_as_published(change) for change in self._place.changes("sns:Publish")]

    @property
    def bodies(self) -> list[str]:
        """The text of each message."""
        return [message.message for message in self.messages]

    @property
    def json(self) -> list[Any]:
        """What each message says as JSON."""
        return [message.json for message in self.messages]

    def _items(self) -> list[PublishedMessage]:
        return self.messages

    def _cells(self, item: PublishedMessage) -> Mapping[str, Any]:
        return {
            "group": item.group,
            "subject": item.subject,
            "message": item.message,
            "attributes": item.attributes or None,
        }


def _as_published(change: Change) -> PublishedMessage:
    details = change.details
    by_protocol = _texts(details["message"]) if details["structure"] == "json" else {}
    return PublishedMessage(
        id=details["message_id"],
        message=by_protocol.pop("default", details["message"]),
        by_protocol=by_protocol,
        subject=details["subject"],
        attributes=plain_attributes(details["attributes"]),
        group=details["group_id"],
        deduplication_id=details["deduplication_id"],
        sent=change.time,
    )


def _texts(message: str) -> dict[str, str]:
    """Return the texts of a message that has one for each protocol; SNS would refuse another, the mock may take it."""
    try:
        texts = json.loads(message)
    except ValueError:
        return {}
    return texts if isinstance(texts, dict) else {}
