"""Topics: what is published to them, to each subscription in its own form."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pytest_serverless.backends.wired import Subscription
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import DeliveryError, Parcel, Targets, compact
from pytest_serverless.deployment.delivery.webhooks import Webhooks
from pytest_serverless.events.aws.sns import envelope_text
from pytest_serverless.events.aws.sns_messages import ENVELOPE, NOTIFICATION, certificate_url, unsubscribe_url
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Change
from pytest_serverless.triggers.filter_policies import FilterPolicy
from pytest_serverless.triggers.retries import SNS_MANAGED

__all__ = ["Topics"]

_DEDUPLICATION_S = 300
_MOST_SEEN = 10_000  # then those are forgotten that do not count any more
_MOST_ATTRIBUTES = 10  # of a message in a queue
_PEOPLE = ("email", "email-json", "sms", "application")


@dataclass(frozen=True, slots=True)
class _Sending:
    """A message on its way to one subscription."""

    subscription: Subscription
    details: Mapping[str, Any]
    message: str
    cause: str


class Topics:
    """Delivers what is published."""

    def __init__(self, post: Post, targets: Targets, webhooks: Webhooks) -> None:
        self._post = post
        self._targets = targets
        self._webhooks = webhooks
        self._seen: dict[tuple[str, str], float] = {}

    def changed(self, change: Change) -> None:
        """Hand a message to the subscriptions whose filter policies let it through."""
        topic = change.resource
        if self._is_repeated(topic, change):
            self._post.note("dropped", self._post.name_of(topic), "sns:Publish", what="deduplication")
            return
        self._post.stack.need(self._ids_of_subscriptions())
        cause = f"sns:Publish {self._post.name_of(topic)}"
        for subscription in self._post.wiring.subscriptions(topic):
            message = _message_for(subscription.protocol, change.details)
            if self._wants(subscription, change.details, message):
                self._hand_over(_Sending(subscription, change.details, message, cause))
            else:
                self._post.note("dropped", self._post.name_of(subscription.endpoint), cause, what="filter policy")

    def _is_repeated(self, topic: str, change: Change) -> bool:
        """Tell whether a FIFO topic took a message of the same deduplication id within five minutes.

        Source: https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html (2026-11).
        """
        key = (topic, str(change.details.get("deduplication_id")))
        if not change.details.get("is_fifo"):
            return False
        since = self._seen.get(key)
        if since is not None and change.time - since < _DEDUPLICATION_S:
            return True
        if len(self._seen) >= _MOST_SEEN:
            self._seen = {one: at for one, at in self._seen.items() if change.time - at < _DEDUPLICATION_S}
        self._seen[key] = change.time
        return False

    def _ids_of_subscriptions(self) -> list[str]:
        return self._post.ids_of_type("AWS::SNS::Subscription")

    def _wants(self, subscription: Subscription, details: Mapping[str, Any], message: str) -> bool:
        if subscription.pending or not subscription.filter_policy:
            return not subscription.pending
        policy = _policy(subscription.filter_policy, subscription.filter_scope)
        return policy.matches(details["attributes"], message)

    def _hand_over(self, sending: _Sending) -> None:
        subscription = sending.subscription
        if subscription.protocol in _PEOPLE:
            what = f"{subscription.protocol}: {sending.message[:60]}"
            self._post.note("delivery", subscription.endpoint, sending.cause, what=what)
            return
        if subscription.protocol in ("http", "https"):
            parcel = self._for_queue(sending)
            message_id = sending.details["message_id"]
            self._webhooks.post(subscription, parcel, message_id, lambda why: self._give_up(sending, why))
            return
        is_function = subscription.protocol == "lambda"
        parcel = self._for_function(sending) if is_function else self._for_queue(sending)
        if subscription.protocol == "firehose":
            parcel = replace(parcel, data=f"{parcel.text}\n".encode())  # the messages of an object are lines
        self._try(sending, parcel, 1)

    def _try(self, sending: _Sending, parcel: Parcel, attempt: int) -> None:
        subscription = sending.subscription
        name = self._post.name_of(subscription.endpoint)
        try:
            self._targets.deliver(subscription.endpoint, parcel)
        except DeliveryError as error:
            wait = SNS_MANAGED.delay_after(attempt) if error.again else None
            if wait is not None:
                self._post.note("retry", name, parcel.cause, what=f"again in {wait:.0f} s")
                again = self._post.time.now() + wait
                self._post.later(again, lambda: self._try(sending, parcel, attempt + 1), parcel.cause)
                return
            if subscription.dead_letter_queue is None and error.is_absence:
                remedy = "Declare it, or end the subscription."
                has = f"the subscriber {name}"
                raise self._targets.unreached("topic", subscription.topic, error, has=has, remedy=remedy) from error
            self._give_up(sending, str(error))

    def _give_up(self, sending: _Sending, why: str) -> None:
        """Keep what could not be delivered, as a queue that subscribes would have got it."""
        subscription = sending.subscription
        name, queue = self._post.name_of(subscription.endpoint), subscription.dead_letter_queue
        if queue is None:
            self._post.note("dropped", name, sending.cause, what=f"{why}; no RedrivePolicy")
            return
        parcel = replace(self._for_queue(sending), cause=f"subscription of {name}")
        if len(parcel.attributes) > _MOST_ATTRIBUTES:
            parcel = replace(parcel, attributes={})
        self._targets.keep(queue, parcel, sender="topic", arn=subscription.topic, what=why)

    def _for_function(self, sending: _Sending) -> Parcel:
        return Parcel(text=compact(self._notification(sending)), cause=sending.cause)

    def _for_queue(self, sending: _Sending) -> Parcel:
        """Return a message as queues, delivery streams and web addresses get it."""
        details, raw = sending.details, sending.subscription.raw
        attributes = details["attributes"] if raw else {}
        return Parcel(
            text=sending.message if raw else envelope_text(self._envelope(sending)),
            cause=sending.cause,
            attributes={name: _as_given(value) for name, value in attributes.items()},
            group=details.get("group_id"),
            deduplication_id=details.get("deduplication_id"),
        )

    def _notification(self, sending: _Sending) -> Event:
        subscription, details = sending.subscription, sending.details
        sns: Event = {
            "MessageId": details["message_id"],
            "TopicArn": subscription.topic,
            "Subject": details.get("subject"),
            "Message": sending.message,
            "SigningCertUrl": certificate_url(subscription.topic),
            "MessageAttributes": _attributes(details["attributes"]),
        }
        record = {"EventSubscriptionArn": subscription.arn, "Sns": sns}
        return self._post.events.sns.complete(NOTIFICATION, {"Records": [record]}, {})

    def _envelope(self, sending: _Sending) -> Event:
        subscription, details = sending.subscription, sending.details
        given: Event = {
            "MessageId": details["message_id"],
            "TopicArn": subscription.topic,
            "Message": sending.message,
            "UnsubscribeURL": unsubscribe_url(subscription.arn),
        }
        if details.get("subject"):
            given["Subject"] = details["subject"]
        if not subscription.topic.endswith(".fifo"):
            given["SigningCertURL"] = certificate_url(subscription.topic)
        if details["attributes"]:
            given["MessageAttributes"] = _attributes(details["attributes"])
        return self._post.events.sns.complete(ENVELOPE, given, {})


@lru_cache(maxsize=256)
def _policy(text: str, scope: Any) -> FilterPolicy:
    return FilterPolicy.parse(text, scope)


def _message_for(protocol: str, details: Mapping[str, Any]) -> str:
    """Return the message of a protocol: with MessageStructure `json` there may be one for each."""
    if details.get("structure") != "json":
        return str(details["message"])
    messages = json.loads(details["message"])
    return str(messages.get(protocol, messages["default"]))


def _attributes(attributes: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return message attributes as SNS shows them: Type and Value, both text."""
    found = {}
    for name, given in attributes.items():
        value = given["BinaryValue"] if given["DataType"] == "Binary" else given["StringValue"]
        found[name] = {"Type": given["DataType"], "Value": _text(value)}
    return found


def _text(value: Any) -> str:
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _as_given(attribute: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message attribute as SQS's API takes it; it has no arrays."""
    kind = attribute["DataType"]
    if kind == "Binary":
        return {"DataType": kind, "BinaryValue": attribute["BinaryValue"]}
    return {"DataType": "String" if kind == "String.Array" else kind, "StringValue": attribute["StringValue"]}
