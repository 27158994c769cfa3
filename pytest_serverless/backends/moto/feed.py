"""What changed in moto's services, told once the call that changed it has succeeded.

`patches` names the places in moto's models through which every change of a kind passes, whatever client asked for it
(boto3, a presigned URL, a form). A change is noted there and told by `Feed.collecting` after moto has answered: a call
that fails tells nothing.

Kinds and their details:

- `s3:ObjectCreated:Put`, `:Post`, `:Copy`, `:CompleteMultipartUpload`, `s3:ObjectRemoved:Delete`,
  `:DeleteMarkerCreated`, `s3:ObjectTagging:*`, `s3:ObjectAcl:Put`, …: `bucket`, `key`, `size`, `etag`, `version_id`
  (None where the bucket has no versions), `region`. `s3:TestEvent`: `bucket`, when notifications are configured.
- `sns:Publish`: `message_id`, `message`, `subject`, `attributes`, `structure`, `group_id`, `deduplication_id`.
- `events:PutEvents`: `id`, `source`, `detail_type`, `detail` (as JSON text), `resources`, `time`, `region`, `account`.
- `dynamodb:INSERT`, `:MODIFY`, `:REMOVE`, of a table with a stream: `table`, `keys`, `old_image`, `new_image` (DynamoDB
  JSON, None where there is none), `sequence_number`, `view_type`, `stream` (ARN). A write that changes nothing tells
  nothing, as in DynamoDB.
- `kinesis:PutRecord`: `data` (base64), `partition_key`, `sequence_number`, `shard_id`.
- `logs:PutLogEvents`: `log_group`, `log_stream`, `events` (`id`, `timestamp`, `message`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pytest_serverless.app.aws import partition_of
from pytest_serverless.clock import SYSTEM, Clock
from pytest_serverless.outcome import Change

__all__ = ["Feed", "patches"]

Patch = tuple[str, str, Callable[..., Any]]
"""A module, the path of an attribute in it, and what makes the replacement of the original."""


class Feed(threading.local):
    """Notes the changes of a call, a list for each thread, and tells them when the call is done."""

    def __init__(self, tell: Callable[[Change], None], clock: Clock = SYSTEM) -> None:
        self._tell = tell
        self._clock = clock
        self.noted: list[Change] = []

    def note(self, kind: str, resource: str, **details: Any) -> None:
        """Remember a change of the service that `kind` begins with."""
        service = kind.partition(":")[0]
        self.noted.append(
            Change(time=self._clock.now(), service=service, kind=kind, resource=resource, details=details)
        )

    @contextmanager
    def collecting(self) -> Iterator[Callable[[], None]]:
        """Collect what a call changes; what it gives tells that the call succeeded. Calls may nest."""
        outer, self.noted = self.noted, []
        succeeded: list[bool] = []
        try:
            yield lambda: succeeded.append(True)
        finally:
            noted, self.noted = self.noted, outer
        for change in _as_aws_tells(noted) if succeeded else ():
            self._tell(change)


def _as_aws_tells(noted: list[Change]) -> Iterator[Change]:
    """Leave out what moto says besides of an object just written: its tags, its permissions, the put of its parts."""
    written = {(one.resource, one.details["key"]): one for one in noted if one.kind.startswith("s3:ObjectCreated:")}
    for change in noted:
        is_besides = change.kind.startswith(("s3:ObjectTagging:", "s3:ObjectAcl:", "s3:ObjectCreated:"))
        if not is_besides or written.get((change.resource, change.details["key"]), change) is change:
            yield change


def patches(feed: Feed) -> list[Patch]:
    """Return the replacements that note changes; each keeps what the original stores, and delivers nothing."""
    return [
        ("moto.s3.notifications", "send_event", lambda _: _s3_event(feed)),
        ("moto.s3.notifications", "send_test_event", lambda _: _s3_test_event(feed)),
        ("moto.s3.models", "S3Backend.delete_object", lambda original: _s3_delete(feed, original)),
        ("moto.sns.models", "Topic.publish", lambda original: _sns_publish(feed, original)),
        ("moto.events.models", "EventsBackend.put_events", lambda original: _put_events(feed, original)),
        ("moto.dynamodb.models.table", "StreamShard.add", lambda original: _dynamodb_write(feed, original)),
        ("moto.kinesis.models", "Stream.put_record", lambda original: _kinesis_put(feed, original)),
        ("moto.kinesis.models", "Stream.split_shard", lambda original: _kinesis_reshard(feed, original)),
        ("moto.logs.models", "LogStream.put_log_events", lambda original: _log_put(feed, original)),
    ]


def _s3_event(feed: Feed) -> Callable[..., None]:
    def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        _note_object(feed, event_name.value, bucket, key)

    return send_event


def _note_object(feed: Feed, kind: str, bucket: Any, key: Any) -> None:
    is_object = hasattr(key, "etag")  # a delete marker has no content
    feed.note(
        kind,
        bucket.arn,
        bucket=bucket.name,
        key=key.name,
        size=key.size if is_object else None,
        etag=key.etag.strip('"') if is_object else None,
        version_id=key.version_id if bucket.is_versioned else None,
        region=bucket.region_name,
    )


def _s3_test_event(feed: Feed) -> Callable[..., None]:
    def send_test_event(account_id: str, bucket: Any) -> None:
        feed.note("s3:TestEvent", bucket.arn, bucket=bucket.name)

    return send_test_event


def _s3_delete(feed: Feed, original: Callable[..., Any]) -> Callable[..., Any]:
    """Note the deletions that moto sends no event for: by a delete marker, and of one version among several."""

    def delete_object(self: Any, bucket_name: str, key_name: str, version_id: str | None = None, **options: Any) -> Any:
        bucket, before = self.get_bucket(bucket_name), len(feed.noted)
        version = _version(bucket, key_name, version_id)
        removed, metadata = original(self, bucket_name, key_name, version_id=version_id, **options)
        if removed and len(feed.noted) == before:
            if version_id is None:
                _note_object(feed, "s3:ObjectRemoved:DeleteMarkerCreated", bucket, bucket.keys.get(key_name))
            elif version is not None:
                _note_object(feed, "s3:ObjectRemoved:Delete", bucket, version)
        return removed, metadata

    return delete_object


def _version(bucket: Any, key_name: str, version_id: str | None) -> Any:
    versions = bucket.keys.getlist(key_name, []) if version_id is not None else []
    return next((version for version in versions if str(version.version_id) == str(version_id)), None)


def _sns_publish(feed: Feed, original: Callable[..., str]) -> Callable[..., str]:
    def publish(self: Any, message: str, **given: Any) -> str:
        message_id = original(self, message, **given)
        feed.note(
            "sns:Publish",
            self.arn,
            message_id=message_id,
            message=message,
            subject=given.get("subject"),
            attributes=given.get("message_attributes") or {},
            structure=given.get("message_structure"),
            group_id=given.get("group_id"),
            deduplication_id=given.get("deduplication_id"),
        )
        return message_id

    return publish


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


def _dynamodb_write(feed: Feed, original: Callable[..., None]) -> Callable[..., None]:
    def add(self: Any, old: Any, new: Any) -> None:
        before, after = _image(old), _image(new)
        if before == after:
            return
        original(self, old, new)
        table, record = self.table, self.items[-1].record
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
        )

    return add


def _image(item: Any) -> dict[str, Any] | None:
    return None if item is None else item.to_json()["Attributes"]


def _kinesis_put(feed: Feed, original: Callable[..., tuple[str, str]]) -> Callable[..., tuple[str, str]]:
    def put_record(self: Any, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
        sequence_number, shard_id = original(self, partition_key, explicit_hash_key, data)
        feed.note(
            "kinesis:PutRecord",
            self.arn,
            data=data,
            partition_key=partition_key,
            sequence_number=sequence_number,
            shard_id=shard_id,
        )
        return sequence_number, shard_id

    return put_record


def _kinesis_reshard(feed: Feed, original: Callable[..., Any]) -> Callable[..., Any]:
    """Splitting a shard puts its records again; nobody sent them anew."""

    def quietly(self: Any, *args: Any, **options: Any) -> Any:
        before = len(feed.noted)
        result = original(self, *args, **options)
        del feed.noted[before:]
        return result

    return quietly


def _log_put(feed: Feed, original: Callable[..., str]) -> Callable[..., str]:
    def put_log_events(self: Any, log_events: list[dict[str, Any]]) -> str:
        token = original(self, log_events)
        stored = self.events[len(self.events) - len(log_events) :]
        if not stored:
            return token  # all were too old or too new
        feed.note(
            "logs:PutLogEvents",
            self.log_group.arn,
            log_group=self.log_group.name,
            log_stream=self.log_stream_name,
            events=[{"id": one.event_id, "timestamp": one.timestamp, "message": one.message} for one in stored],
        )
        return token

    return put_log_events
