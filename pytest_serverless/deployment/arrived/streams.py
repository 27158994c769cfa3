"""What was put into a stream of Kinesis, and what the stream of a table tells of it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from pytest_serverless.backends.dynamodb_items import item_of
from pytest_serverless.deployment.arrived.json_text import json_of, parsed
from pytest_serverless.deployment.arrived.view import View, Word, fields_of
from pytest_serverless.outcome import Change

__all__ = ["StreamRecord", "StreamView", "TableRecord", "TableStreamView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecord:
    """A record of Kinesis."""

    data: bytes
    partition_key: str
    shard_id: str
    sequence_number: str

    @property
    def json(self) -> Any:
        """What the data say as JSON."""
        return parsed(self.data)


class StreamView(View[StreamRecord]):
    """A stream of Kinesis: what was put into it in this test, in order."""

    kind = "stream"
    thing = "record"
    fields = fields_of(StreamRecord, "json")

    @property
    def records(self) -> list[StreamRecord]:
        """What was put into the stream."""
        return [_as_put(change) for change in self._place.changes("kinesis:PutRecord")]

    @property
    def data(self) -> list[bytes]:
        """The data of each record."""
        return [record.data for record in self.records]

    @property
    def json(self) -> list[Any]:
        """What the data of each record say as JSON."""
        return [record.json for record in self.records]

    def _items(self) -> list[StreamRecord]:
        return self.records

    def _cells(self, item: StreamRecord) -> Mapping[str, Any]:
        return {"shard": Word(item.shard_id), "partition key": item.partition_key, "data": item.data}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRecord:
    """What the stream of a table tells of one write, in Python values.

    The images are those that the stream has by its view type; None are the others, and those of an item that was not
    there. `user_identity` is who removed an item that expired: the service.
    """

    event: Literal["INSERT", "MODIFY", "REMOVE"]
    keys: Mapping[str, Any]
    new_image: Mapping[str, Any] | None
    old_image: Mapping[str, Any] | None
    sequence_number: str
    user_identity: Mapping[str, str] | None = None

    @property
    def data(self) -> Mapping[str, Any]:
        """The most that the record says of the item: its new image, or its old one, or its keys."""
        images = (self.new_image, self.old_image)
        return next((image for image in images if image is not None), self.keys)

    @property
    def json(self) -> Any:
        """The same with plain numbers, lists for sets and base64 for bytes."""
        return json_of(self.data)


class TableStreamView(View[TableRecord]):
    """The stream of a table: what it told of the writes of this test, in order."""

    kind = "stream of the table"
    thing = "record"
    fields = fields_of(TableRecord, "data", "json")

    @property
    def records(self) -> list[TableRecord]:
        """What the stream told."""
        return [_as_told(change) for change in self._place.changes("dynamodb:")]

    @property
    def data(self) -> list[Mapping[str, Any]]:
        """The most that each record says of its item: its new image, or its old one, or its keys."""
        return [record.data for record in self.records]

    @property
    def json(self) -> list[Any]:
        """The same with plain numbers, lists for sets and base64 for bytes."""
        return [record.json for record in self.records]

    def _items(self) -> list[TableRecord]:
        return self.records

    def _cells(self, item: TableRecord) -> Mapping[str, Any]:
        return {
            "event": Word(item.event),
            "keys": item.keys,
            "new image": item.new_image,
            "old image": item.old_image,
        }


def _as_put(change: Change) -> StreamRecord:
    details = change.details
    return StreamRecord(
        data=b64decode(details["data"]),
        partition_key=details["partition_key"],
        shard_id=details["shard_id"],
        sequence_number=details["sequence_number"],
    )


def _as_told(change: Change) -> TableRecord:
    details, view_type = change.details, change.details["view_type"]
    return TableRecord(
        event=cast("Literal['INSERT', 'MODIFY', 'REMOVE']", change.kind.partition(":")[2]),
        keys=item_of(details["keys"]),
        new_image=_image(details["new_image"]) if view_type.startswith("NEW") else None,
        old_image=_image(details["old_image"]) if view_type.endswith(("OLD_IMAGE", "OLD_IMAGES")) else None,
        sequence_number=details["sequence_number"],
        user_identity=details.get("user_identity"),
    )


def _image(attributes: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any] | None:
    return None if attributes is None else item_of(attributes)
