"""Tables, of the two types that a template has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision import identities
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_list

__all__ = ["global_table", "table"]


def table(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::DynamoDB::Table`."""
    _make(resource, dict(resource.properties), bench)


def global_table(resource: Resource, bench: Bench) -> None:
    """Make that replica of a `AWS::DynamoDB::GlobalTable` which is in the application's region, and no other."""
    properties = dict(resource.properties)
    replicas = properties.get("Replicas") or []
    here: Mapping[str, Any] = next(
        (replica for replica in replicas if replica.get("Region") == bench.region("dynamodb")), {}
    )
    kept = ("Tags", "PointInTimeRecoverySpecification", "TableClass", "DeletionProtectionEnabled")
    properties.update({key: here[key] for key in kept if key in here})
    if properties.get("BillingMode") != "PAY_PER_REQUEST":
        _provision(properties)
        properties["GlobalSecondaryIndexes"] = [
            _provision(dict(i)) for i in properties.get("GlobalSecondaryIndexes") or ()
        ]
    _make(resource, properties, bench)


def _make(resource: Resource, properties: Mapping[str, Any], bench: Bench) -> None:
    name = called(resource, "TableName")
    stream = properties.get("StreamSpecification")
    encryption = properties.get("SSESpecification")
    parameters = {
        **properties,
        "TableName": name,
        "Tags": tag_list(properties.get("Tags")),
        "StreamSpecification": {"StreamEnabled": True, **stream} if stream else None,
        "SSESpecification": {"Enabled": encryption.get("SSEEnabled"), **encryption} if encryption else None,
        "GlobalSecondaryIndexes": properties.get("GlobalSecondaryIndexes") or None,
        "LocalSecondaryIndexes": properties.get("LocalSecondaryIndexes") or None,
    }
    bench.call("dynamodb", "create_table", **parameters)
    if stream and (arn := resource.attributes.get("StreamArn")):
        identities.stream(bench, name, arn)
    _after(name, properties, bench)


def _after(name: str, properties: Mapping[str, Any], bench: Bench) -> None:
    """Set what can only be set on a table that exists."""
    of = "TimeToLiveSpecification"
    if _enabled(properties.get(of), "Enabled"):
        bench.call("dynamodb", "update_time_to_live", of, TableName=name, TimeToLiveSpecification=properties[of])
    of = "PointInTimeRecoverySpecification"
    if _enabled(properties.get(of), "PointInTimeRecoveryEnabled"):
        recovery = {"TableName": name, of: properties[of]}
        bench.call("dynamodb", "update_continuous_backups", of, **recovery)


def _enabled(specification: Any, key: str) -> bool:
    return bool(specification) and str(specification.get(key)).lower() == "true"


def _provision(properties: dict[str, Any]) -> dict[str, Any]:
    """Give a global table or index the throughput that it starts with: where it scales, the least."""
    written = properties.get("WriteProvisionedThroughputSettings") or {}
    least = (written.get("WriteCapacityAutoScalingSettings") or {}).get("MinCapacity", 1)
    properties["ProvisionedThroughput"] = {"ReadCapacityUnits": least, "WriteCapacityUnits": least}
    return properties
