"""Topics, their subscriptions and policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision import identities
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_list

__all__ = ["inline_policy", "subscription", "topic", "topic_policy"]

_TOPIC_ATTRIBUTES = (
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "DisplayName",
    "FifoThroughputScope",
    "FifoTopic",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
)
_SUBSCRIPTION_ATTRIBUTES = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
)


def topic(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::SNS::Topic` with the subscriptions that stand in it."""
    attributes = _picked(resource.properties, _TOPIC_ATTRIBUTES)
    tags = tag_list(resource.properties.get("Tags"))
    made = bench.call("sns", "create_topic", Name=called(resource, "TopicName"), Attributes=attributes, Tags=tags)
    for entry in resource.properties.get("Subscription") or ():
        _subscribe("Subscription", made["TopicArn"], entry, bench)


def subscription(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::SNS::Subscription`."""
    minted = _subscribe("", resource.properties["TopicArn"], resource.properties, bench)
    wanted = resource.attributes.get("Arn") or resource.arn or resource.name
    if wanted.startswith("arn:"):
        identities.subscription(bench, minted, wanted)


def topic_policy(resource: Resource, bench: Bench) -> None:
    """Put a `AWS::SNS::TopicPolicy` on each of its topics."""
    for arn in resource.properties["Topics"]:
        _allow(arn, resource, bench)


def inline_policy(resource: Resource, bench: Bench) -> None:
    """Put a `AWS::SNS::TopicInlinePolicy` on its topic."""
    _allow(resource.properties["TopicArn"], resource, bench)


def _subscribe(of: str, topic_arn: str, entry: Mapping[str, Any], bench: Bench) -> str:
    subscribed = bench.call(
        "sns",
        "subscribe",
        of,
        TopicArn=topic_arn,
        Protocol=entry["Protocol"],
        Endpoint=entry.get("Endpoint"),
        Attributes=_picked(entry, _SUBSCRIPTION_ATTRIBUTES),
        ReturnSubscriptionArn=True,
    )
    return str(subscribed["SubscriptionArn"])


def _allow(arn: str, resource: Resource, bench: Bench) -> None:
    document = {"AttributeName": "Policy", "AttributeValue": resource.properties["PolicyDocument"]}
    bench.call("sns", "set_topic_attributes", "PolicyDocument", TopicArn=arn, **document)


def _picked(properties: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: properties[name] for name in names if properties.get(name) is not None}
