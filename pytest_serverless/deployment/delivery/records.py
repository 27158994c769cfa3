"""What was received of queues and streams, in the form of an event's records."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.aws.dynamodb import CHANGES
from pytest_serverless.events.aws.kinesis import RECORDS
from pytest_serverless.events.builder import PRESENT
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Change
from pytest_serverless.triggers.streams import StreamRecord, item_key

__all__ = ["dynamodb_record", "kinesis_record", "sqs_record"]


def sqs_record(message: Mapping[str, Any], arn: str) -> Event:
    """Return a message that was received of a queue."""
    attributes = message.get("MessageAttributes", {})
    record: Event = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message["Attributes"]),
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        "eventSourceARN": arn,
    }
    return {**record, "md5OfMessageAttributes": PRESENT} if attributes else record


def _attribute(value: Mapping[str, Any]) -> Event:
    lists: Event = {"stringListValues": [], "binaryListValues": []}
    if "BinaryValue" in value:
        return {"binaryValue": b64encode(value["BinaryValue"]).decode(), **lists, "dataType": value["DataType"]}
    return {"stringValue": value["StringValue"], **lists, "dataType": value["DataType"]}


def kinesis_record(change: Change, stream: str, role: str, events: AwsEvents) -> StreamRecord:
    """Return a record that was put into a stream of Kinesis."""
    details = change.details
    record: Event = {
        "kinesis": {
            "partitionKey": details["partition_key"],
            "sequenceNumber": details["sequence_number"],
            "data": details["data"],
            "approximateArrivalTimestamp": round(details["arrival_time"], 3),
        },
        "eventID": f"{details['shard_id']}:{details['sequence_number']}",
        "invokeIdentityArn": role,
        "eventSourceARN": stream,
    }
    whole = events.kinesis.complete(RECORDS, {"Records": [record]}, {})["Records"][0]
    return _stream_record(details["sequence_number"], details["partition_key"], details["arrival_time"], whole)


def dynamodb_record(change: Change, stream: str, role: str, events: AwsEvents) -> StreamRecord:
    """Return a change of an item, as far as the stream's view shows it; who reads it makes no difference."""
    details, view = change.details, change.details["view_type"]
    shown: Event = {
        "ApproximateCreationDateTime": float(int(details["approximate_creation_time"])),
        "Keys": details["keys"],
        "SequenceNumber": details["sequence_number"],
        "StreamViewType": view,
    }
    if details["new_image"] is not None and view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        shown["NewImage"] = details["new_image"]
    if details["old_image"] is not None and view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        shown["OldImage"] = details["old_image"]
    record: Event = {"eventName": change.kind.partition(":")[2], "dynamodb": shown, "eventSourceARN": stream}
    if details.get("user_identity") is not None:
        record["userIdentity"] = dict(details["user_identity"])
    whole = events.dynamodb.complete(CHANGES, {"Records": [record]}, {})["Records"][0]
    return _stream_record(details["sequence_number"], item_key(details["keys"]), change.time, whole)


def _stream_record(number: str, key: str, arrived_at: float, event: Event) -> StreamRecord:
    size = len(json.dumps(event, ensure_ascii=False, separators=(",", ":"), default=str))
    return StreamRecord(sequence_number=number, partition_key=key, arrived_at=arrived_at, event=event, size=size)
