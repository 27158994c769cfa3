"""The shape of an S3 event notification; `s3.py` has its builders and says where it is from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_serverless.app.aws import partition_of
from pytest_serverless.events.aws.s3_objects import BUCKET_NAME, ETAG, KEY, REQUEST_ID, VERSION_ID, sequencer
from pytest_serverless.events.aws.values import REGION, arn
from pytest_serverless.events.shape import (
    MISSING,
    OPTIONAL,
    Condition,
    Either,
    Scope,
    Shape,
    Value,
    field,
    list_of,
    obj,
)
from pytest_serverless.events.values import ANY_JSON, IP_ADDRESS, const, iso_time, one_of, pattern, text, whole_number

__all__ = ["EVENT_NAMES", "NOTIFICATIONS", "SERVICE", "TEST_EVENT"]

SERVICE: Final = "s3.amazonaws.com"
"""Who acted where S3 itself did, as in a lifecycle rule."""


@dataclass(frozen=True, slots=True)
class _Keys:
    """Which keys `s3.object` has for an event: always (True), never (False), or perhaps (None)."""

    size: bool | None = None
    etag: bool | None = None
    version: bool | None = None
    sequencer: bool | None = None


_WRITTEN = _Keys(size=True, etag=True, sequencer=True)
_KEPT = _Keys(size=True, etag=True)
_GONE = _Keys(size=False, etag=False, sequencer=True)
_MARKED = _Keys(size=False, etag=True, version=True, sequencer=True)
_LABELLED = _Keys(size=False, etag=True, sequencer=False)
_LOCKED = _Keys(size=True, etag=True, version=True)
_UNSURE = _Keys()

EVENT_NAMES: Final[Mapping[str, _Keys]] = {
    "ObjectCreated:Put": _WRITTEN,
    "ObjectCreated:Post": _WRITTEN,
    "ObjectCreated:Copy": _WRITTEN,
    "ObjectCreated:CompleteMultipartUpload": _WRITTEN,
    "ObjectRemoved:Delete": _GONE,
    "ObjectRemoved:DeleteMarkerCreated": _MARKED,
    "ObjectRestore:Post": _KEPT,
    "ObjectRestore:Completed": _KEPT,
    "ObjectRestore:Delete": _KEPT,
    "ReducedRedundancyLostObject": _KEPT,
    "Replication:OperationFailedReplication": _KEPT,
    "Replication:OperationMissedThreshold": _KEPT,
    "Replication:OperationReplicatedAfterThreshold": _KEPT,
    "Replication:OperationNotTracked": _KEPT,
    "LifecycleExpiration:Delete": _GONE,
    "LifecycleExpiration:DeleteMarkerCreated": _MARKED,
    "LifecycleTransition": _KEPT,
    "IntelligentTiering": _KEPT,
    "ObjectTagging:Put": _LABELLED,
    "ObjectTagging:Delete": _LABELLED,
    "ObjectAcl:Put": _LABELLED,
    "ObjectRetention:Put": _LOCKED,
    "ObjectAnnotation:Put": _UNSURE,
    "ObjectAnnotation:Delete": _UNSURE,
}
"""Every event that S3 can notify of, without the `s3:` of the bucket's configuration, and the keys of its object."""


def _event(record: Scope) -> str:
    """Return the event that a record is of; a prefix that does not belong there does not change what is meant."""
    return str(record["eventName"]).removeprefix("s3:")


def _mend_name(found: Any) -> Any:
    if not isinstance(found, str):
        return MISSING
    name = found.strip().removeprefix("s3:").lower()
    return next((known for known in EVENT_NAMES if known.lower() == name), MISSING)


def _has(key: str) -> Condition:
    """Tell whether `s3.object` has a field, `key` being its name in `_Keys`; seen from that object."""
    field_name = {"size": "size", "etag": "eTag", "version": "versionId", "sequencer": "sequencer"}[key]

    def there(s3_object: Scope) -> bool:
        always = getattr(EVENT_NAMES.get(_event(s3_object.up.up), _UNSURE), key)
        return field_name in s3_object if always is None else bool(always)

    return there


def _is_event(*names: str) -> Condition:
    return lambda record: _event(record) in names


def _is_of(family: str) -> Condition:
    return lambda record: _event(record).startswith(family)


_is_service = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?").fullmatch

_EVENT_NAME = Value(
    "s3-event-name",
    "the name of an S3 event, such as ObjectCreated:Put; only the bucket's configuration says s3: before it",
    lambda found: isinstance(found, str) and found in EVENT_NAMES,
    lambda _: "ObjectCreated:Put",
    _mend_name,
)
_SOURCE_IP = Value(
    "source-ip",
    f"an IPv4 or IPv6 address, or the AWS service that acted, such as {SERVICE}",
    lambda found: IP_ADDRESS.accepts(found) or (isinstance(found, str) and _is_service(found) is not None),
    IP_ADDRESS.mint,
    IP_ADDRESS.mend,
)
_PRINCIPAL = pattern(
    "principal",
    "AWS: and the id of a user or a role with its session, an account, or a service such as s3.amazonaws.com",
    r"AWS:[A-Za-z0-9]{12,}(:[\w+=,.@-]+)?|A[A-Za-z0-9]{9,}|\d{12}|[a-z0-9.-]+\.amazonaws\.com(\.cn)?",
    lambda mint: f"AWS:AIDA{mint.alphanumeric(17)}",
)
_OWNER = pattern(
    "owner",
    "the id of the account that owns the bucket: A and capital letters and digits, or 12 digits",
    r"A[A-Za-z0-9]{9,20}|\d{12}",
    lambda mint: f"A{mint.alphanumeric(13)}",
)
_HOST_ID = pattern(
    "host-id",
    "base64 text of 64 to 108 characters",
    r"(?=.{64,108}\Z)([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
    lambda mint: mint.base64(56),
)
_SEQUENCER = pattern(
    "sequencer",
    "16 or more hexadecimal digits in upper case",
    r"[0-9A-F]{16,32}",
    sequencer,
    lambda found: found.upper() if isinstance(found, str) and re.fullmatch(r"[0-9a-fA-F]{16,32}", found) else MISSING,
)
_STORAGE_CLASS = pattern(
    "storage-class",
    "a storage class such as GLACIER",
    r"[A-Z]+(_[A-Z]+)*",
    lambda _: "GLACIER",
    lambda found: found.upper() if isinstance(found, str) and re.fullmatch("[a-z]+(_[a-z]+)*", found) else MISSING,
)
_NAME = pattern("name", "text of 1 to 255 characters", r".{1,255}", lambda mint: mint.uuid())
_TIME = iso_time("milliseconds")

_OBJECT = obj(
    field("key", KEY),
    field("size", whole_number(0, mint=lambda _: 1024), _has("size")),
    field("eTag", ETAG, _has("etag")),
    field("versionId", VERSION_ID, _has("version")),
    field("sequencer", _SEQUENCER, _has("sequencer")),
)
_BUCKET = obj(
    field("name", BUCKET_NAME),
    field("ownerIdentity", obj(field("principalId", _OWNER))),
    field(
        "arn",
        arn("s3", r"[A-Za-z0-9._-]{3,255}", "uploads", regional=False, owned=False),
        derive=lambda s: f"arn:{partition_of(s.up.up['awsRegion'])}:s3:::{s['name']}",
        because="the ARN of the bucket of that name",
    ),
)
_RESTORED = obj(
    field(
        "restoreEventData",
        obj(
            field("lifecycleRestorationExpiryTime", _TIME),
            field("lifecycleRestoreStorageClass", _STORAGE_CLASS),
        ),
    )
)
_REPLICATED = obj(
    field("replicationRuleId", _NAME),
    field("destinationBucket", arn("s3", r"[A-Za-z0-9._-]{3,255}", "replica", regional=False, owned=False)),
    field("s3Operation", pattern("operation", "such as OBJECT_PUT", r"[A-Z]+(_[A-Z]+)*", lambda _: "OBJECT_PUT")),
    field("requestTime", _TIME),
    field(
        "failureReason",
        pattern("reason", "S3's code for the failure", r"[A-Za-z0-9]+", lambda _: "DstBucketNotFound"),
        lambda s: _event(s.up).endswith("OperationFailedReplication"),
    ),
    field("threshold", text(), OPTIONAL),
    field("replicationTime", text(), OPTIONAL),
)
_RETAINED = obj(
    field("mode", one_of("GOVERNANCE", "COMPLIANCE")),
    field("retainUntilDate", _TIME),
    field("eventHold", one_of("ON", "OFF"), OPTIONAL),
    field(
        "eventHoldDuration",
        obj(field("days", whole_number(1), OPTIONAL), field("years", whole_number(1), OPTIONAL)),
        OPTIONAL,
    ),
)
_FIELDS = (
    field("eventVersion", pattern("version", "2. and a number", r"2\.\d{1,2}", lambda _: "2.6")),
    field("eventSource", const("aws:s3")),
    field("awsRegion", REGION),
    field("eventTime", _TIME),
    field("eventName", _EVENT_NAME),
    field("userIdentity", obj(field("principalId", _PRINCIPAL))),
    field("requestParameters", obj(field("sourceIPAddress", _SOURCE_IP))),
    field("responseElements", obj(field("x-amz-request-id", REQUEST_ID), field("x-amz-id-2", _HOST_ID))),
    field(
        "s3",
        obj(
            field("s3SchemaVersion", const("1.0")),
            field("configurationId", _NAME),
            field("bucket", _BUCKET),
            field("object", _OBJECT),
        ),
    ),
    field("glacierEventData", _RESTORED, _is_event("ObjectRestore:Completed")),
    field("replicationEventData", _REPLICATED, _is_of("Replication:")),
    field(
        "lifecycleEventData",
        obj(field("transitionEventData", obj(field("destinationStorageClass", _STORAGE_CLASS)))),
        _is_event("LifecycleTransition"),
    ),
    field(
        "intelligentTieringEventData",
        obj(field("destinationAccessTier", one_of("ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"))),
        _is_event("IntelligentTiering"),
    ),
    field("objectRetentionEventData", _RETAINED, _is_event("ObjectRetention:Put")),
)
_RECORD = obj(*_FIELDS)
_NEW_RECORD = obj(*_FIELDS, others=ANY_JSON)  # what S3 adds to events of annotations is not in print yet


def _record_node(found: Any) -> Any:
    new = isinstance(found, dict) and "ObjectAnnotation" in str(found.get("eventName"))
    return _NEW_RECORD if new else _RECORD


def _is_notification(event: Any) -> bool:
    record = event["Records"][0]
    return "s3" in record or record.get("eventSource", record.get("EventSource")) == "aws:s3"


NOTIFICATIONS = Shape(
    "aws.s3", obj(field("Records", list_of(Either(_record_node, "an S3 event record")))), _is_notification
)

TEST_EVENT = Shape(
    "aws.s3.test_event",
    obj(
        field("Service", const("Amazon S3")),
        field("Event", const("s3:TestEvent")),
        field("Time", _TIME),
        field("Bucket", BUCKET_NAME),
        field("RequestId", REQUEST_ID),
        field("HostId", _HOST_ID),
    ),
    lambda event: event.get("Event") == "s3:TestEvent",
)
