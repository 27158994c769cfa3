"""Who is to be called because something changed: the changes of a backend, and the triggers that wait for them."""

from __future__ import annotations

import fnmatch
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_serverless.app.model import App, Trigger
from pytest_serverless.deployment.elsewhere import DeployedStack
from pytest_serverless.deployment.stack import Stack
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.aws.sqs_messages import MESSAGES
from pytest_serverless.events.builder import PRESENT
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Change, Outcome
from pytest_serverless.triggers.batches import failed_items

__all__ = ["Delivery", "deliveries", "from_queue", "queue_triggers"]

_BATCH = 10


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to a function, and in words what caused it; `finish` is told what came of it."""

    function: str
    event: Event
    cause: str
    finish: Callable[[Outcome], None] = lambda _: None


def deliveries(app: App, change: Change, events: AwsEvents) -> Iterator[Delivery]:
    """Return what a change of a bucket or a topic delivers."""
    make = {"s3": _from_bucket, "sns": _from_topic}.get(change.service)
    if make is None:
        return
    for trigger in app.triggers:
        if trigger.kind == change.service and is_from(app, trigger, change.resource):
            yield from make(trigger, change, events)


def is_from(app: App, trigger: Trigger, arn: str) -> bool:
    """Tell whether the resource of that ARN is what a trigger listens to."""
    resource = app.resources.get(trigger.source or "")
    if resource is None:
        return trigger.source == arn
    return arn == resource.attributes.get("Arn") or arn.rpartition(":")[2] == resource.name or arn == resource.name


def _from_bucket(trigger: Trigger, change: Change, events: AwsEvents) -> Iterator[Delivery]:
    details = change.details
    if not _waits_for(trigger.settings, change.kind, details["key"]):
        return
    bucket = change.resource.rpartition(":")[2]
    kind, _, word = change.kind.removeprefix("s3:").partition(":")
    operation: Any = word  # moto's events are S3's, and so are their names
    cause = f"{change.kind} {bucket}/{details['key']}"
    if kind == "ObjectCreated":
        sizes = {name: details[name] for name in ("size", "etag", "version_id") if details.get(name) is not None}
        event = events.s3.object_created(bucket=bucket, key=details["key"], operation=operation, **sizes)
    elif kind == "ObjectRemoved":
        event = events.s3.object_removed(bucket=bucket, key=details["key"], operation=operation)
    else:
        return
    yield Delivery(trigger.function, event, cause)


def _waits_for(settings: Mapping[str, Any], kind: str, key: str) -> bool:
    """Apply a notification's event names and its prefix and suffix.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html (2026-11).
    """
    names = settings.get("Events", settings.get("Event", "s3:ObjectCreated:*"))
    if not any(fnmatch.fnmatchcase(kind, name) for name in ([names] if isinstance(names, str) else names)):
        return False
    rules = settings.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    tests = {"prefix": key.startswith, "suffix": key.endswith}
    return all(tests[rule["Name"].lower()](rule["Value"]) for rule in rules)


def _from_topic(trigger: Trigger, change: Change, events: AwsEvents) -> Iterator[Delivery]:
    details = change.details
    event = events.sns.notification(
        details["message"],
        topic=change.resource,
        **({"subject": details["subject"]} if details.get("subject") else {}),
        attributes={name: _plain(value) for name, value in details["attributes"].items()},
    )
    yield Delivery(trigger.function, event, f"sns:Publish {change.resource.rpartition(':')[2]}")


def _plain(attribute: Mapping[str, Any]) -> Any:
    """Return a message attribute of SNS's API as the event builders take it."""
    kind = attribute.get("DataType", attribute.get("Type", "String"))
    if kind == "Binary":
        return attribute["BinaryValue"] if "BinaryValue" in attribute else attribute["Value"]
    value = attribute["StringValue"] if "StringValue" in attribute else attribute["Value"]
    return (
        float(value) if kind == "Number" and not str(value).isdecimal() else int(value) if kind == "Number" else value
    )


def queue_triggers(app: App) -> Iterator[Trigger]:
    """Return the event source mappings of queues."""
    return (trigger for trigger in app.triggers if trigger.kind == "sqs")


def from_queue(stack: Stack | DeployedStack, trigger: Trigger, events: AwsEvents) -> Delivery | None:
    """Receive a batch of the trigger's queue; None where no message is visible.

    What the function processed is deleted; the rest stays hidden for the queue's visibility timeout, as on AWS.
    """
    resource = stack.app.resources.get(trigger.source or "")
    if resource is None:
        return None  # a queue of somebody else's, which is not here
    stack.need([resource.id])
    settings = trigger.settings or {}
    sqs, url = stack.backend.client("sqs"), resource.name
    with stack.backend.journal.quietly():
        received = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(_BATCH, int(settings.get("BatchSize", _BATCH))),
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
    if not received:
        return None
    arn = resource.attributes["Arn"]
    event = events.sqs.complete(MESSAGES, {"Records": [_record(message, arn) for message in received]}, {})

    def finish(outcome: Outcome) -> None:
        handles = {message["MessageId"]: message["ReceiptHandle"] for message in received}
        partial = "ReportBatchItemFailures" in settings.get("FunctionResponseTypes", ())
        failed = (
            failed_items(outcome.value, handles) if outcome.ok and partial else set() if outcome.ok else set(handles)
        )
        done = [{"Id": str(n), "ReceiptHandle": h} for n, (id_, h) in enumerate(handles.items()) if id_ not in failed]
        if done:
            with stack.backend.journal.quietly():
                sqs.delete_message_batch(QueueUrl=url, Entries=done)

    return Delivery(trigger.function, event, f"{len(received)} of {arn.rpartition(':')[2]}", finish)


def _record(message: Mapping[str, Any], arn: str) -> Event:
    """Return a received message in the form of an event's record."""
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
