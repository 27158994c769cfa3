"""The operations on queues themselves.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html (2026-11), and
recordings of the service for its words.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final

from pytest_serverless.backends.sqs import attributes as rules
from pytest_serverless.backends.sqs.faults import SqsError, invalid_value, missing, unknown_queue
from pytest_serverless.backends.sqs.machine import Queue
from pytest_serverless.backends.sqs.policies import allows_source, redrive_of
from pytest_serverless.backends.sqs.settings import Settings
from pytest_serverless.backends.sqs.store import Call, Record

__all__ = [
    "create_queue",
    "delete_queue",
    "get_queue_attributes",
    "get_queue_url",
    "list_dead_letter_source_queues",
    "list_queue_tags",
    "list_queues",
    "purge_queue",
    "set_queue_attributes",
    "tag_queue",
    "untag_queue",
]

_COOLDOWN_S: Final = 60
_MOST_RESULTS: Final = 1000
_MOST_TAGS: Final = 50
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,75}\.fifo")
_BOOLEAN: Final = ("FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled")


def create_queue(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Make a queue, or return the one that is there if none of the attributes given differs."""
    name = parameters.get("QueueName") or ""
    given = _texts(parameters.get("Attributes"))
    fifo = given.get("FifoQueue") == "true"
    _check_queue_name(name, fifo=fifo)
    rules.check(given, fifo=fifo, present={})
    key = (call.account, call.region, name)
    existing = call.store.records.get(key)
    if existing is not None:
        _check_same(existing, given)
        return {"QueueUrl": call.url_of(existing)}
    deleted = call.store.deleted.get(key)
    if deleted is not None and call.cooldowns and call.now < deleted + _COOLDOWN_S:
        message = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
        raise SqsError("QueueDeletedRecently", message)
    record = _new_record(call, name, rules.completed(rules.defaults(fifo=fifo), given))
    record.tags.update(_tags(parameters))
    call.store.records[key] = record
    call.report("sqs:CreateQueue", record, {})
    return {"QueueUrl": call.url_of(record)}


def delete_queue(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Delete a queue and its messages, at once."""
    record = call.record(parameters)
    del call.store.records[record.key]
    call.store.deleted[record.key] = call.now
    call.report("sqs:DeleteQueue", record, {})
    return {}


def get_queue_url(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Find a queue by its name."""
    name = parameters.get("QueueName")
    if not name:
        raise _invalid("Value for parameter QueueName is invalid. Reason: Must specify a queue name.")
    owner = parameters.get("QueueOwnerAWSAccountId") or call.account
    record = call.store.records.get((owner, call.region, name))
    if record is None:
        raise unknown_queue()
    return {"QueueUrl": call.url_of(record)}


def list_queues(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """List the caller's queues by the beginning of their names."""
    prefix = parameters.get("QueueNamePrefix") or ""
    found = [record for record in call.own() if record.name.startswith(prefix)]
    urls, token = _page(call, found, parameters)
    return {**({"QueueUrls": urls} if urls else {}), **token}


def list_dead_letter_source_queues(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """List the queues whose dead letters go to a queue."""
    urls, token = _page(call, call.store.sources_of(call.record(parameters).arn), parameters)
    return {"queueUrls": urls, **token}


def get_queue_attributes(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes asked for; those that the queue does not have are left out."""
    record = call.record(parameters)
    names = parameters.get("AttributeNames") or []
    rules.check_names(names)
    present = _all_attributes(call, record)
    found = present if "All" in names else {name: present[name] for name in names if name in present}
    return {"Attributes": found} if found else {}


def set_queue_attributes(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Change attributes, effective at once."""
    record = call.record(parameters)
    given = _texts(parameters.get("Attributes"))
    if not given:
        raise missing("Attribute.Name")
    rules.check(given, fifo=record.queue.settings.fifo, present=record.attributes)
    if given.get("RedrivePolicy"):
        _check_redrive(call, given["RedrivePolicy"], record.arn)
    change_attributes(call, record, rules.completed(record.attributes, given))
    return {}


def change_attributes(call: Call, record: Record, attributes: dict[str, str]) -> None:
    """Give a queue other attributes, which were found valid."""
    record.attributes = attributes
    record.modified = call.now
    record.queue.configure(Settings.of(attributes, call.in_flight_limit), call.now)
    call.report("sqs:SetQueueAttributes", record, {"attributes": dict(attributes)})


def purge_queue(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Delete every message, also those in flight."""
    record = call.record(parameters)
    if call.cooldowns and record.purged is not None and call.now < record.purged + _COOLDOWN_S:
        message = f"Only one PurgeQueue operation on {record.name} is allowed every 60 seconds."
        raise SqsError("PurgeQueueInProgress", message)
    record.purged = call.now
    call.report("sqs:PurgeQueue", record, {"count": record.queue.purge()})
    return {}


def tag_queue(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Add tags, or replace those with the same keys."""
    record = call.record(parameters)
    tags = _tags(parameters)
    if not tags:
        raise missing("Tags")
    if len({**record.tags, **tags}) > _MOST_TAGS:
        raise _invalid(f"Too many tags added for queue {record.name}.")
    record.tags = {**record.tags, **tags}
    record.queue.touch()
    return {}


def untag_queue(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Remove tags; keys that are not there are no error."""
    record = call.record(parameters)
    keys = parameters.get("TagKeys")
    if not keys:
        raise _invalid("Tag keys must be between 1 and 128 characters in length.")
    record.tags = {key: value for key, value in record.tags.items() if key not in keys}
    record.queue.touch()
    return {}


def list_queue_tags(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tags, if there are any."""
    tags = call.record(parameters).tags
    return {"Tags": dict(tags)} if tags else {}


def _new_record(call: Call, name: str, attributes: dict[str, str]) -> Record:
    arn = call.arn_of(name)
    if "RedrivePolicy" in attributes:
        _check_redrive(call, attributes["RedrivePolicy"], arn)
    key = (call.account, call.region, name)
    before = call.store.deleted.get(key)  # a queue that is made again gives other ids than the first of its name
    seed = arn if before is None else f"{arn}/{before}/{call.store.next_serial()}"
    queue = Queue(Settings.of(attributes, call.in_flight_limit), seed=seed)
    return Record(key=key, arn=arn, attributes=attributes, queue=queue, created=call.now, modified=call.now)


def _check_queue_name(name: str, *, fifo: bool) -> None:
    if fifo and not _FIFO_NAME.fullmatch(name):
        raise _invalid(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )
    if not name:
        raise _invalid("Queue name cannot be empty")
    if not fifo and not _NAME.fullmatch(name):
        raise _invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")


def _check_same(record: Record, given: Mapping[str, str]) -> None:
    for name, value in given.items():
        if record.attributes.get(name, "") != value:
            message = f"A queue already exists with the same name and a different value for attribute {name}"
            raise SqsError("QueueNameExists", message)


def _check_redrive(call: Call, text: str, arn: str) -> None:
    target = call.store.by_arn(redrive_of(text, arn))
    if target is None:
        raise invalid_value(text, "RedrivePolicy", "Dead letter target does not exist.")
    if not allows_source(target.attributes.get("RedriveAllowPolicy"), arn):
        reason = "The dead-letter queue's RedriveAllowPolicy does not allow this queue as its source."
        raise invalid_value(text, "RedrivePolicy", reason)


def _all_attributes(call: Call, record: Record) -> dict[str, str]:
    counts = record.queue.counts(call.now)
    return {
        "QueueArn": record.arn,
        "ApproximateNumberOfMessages": str(counts.visible),
        "ApproximateNumberOfMessagesNotVisible": str(counts.in_flight),
        "ApproximateNumberOfMessagesDelayed": str(counts.delayed),
        "CreatedTimestamp": str(int(record.created)),
        "LastModifiedTimestamp": str(int(record.modified)),
        **record.attributes,
    }


def _page(call: Call, records: list[Record], parameters: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Return the URLs of the page asked for, and the token of the next one if a size was given and there is more."""
    most = parameters.get("MaxResults")
    if most and not 1 <= most <= _MOST_RESULTS:
        reason = f"MaxResults must be an integer between 1 and {_MOST_RESULTS}."
        raise _invalid(f"Value for parameter MaxResults is invalid. Reason: {reason}")
    start = _start(records, parameters.get("NextToken"))
    end = start + (most or _MOST_RESULTS)
    more = most and end < len(records)
    token = {"NextToken": urlsafe_b64encode(records[end - 1].name.encode()).decode("ascii")} if more else {}
    return [call.url_of(record) for record in records[start:end]], token


def _start(records: list[Record], token: str | None) -> int:
    if not token:
        return 0
    try:
        last = urlsafe_b64decode(token).decode()
        return [record.name for record in records].index(last) + 1
    except ValueError:
        raise _invalid("Invalid or expired next token.") from None


def _texts(attributes: Mapping[str, Any] | None) -> dict[str, str]:
    """Return attributes as the service reads them: as text, without those that are null."""
    texts = {name: str(value) for name, value in (attributes or {}).items() if value is not None}
    return {name: value.lower() if name in _BOOLEAN else value for name, value in texts.items()}


def _tags(parameters: Mapping[str, Any]) -> dict[str, str]:
    return dict(parameters.get("Tags") or parameters.get("tags") or {})


def _invalid(message: str) -> SqsError:
    return SqsError("InvalidParameterValueException", message)
