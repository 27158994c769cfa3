"""Several events in one: what a source that batches would have sent.

Wrapping is the builders' part: whatever takes a message (`sqs.standard`, `sqs.from_sns`, `sns.notification`) takes an
event too.
"""

from __future__ import annotations

from copy import deepcopy

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.source import Event

__all__ = ["batch"]

_KEY = "Records"
_MOST_FIFO_MESSAGES = 10


def batch(*events: Event) -> Event:
    """Return one event with the records of all of these, in order.

    They must be of one source and one resource (queue, stream or bucket), and no record twice, as in a real batch. SNS
    does not batch: it invokes a function with one message at a time.
    """
    if not events:
        raise InvalidParameterError("A batch needs at least one event.")
    for event in events:
        if set(event) != {_KEY}:
            raise InvalidParameterError(
                f"Only events that are a list of Records can be batched; this one has {', '.join(event)}."
            )
    records = [deepcopy(record) for event in events for record in event[_KEY]]
    origins = sorted({_origin(record) for record in records})
    if len(origins) > 1:
        raise InvalidParameterError(f"A batch is of one source; these come from {' and '.join(origins)}.")
    _demand_each_once(records)
    if origins[0].endswith(".fifo") and len(records) > _MOST_FIFO_MESSAGES:
        raise InvalidParameterError(
            f"A batch of a FIFO queue has {_MOST_FIFO_MESSAGES} messages at most, got {len(records)}."
        )
    return {_KEY: records}


def _origin(record: Event) -> str:
    if "Sns" in record:
        raise InvalidParameterError("SNS invokes a function with one message at a time; it has no batches.")
    if "s3" in record:
        return f"aws:s3 {record['s3']['bucket']['arn']}"
    if "eventSourceARN" not in record:
        raise InvalidParameterError(f"Records of this source come one at a time; they have {', '.join(record)}.")
    return f"{record['eventSource']} {record['eventSourceARN']}"


def _demand_each_once(records: list[Event]) -> None:
    seen = set()
    for record in records:
        own = record.get("messageId", record.get("eventID"))
        if own is not None and own in seen:
            raise InvalidParameterError(
                f"The record {own} is in the batch twice; build an event for each: the ids of two builds differ."
            )
        seen.add(own)
