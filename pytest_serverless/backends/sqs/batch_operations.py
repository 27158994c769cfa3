"""The operations on up to ten messages at once: each succeeds or fails on its own.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html and its like
(2026-11), and recordings of the service for its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pytest_serverless.backends.sqs import contents
from pytest_serverless.backends.sqs.faults import SqsError, missing
from pytest_serverless.backends.sqs.message_operations import (
    check_visibility_timeout,
    delete_one,
    draft_of,
    hide_one,
    no_deduplication_id,
    send_one,
)
from pytest_serverless.backends.sqs.store import Call, Record

__all__ = ["change_message_visibility_batch", "delete_message_batch", "send_message_batch"]

_MOST_ENTRIES: Final = 10
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")

Entry = Mapping[str, Any]


def send_message_batch(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Put messages into a queue."""
    record = call.record(parameters)
    entries = _entries(parameters, "SendMessageBatchRequestEntry")
    if record.queue.settings.fifo:
        _check_order(record, entries)
    sizes = [contents.size_of(entry.get("MessageBody") or "", entry.get("MessageAttributes")) for entry in entries]
    size = sum(sizes)
    if size > contents.MOST_BYTES:
        message = f"Batch requests cannot be longer than {contents.MOST_BYTES} bytes. You have sent {size} bytes."
        raise SqsError("BatchRequestTooLong", message)

    def send(number: int, entry: Entry) -> dict[str, Any]:
        if not entry.get("MessageBody"):
            raise missing(f"SendMessageBatchRequestEntry.{number}.MessageBody")
        return send_one(call, record, draft_of(call, record, entry, sizes[number - 1]), entry)

    return _each(entries, send)


def delete_message_batch(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Delete messages by the handles of their last receives."""
    record = call.record(parameters)

    def delete(_: int, entry: Entry) -> dict[str, Any]:
        delete_one(call, record, entry)
        return {}

    return _each(_entries(parameters, "DeleteMessageBatchRequestEntry"), delete)


def change_message_visibility_batch(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Hide messages that are in flight for longer, or no longer."""
    record = call.record(parameters)

    def hide(number: int, entry: Entry) -> dict[str, Any]:
        if entry.get("VisibilityTimeout") is None:
            raise missing(f"ChangeMessageVisibilityBatchRequestEntry.{number}.VisibilityTimeout")
        check_visibility_timeout(entry["VisibilityTimeout"])
        hide_one(call, record, entry)
        return {}

    return _each(_entries(parameters, "ChangeMessageVisibilityBatchRequestEntry"), hide)


def _each(entries: Sequence[Entry], act: Callable[[int, Entry], dict[str, Any]]) -> dict[str, Any]:
    """Return the results of all entries; a list that would be empty is left out."""
    successful, failed = [], []
    for number, entry in enumerate(entries, start=1):
        try:
            successful.append({"Id": entry["Id"], **act(number, entry)})
        except SqsError as error:  # noqa: PERF203  # each entry fails on its own
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message})
    return {name: results for name, results in (("Successful", successful), ("Failed", failed)) if results}


def _entries(parameters: Mapping[str, Any], name: str) -> Sequence[Entry]:
    entries: Sequence[Entry] = parameters.get("Entries") or ()
    if not entries:
        raise SqsError("EmptyBatchRequest", f"There should be at least one {name} in the request.")
    if len(entries) > _MOST_ENTRIES:
        message = f"Maximum number of entries per request are {_MOST_ENTRIES}. You have sent {len(entries)}."
        raise SqsError("TooManyEntriesInBatchRequest", message)
    _check_ids([entry.get("Id") for entry in entries], name)
    return entries


def _check_ids(ids: Sequence[str | None], name: str) -> None:
    """Refuse the whole batch for the first entry without an id of its own."""
    seen: set[str] = set()
    for number, entry_id in enumerate(ids, start=1):
        if entry_id is None:
            raise missing(f"{name}.{number}.Id")
        if not _ID.fullmatch(entry_id):
            message = (
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long."
            )
            raise SqsError("InvalidBatchEntryId", message)
        if entry_id in seen:
            raise SqsError("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")
        seen.add(entry_id)


def _check_order(record: Record, entries: Sequence[Entry]) -> None:
    """Refuse the whole batch where a message lacks what a FIFO queue needs of it."""
    for entry in entries:
        if not entry.get("MessageGroupId"):
            raise SqsError("InvalidParameterValueException", missing("MessageGroupId").message)
        if not entry.get("MessageDeduplicationId") and not record.queue.settings.content_based_deduplication:
            raise no_deduplication_id()
