"""The operations on single messages.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html (2026-11), and
recordings of the service for its words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pytest_serverless.backends.sqs import contents, digests
from pytest_serverless.backends.sqs.faults import SqsError, invalid_value, missing
from pytest_serverless.backends.sqs.machine import LONGEST_HIDDEN_S
from pytest_serverless.backends.sqs.message import Draft, Message
from pytest_serverless.backends.sqs.settings import Settings
from pytest_serverless.backends.sqs.store import Call, Record

__all__ = [
    "change_message_visibility",
    "check_visibility_timeout",
    "delete_message",
    "delete_one",
    "draft_of",
    "hide_one",
    "receive_message",
    "send_message",
    "send_one",
]

_MOST_DELAY_S = 900
_MOST_RECEIVED = 10
_LONGEST_WAIT_S = 20
_BODY_ALONE = {"Id", "QueueUrl", "MessageBody"}  # as most messages are: there is nothing else to check
_NOT_OF_THIS_TYPE = "The request include parameter that is not valid for this queue type."


def send_message(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Put a message into a queue."""
    record = call.record(parameters)
    return send_one(call, record, draft_of(call, record, parameters), parameters)


def send_one(call: Call, record: Record, draft: Draft, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Put a message into a queue; return what the service says of it."""
    sent = record.queue.send(draft, call.now)
    if call.is_heard and sent.message is not None:
        call.report("sqs:SendMessage", record, sent.message.arrival())
    result: dict[str, Any] = {"MessageId": sent.id, "MD5OfMessageBody": draft.digest}
    if draft.attributes_digest is not None:
        result["MD5OfMessageAttributes"] = draft.attributes_digest
    if draft.trace_header is not None:
        result["MD5OfMessageSystemAttributes"] = digests.of_attributes(parameters["MessageSystemAttributes"])
    if sent.sequence is not None:
        result["SequenceNumber"] = sent.sequence
    return result


def draft_of(call: Call, record: Record, parameters: Mapping[str, Any], size: int | None = None) -> Draft:
    """Return the message that is to be sent, if the queue takes it; `size` is what it counts, if that is known."""
    settings = record.queue.settings
    body = contents.check_body(parameters.get("MessageBody"))
    attributes = parameters.get("MessageAttributes") or None
    contents.check_size(contents.size_of(body, attributes) if size is None else size, settings.most_bytes)
    if not settings.fifo and parameters.keys() <= _BODY_ALONE:
        return Draft(body=body, digest=digests.of_body(body), sender=call.sender)
    contents.check_attributes(attributes)
    _check_order(settings, parameters)
    _check_delay(settings, parameters.get("DelaySeconds"))
    return Draft(
        body=body,
        digest=digests.of_body(body),
        sender=call.sender,
        attributes=attributes,
        attributes_digest=digests.of_attributes(attributes),
        trace_header=contents.check_trace_header(parameters.get("MessageSystemAttributes")),
        group=parameters.get("MessageGroupId"),
        deduplication_id=parameters.get("MessageDeduplicationId"),
        delay=parameters.get("DelaySeconds"),
    )


def receive_message(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Hand out messages that are visible now; a long poll returns as well, for time is the caller's business."""
    record = call.record(parameters)
    most = 1 if parameters.get("MaxNumberOfMessages") is None else parameters["MaxNumberOfMessages"]
    timeout = parameters.get("VisibilityTimeout")
    _check_range("MaxNumberOfMessages", most, 1, _MOST_RECEIVED, "Must be between {} and {}, if provided.")
    _check_range("VisibilityTimeout", timeout, 0, LONGEST_HIDDEN_S, "Must be >= {} and <= {}, if provided.")
    wait = parameters.get("WaitTimeSeconds")
    _check_range("WaitTimeSeconds", wait, 0, _LONGEST_WAIT_S, "Must be >= {} and <= {}, if provided.")
    attempt = parameters.get("ReceiveRequestAttemptId")
    contents.check_id(attempt, "ReceiveRequestAttemptId")
    redrive = record.queue.settings.redrive
    dead_letters = call.store.by_arn(redrive.target) if redrive else None
    delivery = record.queue.receive(
        call.now, most=most, timeout=timeout, attempt=attempt, redrives=dead_letters is not None
    )
    if dead_letters is not None:
        for message in delivery.dead:
            letter = dead_letters.queue.admit(message, record.arn, call.now)
            call.report("sqs:DeadLetter", dead_letters, {**letter.arrival(), "source": record.arn})
    shown = _Shown(parameters)
    messages = [shown.message(message, handle) for message, handle in delivery.messages]
    return {"Messages": messages} if messages else {}


def delete_message(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Delete a message by the handle of its last receive."""
    delete_one(call, call.record(parameters), parameters)
    return {}


def delete_one(call: Call, record: Record, parameters: Mapping[str, Any]) -> None:
    """Delete a message by the handle of its last receive."""
    message = record.queue.delete(_handle(parameters), call.now)
    if call.is_heard and message is not None:
        call.report("sqs:DeleteMessage", record, {"message_id": message.id})


def change_message_visibility(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Hide a message that is in flight for longer, or no longer."""
    record = call.record(parameters)
    if parameters.get("VisibilityTimeout") is None:
        raise missing("VisibilityTimeout")
    check_visibility_timeout(parameters["VisibilityTimeout"])
    hide_one(call, record, parameters)
    return {}


def check_visibility_timeout(timeout: int) -> None:
    """Refuse a timeout that no message can have."""
    reason = "VisibilityTimeout must be an integer between {} and {}."
    _check_range("VisibilityTimeout", timeout, 0, LONGEST_HIDDEN_S, reason)


def hide_one(call: Call, record: Record, parameters: Mapping[str, Any]) -> None:
    """Hide a message that is in flight for longer, or no longer."""
    message = record.queue.change_visibility(_handle(parameters), parameters["VisibilityTimeout"], call.now)
    if message is not None:
        call.report("sqs:ChangeMessageVisibility", record, {"message_id": message.id, "due": message.due})


class _Shown:
    """How a receive wants its messages shown: with which attributes."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        old = parameters.get("AttributeNames") or ()
        self._system = {*old, *(parameters.get("MessageSystemAttributeNames") or ())}
        names = parameters.get("MessageAttributeNames") or ()
        self._all = any(name in {"All", ".*", "*"} for name in names)
        self._names = set(names)
        self._prefixes = tuple(name[:-2] for name in names if name.endswith(".*"))

    def message(self, message: Message, handle: str) -> dict[str, Any]:
        draft = message.draft
        shown = {"MessageId": message.id, "ReceiptHandle": handle, "MD5OfBody": draft.digest, "Body": draft.body}
        result: dict[str, Any] = shown
        if self._system and (system := _system_attributes(message, self._system)):
            result["Attributes"] = system
        if draft.attributes and (self._all or self._names):
            self._add_attributes(result, draft)
        return result

    def _add_attributes(self, result: dict[str, Any], draft: Draft) -> None:
        attributes = {name: value for name, value in (draft.attributes or {}).items() if self._wants(name)}
        if attributes:
            whole = len(attributes) == len(draft.attributes or {})
            result["MD5OfMessageAttributes"] = draft.attributes_digest if whole else digests.of_attributes(attributes)
            result["MessageAttributes"] = attributes

    def _wants(self, name: str) -> bool:
        return self._all or name in self._names or name.startswith(self._prefixes or ("\0",))


def _system_attributes(message: Message, names: Collection[str]) -> dict[str, str]:
    attributes = {
        "SenderId": message.draft.sender,
        "SentTimestamp": str(int(message.sent * 1000)),
        "ApproximateReceiveCount": str(message.receive_count),
        "ApproximateFirstReceiveTimestamp": str(int(message.first_received * 1000)),
        "SequenceNumber": message.sequence,
        "MessageDeduplicationId": message.deduplication_id,
        "MessageGroupId": message.draft.group,
        "AWSTraceHeader": message.draft.trace_header,
        "DeadLetterQueueSourceArn": message.source,
    }
    wanted = attributes if "All" in names else names
    return {name: value for name, value in attributes.items() if value is not None and name in wanted}


def _check_order(settings: Settings, parameters: Mapping[str, Any]) -> None:
    group, deduplication_id = parameters.get("MessageGroupId"), parameters.get("MessageDeduplicationId")
    contents.check_id(group, "MessageGroupId")
    contents.check_id(deduplication_id, "MessageDeduplicationId")
    if not settings.fifo:
        if deduplication_id is not None:
            raise invalid_value(deduplication_id, "MessageDeduplicationId", _NOT_OF_THIS_TYPE)
        return
    if group is None:
        raise missing("MessageGroupId")
    if deduplication_id is None and not settings.content_based_deduplication:
        raise no_deduplication_id()


def no_deduplication_id() -> SqsError:
    """Return the error for a message that a FIFO queue could not tell from others."""
    message = (
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    )
    return SqsError("InvalidParameterValueException", message)


def _check_delay(settings: Settings, delay: int | None) -> None:
    if delay and settings.fifo:
        raise invalid_value(delay, "DelaySeconds", _NOT_OF_THIS_TYPE)
    _check_range("DelaySeconds", delay, 0, _MOST_DELAY_S, "DelaySeconds must be >= {} and <= {}.")


def _check_range(name: str, value: int | None, low: int, high: int, reason: str) -> None:
    if value is not None and not low <= value <= high:
        raise invalid_value(value, name, reason.format(low, high))


def _handle(parameters: Mapping[str, Any]) -> str:
    handle = parameters.get("ReceiptHandle")
    if not isinstance(handle, str) or not handle.strip():
        raise missing("ReceiptHandle")
    return handle
