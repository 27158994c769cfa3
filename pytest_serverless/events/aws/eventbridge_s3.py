"""The shape of what S3 sends to EventBridge, which differs from an S3 notification in nearly every name.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html (2026-11). Its newest edition adds
`event-version` to the detail; recordings do not have it, so it may be there or not. It shows sequencers in lower case,
recordings have upper case: both are accepted.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from pytest_serverless.app.aws import partition_of
from pytest_serverless.events.aws.eventbridge_envelope import S3_KINDS, SECONDS, envelope, is_s3
from pytest_serverless.events.aws.s3_objects import BUCKET_NAME, ETAG, PLAIN_KEY, REQUEST_ID, VERSION_ID, sequencer
from pytest_serverless.events.aws.values import arn
from pytest_serverless.events.shape import OPTIONAL, Condition, Rule, Scope, Shape, field, list_of, obj
from pytest_serverless.events.values import IP_ADDRESS, const, one_of, pattern, whole_number

__all__ = ["BY_REQUEST", "S3_EVENT", "SIZED", "WITH_SOURCE_CLASS"]

_LABELS: Final = ("Object Tags Added", "Object Tags Deleted", "Object ACL Updated")
_EXPIRED: Final = "Object Restore Expired"
SIZED: Final = frozenset(S3_KINDS) - {"Object Deleted", _EXPIRED, *_LABELS}
"""The kinds that say the object's size; whether that of an expired copy does, sources disagree on: it may."""
BY_REQUEST: Final = frozenset({"Object Created", "Object Restore Initiated", *_LABELS})
"""The kinds that only a request causes; a deletion may come from a request or from a lifecycle rule."""
WITH_SOURCE_CLASS: Final = frozenset({"Object Restore Initiated", "Object Restore Completed"})
"""The kinds that say which storage class a restore is from."""


def _kind(detail: Scope) -> str:
    return str(detail.up["detail-type"])


def _is(*kinds: str) -> Condition:
    return lambda detail: _kind(detail) in kinds


def _of(kinds: Collection[str]) -> Condition:
    return lambda detail: _kind(detail) in kinds


def _marker(s3_object: Scope) -> bool:
    return bool(s3_object.up.get("deletion-type") == "Delete Marker Created")


def _sized(s3_object: Scope) -> bool:
    return _kind(s3_object.up) in SIZED or (_kind(s3_object.up) == _EXPIRED and "size" in s3_object)


def _has_etag(s3_object: Scope) -> bool:
    return _kind(s3_object.up) != "Object Deleted" or _marker(s3_object)


def _by_request(detail: Scope) -> bool:
    return _kind(detail) in BY_REQUEST or (
        _kind(detail) == "Object Deleted" and detail.get("reason") != "Lifecycle Expiration"
    )


_STORAGE_CLASS = pattern("storage-class", "such as GLACIER", r"[A-Z]+(_[A-Z]+)*", lambda _: "GLACIER")
_OBJECT = obj(
    field("key", PLAIN_KEY),
    field("size", whole_number(0, mint=lambda _: 1024), _sized),
    field("etag", ETAG, _has_etag),
    field("version-id", VERSION_ID, lambda s: "version-id" in s or _marker(s)),
    field(
        "sequencer",
        pattern("sequencer", "16 or more hexadecimal digits", r"[0-9A-Fa-f]{16,32}", sequencer),
        lambda s: _kind(s.up) in {"Object Created", "Object Deleted"},
    ),
)
_REASONS: Final = {
    "Object Created": ("PutObject", "POST Object", "CopyObject", "CompleteMultipartUpload"),
    "Object Deleted": ("DeleteObject", "Lifecycle Expiration"),
}
_DETAIL = obj(
    field("version", const("0")),
    field("event-version", pattern("version", "such as 1.0", r"\d+\.\d+", lambda _: "1.0"), OPTIONAL),
    field("bucket", obj(field("name", BUCKET_NAME))),
    field("object", _OBJECT),
    field("request-id", REQUEST_ID),
    field(
        "requester",
        pattern(
            "requester",
            "an account of 12 digits, or a service such as s3.amazonaws.com",
            r"\d{12}|[a-z0-9.-]+\.amazonaws\.com(\.cn)?",
            lambda _: "123456789012",
        ),
    ),
    field("source-ip-address", IP_ADDRESS, _by_request),
    field(
        "reason",
        one_of(*(reason for reasons in _REASONS.values() for reason in reasons)),
        _of(_REASONS),
        infer=lambda s: _REASONS[_kind(s)][0],
    ),
    field("deletion-type", one_of("Permanently Deleted", "Delete Marker Created"), _is("Object Deleted")),
    field("restore-expiry-time", SECONDS, _is("Object Restore Completed")),
    field("source-storage-class", _STORAGE_CLASS, _of(WITH_SOURCE_CLASS)),
    field("destination-storage-class", _STORAGE_CLASS, _is("Object Storage Class Changed")),
    field(
        "destination-access-tier",
        one_of("ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"),
        _is("Object Access Tier Changed"),
    ),
    rules=[
        Rule(
            "reason-of-kind",
            "a reason for that detail-type",
            lambda s: "reason" not in s or s["reason"] in _REASONS[_kind(s)],
            "reason",
        )
    ],
)

S3_EVENT = Shape(
    "aws.eventbridge.s3",
    envelope(
        source=const("aws.s3"),
        detail_type=one_of(*S3_KINDS),
        detail=_DETAIL,
        resources=list_of(arn("s3", r"[A-Za-z0-9._-]{3,255}", "uploads", regional=False, owned=False), most=1),
        derive_resources=lambda s: [f"arn:{partition_of(s['region'])}:s3:::{s['detail']['bucket']['name']}"],
    ),
    is_s3,
)
