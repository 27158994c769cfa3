"""Topics: what is published to them, to each subscription in its own form."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
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
_PEOPLE = ("email", "email-json", "sms", "application")


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
                self._hand_over(subscription, change.details, message, cause)
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
        self._seen[key] = change.time
        return False

    def _ids_of_subscriptions(self) -> list[str]:
        return self._post.ids_of_type("AWS::SNS::Subscription")

    def _wants(self, subscription: Subscription, details: Mapping[str, Any], message: str) -> bool:
        if subscription.pending or not subscription.filter_policy:
            return not subscription.pending
        policy = _policy(subscription.filter_policy, subscription.filter_scope)
        return policy.matches(details["attributes"], message)

    def _hand_over(self, subscription: Subscription, details: Mapping[str, Any], message: str, cause: str) -> None:
        endpoint, protocol = subscription.endpoint, subscription.protocol
        if protocol in _PEOPLE:
            self._post.note("delivery", endpoint, cause, what=f"{protocol}: {message[:60]}")
            return
        parcel = self._parcel(subscription, details, message, cause)
        if protocol in ("http", "https"):
            self._webhooks.post(
                subscription, parcel, details["message_id"], lambda: self._give_up(subscription, parcel)
            )
            return
        self._try(subscription, parcel, 1)

    def _try(self, subscription: Subscription, parcel: Parcel, attempt: int) -> None:
        name = self._post.name_of(subscription.endpoint)
        try:
            self._targets.send(subscription.endpoint, parcel)
        except DeliveryError as error:
            wait = SNS_MANAGED.delay_after(attempt) if error.again else None
            if wait is not None:
                self._post.note("retry", name, parcel.cause, what=f"again in {wait:.0f} s")
                again = self._post.time.now() + wait
                self._post.later(again, lambda: self._try(subscription, parcel, attempt + 1), parcel.cause)
                return
            if subscription.dead_letter_queue is None:
                remedy = "Declare it, or end the subscription."
                has = f"the subscriber {name}"
                raise self._targets.unreached("topic", subscription.topic, error, has=has, remedy=remedy) from error
            self._give_up(subscription, parcel)

    def _give_up(self, subscription: Subscription, parcel: Parcel) -> None:
        """Keep what could not be delivered: the message as the endpoint would have got it."""
        name = self._post.name_of(subscription.endpoint)
        if subscription.dead_letter_queue is None:
            self._post.note("dropped", name, parcel.cause, what="not delivered, and no RedrivePolicy")
            return
        self._post.note("dead letter", self._post.name_of(subscription.dead_letter_queue), f"subscription of {name}")
        self._targets.send(subscription.dead_letter_queue, parcel)

    def _parcel(self, subscription: Subscription, details: Mapping[str, Any], message: str, cause: str) -> Parcel:
        attributes = details["attributes"]
        if subscription.protocol == "lambda":
            return Parcel(text=compact(self._notification(subscription, details, message)), cause=cause)
        if subscription.raw:
            return Parcel(
                text=message,
                cause=cause,
                attributes={name: _as_given(value) for name, value in attributes.items()},
                group=details.get("group_id"),
                deduplication_id=details.get("deduplication_id"),
            )
        return Parcel(
            text=envelope_text(self._envelope(subscription, details, message)),
            cause=cause,
            group=details.get("group_id"),
            deduplication_id=details.get("deduplication_id"),
        )

    def _notification(self, subscription: Subscription, details: Mapping[str, Any], message: str) -> Event:
        sns: Event = {
            "MessageId": details["message_id"],
            "TopicArn": subscription.topic,
            "Subject": details.get("subject"),
            "Message": message,
            "SigningCertUrl": certificate_url(subscription.topic),
            "MessageAttributes": _attributes(details["attributes"]),
        }
        record = {"EventSubscriptionArn": subscription.arn, "Sns": sns}
        return self._post.events.sns.complete(NOTIFICATION, {"Records": [record]}, {})

    def _envelope(self, subscription: Subscription, details: Mapping[str, Any], message: str) -> Event:
        given: Event = {
            "MessageId": details["message_id"],
            "TopicArn": subscription.topic,
            "Message": message,
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
