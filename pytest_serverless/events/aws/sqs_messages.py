"""The shape of a batch of SQS messages, and the digests in it; `sqs.py` has the builders and says where it is from."""

from __future__ import annotations

import functools
import hashlib
import struct
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pytest_serverless.events.aws.messages import ATTRIBUTE_NAME, BINARY, NUMBER, body_text
from pytest_serverless.events.aws.place import region_of
from pytest_serverless.events.aws.values import REGION, TRACE_HEADER, arn
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import (
    OPTIONAL,
    Either,
    Object,
    Rule,
    Scope,
    Shape,
    Value,
    field,
    list_of,
    map_of,
    nullable,
    obj,
)
from pytest_serverless.events.values import EPOCH_MS_TEXT, UUID, const, hexadecimal, pattern

__all__ = ["MESSAGES", "MOST_ATTRIBUTES", "md5_of_attributes"]

MOST_ATTRIBUTES: Final = 10
"""How many attributes a message can have."""

_MOST_MESSAGES = 10_000
_MOST_FIFO_MESSAGES = 10


def md5_of_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return SQS's digest of message attributes in the form of a Lambda event.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    (2026-11).
    """
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        for part in _digested(name, attributes[name]):
            digest.update(part)
    return digest.hexdigest()


def _digested(name: str, attribute: Mapping[str, Any]) -> Iterator[bytes]:
    kind = attribute["dataType"]
    binary = kind.startswith("Binary")
    value = b64decode(attribute["binaryValue"]) if binary else attribute["stringValue"].encode()
    for part in (name.encode(), kind.encode()):
        yield struct.pack(">I", len(part)) + part
    yield (b"\x02" if binary else b"\x01") + struct.pack(">I", len(value)) + value


def _is_fifo(record: Scope) -> bool:
    queue = record.get("eventSourceARN")
    return isinstance(queue, str) and _names_fifo(queue)


@functools.lru_cache(maxsize=256)  # asked several times for each message of a queue
def _names_fifo(queue_arn: str) -> bool:
    return queue_arn.endswith(".fifo") and QUEUE_ARN.accepts(queue_arn)


def _has_attributes(record: Scope) -> bool:
    return bool(record["messageAttributes"])


def _sequence_number(mint: Mint) -> str:
    return f"{18_849_496_460_467_696_128 + mint.now_ms() // 1000 * 1000 + mint.serial():020d}"


def _number_text(low: int) -> Value:
    return pattern(
        "number-text", f"a whole number from {low}, as text", r"[1-9]\d*" if low else r"\d+", lambda _: str(low)
    )


QUEUE_ARN = arn("sqs", r"[A-Za-z0-9_-]{1,80}(\.fifo)?", "queue")
_GROUP = pattern("group-id", "1 to 128 letters, digits or punctuation", r"[!-~]{1,128}", lambda _: "group")
_SENDER = pattern(
    "sender",
    "an IAM user's id (AIDA…), a role's id with its session (AROA…:session), or a service",
    r"(AIDA|AROA|ANPA|AGPA)[A-Z0-9]{12,}(:[\w+=,.@-]{2,64})?|[a-z0-9.-]+\.amazonaws\.com(\.cn)?",
    lambda mint: f"AIDA{mint.alphanumeric(17)}",
)
_XML = r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # what SQS refuses: all that XML cannot carry
_BODY = body_text(
    "Hello from SQS",
    most=1_048_576,
    forbidden=_XML,
    expected="text of 1 byte to 1 MiB in UTF-8, no control characters but tab and line ends",
)
_STRING = body_text("text", most=1_048_576, forbidden=_XML, expected="the value as text, not empty")


def _attribute_of(kind: str, name: str, value: Value) -> Object:
    return obj(
        field(name, value),
        field("stringListValues", const([])),
        field("binaryListValues", const([])),
        field(
            "dataType",
            pattern("data-type", f"{kind}, perhaps with a dot and a label", rf"({kind})(\..+)?", lambda _: kind),
        ),
    )


_ATTRIBUTES = {
    "String": _attribute_of("String", "stringValue", _STRING),
    "Number": _attribute_of("Number", "stringValue", NUMBER),
    "Binary": _attribute_of("Binary", "binaryValue", BINARY),
}


def _attribute_node(found: Any) -> Any:
    kind = str(found.get("dataType")).partition(".")[0] if isinstance(found, dict) else "String"
    implied = (
        "Binary" if isinstance(found, dict) and "stringValue" not in found and "binaryValue" in found else "String"
    )
    return _ATTRIBUTES.get(kind, _ATTRIBUTES[implied])


_RECORD = obj(
    field("messageId", UUID),
    field(
        "receiptHandle",
        pattern(
            "receipt-handle",
            "the long base64 text that SQS gives",
            r"[A-Za-z0-9+/=]{100,1024}",
            lambda mint: "AQEB" + mint.base64(270),
        ),
    ),
    field("body", _BODY),
    field(
        "attributes",
        obj(
            field("ApproximateReceiveCount", _number_text(1)),
            field("AWSTraceHeader", TRACE_HEADER, OPTIONAL),
            field("SentTimestamp", EPOCH_MS_TEXT),
            field(
                "SequenceNumber",
                pattern("sequence", "20 digits", r"\d{20}", _sequence_number),
                lambda s: _is_fifo(s.up),
            ),
            field("MessageGroupId", _GROUP, lambda s: _is_fifo(s.up) or "MessageGroupId" in s),
            field("SenderId", _SENDER),
            field("MessageDeduplicationId", _GROUP, lambda s: _is_fifo(s.up)),
            field("ApproximateFirstReceiveTimestamp", EPOCH_MS_TEXT),
            field("DeadLetterQueueSourceArn", QUEUE_ARN, OPTIONAL),
            rules=[
                Rule(
                    "received-after-sent",
                    "not before SentTimestamp",
                    lambda s: int(s["ApproximateFirstReceiveTimestamp"]) >= int(s["SentTimestamp"]),
                    "ApproximateFirstReceiveTimestamp",
                )
            ],
        ),
    ),
    field(
        "messageAttributes",
        map_of(ATTRIBUTE_NAME, Either(_attribute_node, "an attribute")),
    ),
    field(
        "md5OfMessageAttributes",
        nullable(hexadecimal(32)),
        OPTIONAL,
        derive=lambda s: md5_of_attributes(s["messageAttributes"]) if _has_attributes(s) else None,
        because="SQS's digest of messageAttributes; null without any",
    ),
    field(
        "md5OfBody",
        hexadecimal(32),
        derive=lambda s: hashlib.md5(s["body"].encode(), usedforsecurity=False).hexdigest(),
        because="the MD5 of body in UTF-8",
    ),
    field("eventSource", const("aws:sqs")),
    field("eventSourceARN", QUEUE_ARN),
    field("awsRegion", REGION, derive=lambda s: region_of(s["eventSourceARN"]), because="the region in eventSourceARN"),
    rules=[
        Rule(
            "digest-of-attributes",
            "there, because the message has attributes",
            lambda s: not _has_attributes(s) or "md5OfMessageAttributes" in s,
            "md5OfMessageAttributes",
        ),
        Rule(
            "ten-attributes",
            f"{MOST_ATTRIBUTES} attributes at most",
            lambda s: len(s["messageAttributes"]) <= MOST_ATTRIBUTES,
            "messageAttributes",
        ),
    ],
)


def _each_once(event: Scope) -> bool:
    ids = [record["messageId"] for record in event["Records"]]
    return len(set(ids)) == len(ids)


def _in_sequence(event: Scope) -> bool:
    """Tell whether the messages of each group are in the order they were sent; between groups SQS promises none."""
    last: dict[str, int] = {}
    for record in event["Records"]:
        attributes = record["attributes"]
        if "SequenceNumber" in attributes:
            group, number = attributes["MessageGroupId"], int(attributes["SequenceNumber"])
            if number <= last.get(group, -1):
                return False
            last[group] = number
    return True


def _is_batch(event: Any) -> bool:
    record = event["Records"][0]
    source = record.get("eventSource", record.get("EventSource"))
    return source == "aws:sqs" or "body" in record


def _fits_fifo(event: Scope) -> bool:
    records = event["Records"]
    return len(records) <= _MOST_FIFO_MESSAGES or not records[0]["eventSourceARN"].endswith(".fifo")


MESSAGES = Shape(
    "aws.sqs",
    obj(
        field("Records", list_of(_RECORD, most=_MOST_MESSAGES)),
        rules=[
            Rule(
                "one-queue", "of one queue", lambda s: len({r["eventSourceARN"] for r in s["Records"]}) == 1, "Records"
            ),
            Rule("unique-ids", "messages with ids of their own", _each_once, "Records", ("Records", "*", "messageId")),
            Rule(
                "fifo-order",
                "in the order of SequenceNumber, group by group",
                _in_sequence,
                "Records",
                ("Records", "*", "attributes", "SequenceNumber"),
            ),
            Rule("fifo-batch", f"{_MOST_FIFO_MESSAGES} messages of a FIFO queue at most", _fits_fifo, "Records"),
        ],
    ),
    _is_batch,
)
