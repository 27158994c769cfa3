"""What a bucket tells of a change: to functions, queues and topics one form, to EventBridge another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_serverless.app.aws import partition_of
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.aws.s3_objects import encode_key, sequencer
from pytest_serverless.events.aws.s3_records import EVENT_NAMES, NOTIFICATIONS
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Change

__all__ = ["default_bus", "event_of", "notification_of"]

_VERSION: Final = "2.6"
_REASONS: Final[Mapping[str, Any]] = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
}
_DELETIONS: Final[Mapping[str, Any]] = {
    "ObjectRemoved:Delete": "Permanently Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}
_OTHERS: Final[Mapping[str, Any]] = {
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
    "ObjectAcl:Put": "Object ACL Updated",
    "ObjectRestore:Post": "Object Restore Initiated",
    "ObjectRestore:Completed": "Object Restore Completed",
    "ObjectRestore:Delete": "Object Restore Expired",
}


def notification_of(change: Change, configuration_id: str, events: AwsEvents) -> Event:
    """Return the notification of a change of an object, as the configuration of that id gets it."""
    name, details, s3 = change.kind.removeprefix("s3:"), change.details, events.s3
    keys = EVENT_NAMES[name]
    s3_object: Event = {"key": encode_key(details["key"])}
    for ours, theirs, has in (("size", "size", keys.size), ("etag", "eTag", keys.etag)):
        if has is not False and details.get(ours) is not None:
            s3_object[theirs] = details[ours]
    if details.get("version_id"):
        s3_object["versionId"] = details["version_id"]
    if keys.sequencer is not False:
        s3_object["sequencer"] = sequencer(s3.mint)
    record: Event = {
        "eventVersion": _VERSION,
        "awsRegion": details.get("region") or s3.place({}).region,
        "eventName": name,
        "s3": {"bucket": {"name": details["bucket"]}, "object": s3_object},
    }
    if configuration_id:
        record["s3"]["configurationId"] = configuration_id
    return s3.complete(NOTIFICATIONS, {"Records": [record]}, {})


def event_of(change: Change, events: AwsEvents) -> Event | None:
    """Return the event that EventBridge gets of a change of an object; None where it gets none."""
    name, details, bridge = change.kind.removeprefix("s3:"), change.details, events.eventbridge
    options: dict[str, Any] = {"bucket": details["bucket"], "key": details["key"]}
    if details.get("version_id"):
        options["version_id"] = details["version_id"]
    if name in _REASONS:
        if details.get("etag") is not None:
            options["etag"] = details["etag"]
        return bridge.s3_object_created(**options, size=details.get("size") or 0, reason=_REASONS[name])
    if name in _DELETIONS:
        return bridge.s3_object_deleted(**options, deletion_type=_DELETIONS[name])
    if name in _OTHERS:
        return bridge.s3_object_changed(_OTHERS[name], **options)
    return None


def default_bus(event: Event) -> str:
    """Return the ARN of the bus that a service's own events come to."""
    region = event["region"]
    return f"arn:{partition_of(region)}:events:{region}:{event['account']}:event-bus/default"
