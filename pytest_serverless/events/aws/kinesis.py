"""Amazon Kinesis Data Streams: records of a shard, as an event source mapping delivers them.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html (2026-11).
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.cloudwatch_logs import PACKED, LogOptions, log_data, unpack
from pytest_serverless.events.aws.place import region_of
from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.aws.streams import (
    WindowOptions,
    epoch_seconds,
    serial_number,
    stream_rules,
    window_fields,
    window_of,
    windowed,
)
from pytest_serverless.events.aws.values import REGION, arn
from pytest_serverless.events.builder import Present
from pytest_serverless.events.shape import Either, Scope, Shape, field, list_of, obj
from pytest_serverless.events.source import Event, event_type
from pytest_serverless.events.values import BASE64, const, pattern

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["RECORDS", "SEQUENCE", "SHARD_ID", "STREAM_ARN", "KinesisEvents"]

_REFERENCE = "https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html"
_SHARD = re.compile(r"shardId-\d{12}")


def _shard_of(event_id: Any) -> str:
    """Return the shard that an event id names, else the first one."""
    found = _SHARD.match(event_id) if isinstance(event_id, str) else None
    return found.group() if found else "shardId-000000000000"


def _event_id(record: Scope) -> str:
    known = record.raw("eventID")
    shard = _shard_of(known.hint if isinstance(known, Present) else known)
    return f"{shard}:{record['kinesis']['sequenceNumber']}"


def _data(found: Any) -> Any:
    carried = found if isinstance(found, dict) else unpack(found)
    return PACKED if isinstance(carried, dict) and "messageType" in carried else BASE64


STREAM_ARN = arn("kinesis", r"stream/[A-Za-z0-9_.-]{1,128}(/consumer/[A-Za-z0-9_.-]{1,128}:\d+)?", "stream/orders")
SHARD_ID = pattern("shard-id", "shardId- and 12 digits", _SHARD.pattern, lambda _: "shardId-000000000000")
SEQUENCE = pattern("sequence", "56 digits", r"\d{56}", lambda mint: serial_number(mint, 496 * 10**53, 30))
_RECORD = obj(
    field(
        "kinesis",
        obj(
            field("kinesisSchemaVersion", const("1.0")),
            field("partitionKey", pattern("partition-key", "1 to 256 characters", r".{1,256}", lambda _: "key")),
            field("sequenceNumber", SEQUENCE),
            field("data", Either(_data, BASE64.expected)),
            field("approximateArrivalTimestamp", epoch_seconds(lambda mint: mint.now())),
        ),
    ),
    field("eventSource", const("aws:kinesis")),
    field("eventVersion", const("1.0")),
    field(
        "eventID",
        pattern("event-id", "the shard, : and the sequence number", r"shardId-\d{12}:\d{56}", lambda _: ""),
        derive=_event_id,
        because="the shard, : and kinesis.sequenceNumber",
    ),
    field("eventName", const("aws:kinesis:record")),
    field("invokeIdentityArn", arn("iam", r"role/[\w+=,.@/-]{1,576}", "role/function-role", regional=False)),
    field("awsRegion", REGION, derive=lambda s: region_of(s["eventSourceARN"]), because="the region in eventSourceARN"),
    field("eventSourceARN", STREAM_ARN),
)


def _is_records(event: Any) -> bool:
    records = event["Records"]
    if not records:
        return ":kinesis:" in event["eventSourceARN"]
    return records[0].get("eventSource") == "aws:kinesis" or "kinesis" in records[0]


RECORDS = Shape(
    "aws.kinesis",
    obj(
        field("Records", list_of(_RECORD, least=0, most=10_000)),
        *window_fields(
            field(
                "shardId",
                SHARD_ID,
                windowed,
                derive=lambda s: _shard_of(s["Records"][0]["eventID"] if s["Records"] else s.raw("shardId")),
                because="the shard in eventID",
            )
        ),
        rules=stream_rules(lambda record: str(record["kinesis"]["sequenceNumber"]), ("kinesis", "sequenceNumber")),
    ),
    _is_records,
)


class StreamOptions(AwsCommon, total=False):
    """Where a record comes from."""

    partition_key: str
    """What the sender chose the shard by, 1 to 256 characters."""
    stream: str
    """The stream's name, or its ARN, or that of a consumer with enhanced fan-out."""
    shard: int
    """The number of the shard, from 0."""
    role: str
    """The function's role: its name, or ARN."""


class RecordOptions(StreamOptions, WindowOptions, total=False):
    """Where a record of a tumbling window comes from."""


class LogsOptions(StreamOptions, LogOptions, total=False):
    """Where log events come from, and the record that carries them."""


class KinesisEvents(AwsEventSource):
    """Amazon Kinesis Data Streams: records of one shard."""

    name = "aws.kinesis"

    @event_type("One record of a stream", reference=_REFERENCE, shape=RECORDS)
    def record(self, data: str | bytes | Event = "Hello from Kinesis", **options: Unpack[StreamOptions]) -> Event:
        """Build an event with one record; `data` is text or bytes, or a dict, which is then sent as JSON."""
        return self._record(_encode(data), options)

    @event_type(
        "One record, for a mapping with a tumbling window",
        reference="https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html",
        shape=RECORDS,
    )
    def tumbling_window(
        self, data: str | bytes | Event = "Hello from Kinesis", **options: Unpack[RecordOptions]
    ) -> Event:
        """Build an event with one record, the window that it falls in, and the state so far."""
        now = self.mint.now()
        return self._record(_encode(data), options, window_of(options, now) or window_of({"window_seconds": 120}, now))

    @event_type(
        "One record with log events that a subscription filter of CloudWatch Logs matched",
        reference="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
        shape=RECORDS,
    )
    def cloudwatch_logs(
        self, message: str | Sequence[str] = "[ERROR] something went wrong", **options: Unpack[LogsOptions]
    ) -> Event:
        """Build an event with one record that carries a log event for each text of `message`."""
        return self._record(log_data(self.mint, self.place(options).account, message, options), options)

    def _record(self, data: Any, options: StreamOptions, window: Event | None = None) -> Event:
        shard = options.get("shard", 0)
        if not 0 <= shard < 10**12:
            raise InvalidParameterError(f"Shards are numbered from 0, got shard={shard}.")
        place = self.place(options)
        stream, role = options.get("stream", "orders"), options.get("role", "function-role")
        role_arn = f"arn:{place.partition}:iam::{place.account}:role/{role}"
        record = {
            "kinesis": {"data": data, "partitionKey": options.get("partition_key", "key")},
            "eventID": Present(f"shardId-{shard:012d}"),
            "invokeIdentityArn": role if role.startswith("arn:") else role_arn,
            "eventSourceARN": stream if stream.startswith("arn:") else place.arn("kinesis", f"stream/{stream}"),
        }
        return self.complete(RECORDS, {"Records": [record], **(window or {})}, options)


def _encode(data: str | bytes | Event) -> str:
    if isinstance(data, dict):
        data = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return b64encode(data.encode() if isinstance(data, str) else data).decode()
