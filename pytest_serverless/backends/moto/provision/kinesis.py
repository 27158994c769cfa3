"""Kinesis streams and their consumers, and Firehose's delivery streams."""

from __future__ import annotations

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision import identities
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_list, tag_map

__all__ = ["consumer", "delivery_stream", "stream"]


def stream(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Kinesis::Stream`: a shard, where nothing else is said."""
    properties = resource.properties
    name = called(resource, "Name")
    mode = properties.get("StreamModeDetails") or {}
    on_demand = mode.get("StreamMode") == "ON_DEMAND"
    bench.call(
        "kinesis",
        "create_stream",
        StreamName=name,
        ShardCount=None if on_demand else properties.get("ShardCount", 1),
        StreamModeDetails=mode or None,
    )
    if tags := tag_map(properties.get("Tags")):
        bench.call("kinesis", "add_tags_to_stream", "Tags", StreamName=name, Tags=tags)
    if int(properties.get("RetentionPeriodHours", 24)) > 24:
        hours = {"StreamName": name, "RetentionPeriodHours": properties["RetentionPeriodHours"]}
        bench.call("kinesis", "increase_stream_retention_period", "RetentionPeriodHours", **hours)
    if properties.get("StreamEncryption"):
        key = {"StreamName": name, **properties["StreamEncryption"]}
        bench.call("kinesis", "start_stream_encryption", "StreamEncryption", **key)


def consumer(resource: Resource, bench: Bench) -> None:
    """Register a `AWS::Kinesis::StreamConsumer`."""
    name, stream_arn = called(resource, "ConsumerName"), str(resource.properties["StreamARN"])
    bench.call("kinesis", "register_stream_consumer", StreamARN=stream_arn, ConsumerName=name)
    if resource.name.startswith("arn:"):
        identities.consumer(bench, stream_arn, name, resource.name)


def delivery_stream(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::KinesisFirehose::DeliveryStream`."""
    named = {"DeliveryStreamName": called(resource, "DeliveryStreamName")}
    tags = tag_list(resource.properties.get("Tags"))
    bench.call("firehose", "create_delivery_stream", **{**resource.properties, **named, "Tags": tags})
