"""Amazon EventBridge: what a rule hands to a function.

Source: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html (2026-11), and recordings of the
service for the order of the keys. Times are in whole seconds; `resources` is there even where it is empty;
`replay-name` is there only when an archive is replayed. Schedules of EventBridge Scheduler are another service's:
`scheduler.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.eventbridge_envelope import about, envelope, here, is_generic, is_schedule
from pytest_serverless.events.aws.eventbridge_s3 import BY_REQUEST, S3_EVENT, WITH_SOURCE_CLASS
from pytest_serverless.events.aws.s3_objects import demand_key, encode_key
from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.aws.values import arn
from pytest_serverless.events.shape import Shape, list_of, obj
from pytest_serverless.events.source import Event, event_type
from pytest_serverless.events.values import ANY_JSON, TEXT, const, format_iso, pattern

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["EventbridgeEvents"]

_REFERENCE = "https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html"
_SCHEDULE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"
_DAY_MS: Final = 86_400_000

EVENT = Shape(
    "aws.eventbridge",
    envelope(
        source=pattern("source", "1 to 256 letters, digits, . _ / or -", r"[\w./-]{1,256}", lambda _: "com.example"),
        detail_type=pattern("detail-type", "1 to 128 characters", r".{1,128}", lambda _: "Something Happened"),
        detail=obj(others=ANY_JSON),
        resources=list_of(TEXT, least=0),
    ),
    is_generic,
)
SCHEDULED_EVENT = Shape(
    "aws.eventbridge.scheduled_rule",
    envelope(
        source=const("aws.events"),
        detail_type=const("Scheduled Event"),
        detail=obj(),
        **here("events", "rule/every-minute", arn("events", r"rule/[\w./-]{1,128}", "rule/every-minute")),
    ),
    is_schedule,
)


class EventOptions(AwsCommon, total=False):
    """What any event of a bus may have."""

    replay_name: str
    """The replay that sent it again from an archive."""


class S3EventOptions(EventOptions, total=False):
    """What S3 may say of an object in an event of a bus."""

    version_id: str
    """The object's version; there only where the bucket has versioning."""
    etag: str
    """The object's ETag, without quotes."""
    requester: str
    """Who caused it: an account, or a service such as `s3.amazonaws.com`."""
    encoded_key: bool
    """Whether the key is URL-encoded; AWS documents that for notifications alone, so it is not unless set."""
    event_version: str
    """The detail's `event-version`, which newer documents show and recordings lack; absent unless given."""


class EventbridgeEvents(AwsEventSource):
    """Amazon EventBridge events, as a rule's target gets them."""

    name = "aws.eventbridge"

    @event_type("An event that an application put on a bus", reference=_REFERENCE, shape=EVENT)
    def custom(
        self,
        detail: Event | None = None,
        *,
        source: str = "com.example.orders",
        detail_type: str = "Order Placed",
        resources: Sequence[str] = (),
        **options: Unpack[EventOptions],
    ) -> Event:
        """Build an event sent with PutEvents; its `source` cannot start with `aws.`, as only AWS's services do."""
        if source.startswith("aws."):
            raise InvalidParameterError(
                f"PutEvents refuses sources that start with 'aws.', as {source!r} does; build an event of an AWS "
                "service with eventbridge.aws_service(...)."
            )
        return self._sent({"source": source, "detail-type": detail_type}, detail, resources, options)

    @event_type("An event that an AWS service sent", reference=_REFERENCE, shape=EVENT)
    def aws_service(
        self,
        detail: Event | None = None,
        *,
        source: str = "aws.ec2",
        detail_type: str = "EC2 Instance State-change Notification",
        resources: Sequence[str] = (),
        **options: Unpack[EventOptions],
    ) -> Event:
        """Build an event of an AWS service: the envelope is accurate, `detail` and `resources` are what you say.

        S3's own events have builders that know their details: `s3_object_created` and its like.
        """
        if not source.startswith("aws."):
            raise InvalidParameterError(
                f"The source of an AWS service starts with 'aws.', got {source!r}; build an event of an "
                "application with eventbridge.custom(...)."
            )
        return self._sent({"source": source, "detail-type": detail_type}, detail, resources, options)

    @event_type("A rule's schedule came due", reference=_SCHEDULE, shape=SCHEDULED_EVENT)
    def scheduled_rule(self, rule: str = "every-minute", **options: Unpack[EventOptions]) -> Event:
        """Build the event of a rule with a schedule; `rule` is its name or ARN. Its detail is an empty object."""
        given = about(self.place(options), "events", rule if rule.startswith("arn:") else f"rule/{rule}")
        return self._complete(SCHEDULED_EVENT, given, options)

    @event_type("S3: an object was written", reference=_S3, shape=S3_EVENT)
    def s3_object_created(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        reason: Literal["PutObject", "POST Object", "CopyObject", "CompleteMultipartUpload"] = "PutObject",
        size: int = 1024,
        **options: Unpack[S3EventOptions],
    ) -> Event:
        """Build S3's event of an object that was written; `reason` is the operation that wrote it."""
        etag = self.mint.hex(32) + ("-2" if reason == "CompleteMultipartUpload" else "")
        detail = {"bucket": {"name": bucket}, "object": {"size": size, "etag": etag}, "reason": reason}
        return self._s3("Object Created", key, detail, options, by_request=True)

    @event_type("S3: an object was deleted", reference=_S3, shape=S3_EVENT)
    def s3_object_deleted(
        self,
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        reason: Literal["DeleteObject", "Lifecycle Expiration"] = "DeleteObject",
        deletion_type: Literal["Permanently Deleted", "Delete Marker Created"] = "Permanently Deleted",
        **options: Unpack[S3EventOptions],
    ) -> Event:
        """Build S3's event of an object that a request or a lifecycle rule deleted, or gave a delete marker."""
        detail = {"bucket": {"name": bucket}, "object": {}, "reason": reason, "deletion-type": deletion_type}
        return self._s3("Object Deleted", key, detail, options, by_request=reason == "DeleteObject")

    @event_type(
        "S3: an object was restored, tagged, moved to another class or given an ACL", reference=_S3, shape=S3_EVENT
    )
    def s3_object_changed(
        self,
        kind: Literal[
            "Object Restore Initiated",
            "Object Restore Completed",
            "Object Restore Expired",
            "Object Tags Added",
            "Object Tags Deleted",
            "Object ACL Updated",
            "Object Storage Class Changed",
            "Object Access Tier Changed",
        ] = "Object Tags Added",
        bucket: str = "uploads",
        key: str = "photos/cat.jpg",
        *,
        storage_class: str = "GLACIER",
        access_tier: Literal["ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"] = "ARCHIVE_ACCESS",
        **options: Unpack[S3EventOptions],
    ) -> Event:
        """Build S3's event of another `kind`, which is its detail-type.

        `storage_class` is where a restore comes from, or where the object moved to; `access_tier` is where
        Intelligent-Tiering moved it to.
        """
        detail: Event = {"bucket": {"name": bucket}, "object": {}}
        if kind in WITH_SOURCE_CLASS:
            detail["source-storage-class"] = storage_class
        if kind == "Object Restore Completed":
            detail["restore-expiry-time"] = format_iso(self.mint.now_ms() + _DAY_MS, "seconds")
        if kind == "Object Storage Class Changed":
            detail["destination-storage-class"] = storage_class
        if kind == "Object Access Tier Changed":
            detail["destination-access-tier"] = access_tier
        return self._s3(kind, key, detail, options, by_request=kind in BY_REQUEST)

    def _s3(self, kind: str, key: str, detail: Event, options: S3EventOptions, *, by_request: bool) -> Event:
        demand_key(key)
        s3_object = detail["object"]
        s3_object["key"] = encode_key(key) if options.get("encoded_key") else key
        if "etag" in options:
            s3_object["etag"] = options["etag"]
        if "version_id" in options:
            s3_object["version-id"] = options["version_id"]
        if "event_version" in options:
            detail["event-version"] = options["event_version"]
        place = self.place(options)
        detail["requester"] = options.get("requester", place.account if by_request else "s3.amazonaws.com")
        given = {"detail-type": kind, "account": place.account, "region": place.region, "detail": detail}
        return self._complete(S3_EVENT, given, options)

    def _sent(self, given: Event, detail: Event | None, resources: Sequence[str], options: EventOptions) -> Event:
        place = self.place(options)
        given |= {"account": place.account, "region": place.region, "resources": list(resources)}
        return self._complete(EVENT, {**given, "detail": detail or {}}, options)

    def _complete(self, shape: Shape, given: Event, options: EventOptions) -> Event:
        if "replay_name" in options:
            given["replay-name"] = options["replay_name"]
        return self.complete(shape, given, options)
