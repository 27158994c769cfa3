"""Amazon SQS: what an event source mapping hands to a function, one record a message.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html (2026-11), and recordings of the service for what that page leaves out:
`md5OfMessageAttributes` is absent, or null where the mapping has a batching window, unless the message has attributes.
"""

from __future__ import annotations

import hashlib
import json
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.place import region_of
from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.aws.values import REGION, TRACE_HEADER, arn
from pytest_serverless.events.builder import PRESENT
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import (
    OPTIONAL,
    Either,
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
from pytest_serverless.events.source import Event, event_type
from pytest_serverless.events.values import BASE64, EPOCH_MS_TEXT, UUID, const, hexadecimal, pattern, text

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["MESSAGES", "MessageAttribute", "SqsEvents", "md5_of_attributes"]

MessageAttribute = str | int | float | bytes
"""An attribute of a message: text (String), a number (Number) or bytes (Binary)."""

_REFERENCE = "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"


def md5_of_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return SQS's digest of message attributes in the form of a Lambda event.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html (2026-11).
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
    return bool(record["eventSourceARN"].endswith(".fifo"))


def _has_attributes(record: Scope) -> bool:
    return bool(record["messageAttributes"])


def _number_text(low: int) -> Value:
    return pattern(
        "number-text", f"a whole number from {low}, as text", r"[1-9]\d*" if low else r"\d+", lambda _: str(low)
    )


QUEUE_ARN = arn("sqs", r"[A-Za-z0-9_-]{1,80}(\.fifo)?", "queue")
_GROUP = pattern("group-id", "1 to 128 letters, digits or punctuation", r"[!-~]{1,128}", lambda _: "group")
_SENDER = pattern(
    "sender",
    "an IAM user id (AIDA…), a role id with its session (AROA…:session), or a service's account",
    r"(AIDA|AROA|ANPA|AGPA)[A-Z0-9]{12,}(:[\w+=,.@-]{2,64})?|\d{12}|[a-z0-9.-]+\.amazonaws\.com",
    lambda mint: f"AIDA{mint.alphanumeric(17)}",
)
_STRING_ATTRIBUTE = obj(
    field("stringValue", text(expected="the value as text")),
    field("stringListValues", const([])),
    field("binaryListValues", const([])),
    field(
        "dataType",
        pattern("data-type", "String or Number, perhaps with a label", r"(String|Number)(\..+)?", lambda _: "String"),
    ),
)
_BINARY_ATTRIBUTE = obj(
    field("binaryValue", BASE64),
    field("stringListValues", const([])),
    field("binaryListValues", const([])),
    field("dataType", pattern("data-type", "Binary, perhaps with a label", r"Binary(\..+)?", lambda _: "Binary")),
)


def _attribute_node(found: Any) -> Any:
    binary = isinstance(found, dict) and ("binaryValue" in found or str(found.get("dataType")).startswith("Binary"))
    return _BINARY_ATTRIBUTE if binary else _STRING_ATTRIBUTE


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
    field("body", text(embeds=True)),
    field(
        "attributes",
        obj(
            field("ApproximateReceiveCount", _number_text(1)),
            field("AWSTraceHeader", TRACE_HEADER, OPTIONAL),
            field("SentTimestamp", EPOCH_MS_TEXT),
            field(
                "SequenceNumber",
                pattern("sequence", "20 digits", r"\d{20}", lambda mint: _sequence_number(mint)),
                lambda s: _is_fifo(s.up),
            ),
            field("MessageGroupId", _GROUP, lambda s: _is_fifo(s.up)),
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
        map_of(
            pattern("name", "1 to 256 characters", r".{1,256}", lambda _: "name"),
            Either(_attribute_node, "an attribute"),
        ),
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
        )
    ],
)


def _each_once(event: Scope) -> bool:
    ids = [record["messageId"] for record in event["Records"]]
    return len(set(ids)) == len(ids)


def _in_sequence(event: Scope) -> bool:
    numbers = [
        int(record["attributes"]["SequenceNumber"])
        for record in event["Records"]
        if "SequenceNumber" in record["attributes"]
    ]
    return all(earlier < later for earlier, later in zip(numbers, numbers[1:], strict=False))


MESSAGES = Shape(
    "aws.sqs",
    obj(
        field("Records", list_of(_RECORD, most=10_000)),
        rules=[
            Rule(
                "one-queue", "of one queue", lambda s: len({r["eventSourceARN"] for r in s["Records"]}) == 1, "Records"
            ),
            Rule("unique-ids", "messages with ids of their own", _each_once, "Records", ("Records", "*", "messageId")),
            Rule(
                "fifo-order",
                "in the order of SequenceNumber",
                _in_sequence,
                "Records",
                ("Records", "*", "attributes", "SequenceNumber"),
            ),
        ],
    ),
    lambda event: event["Records"][0].get("eventSource", event["Records"][0].get("EventSource")) == "aws:sqs",
)


class MessageOptions(AwsCommon, total=False):
    """What any message may have, whatever its queue."""

    attributes: Mapping[str, MessageAttribute]
    """Message attributes by name: text is sent as String, a number as Number, bytes as Binary."""
    receive_count: int
    """How often the message was received, this time included."""
    batching_window: bool
    """Whether the mapping has MaximumBatchingWindowInSeconds: then md5OfMessageAttributes is null where it would be absent."""
    trace_header: str
    """The X-Ray header the sender passed as AWSTraceHeader."""
    sender: str
    """SenderId: an IAM user's or role's id."""


class SqsEvents(AwsEventSource):
    """Amazon SQS messages, as an event source mapping delivers them."""

    name = "aws.sqs"

    @event_type("A message from a standard queue", reference=_REFERENCE, shape=MESSAGES)
    def standard(
        self, body: str | Event = "Hello from SQS", *, queue: str = "orders", **options: Unpack[MessageOptions]
    ) -> Event:
        """Build an event with one message of a standard queue.

        `body` is text, or an event of another source, which is then sent as JSON. `queue` is a name or an ARN.
        """
        return self._message(body, self._queue(queue, options, fifo=False), {}, options)

    @event_type("A message from a FIFO queue", reference=_REFERENCE, shape=MESSAGES)
    def fifo(
        self,
        body: str | Event = "Hello from SQS",
        *,
        queue: str = "orders.fifo",
        group: str = "group",
        deduplication_id: str | None = None,
        **options: Unpack[MessageOptions],
    ) -> Event:
        """Build an event with one message of a FIFO queue; `queue` must end in `.fifo`.

        Without `deduplication_id` it is the SHA-256 of the body, as on a queue with content-based deduplication.
        """
        body = _as_body(body)
        attributes = {
            "MessageGroupId": group,
            "MessageDeduplicationId": deduplication_id or hashlib.sha256(body.encode()).hexdigest(),
        }
        return self._message(body, self._queue(queue, options, fifo=True), attributes, options)

    @event_type(
        "A message that was moved to a dead-letter queue",
        reference="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
        shape=MESSAGES,
    )
    def dead_letter(
        self,
        body: str | Event = "Hello from SQS",
        *,
        queue: str = "orders-dlq",
        source_queue: str = "orders",
        **options: Unpack[MessageOptions],
    ) -> Event:
        """Build an event with one message of the dead-letter queue `queue` that came from `source_queue`."""
        fifo = queue.endswith(".fifo")
        attributes = {"DeadLetterQueueSourceArn": self._queue(source_queue, options, fifo=fifo)}
        if fifo:
            attributes |= {
                "MessageGroupId": "group",
                "MessageDeduplicationId": hashlib.sha256(_as_body(body).encode()).hexdigest(),
            }
        return self._message(body, self._queue(queue, options, fifo=fifo), attributes, options)

    def _queue(self, queue: str, options: AwsCommon, *, fifo: bool) -> str:
        if queue.endswith(".fifo") is not fifo:
            kind, rule = ("FIFO", "must end") if fifo else ("standard", "must not end")
            raise InvalidParameterError(f"The name of a {kind} queue {rule} in .fifo, got {queue!r}.")
        return self.place(options).arn("sqs", queue)

    def _message(
        self, body: str | Event, queue_arn: str, attributes: Mapping[str, str], options: MessageOptions
    ) -> Event:
        received = self.mint.now_ms()
        given_attributes = {
            "ApproximateReceiveCount": str(options.get("receive_count", 1)),
            "SentTimestamp": str(received - 250),
            "ApproximateFirstReceiveTimestamp": str(received),
            **attributes,
        }
        if "trace_header" in options:
            given_attributes["AWSTraceHeader"] = options["trace_header"]
        if "sender" in options:
            given_attributes["SenderId"] = options["sender"]
        message_attributes = {name: _as_attribute(value) for name, value in options.get("attributes", {}).items()}
        record: dict[str, Any] = {
            "body": _as_body(body),
            "attributes": given_attributes,
            "messageAttributes": message_attributes,
            "eventSourceARN": queue_arn,
        }
        if message_attributes or options.get("batching_window"):
            record["md5OfMessageAttributes"] = PRESENT
        return self.complete(MESSAGES, {"Records": [record]}, options)


def _as_body(body: str | Event) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _as_attribute(value: MessageAttribute) -> dict[str, Any]:
    lists: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
    if isinstance(value, bytes):
        return {"binaryValue": b64encode(value).decode(), **lists, "dataType": "Binary"}
    kind = "String" if isinstance(value, str) else "Number"
    return {"stringValue": str(value), **lists, "dataType": kind}


def _sequence_number(mint: Mint) -> str:
    return f"{18_849_496_460_467_696_128 + mint.now_ms() // 1000 * 1000 + mint.serial():020d}"
