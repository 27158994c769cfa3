"""Objects of buckets, written and removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.backends.moto.feed.notes import Feed, Patch

__all__ = ["patches"]


def patches(feed: Feed) -> list[Patch]:
    """Return the replacements that note what becomes of objects."""
    return [
        ("moto.s3.notifications", "send_event", lambda _: _event(feed)),
        ("moto.s3.notifications", "send_test_event", lambda _: _test_event(feed)),
        ("moto.s3.models", "S3Backend.delete_object", lambda original: _delete(feed, original)),
    ]


def _event(feed: Feed) -> Callable[..., None]:
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


def _test_event(feed: Feed) -> Callable[..., None]:
    def send_test_event(account_id: str, bucket: Any) -> None:
        feed.note("s3:TestEvent", bucket.arn, bucket=bucket.name)

    return send_test_event


def _delete(feed: Feed, original: Callable[..., Any]) -> Callable[..., Any]:
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
