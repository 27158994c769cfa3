"""Where things are sent: queues, topics, buses, streams, buckets, functions, by their ARNs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pytest_serverless.deployment.delivery.asynchronous import Asynchronous
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.errors import BackendError
from pytest_serverless.events.source import Event

__all__ = ["DeliveryError", "Parcel", "Targets", "ToBus", "compact", "queue_url"]

ToBus = Callable[[str, Event, str], None]
"""Delivers an event to the bus of an ARN, and is told the cause."""

_NO_RESOURCE = "NO_RESOURCE"
_ABSENT = ("NonExistentQueue", "QueueDoesNotExist", "NotFound", "ResourceNotFoundException", "NoSuchBucket")


class DeliveryError(BackendError):
    """Something could not be sent; `code` is EventBridge's word for why, `again` whether another try may help."""

    def __init__(self, message: str, *, code: str, again: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.again = again

    @property
    def is_absence(self) -> bool:
        """Whether there is nothing that it could be sent to: the wiring is wrong."""
        return self.code == _NO_RESOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is sent: text, with what some services take besides. `attributes` are in the form of SQS's and SNS's API."""

    text: str
    cause: str
    subject: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    group: str | None = None
    deduplication_id: str | None = None
    partition_key: str = ""
    object_key: str = ""


def compact(value: Any) -> str:
    """Return JSON as the services write it into a message: without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def queue_url(arn: str) -> str:
    """Return the URL of a queue."""
    _, _, _, region, account, name = arn.split(":")
    return f"https://sqs.{region}.amazonaws.com/{account}/{name}"


class Targets:
    """Sends, by the means of the service that an ARN names. What arrives changes that service, which others see."""

    def __init__(self, post: Post, asynchronous: Asynchronous) -> None:
        self._post = post
        self._asynchronous = asynchronous
        self._senders: dict[str, Callable[[str, Parcel], None]] = {
            "sqs": self._to_queue,
            "sns": self._to_topic,
            "kinesis": self._to_stream,
            "firehose": self._to_delivery_stream,
            "lambda": self._to_function,
            "states": self._to_state_machine,
            "logs": self._to_log_group,
            "s3": self._to_bucket,
        }

    def send(self, arn: str, parcel: Parcel) -> None:
        """Send; raises DeliveryError where there is nothing of that ARN, or it does not take this."""
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        sender = self._senders.get(service)
        if sender is None:
            self._post.note("delivery", self._post.name_of(arn), parcel.cause, what="nothing is behind it here")
            return
        self._need(arn)
        with self._post.stack.backend.journal.quietly():
            try:
                sender(arn, parcel)
            except self._client_error as error:
                raise _failure(arn, error.response) from error

    def unreached(self, sender: str, arn: str, error: DeliveryError, *, has: str, remedy: str) -> DeliveryError:
        """Return the error that names who sends, with its line of the template, and what it cannot reach."""
        name, origin = self._post.name_of(arn), self._post.origin_of(arn)
        where = f" ({origin})" if origin else ""
        return DeliveryError(f"The {sender} {name}{where} has {has}, and {error}. {remedy}", code=error.code)

    def _need(self, arn: str) -> None:
        id_ = self._post.name_of(arn)
        if id_ in self._post.app.resources:
            self._post.stack.need([id_])

    @property
    def _client_error(self) -> Any:
        return self._post.client("sqs").exceptions.ClientError

    def _to_queue(self, arn: str, parcel: Parcel) -> None:
        options: dict[str, Any] = {}
        if parcel.attributes:
            options["MessageAttributes"] = parcel.attributes
        if parcel.group is not None:
            options["MessageGroupId"] = parcel.group
        if parcel.deduplication_id is not None and arn.endswith(".fifo"):
            options["MessageDeduplicationId"] = parcel.deduplication_id
        self._post.client("sqs").send_message(QueueUrl=queue_url(arn), MessageBody=parcel.text, **options)

    def _to_topic(self, arn: str, parcel: Parcel) -> None:
        options: dict[str, Any] = {}
        if parcel.subject:
            options["Subject"] = parcel.subject
        if parcel.attributes:
            options["MessageAttributes"] = parcel.attributes
        if parcel.group is not None:
            options["MessageGroupId"] = parcel.group
        if parcel.deduplication_id is not None:
            options["MessageDeduplicationId"] = parcel.deduplication_id
        self._post.client("sns").publish(TopicArn=arn, Message=parcel.text, **options)

    def _to_stream(self, arn: str, parcel: Parcel) -> None:
        self._post.client("kinesis").put_record(
            StreamARN=arn, Data=parcel.text.encode(), PartitionKey=parcel.partition_key or "1"
        )

    def _to_delivery_stream(self, arn: str, parcel: Parcel) -> None:
        name = arn.rpartition("/")[2]
        self._post.client("firehose").put_record(DeliveryStreamName=name, Record={"Data": parcel.text.encode() + b"\n"})

    def _to_function(self, arn: str, parcel: Parcel) -> None:
        function = self._post.function_of(arn)
        if function is None:
            raise _absent(arn)
        self._asynchronous.submit(function, _payload(parcel.text), parcel.cause)

    def _to_state_machine(self, arn: str, parcel: Parcel) -> None:
        self._post.client("stepfunctions").start_execution(stateMachineArn=arn, input=parcel.text)

    def _to_log_group(self, arn: str, parcel: Parcel) -> None:
        group, stream = arn.split(":")[6], "events"
        logs = self._post.client("logs")
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        event = {"timestamp": round(self._post.time.now() * 1000), "message": parcel.text}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])

    def _to_bucket(self, arn: str, parcel: Parcel) -> None:
        bucket = arn.rpartition(":")[2]
        self._post.client("s3").put_object(Bucket=bucket, Key=parcel.object_key, Body=parcel.text.encode())


def _absent(arn: str) -> DeliveryError:
    return DeliveryError(f"there is no {arn}", code=_NO_RESOURCE)


def _failure(arn: str, response: Mapping[str, Any]) -> DeliveryError:
    error, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    code = str(error.get("Code", ""))
    if code.endswith(_ABSENT):
        return _absent(arn)
    again = metadata.get("HTTPStatusCode", 400) >= 500 or "Throttl" in code or code == "OverLimit"
    return DeliveryError(f"{arn} answered {code}: {error.get('Message', '')}", code="SDK_CLIENT_ERROR", again=again)


def _payload(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DeliveryError(f"a function takes JSON, not {text[:80]!r}", code="INVALID_JSON") from error
