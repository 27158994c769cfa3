"""Several events in one: what a source that batches would have sent."""

from __future__ import annotations

from copy import deepcopy

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.source import Event

__all__ = ["batch"]

_KEY = "Records"


def batch(*events: Event) -> Event:
    """Return one event with the records of all of these, in order.

    They must be of one source and one resource (queue, stream, topic or bucket), as a real batch is.
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
    return {_KEY: records}


def _origin(record: Event) -> str:
    if "s3" in record:
        return f"aws:s3 {record['s3']['bucket']['arn']}"
    if "Sns" in record:
        return f"aws:sns {record['EventSubscriptionArn']}"
    return f"{record['eventSource']} {record['eventSourceARN']}"
