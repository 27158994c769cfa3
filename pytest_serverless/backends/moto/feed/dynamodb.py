"""Items of tables that have a stream, as they were and as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.backends.moto.feed.notes import Feed, Patch

__all__ = ["patches"]


def patches(feed: Feed) -> list[Patch]:
    """Return the replacement that notes every write of an item, be it alone, in a batch or in a transaction."""
    return [("moto.dynamodb.models.table", "StreamShard.add", lambda original: _write(feed, original))]


def _write(feed: Feed, original: Callable[..., None]) -> Callable[..., None]:
    def add(self: Any, old: Any, new: Any) -> None:
        before, after = _image(old), _image(new)
        if before == after:
            return
        if before is None:
            _drop_beginning(feed, self, after)
        original(self, old, new)
        record = self.items[-1].record
        if feed.user_identity is not None:
            record["userIdentity"] = {name[0].upper() + name[1:]: value for name, value in feed.user_identity.items()}
        _note_item(feed, self, record, before, after)

    return add


def _note_item(feed: Feed, shard: Any, record: Any, before: Any, after: Any) -> None:
    table = shard.table
    feed.note(
        f"dynamodb:{record['eventName']}",
        table.table_arn,
        table=table.name,
        keys=record["dynamodb"]["Keys"],
        old_image=before,
        new_image=after,
        sequence_number=record["dynamodb"]["SequenceNumber"],
        view_type=table.stream_specification["StreamViewType"],
        stream=f"{table.table_arn}/stream/{table.latest_stream_label}",
        shard_id=shard.id,
        approximate_creation_time=feed.now(),
        user_identity=feed.user_identity,
    )


def _drop_beginning(feed: Feed, shard: Any, after: Any) -> None:
    """Forget that an item with nothing but its key was inserted just before: so moto makes what an update creates."""
    last = feed.noted[-1] if feed.noted else None
    if last is None or last.kind != "dynamodb:INSERT" or last.resource != shard.table.table_arn:
        return
    keys = last.details["keys"]
    if last.details["new_image"] == keys and keys.items() <= after.items():
        feed.noted.pop()
        shard.items.pop()


def _image(item: Any) -> dict[str, Any] | None:
    return None if item is None else item.to_json()["Attributes"]
