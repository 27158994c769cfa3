"""SAM's other resources: tables, layers, state machines; and those of which there is only a note."""

from __future__ import annotations

from typing import Any

from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.sam import Expander, Sam
from pytest_serverless.templates.sam_functions import arn_of
from pytest_serverless.templates.sam_policies import Role

__all__ = ["OTHERS"]

TYPES = {"String": "S", "Number": "N", "Binary": "B"}


def _table(sam: Sam, logical_id: str, resource: Block) -> None:
    spec: Block = resource["Properties"]
    given = sam.resolver.peel(spec.get("PrimaryKey"))
    key = given if isinstance(given, dict) else {"Name": "id", "Type": "String"}
    throughput = spec.get("ProvisionedThroughput")
    kind = str(sam.value(key.get("Type")))
    if kind not in TYPES:
        sam.resolver.fault(f"The PrimaryKey is of the type {kind!r}.", "Write String, Number or Binary.")
    properties = {
        "TableName": spec.get("TableName"),
        "KeySchema": [{"AttributeName": key.get("Name"), "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": key.get("Name"), "AttributeType": TYPES.get(kind, "S")}],
        "BillingMode": None if throughput else "PAY_PER_REQUEST",
        "ProvisionedThroughput": throughput,
        "PointInTimeRecoverySpecification": spec.get("PointInTimeRecoverySpecification"),
        "SSESpecification": spec.get("SSESpecification"),
    }
    sam.put(logical_id, "AWS::DynamoDB::Table", properties, resource, **_kept(resource))


def _layer(sam: Sam, logical_id: str, resource: Block) -> None:
    spec: Block = resource["Properties"]
    content = sam.resolver.peel(spec.get("ContentUri"))
    if isinstance(content, dict):
        content = {"S3Bucket": content.get("Bucket", ""), "S3Key": content.get("Key", "")}
    keys = ("Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo")
    block = spec.like()
    block.update({"LayerName": spec.get("LayerName", logical_id), "Content": "." if content is None else content})
    block.update({key: spec[key] for key in keys if key in spec})
    body = resource.like()
    body.update({**_kept(resource), "Type": "AWS::Lambda::LayerVersion", "Properties": block})
    sam.resolver.resources[logical_id] = body


def _state_machine(sam: Sam, logical_id: str, resource: Block) -> None:
    spec: Block = resource["Properties"]
    own = ("Definition", "DefinitionUri", "Name", "Type", "Logging", "Events", "Policies", "RolePath", "Tracing")
    properties: dict[str, Any] = {key: value for key, value in spec.items() if key not in own}
    properties |= {
        "StateMachineName": spec.get("Name"),
        "StateMachineType": spec.get("Type"),
        "LoggingConfiguration": spec.get("Logging"),
        "TracingConfiguration": spec.get("Tracing"),
        "Definition": spec.get("Definition"),
        "DefinitionUri": spec.get("DefinitionUri"),
    }
    properties.pop("PermissionsBoundary", None)
    if sam.resolver.peel(spec.get("Role")) is not None:
        properties["RoleArn"] = properties.pop("Role")
    else:
        role = Role(f"{logical_id}Role", sam.resolver, "states.amazonaws.com")
        role.add(spec.get("Policies"))
        sam.put(role.id, "AWS::IAM::Role", role.properties(spec), resource)
        properties["RoleArn"] = arn_of(role.id)
    sam.put(logical_id, "AWS::StepFunctions::StateMachine", properties, resource, **_kept(resource))
    if "Events" in spec:
        sam.note(resource, f"The events of the state machine {logical_id} start nothing here.")


def _nested(sam: Sam, logical_id: str, resource: Block) -> None:
    spec: Block = resource["Properties"]
    properties = {"TemplateURL": spec.get("Location"), "Parameters": spec.get("Parameters")}
    sam.put(logical_id, "AWS::CloudFormation::Stack", properties, resource, **_kept(resource))
    sam.note(resource, f"The nested application {logical_id} is not read; give its outputs in serverless_imports.")


def _connector(sam: Sam, logical_id: str, resource: Block) -> None:
    sam.note(resource, f"The connector {logical_id} is not read: nobody gets permissions by it.")


def _unread(kind: str) -> Expander:
    def keep(sam: Sam, logical_id: str, resource: Block) -> None:
        sam.resolver.resources[logical_id] = resource
        sam.note(resource, f"{logical_id} is an AWS::Serverless::{kind}, which is kept as it is and has no effect.")

    return keep


def _kept(resource: Block) -> dict[str, Any]:
    """Return the attributes of a resource that what it stands for has, too."""
    return {key: resource[key] for key in ("DependsOn", "Metadata") if key in resource}


OTHERS: dict[str, Expander] = {
    "Application": _nested,
    "Connector": _connector,
    "LayerVersion": _layer,
    "SimpleTable": _table,
    "StateMachine": _state_machine,
    **{
        kind: _unread(kind)
        for kind in ("CapacityProvider", "GraphQLApi", "MicroVMImage", "NetworkConnector", "WebSocketApi")
    },
}
