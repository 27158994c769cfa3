"""Messages that are published to topics."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from pytest_serverless.backends.moto.feed.notes import Feed, Patch

__all__ = ["patches"]


def patches(feed: Feed) -> list[Patch]:
    """Return the replacement that notes messages; those of a batch pass through it one by one."""
    return [("moto.sns.models", "Topic.publish", lambda original: _publish(feed, original))]


def _publish(feed: Feed, original: Callable[..., str]) -> Callable[..., str]:
    def publish(self: Any, message: str, **given: Any) -> str:
        message_id = original(self, message, **given)
        attributes = given.get("message_attributes") or {}
        feed.note(
            "sns:Publish",
            self.arn,
            message_id=message_id,
            message=message,
            subject=given.get("subject"),
            attributes={name: _attribute(value) for name, value in attributes.items()},
            structure=given.get("message_structure"),
            group_id=given.get("group_id"),
            deduplication_id=given.get("deduplication_id") or _content_id(self, message),
            is_fifo=_is_fifo(self),
        )
        return message_id

    return publish


def _attribute(value: Mapping[str, str]) -> dict[str, Any]:
    """Return an attribute as the API writes it; moto has it as notifications do."""
    if value["Type"].startswith("Binary"):
        return {"DataType": value["Type"], "BinaryValue": b64decode(value["Value"])}
    return {"DataType": value["Type"], "StringValue": str(value["Value"])}


def _content_id(topic: Any, message: str) -> str | None:
    """Return the id that a FIFO topic makes of a message's body.

    Source: https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html (2026-11).
    """
    if not (_is_fifo(topic) and _is_true(topic.content_based_deduplication)):
        return None
    return hashlib.sha256(message.encode()).hexdigest()


def _is_fifo(topic: Any) -> bool:
    return _is_true(topic.fifo_topic)


def _is_true(flag: Any) -> bool:
    return str(flag).lower() == "true"
