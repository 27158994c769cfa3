"""Log groups and what hangs on them."""

from __future__ import annotations

from typing import Any

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision import identities
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_map

__all__ = ["group", "metric_filter", "resource_policy", "stream", "subscription_filter"]


def group(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Logs::LogGroup`."""
    properties = resource.properties
    name = called(resource, "LogGroupName")
    named = {"logGroupName": name, "tags": tag_map(properties.get("Tags"))}
    kept = {"kmsKeyId": properties.get("KmsKeyId"), "logGroupClass": properties.get("LogGroupClass")}
    bench.call("logs", "create_log_group", **named, **kept)
    of = "RetentionInDays"
    if properties.get(of):
        bench.call("logs", "put_retention_policy", of, logGroupName=name, retentionInDays=properties[of])


def stream(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Logs::LogStream`."""
    where = resource.properties["LogGroupName"]
    bench.call("logs", "create_log_stream", logGroupName=where, logStreamName=called(resource, "LogStreamName"))


def subscription_filter(resource: Resource, bench: Bench) -> None:
    """Store a `AWS::Logs::SubscriptionFilter`, whoever it is for: the delivering is not moto's here."""
    properties: dict[str, Any] = {"FilterPattern": "", **resource.properties}
    identities.subscription_filter(bench, called(resource, "FilterName"), properties)


def metric_filter(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Logs::MetricFilter`."""
    bench.call("logs", "put_metric_filter", **{**resource.properties, "FilterName": called(resource, "FilterName")})


def resource_policy(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Logs::ResourcePolicy`."""
    bench.call("logs", "put_resource_policy", **resource.properties)
