"""Amazon S3 event notifications: what a function, a queue or a topic is sent when something happens to an object.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html and
.../notification-how-to-event-types-and-destinations.html (2026-11). Which keys an object has for which event is from
recordings of the service and from the examples of the pages named at each builder; `versionId` is absent, not null, in
a bucket without versioning.

The documents disagree on `eventVersion`. The newest edition shows 2.6 and says that from 2.4 on all events share one
version; older editions, still in print in other languages, say 2.1 for most events, 2.2 for replication and 2.3 for
tagging, ACL, lifecycle, tiering and expired restores, and recordings of 2025 have these. Builders take `event_version`
and give the newest; the checker takes any 2.x.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from pytest_serverless.events.aws.s3_objects import encode_key, sequencer
from pytest_serverless.events.aws.s3_records import EVENT_NAMES, NOTIFICATIONS, SERVICE, TEST_EVENT
from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.source import Event, event_type
from pytest_serverless.events.values import format_iso

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["S3Events"]

_REFERENCE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"
_LIFECYCLE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configure-notification.html"
_REPLICATION = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-metrics-events.html"
_TIERING = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering-managing.html"
_RETENTION = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html"

_NEWEST_VERSION: Final = "2.6"
_MARKER_ETAG: Final = "d41d8cd98f00b204e9800998ecf8427e"  # of nothing: a delete marker has no content
_DAY_MS: Final = 86_400_000


class NotificationOptions(AwsCommon, total=False):
    """What any notification may have."""

    version_id: str
    """The object's version; there only where the bucket has versioning."""
    event_version: str
    """The version of the notification's structure; the newest unless given."""
    configuration_id: str
    """The id of the bucket's notification configuration."""
    principal: str
    """Who caused it, as `AWS:AIDA…`, `AWS:AROA…:session`, or `s3.amazonaws.com` for S3 itself."""
    source_ip: str
    """Where the request came from; `s3.amazonaws.com` where S3 itself acted."""


class RemovalOptions(NotificationOptions, total=False):
    """What a notification may have that an object is gone."""

    sequencer: str
    """Hexadecimal digits that tell the order of events of one key."""


class ObjectOptions(RemovalOptions, total=False):
    """What a notification may have of an object that is there."""

    size: int
    """The object's size in bytes."""
    etag: str
    """The object's ETag, without quotes."""


class S3Events(AwsEventSource):
    """Amazon S3 event notifications; every `key` is the object's real key, and the event has it URL-encoded."""

    name = "aws.s3"

    @event_type("An object was written", reference=_REFERENCE, shape=NOTIFICATIONS)
    def object_created(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        operation: Literal["Put", "Post", "Copy", "CompleteMultipartUpload"] = "Put",
        **options: Unpack[ObjectOptions],
    ) -> Event:
        """Build the event of an object that was written; an object of several parts gets an ETag of that form."""
        parts = "-2" if operation == "CompleteMultipartUpload" else ""
        made = {"eTag": self.mint.hex(32) + parts}
        return self._notification(f"ObjectCreated:{operation}", bucket, key, options, made)

    @event_type("An object was deleted by a request", reference=_REFERENCE, shape=NOTIFICATIONS)
    def object_removed(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        operation: Literal["Delete", "DeleteMarkerCreated"] = "Delete",
        **options: Unpack[RemovalOptions],
    ) -> Event:
        """Build the event of an object (or a version) that is gone, or got a delete marker in a bucket with versioning.

        S3 says neither size nor, but for a delete marker, ETag of what is gone.
        """
        return self._notification(f"ObjectRemoved:{operation}", bucket, key, options, _marker(operation))

    @event_type(
        "An archived object is being restored, is restored, or its copy expired",
        reference=_REFERENCE,
        shape=NOTIFICATIONS,
    )
    def object_restore(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        operation: Literal["Post", "Completed", "Delete"] = "Completed",
        storage_class: str = "GLACIER",
        **options: Unpack[ObjectOptions],
    ) -> Event:
        """Build the event of a restore: asked for (`Post`), `Completed`, or its temporary copy expired (`Delete`).

        Only `Completed` has glacierEventData: the `storage_class` it is from, and when the copy will go (a day later).
        """
        data: dict[str, Any] = {}
        if operation == "Completed":
            expiry = format_iso(self.mint.now_ms() + _DAY_MS, "milliseconds")
            restored = {"lifecycleRestorationExpiryTime": expiry, "lifecycleRestoreStorageClass": storage_class}
            data["glacierEventData"] = {"restoreEventData": restored}
        by_service = operation != "Post"
        return self._notification(f"ObjectRestore:{operation}", bucket, key, options, data=data, by_service=by_service)

    @event_type("An object's tags were set or removed", reference=_REFERENCE, shape=NOTIFICATIONS)
    def object_tagging(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        operation: Literal["Put", "Delete"] = "Put",
        etag: str | None = None,
        **options: Unpack[NotificationOptions],
    ) -> Event:
        """Build the event of tags that changed: the object has neither size nor sequencer in it."""
        return self._notification(f"ObjectTagging:{operation}", bucket, key, options, _given(eTag=etag))

    @event_type("An object's access control list was set", reference=_REFERENCE, shape=NOTIFICATIONS)
    def object_acl(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        etag: str | None = None,
        **options: Unpack[NotificationOptions],
    ) -> Event:
        """Build the event of an access control list that was set: the object has neither size nor sequencer in it."""
        return self._notification("ObjectAcl:Put", bucket, key, options, _given(eTag=etag))

    @event_type("An object's retention was set", reference=_RETENTION, shape=NOTIFICATIONS)
    def object_retention(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE",
        retain_days: int = 30,
        **options: Unpack[ObjectOptions],
    ) -> Event:
        """Build the event of an explicit PutObjectRetention, to keep the object for `retain_days` from now.

        The form of objectRetentionEventData is from AWS's own reader of these events, in the SDK for Java (2026).
        """
        until = format_iso(self.mint.now_ms() + retain_days * _DAY_MS, "milliseconds")
        data = {"objectRetentionEventData": {"mode": mode, "retainUntilDate": until}}
        return self._notification("ObjectRetention:Put", bucket, key, options, data=data)

    @event_type(
        "Replication of an object failed, was late, or is not tracked any more",
        reference=_REPLICATION,
        shape=NOTIFICATIONS,
    )
    def replication(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        kind: Literal[
            "OperationFailedReplication",
            "OperationMissedThreshold",
            "OperationReplicatedAfterThreshold",
            "OperationNotTracked",
        ] = "OperationFailedReplication",
        destination: str = "replica",
        rule: str = "everything",
        failure_reason: str = "DstBucketNotFound",
        threshold: str | None = None,
        replication_time: str | None = None,
        **options: Unpack[ObjectOptions],
    ) -> Event:
        """Build the event of a replication to the bucket `destination` under the rule with the id `rule`.

        `failure_reason` is there only in OperationFailedReplication. `threshold` and `replication_time` are keys that
        AWS's SDK for Java reads, but no document shows how S3 writes them: they are left out unless given.
        """
        data = {
            "replicationRuleId": rule,
            "destinationBucket": f"arn:{self.place(options).partition}:s3:::{destination}",
            "requestTime": format_iso(self.mint.now_ms() - 60_000, "milliseconds"),
            **_given(threshold=threshold, replicationTime=replication_time),
        }
        if kind == "OperationFailedReplication":
            data["failureReason"] = failure_reason
        wrapped = {"replicationEventData": data}
        return self._notification(f"Replication:{kind}", bucket, key, options, data=wrapped, by_service=True)

    @event_type("A lifecycle rule deleted an object", reference=_LIFECYCLE, shape=NOTIFICATIONS)
    def lifecycle_expiration(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        operation: Literal["Delete", "DeleteMarkerCreated"] = "Delete",
        **options: Unpack[RemovalOptions],
    ) -> Event:
        """Build the event of an object that a lifecycle rule deleted, or gave a delete marker; S3 is the principal."""
        name = f"LifecycleExpiration:{operation}"
        return self._notification(name, bucket, key, options, _marker(operation), by_service=True)

    @event_type("A lifecycle rule moved an object to another storage class", reference=_LIFECYCLE, shape=NOTIFICATIONS)
    def lifecycle_transition(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        storage_class: str = "GLACIER",
        **options: Unpack[ObjectOptions],
    ) -> Event:
        """Build the event of an object that a lifecycle rule moved to `storage_class`."""
        data = {"lifecycleEventData": {"transitionEventData": {"destinationStorageClass": storage_class}}}
        return self._notification("LifecycleTransition", bucket, key, options, data=data, by_service=True)

    @event_type("Intelligent-Tiering archived an object", reference=_TIERING, shape=NOTIFICATIONS)
    def intelligent_tiering(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        access_tier: Literal["ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"] = "ARCHIVE_ACCESS",
        **options: Unpack[ObjectOptions],
    ) -> Event:
        """Build the event of an object that moved to an archive tier; its name is `IntelligentTiering` alone."""
        data = {"intelligentTieringEventData": {"destinationAccessTier": access_tier}}
        return self._notification("IntelligentTiering", bucket, key, options, data=data, by_service=True)

    @event_type("S3 lost an object of the Reduced Redundancy class", reference=_REFERENCE, shape=NOTIFICATIONS)
    def reduced_redundancy_lost(
        self, bucket: str = "uploads", key: str = "photos/cat.jpg", **options: Unpack[ObjectOptions]
    ) -> Event:
        """Build the event of an object that S3 lost; its name is `ReducedRedundancyLostObject` alone."""
        return self._notification("ReducedRedundancyLostObject", bucket, key, options, by_service=True)

    @event_type("The test message of a new notification configuration", reference=_REFERENCE, shape=TEST_EVENT)
    def test_event(self, bucket: str = "uploads", **common: Unpack[AwsCommon]) -> Event:
        """Build what S3 sends to a queue or a topic when it is configured: no Records, so consumers must skip it.

        Functions do not get it directly: put it in a queue's message, `sqs.standard(s3.test_event())`.
        """
        return self.complete(TEST_EVENT, {"Bucket": bucket}, common)

    def _notification(
        self,
        event_name: str,
        bucket: str,
        key: str,
        options: ObjectOptions | RemovalOptions | NotificationOptions,
        made: Mapping[str, Any] | None = None,
        *,
        data: Mapping[str, Any] | None = None,
        by_service: bool = False,
    ) -> Event:
        actor = {"principal": SERVICE, "source_ip": SERVICE} if by_service else {}
        chosen: dict[str, Any] = {"event_version": _NEWEST_VERSION, **actor, **options}
        named = {"size": "size", "etag": "eTag", "version_id": "versionId", "sequencer": "sequencer"}
        s3_object = {"key": encode_key(key), **(made or {})}
        if EVENT_NAMES[event_name].size:  # recordings have it for whatever is still there
            s3_object["sequencer"] = sequencer(self.mint)
        s3_object |= {name: chosen[option] for option, name in named.items() if option in chosen}
        record = {
            "eventVersion": chosen["event_version"],
            "awsRegion": self.place(options).region,
            "eventName": event_name,
            "userIdentity": _given(principalId=chosen.get("principal")),
            "requestParameters": _given(sourceIPAddress=chosen.get("source_ip")),
            "s3": {
                **_given(configurationId=chosen.get("configuration_id")),
                "bucket": {"name": bucket},
                "object": s3_object,
            },
            **(data or {}),
        }
        return self.complete(NOTIFICATIONS, {"Records": [record]}, options)


def _marker(operation: str) -> dict[str, Any]:
    return {"eTag": _MARKER_ETAG} if operation == "DeleteMarkerCreated" else {}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
