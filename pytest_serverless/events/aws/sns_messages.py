"""The shapes of an SNS message: as a function's record, and as the envelope that queues and HTTP endpoints get.

`sns.py` has the builders and says where this is from.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from pytest_serverless.app.aws import partition_of
from pytest_serverless.events.aws.messages import ATTRIBUTE_NAME, BINARY, NUMBER, body_text
from pytest_serverless.events.aws.place import region_of
from pytest_serverless.events.aws.values import arn
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import (
    ALWAYS,
    OPTIONAL,
    Condition,
    Either,
    Field,
    Rule,
    Scope,
    Shape,
    field,
    list_of,
    map_of,
    nullable,
    obj,
)
from pytest_serverless.events.values import BASE64, UUID, const, iso_time, one_of, pattern, text

__all__ = ["ENVELOPE", "NOTIFICATION", "TOPIC_ARN", "certificate_url", "unsubscribe_url"]

_TOPIC = r"[A-Za-z0-9_-]{1,256}"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_HOST = r"https://sns\.[a-z]{2,3}(?:-[a-z]+)+-\d\.amazonaws\.com(?:\.cn)?"
_EXAMPLE = "arn:aws:sns:us-east-1:123456789012:notifications"
_CERTIFICATE = "SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem"


def _host(sns_arn: str) -> str:
    region = region_of(sns_arn)
    return f"https://sns.{region}.amazonaws.com{'.cn' if partition_of(region) == 'aws-cn' else ''}"


def certificate_url(topic_arn: str) -> str:
    """Return where the certificate is that signs the messages of the topic; its region's topics share one."""
    return f"{_host(topic_arn)}/{_CERTIFICATE}"


def unsubscribe_url(subscription_arn: str) -> str:
    """Return the address that ends the subscription."""
    return f"{_host(subscription_arn)}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"


def _some_subscription(topic_arn: str) -> str:
    """Return a subscription to the topic, always the same, for an event that names none."""
    return f"{topic_arn}:{uuid.uuid5(uuid.NAMESPACE_URL, topic_arn)}"


def _sequence_number(mint: Mint) -> str:
    return f"{10_000_000_000_000_000_000 + mint.serial()}"


_STRING = text(expected="the value as text")
_ATTRIBUTES = {
    "Binary": obj(field("Type", one_of("Binary")), field("Value", BINARY)),
    "Number": obj(field("Type", one_of("Number")), field("Value", NUMBER)),
    "String": obj(field("Type", one_of("String", "String.Array", "Binary", "Number")), field("Value", _STRING)),
}


def _attribute(found: Any) -> Any:
    kind = str(found.get("Type")) if isinstance(found, dict) else "String"
    return _ATTRIBUTES.get(kind, _ATTRIBUTES["String"])


_MESSAGE = body_text("Hello from SNS", most=262_144, expected="text of 1 byte to 256 KiB in UTF-8")
_SUBJECT = pattern(
    "subject", "1 to 100 characters, no control characters", r"[^\x00-\x1f\x7f]{1,100}", lambda _: "Hello"
)
_MESSAGE_ATTRIBUTES = map_of(ATTRIBUTE_NAME, Either(_attribute, "an attribute: Type and Value"))
_CERTIFICATE_URL = pattern(
    "certificate-url",
    f"the address of a certificate of SNS, such as {certificate_url(_EXAMPLE)}",
    rf"{_HOST}/SimpleNotificationService-[0-9a-f]{{32}}\.pem",
    lambda _: certificate_url(_EXAMPLE),
)
_UNSUBSCRIBE_URL = pattern(
    "unsubscribe-url",
    "SNS's address with ?Action=Unsubscribe&SubscriptionArn= and the subscription's ARN",
    rf"{_HOST}/\?Action=Unsubscribe&SubscriptionArn=arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{{12}}:{_TOPIC}(?:\.fifo)?:{_UUID}",
    lambda _: unsubscribe_url(_some_subscription(_EXAMPLE)),
)
_SUBSCRIPTION = arn("sns", f"{_TOPIC}:{_UUID}", f"notifications:{uuid.uuid5(uuid.NAMESPACE_URL, _EXAMPLE)}")
TOPIC_ARN = arn("sns", rf"{_TOPIC}(?:\.fifo)?", "notifications")
_STANDARD_TOPIC = replace(
    arn("sns", _TOPIC, "notifications"),
    expected=f"the ARN of a standard topic such as {_EXAMPLE} (a FIFO topic cannot invoke a function)",
)


def _signed(url: str, when: Condition) -> tuple[Field, ...]:
    """Return the fields of a signature, whose last one ends in `Url` or `URL`."""
    return (
        field("SignatureVersion", one_of("1", "2"), when),
        field("Signature", replace(BASE64, mint=lambda mint: mint.base64(256)), when),
        field(f"SigningCert{url}", _CERTIFICATE_URL, when, infer=lambda s: certificate_url(s["TopicArn"])),
    )


def _in_topics_region(url_field: str) -> Rule:
    return Rule(
        "region-of-topic",
        "an address in the region of TopicArn",
        lambda s: url_field not in s or s[url_field].startswith(f"{_host(s['TopicArn'])}/"),
        url_field,
    )


def _is_fifo(message: Scope) -> bool:
    topic = message.get("TopicArn")
    return isinstance(topic, str) and topic.endswith(".fifo") and TOPIC_ARN.accepts(topic)


def _is_standard(message: Scope) -> bool:
    return not _is_fifo(message)


_RECORD = obj(
    field("EventSource", const("aws:sns")),
    field("EventVersion", const("1.0")),
    field("EventSubscriptionArn", _SUBSCRIPTION, infer=lambda s: _some_subscription(s["Sns"]["TopicArn"])),
    field(
        "Sns",
        obj(
            field("Type", const("Notification")),
            field("MessageId", UUID),
            field("TopicArn", _STANDARD_TOPIC, infer=lambda s: s.up["EventSubscriptionArn"].rpartition(":")[0]),
            field("Subject", nullable(_SUBJECT)),
            field("Message", _MESSAGE),
            field("Timestamp", iso_time("milliseconds")),
            *_signed("Url", ALWAYS),
            field(
                "UnsubscribeUrl",
                _UNSUBSCRIBE_URL,
                derive=lambda s: unsubscribe_url(s.up["EventSubscriptionArn"]),
                because="SNS's address that ends the subscription EventSubscriptionArn",
            ),
            field("MessageAttributes", _MESSAGE_ATTRIBUTES),
            rules=[_in_topics_region("SigningCertUrl")],
        ),
    ),
    rules=[
        Rule(
            "subscription-of-topic",
            "Sns.TopicArn, a colon and a UUID",
            lambda s: s["EventSubscriptionArn"].rpartition(":")[0] == s["Sns"]["TopicArn"],
            "EventSubscriptionArn",
        )
    ],
)


def _is_record(event: Any) -> bool:
    record = event["Records"][0]
    return "Sns" in record or record.get("EventSource", record.get("eventSource")) == "aws:sns"


NOTIFICATION = Shape("aws.sns", obj(field("Records", list_of(_RECORD, most=1))), _is_record)

ENVELOPE = Shape(
    "aws.sns.envelope",
    obj(
        field("Type", const("Notification")),
        field("MessageId", UUID),
        field("SequenceNumber", pattern("sequence", "20 digits", r"\d{20}", _sequence_number), _is_fifo),
        field("TopicArn", TOPIC_ARN),
        field("Subject", _SUBJECT, OPTIONAL),
        field("Message", _MESSAGE),
        field("Timestamp", iso_time("milliseconds")),
        *_signed("URL", _is_standard),
        field("UnsubscribeURL", _UNSUBSCRIBE_URL, infer=lambda s: unsubscribe_url(_some_subscription(s["TopicArn"]))),
        field("MessageAttributes", _MESSAGE_ATTRIBUTES, OPTIONAL),
        rules=[
            _in_topics_region("SigningCertURL"),
            Rule(
                "subscription-of-topic",
                "the address that ends a subscription to TopicArn",
                lambda s: s["UnsubscribeURL"].startswith(unsubscribe_url(s["TopicArn"] + ":")),
                "UnsubscribeURL",
            ),
            Rule(
                "no-empty-attributes",
                "absent where the message has no attributes",
                lambda s: s.get("MessageAttributes") != {},
                "MessageAttributes",
            ),
        ],
    ),
    lambda event: "TopicArn" in event and "Message" in event,
)
