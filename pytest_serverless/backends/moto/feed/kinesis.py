"""Records of streams, and the shards they are in.

A shard that is split or merged keeps its records and takes no more, as in Kinesis; moto would put them again into
others, with other sequence numbers. Source of that:
https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html (2026-11).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from pytest_serverless.backends.moto.feed.notes import Feed, Patch

__all__ = ["patches"]

# Sequence numbers have 56 digits; those of a later shard are greater, as a child's are than its parents'.
_FIRST = 496 * 10**53
_OF_A_SHARD = 10**40


def patches(feed: Feed) -> list[Patch]:
    """Return the replacements that note records, and the splits and merges of shards."""
    return [
        ("moto.kinesis.models", "Stream.put_record", lambda original: _put(feed, original)),
        ("moto.kinesis.models", "Stream.split_shard", lambda original: _reshard(feed, original, "SplitShard")),
        ("moto.kinesis.models", "Stream.merge_shards", lambda original: _reshard(feed, original, "MergeShards")),
        ("moto.kinesis.models", "Stream.get_shard_for_key", _open_shard),
        ("moto.kinesis.models", "Shard.put_record", _numbered),
    ]


def _put(feed: Feed, original: Callable[..., tuple[str, str]]) -> Callable[..., tuple[str, str]]:
    def put_record(self: Any, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
        sequence_number, shard_id = original(self, partition_key, explicit_hash_key, data)
        feed.note(
            "kinesis:PutRecord",
            self.arn,
            data=data,
            partition_key=partition_key,
            explicit_hash_key=explicit_hash_key,
            sequence_number=sequence_number,
            shard_id=shard_id,
            arrival_time=feed.now(),
        )
        return sequence_number, shard_id

    return put_record


def _reshard(feed: Feed, original: Callable[..., Any], operation: str) -> Callable[..., Any]:
    def reshard(self: Any, *args: Any, **options: Any) -> Any:
        noted, were_open = len(feed.noted), {name for name, shard in self.shards.items() if shard.is_open}
        kept = {name: OrderedDict(shard.records) for name, shard in self.shards.items()}
        result = original(self, *args, **options)
        del feed.noted[noted:]
        for name, shard in self.shards.items():
            shard.records = kept.get(name, OrderedDict())
        are_open = {name for name, shard in self.shards.items() if shard.is_open}
        feed.note(
            f"kinesis:{operation}",
            self.arn,
            closed=sorted(were_open - are_open),
            opened=sorted(are_open - were_open),
        )
        return result

    return reshard


def _open_shard(original: Callable[..., Any]) -> Callable[..., Any]:
    """Choose among the shards that take records, which moto does not; it checks the keys."""

    def get_shard_for_key(self: Any, partition_key: str, explicit_hash_key: str) -> Any:
        original(self, partition_key, explicit_hash_key)
        at = int(explicit_hash_key) if explicit_hash_key else _hash(partition_key)
        shards = self.shards.values()
        return next(one for one in shards if one.is_open and one.starting_hash <= at <= one.ending_hash)

    return get_shard_for_key


def _hash(partition_key: str) -> int:
    return int(hashlib.md5(partition_key.encode(), usedforsecurity=False).hexdigest(), 16)


def _numbered(original: Callable[..., str]) -> Callable[..., str]:
    """Begin with a number like Kinesis's; moto goes on from there by ones."""

    def put_record(self: Any, partition_key: str, data: str, explicit_hash_key: str) -> str:
        number = original(self, partition_key, data, explicit_hash_key)
        if len(self.records) > 1:
            return number
        _, record = self.records.popitem()
        record.sequence_number = _FIRST + self._shard_id * _OF_A_SHARD
        self.records[record.sequence_number] = record
        return str(record.sequence_number)

    return put_record
