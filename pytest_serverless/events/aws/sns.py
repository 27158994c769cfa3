"""Amazon SNS: the event that a function is invoked with, and the envelope that a queue or an HTTP endpoint is sent.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html (2026-11), and recordings of the service for
what these leave out. A function's record has `Subject: null` and `MessageAttributes: {}` where there are none, and
writes `SigningCertUrl`; an envelope leaves both out and writes `SigningCertURL`; the envelope of a FIFO topic has a
`SequenceNumber` and no signature. A function is invoked with one message at a time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.messages import Attribute, as_text, typed
from pytest_serverless.events.aws.s3_records import NOTIFICATIONS, TEST_EVENT
from pytest_serverless.events.aws.sns_messages import (
    ENVELOPE,
    NOTIFICATION,
    TOPIC_ARN,
    certificate_url,
    unsubscribe_url,
)
from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.checker import claimed
from pytest_serverless.events.source import Event, event_type

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["SnsEvents", "envelope_text", "sns_attributes"]

_REFERENCE = "https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"


class SnsEvents(AwsEventSource):
    """Amazon SNS messages, as functions, queues and HTTP endpoints get them."""

    name = "aws.sns"

    @event_type("A message of a topic, as a function gets it", reference=_REFERENCE, shape=NOTIFICATION)
    def notification(
        self,
        message: str | Event = "Hello from SNS",
        *,
        topic: str = "notifications",
        subject: str | None = None,
        attributes: Mapping[str, Attribute] | None = None,
        **common: Unpack[AwsCommon],
    ) -> Event:
        """Build the event that invokes a function; `topic` is the name or the ARN of a standard topic.

        `message` is text, or an event of another source, which is then sent as JSON. `attributes` has the message
        attributes by name: text is sent as String, a number as Number, bytes as Binary, a list as String.Array.
        """
        topic_arn = self._topic(topic, common)
        if topic_arn.endswith(".fifo"):
            raise InvalidParameterError(
                f"A FIFO topic cannot invoke a function, and {topic!r} is one. It delivers to queues: "
                "build the queue's event with sqs.from_sns(..., topic=...)."
            )
        subscription_arn = f"{topic_arn}:{self.mint.uuid()}"
        record = {
            "EventSubscriptionArn": subscription_arn,
            "Sns": {
                "TopicArn": topic_arn,
                "Subject": subject or _usual_subject(message),
                "Message": as_text(message),
                "SigningCertUrl": certificate_url(topic_arn),
                "MessageAttributes": sns_attributes(attributes),
            },
        }
        return self.complete(NOTIFICATION, {"Records": [record]}, common)

    @event_type(
        "The envelope of a topic's message, as queues and HTTP endpoints get it",
        reference="https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html",
        shape=ENVELOPE,
    )
    def envelope(
        self,
        message: str | Event = "Hello from SNS",
        *,
        topic: str = "notifications",
        subject: str | None = None,
        attributes: Mapping[str, Attribute] | None = None,
        **common: Unpack[AwsCommon],
    ) -> Event:
        """Build what stands, as JSON text, in the body of a queue's message or of an HTTP request.

        The parameters are those of `notification`; the topic may also be a FIFO topic, whose name ends in `.fifo`.
        `sqs.from_sns` puts it in a queue's event.
        """
        topic_arn = self._topic(topic, common)
        subject = subject or _usual_subject(message)
        given: dict[str, Any] = {
            "TopicArn": topic_arn,
            "Message": as_text(message),
            "UnsubscribeURL": unsubscribe_url(f"{topic_arn}:{self.mint.uuid()}"),
        }
        if not topic_arn.endswith(".fifo"):
            given["SigningCertURL"] = certificate_url(topic_arn)
        if subject is not None:
            given["Subject"] = subject
        if attributes:
            given["MessageAttributes"] = sns_attributes(attributes)
        return self.complete(ENVELOPE, given, common)

    def _topic(self, topic: str, common: AwsCommon) -> str:
        topic_arn = self.place(common).arn("sns", topic)
        if not TOPIC_ARN.accepts(topic_arn):
            raise InvalidParameterError(
                "A topic is given by its name (1 to 256 letters, digits, _ and -, a FIFO topic's ends in .fifo) or its "
                f"ARN, got {topic!r}."
            )
        return topic_arn


def _usual_subject(message: str | Event) -> str | None:
    """Return the subject that comes with the message unless it is given: S3 always sends the same one."""
    from_s3 = not isinstance(message, str) and claimed(message, (NOTIFICATIONS, TEST_EVENT)) is not None
    return "Amazon S3 Notification" if from_s3 else None


def sns_attributes(attributes: Mapping[str, Attribute] | None) -> dict[str, dict[str, str]]:
    """Return message attributes as SNS writes them: Type and Value, both text."""
    pairs = {name: typed(name, value, lists=True) for name, value in (attributes or {}).items()}
    return {name: {"Type": kind, "Value": value} for name, (kind, value) in pairs.items()}


def envelope_text(envelope: Event) -> str:
    """Return an envelope as SNS writes it: a line for each key and each attribute, ` : ` between key and value.

    The MD5 that SQS sends is of exactly this text.
    """
    return _lines({key: _written(value) for key, value in envelope.items()}, "")


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return _lines({name: _json(attribute) for name, attribute in value.items()}, "  ")
    return _json(value)


def _lines(members: Mapping[str, str], indent: str) -> str:
    lines = ",\n".join(f"{indent}  {_json(key)} : {value}" for key, value in members.items())
    return f"{{\n{lines}\n{indent}}}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
