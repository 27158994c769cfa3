"""What goes into a stream's delivery and what comes out: records, batches, answers and what is thrown away.

Sources (2026-11): https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html for the keys that a
tumbling window adds, https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html for what a
destination is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal

__all__ = ["Answer", "Batch", "Condition", "Discard", "Expired", "StreamRecord", "Wait", "WindowPart", "item_key"]

Condition = Literal["RetryAttemptsExhausted", "RecordAgeExceeded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecord:
    """One record of a shard.

    `partition_key` is what order is kept by: Kinesis' partition key, or for DynamoDB a text that stands for the item's
    whole key. `arrived_at` is in seconds since the epoch. `event` is the record as the function gets it, `size` its
    bytes as JSON.
    """

    sequence_number: str
    partition_key: str
    arrived_at: float
    event: Mapping[str, Any]
    size: int = 0


def item_key(keys: Mapping[str, Any]) -> str:
    """Return the text by which DynamoDB's order is kept: the whole key of an item, as its record has it in `Keys`."""
    return json.dumps(keys, sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPart:
    """What an invocation is to its tumbling window.

    `start` and `end` are in seconds since the epoch; `state` is what the invocation before returned. `final` ends the
    window; `early` says that it had to end before its time, because the state outgrew its limit.
    """

    start: int
    end: int
    state: Any
    final: bool = False
    early: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """What to invoke the function with, now; hand it back with the answer.

    `attempt` counts from 1. A window's last invocation has no records.
    """

    shard_id: str
    lane: int
    records: tuple[StreamRecord, ...]
    attempt: int
    window: WindowPart | None = None

    def event(self, source_arn: str) -> dict[str, Any]:
        """Return the event of the invocation, for a mapping of the stream with this ARN.

        Its parts are the records' own and the state's: give the function what is read back from its JSON.
        """
        event: dict[str, Any] = {"Records": [record.event for record in self.records]}
        if self.window is None:
            return event
        return event | {
            "window": {"start": _iso(self.window.start), "end": _iso(self.window.end)},
            "state": self.window.state,
            "shardId": self.shard_id,
            "eventSourceARN": source_arn,
            "isFinalInvokeForWindow": self.window.final,
            "isWindowTerminatedEarly": self.window.early,
        }


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an invocation came to.

    `value` is what the function returned. `error` is set where it failed (`Unhandled`, as the service calls all of
    them). `reached` is False where the function was throttled, or the service failed: that is no attempt, and is tried
    again for as long as the records live. `request_id` is passed on to the discard, if there is one.
    """

    value: Any = None
    error: str | None = None
    reached: bool = True
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discard:
    """Records that are given up: what a failure destination is told of them.

    `invoke_count` counts the invocations with these records since there was progress, 0 where they were too old before
    the first one. `answer` is what the last of them came to; None where the records were too old, invoked with or not:
    a destination is then told of no response, as recorded. `records` is empty where the last invocation of a window was
    given up: the numbers are then those of the records that the window had gathered, which were processed but whose
    state is lost.
    """

    condition: Condition
    shard_id: str
    start_sequence_number: str
    end_sequence_number: str
    first_arrival: float
    last_arrival: float
    batch_size: int
    invoke_count: int
    at: float
    records: tuple[StreamRecord, ...] = ()
    answer: Answer | None = None
    window: WindowPart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Records that the stream itself no longer keeps: nobody is told of them.

    `iterator_age_s` says how far reading had fallen behind: the age of the oldest. `records` is empty where the last
    invocation of a window was given up.
    """

    shard_id: str
    records: tuple[StreamRecord, ...]
    iterator_age_s: float
    at: float


@dataclass(frozen=True, slots=True)
class Wait:
    """There is nothing to do before this time, unless records come."""

    until: float
