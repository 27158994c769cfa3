"""Kinesis and DynamoDB streams: who is invoked with which records of which shard, and when.

The driver pushes records as they arrive, asks `next` what to do until that says to wait, and answers each batch::

    reader = StreamReader(StreamMapping.of(settings, source="kinesis"), created_at=now)
    reader.add_shard("shardId-000000000000")
    reader.push("shardId-000000000000", records, now)
    match reader.next(now):
        case Batch() as batch:  # invoke the function with batch.event(stream_arn), then
            reader.answer(batch, Answer(value=...), now)
        case Discard() as discard:  # tell the failure destination, if there is one
        case Expired() as expired:  # too late: the stream keeps these records no longer
        case Wait() as wait:  # ask again at wait.until, or when records came
        case None:  # ask again when records came, or an answer

Sources (2026-11): https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html and
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.triggers.stream_lanes import Lane
from pytest_serverless.triggers.stream_mapping import StreamMapping
from pytest_serverless.triggers.stream_records import (
    Answer,
    Batch,
    Condition,
    Discard,
    Expired,
    StreamRecord,
    Wait,
    WindowPart,
    item_key,
)
from pytest_serverless.triggers.stream_rules import StreamRules, back_off

__all__ = [
    "Answer",
    "Batch",
    "Condition",
    "Discard",
    "Expired",
    "Progress",
    "StreamMapping",
    "StreamReader",
    "StreamRecord",
    "StreamRules",
    "Wait",
    "WindowPart",
    "back_off",
    "item_key",
    "lane_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What an answer brought: the records that are done, and how old the last of them was by then (IteratorAge)."""

    records: tuple[StreamRecord, ...] = ()
    iterator_age_s: float | None = None


@dataclass(slots=True, kw_only=True)
class _Shard:
    lanes: tuple[Lane, ...]
    parents: frozenset[str]
    closed: bool = field(default=False)


def lane_of(partition_key: str, lanes: int) -> int:
    """Return the lane that a partition key falls to, the same in each run."""
    return zlib.crc32(partition_key.encode()) % lanes if lanes > 1 else 0


class StreamReader:
    """One mapping's reading of one stream: its shards, and where it stands in each.

    `created_at` is when the mapping began to read, in seconds since the epoch; LATEST begins there. `keep` is its
    FilterCriteria: the records it refuses are done with at once.
    """

    def __init__(
        self,
        mapping: StreamMapping,
        *,
        created_at: float,
        keep: Callable[[StreamRecord], bool] | None = None,
        rules: StreamRules | None = None,
    ) -> None:
        self.mapping = mapping
        self._keep = keep
        self._rules = rules or StreamRules()
        self._start = _start_of(mapping, created_at)
        self._shards: dict[str, _Shard] = {}
        self._active: dict[tuple[str, int], Lane] = {}

    # Shards

    def add_shard(self, shard_id: str, *, parents: Iterable[str] = ()) -> None:
        """Begin to read a shard: of `parents`, those that are read too must be closed and drained before it is."""
        lanes = range(self.mapping.parallelization_factor)
        self._shards[shard_id] = _Shard(
            lanes=tuple(Lane(self.mapping, self._rules, shard_id, number) for number in lanes),
            parents=frozenset(parents),
        )

    def close_shard(self, shard_id: str) -> None:
        """Say that no more records will come of a shard, as after a split or a merge."""
        shard = self._shard(shard_id)
        shard.closed = True
        for lane in shard.lanes:
            lane.closed = True

    def drained(self, shard_id: str) -> bool:
        """Tell whether a shard is closed, and everything in it is done or given up."""
        shard = self._shards.get(shard_id)
        return shard is None or (shard.closed and all(lane.drained for lane in shard.lanes))

    def position(self, shard_id: str) -> str | None:
        """Return the number of the first record that is neither done nor given up, None where there is none."""
        oldest = [lane.oldest for lane in self._shard(shard_id).lanes]
        return min((record.sequence_number for record in oldest if record), key=int, default=None)

    @property
    def pending(self) -> int:
        """How many records are neither done nor given up."""
        return sum(lane.pending for shard in self._shards.values() for lane in shard.lanes)

    def _shard(self, shard_id: str) -> _Shard:
        shard = self._shards.get(shard_id)
        if shard is None:
            raise InvalidParameterError(f"There is no shard {shard_id!r} in this reader: add it with add_shard().")
        return shard

    # Records in, batches out

    def push(self, shard_id: str, records: Iterable[StreamRecord], now: float) -> tuple[StreamRecord, ...]:
        """Take records of a shard, in its order; return those that the filter refused."""
        shard = self._shard(shard_id)
        refused: list[StreamRecord] = []
        for record in records:
            if record.arrived_at < self._start:
                continue
            if self._keep is not None and not self._keep(record):
                refused.append(record)
                continue
            number = lane_of(record.partition_key, len(shard.lanes))
            lane = shard.lanes[number]
            lane.push(record, now)
            self._active[shard_id, number] = lane
        return tuple(refused)

    def next(self, now: float) -> Batch | Discard | Expired | Wait | None:
        """Return what to do now, or when to ask again; shards and lanes take turns."""
        waits: list[Wait] = []
        for key, lane in list(self._active.items()):
            if not self._is_open(key[0]):
                continue
            step = lane.step(now)
            if step is None:
                del self._active[key]
            elif isinstance(step, Wait):
                waits.append(step)
            else:
                self._active[key] = self._active.pop(key)  # to the end of the line
                return step
        return min(waits, key=lambda wait: wait.until, default=None)

    def answer(self, batch: Batch, answer: Answer, now: float) -> Progress:
        """Tell what the invocation with a batch came to; `next` then says what follows."""
        lane = self._shard(batch.shard_id).lanes[batch.lane]
        done = lane.answer(batch, answer, now)
        if done is None:
            raise InvalidParameterError(f"No invocation with this batch of {batch.shard_id} is under way: answer once.")
        self._active[batch.shard_id, batch.lane] = lane
        return Progress(records=done, iterator_age_s=now - done[-1].arrived_at if done else None)

    def _is_open(self, shard_id: str) -> bool:
        parents = self._shards[shard_id].parents
        return not parents or all(map(self.drained, parents))


def _start_of(mapping: StreamMapping, created_at: float) -> float:
    if mapping.starting_position == "LATEST":
        return created_at
    return mapping.starting_timestamp if mapping.starting_timestamp is not None else float("-inf")
