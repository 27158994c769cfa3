"""What is in a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_serverless.deployment.arrived.json_text import parsed
from pytest_serverless.deployment.arrived.view import View, fields_of
from pytest_serverless.errors import UnknownNameError

__all__ = ["BucketObject", "BucketView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketObject:
    """An object: its key, its size in bytes, and its ETag without quotes."""

    key: str
    size: int
    etag: str


class BucketView(View[BucketObject]):
    """A bucket: its objects by their keys, of each the latest version."""

    kind = "bucket"
    thing = "object"
    fields = fields_of(BucketObject)

    @property
    def objects(self) -> list[BucketObject]:
        """Every object, in the order of the keys."""
        with self._place.quietly():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
            listed = [entry for page in pages for entry in page.get("Contents", ())]
        return [BucketObject(key=each["Key"], size=each["Size"], etag=each["ETag"].strip('"')) for each in listed]

    @property
    def keys(self) -> list[str]:
        """The key of every object, in order."""
        return [each.key for each in self.objects]

    def read(self, key: str) -> bytes:
        """Return the content of an object."""
        client = self._client
        with self._place.quietly():
            try:
                content: bytes = client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except client.exceptions.NoSuchKey:
                raise UnknownNameError(f"object of the {self._name}", key, self.keys) from None
        return content

    def text(self, key: str, encoding: str = "utf-8") -> str:
        """Return the content of an object as text."""
        return self.read(key).decode(encoding)

    def json(self, key: str) -> Any:
        """Return what the content of an object says as JSON."""
        return parsed(self.read(key))

    def __contains__(self, key: object) -> bool:
        return key in self.keys

    @property
    def _client(self) -> Any:
        return self._place.client("s3")

    @property
    def _bucket(self) -> str:
        return self._place.resource.name

    def _items(self) -> list[BucketObject]:
        return self.objects

    def _cells(self, item: BucketObject) -> Mapping[str, Any]:
        return {"key": item.key, "size": item.size}
