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
_ABSENT = (
    *("NonExistentQueue", "QueueDoesNotExist", "NotFound", "NoSuchBucket"),
    *("ResourceNotFoundException", "StateMachineDoesNotExist"),
)


# What boto3 calls a service, where schedules call it otherwise.
_CLIENTS = {"cloudwatchlogs": "logs", "eventbridge": "events", "sfn": "stepfunctions"}


class DeliveryError(BackendError):
    """Something could not be sent.

    `code` is EventBridge's word for why, `answered` the word of the service that refused, if one did; `again` is
    whether another try may help.
    """

    def __init__(self, message: str, *, code: str, answered: str = "", again: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.answered = answered or code
        self.again = again

    @classmethod
    def absent(cls, arn: str, answered: str = "") -> DeliveryError:
        """Return the error for an ARN that nothing has."""
        return cls(f"there is no {arn}", code=_NO_RESOURCE, answered=answered)

    @property
    def is_absence(self) -> bool:
        """Whether there is nothing that it could be sent to: the wiring is wrong."""
        return self.code == _NO_RESOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is sent: text, with what some services take besides.

    `attributes` are in the form of SQS's and SNS's API; `data` is what streams get instead of the text.
    """

    text: str
    cause: str
    data: bytes | None = None
    subject: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    group: str | None = None
    deduplication_id: str | None = None
    partition_key: str = ""
    object_key: str = ""

    @property
    def content(self) -> bytes:
        """What is put into a stream."""
        return self.text.encode() if self.data is None else self.data


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

    def send(self, arn: str, parcel: Parcel) -> bool:
        """Send, and tell whether anything of that kind is here.

        Raises DeliveryError where there is nothing of that ARN, or it does not take this.
        """
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        sender = self._senders.get(service)
        if sender is None:
            self._post.note("dropped", self._post.name_of(arn), parcel.cause, what="nothing is behind it here")
            return False
        self._need(arn)
        with self._post.stack.backend.journal.quietly():
            try:
                sender(arn, parcel)
            except self._client_error as error:
                raise _failure(arn, error.response) from error
        return True

    def call(self, service: str, operation: str, parcel: Parcel) -> None:
        """Call an operation of any service (`sqs`, `sendMessage`) with the parameters that the text has."""
        client = self._post.client(_CLIENTS.get(service, service))
        methods = {api.lower(): method for method, api in client.meta.method_to_api_mapping.items()}
        method = methods.get(operation.lower())
        if method is None:
            raise DeliveryError(f"{service} has no operation {operation}", code="INVALID_PARAMETER")
        with self._post.stack.backend.journal.quietly():
            try:
                getattr(client, method)(**_payload(parcel.text))
            except self._client_error as error:
                raise _failure(f"{service}:{operation}", error.response) from error
        self._post.note("delivery", f"{service}:{operation}", parcel.cause)

    def deliver(self, arn: str, parcel: Parcel) -> None:
        """Send, and take it down; an invocation is taken down when it is made."""
        if self.send(arn, parcel) and self._function_at(arn) is None:
            self._post.note("delivery", self._post.name_of(arn), parcel.cause)

    def _function_at(self, arn: str) -> str | None:
        """Return the id of the function of that ARN, None where it is none of the application."""
        return self._post.function_of(arn) if arn.split(":")[2:3] == ["lambda"] else None

    def keep(self, queue: str, parcel: Parcel, *, sender: str, arn: str, what: str) -> None:
        """Send what could not be delivered to a dead-letter queue of the `sender` of that ARN."""
        self._post.note("dead letter", self._post.name_of(queue), parcel.cause, what=what)
        try:
            self.send(queue, parcel)
        except DeliveryError as error:
            has, remedy = "a dead-letter queue", "Declare it."
            raise self.unreached(sender, arn, error, has=has, remedy=remedy) from error

    def unreached(self, sender: str, arn: str, error: DeliveryError, *, has: str, remedy: str) -> DeliveryError:
        """Return the error that names who sends, with its line of the template, and what it cannot reach."""
        name, origin = self._post.name_of(arn), self._post.origin_of(arn)
        where = f" ({origin})" if origin else ""
        return DeliveryError(f"The {sender} {name}{where} has {has}, and {error}. {remedy}", code=error.code)

    def has_bus(self, arn: str) -> bool:
        """Tell whether there is an event bus of that ARN; one of the template is made."""
        self._need(arn)
        return self._post.wiring.exists(arn)

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
            StreamARN=arn, Data=parcel.content, PartitionKey=parcel.partition_key or "1"
        )

    def _to_delivery_stream(self, arn: str, parcel: Parcel) -> None:
        name = arn.rpartition("/")[2]
        self._post.client("firehose").put_record(DeliveryStreamName=name, Record={"Data": parcel.content})

    def _to_function(self, arn: str, parcel: Parcel) -> None:
        function = self._post.function_of(arn)
        if function is None:
            raise DeliveryError.absent(arn)
        self._asynchronous.submit(function, _payload(parcel.text), parcel.cause)

    def _to_state_machine(self, arn: str, parcel: Parcel) -> None:
        _payload(parcel.text)
        self._post.client("stepfunctions").start_execution(stateMachineArn=arn, input=parcel.text)

    def _to_log_group(self, arn: str, parcel: Parcel) -> None:
        group, stream = arn.split(":")[6], "events"
        logs = self._post.client("logs")
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        event = {"timestamp": round(self._post.time.now() * 1000), "message": _log_message(parcel.text)}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])

    def _to_bucket(self, arn: str, parcel: Parcel) -> None:
        bucket = arn.rpartition(":")[2]
        self._post.client("s3").put_object(Bucket=bucket, Key=parcel.object_key, Body=parcel.text.encode())


def _log_message(text: str) -> str:
    """Return what is logged: the text, or the message of a template that has just this and a timestamp.

    Source: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_events_targets.LogGroupTargetInput.html
    (2026-11).
    """
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return str(found["message"]) if isinstance(found, dict) and found.keys() == {"timestamp", "message"} else text


def _failure(arn: str, response: Mapping[str, Any]) -> DeliveryError:
    """Return why a service refused; which of EventBridge's codes stands for what, its guide does not tell.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html (2026-11).
    """
    error, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    answered = str(error.get("Code", ""))
    if answered.endswith(_ABSENT):
        return DeliveryError.absent(arn, answered)
    is_throttled = "Throttl" in answered or answered in ("OverLimit", "ProvisionedThroughputExceededException")
    is_down = metadata.get("HTTPStatusCode", 400) >= 500
    code = "THROTTLING" if is_throttled else "INTERNAL_ERROR" if is_down else "SDK_CLIENT_ERROR"
    message = f"{arn} answered {answered}: {error.get('Message', '')}"
    return DeliveryError(message, code=code, answered=answered, again=is_throttled or is_down)


def _payload(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DeliveryError(f"JSON is taken there, not {text[:80]!r}", code="INVALID_JSON") from error
