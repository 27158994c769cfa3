"""Queues and their policies: plain calls, whoever answers them."""

from __future__ import annotations

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_map

__all__ = ["inline_policy", "queue", "queue_policy"]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html (2026-11): every
# property but the name and the tags is an attribute of the same name.
_NOT_ATTRIBUTES = {"QueueName", "Tags"}


def queue(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::SQS::Queue`."""
    attributes = {key: value for key, value in resource.properties.items() if key not in _NOT_ATTRIBUTES}
    tags = tag_map(resource.properties.get("Tags"))
    bench.call("sqs", "create_queue", QueueName=called(resource, "QueueName"), Attributes=attributes, tags=tags)


def queue_policy(resource: Resource, bench: Bench) -> None:
    """Put a `AWS::SQS::QueuePolicy` on each of its queues."""
    for url in resource.properties["Queues"]:
        _allow(url, resource, bench)


def inline_policy(resource: Resource, bench: Bench) -> None:
    """Put a `AWS::SQS::QueueInlinePolicy` on its queue."""
    _allow(resource.properties["Queue"], resource, bench)


def _allow(url: str, resource: Resource, bench: Bench) -> None:
    attributes = {"Policy": resource.properties["PolicyDocument"]}
    bench.call("sqs", "set_queue_attributes", "PolicyDocument", QueueUrl=url, Attributes=attributes)
