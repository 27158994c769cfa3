"""The records of invocations that Lambda sends to destinations, as shapes; `destinations.py` builds them.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html and
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html (2026-11). What those pages leave out
is taken from records of the service: a function that was never run leaves no response, a throttled one no payload.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_serverless.events.aws import dynamodb, kinesis
from pytest_serverless.events.aws.values import arn
from pytest_serverless.events.shape import (
    OPTIONAL,
    Either,
    Node,
    Rule,
    Scope,
    Shape,
    Value,
    field,
    map_of,
    nullable,
    obj,
)
from pytest_serverless.events.values import (
    ANY_JSON,
    TEXT,
    UUID,
    const,
    format_iso,
    iso_time,
    one_of,
    pattern,
    text,
    whole_number,
)

__all__ = ["ASYNC_RECORD", "DYNAMODB_RECORD", "KINESIS_RECORD", "batch_info"]

_FUNCTION = r"function:[A-Za-z0-9_-]{1,64}"
_QUALIFIED = arn("lambda", _FUNCTION + r":(\$LATEST|[A-Za-z0-9_-]{1,128})", "function:orders:$LATEST")
_MAYBE_QUALIFIED = arn("lambda", _FUNCTION + r"(:(\$LATEST|[A-Za-z0-9_-]{1,128}))?", "function:orders")
_VERSION = pattern("version", "$LATEST or a version's number", r"\$LATEST|[1-9]\d*", lambda _: "$LATEST")
_ERROR = one_of("Unhandled", "Handled")

# Asynchronous invocations


def _condition(record: Scope) -> str:
    return str(record["requestContext"]["condition"])


def _answered(record: Scope) -> bool:
    """Tell whether the record tells of a response: an event that grew too old may have been tried before, or not."""
    if _condition(record) == "EventAgeExceeded":
        return "responseContext" in record
    return _condition(record) != "ZeroReservedConcurrency"


def _ran(record: Scope) -> bool:
    return _answered(record) and record["responseContext"]["statusCode"] == 200


ASYNC_RECORD = Shape(
    "aws.destinations.async",
    obj(
        field("version", const("1.0")),
        field("timestamp", iso_time("milliseconds")),
        field(
            "requestContext",
            obj(
                field("requestId", UUID),
                field("functionArn", _QUALIFIED),
                field(
                    "condition", one_of("Success", "RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency")
                ),
                field("approximateInvokeCount", whole_number(0, mint=lambda _: 1)),
            ),
        ),
        field("requestPayload", ANY_JSON),
        field(
            "responseContext",
            obj(
                field("statusCode", whole_number(200, 599)),
                field("executedVersion", _VERSION, lambda s: s["statusCode"] == 200),
                field("functionError", _ERROR, lambda s: s["statusCode"] == 200 and _condition(s.up) != "Success"),
            ),
            _answered,
        ),
        field("responsePayload", ANY_JSON, _ran),
    ),
    lambda event: "requestPayload" in event and "condition" in event["requestContext"],
)

# Batches of a stream


def _time_of(seconds: float) -> str:
    return format_iso(round(seconds * 1000), "milliseconds")


_TIME = pattern(
    "time",
    "a UTC time with or without a fraction, such as 2026-11-23T10:00:00Z",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z",
    lambda mint: _time_of(mint.now()),
)


def _batch_info(shard: Value, sequence: Value, stream: Value) -> Node:
    return obj(
        field("shardId", shard),
        field("startSequenceNumber", sequence),
        field("endSequenceNumber", sequence),
        field("approximateArrivalOfFirstRecord", _TIME),
        field("approximateArrivalOfLastRecord", _TIME),
        field("batchSize", whole_number(1, 10_000)),
        field("streamArn", stream),
    )


def _records(payload: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (json.loads(payload) if isinstance(payload, str) else payload)["Records"]
    return found


def batch_info(records: list[dict[str, Any]], shard: str) -> dict[str, Any]:
    """Return what the record of a batch says of it."""
    if "dynamodb" in records[0]:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        times = [record["dynamodb"]["ApproximateCreationDateTime"] for record in records]
    else:
        numbers = [record["kinesis"]["sequenceNumber"] for record in records]
        times = [record["kinesis"]["approximateArrivalTimestamp"] for record in records]
    return {
        "shardId": shard,
        "startSequenceNumber": numbers[0],
        "endSequenceNumber": numbers[-1],
        "approximateArrivalOfFirstRecord": _time_of(times[0]),
        "approximateArrivalOfLastRecord": _time_of(times[-1]),
        "batchSize": len(records),
        "streamArn": records[0]["eventSourceARN"],
    }


def _implied_info(record: Scope) -> dict[str, Any]:
    """Return what the payload implies, as far as it does; the shard of a DynamoDB stream stands nowhere in it."""
    records = _records(record["payload"])
    info = batch_info(records, str(records[0]["eventID"]).partition(":")[0])
    return info if "kinesis" in records[0] else {name: value for name, value in info.items() if name != "shardId"}


def _tells_of_payload(record: Scope) -> bool:
    if "payload" not in record:
        return True
    told = record["KinesisBatchInfo"] if "KinesisBatchInfo" in record else record["DDBStreamBatchInfo"]
    return all(
        told[name] == value for name, value in _implied_info(record).items() if not name.startswith("approximate")
    )


def _was_run(record: Scope) -> bool:
    return _condition(record) == "RetryAttemptsExhausted" or "responseContext" in record


def _stream_record(name: str, info: str, batch: Node) -> Shape:
    return Shape(
        name,
        obj(
            field(
                "requestContext",
                obj(
                    field("requestId", UUID),
                    field("functionArn", _MAYBE_QUALIFIED),
                    field("condition", one_of("RetryAttemptsExhausted", "RecordAgeExceeded")),
                    field("approximateInvokeCount", whole_number(1)),
                ),
            ),
            field(
                "responseContext",
                obj(
                    field("statusCode", whole_number(200, 599)),
                    field("executedVersion", _VERSION),
                    field("functionError", nullable(_ERROR), OPTIONAL),
                ),
                _was_run,
            ),
            field("version", const("1.0")),
            field("timestamp", iso_time("milliseconds")),
            field(info, batch, infer=_implied_info),
            field("timeWindowInfo", map_of(TEXT, ANY_JSON), OPTIONAL),
            field("payload", Either(_payload, "the event as text, or as an object"), OPTIONAL),
            rules=[Rule("batch", "as the records in the payload tell", _tells_of_payload, info)],
        ),
        lambda event: info in event,
    )


def _payload(found: Any) -> Node:
    return map_of(TEXT, ANY_JSON) if isinstance(found, dict) else text("{}", embeds=True)


DYNAMODB_RECORD = _stream_record(
    "aws.destinations.dynamodb",
    "DDBStreamBatchInfo",
    _batch_info(dynamodb.SHARD_ID, dynamodb.SEQUENCE, dynamodb.STREAM_ARN),
)
KINESIS_RECORD = _stream_record(
    "aws.destinations.kinesis", "KinesisBatchInfo", _batch_info(kinesis.SHARD_ID, kinesis.SEQUENCE, kinesis.STREAM_ARN)
)
