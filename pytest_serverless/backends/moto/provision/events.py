"""EventBridge: buses, rules with their targets, archives."""

from __future__ import annotations

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_list

__all__ = ["archive", "bus", "bus_policy", "rule"]


def bus(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Events::EventBus`."""
    name = called(resource, "Name")
    properties = resource.properties
    bench.call("events", "create_event_bus", **{**properties, "Name": name, "Tags": tag_list(properties.get("Tags"))})
    if properties.get("Policy"):
        bench.call("events", "put_permission", "Policy", EventBusName=name, Policy=properties["Policy"])


def bus_policy(resource: Resource, bench: Bench) -> None:
    """Put one `AWS::Events::EventBusPolicy` statement on its bus."""
    properties = resource.properties
    bus_name = properties.get("EventBusName", "default")
    if "Statement" not in properties:
        bench.call("events", "put_permission", **{**properties, "EventBusName": bus_name})
        return
    statement = {"Sid": properties["StatementId"], **properties["Statement"]}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    bench.call("events", "put_permission", "Statement", EventBusName=bus_name, Policy=document)


def rule(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Events::Rule` and its targets; a reference to a rule of another bus is `bus|rule`."""
    properties = resource.properties
    name = called(resource, "Name").rpartition("|")[2]
    where = {"EventBusName": properties.get("EventBusName")}
    bench.call("events", "put_rule", **{**properties, "Name": name, "Tags": tag_list(properties.get("Tags"))})
    if properties.get("Targets"):
        bench.call("events", "put_targets", "Targets", Rule=name, Targets=properties["Targets"], **where)


def archive(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Events::Archive`."""
    properties = resource.properties
    parameters = {
        **properties,
        "ArchiveName": called(resource, "ArchiveName"),
        "EventSourceArn": properties["SourceArn"],
    }
    bench.call("events", "create_archive", **parameters)
