"""Keys and their aliases."""

from __future__ import annotations

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision import identities
from pytest_serverless.backends.moto.provision.bench import Bench, called, plain_name, tag_map

__all__ = ["alias", "key"]


def key(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::KMS::Key`."""
    properties = resource.properties
    made = bench.call("kms", "create_key", **{**properties, "Policy": properties.get("KeyPolicy"), "Tags": None})
    key_id = resource.attributes.get("KeyId") or plain_name(resource.name)
    identities.kms_key(bench, made["KeyMetadata"]["KeyId"], key_id)
    if tags := tag_map(properties.get("Tags")):
        pairs = [{"TagKey": name, "TagValue": value} for name, value in tags.items()]
        bench.call("kms", "tag_resource", "Tags", KeyId=key_id, Tags=pairs)
    if str(properties.get("EnableKeyRotation")).lower() == "true":
        bench.call("kms", "enable_key_rotation", "EnableKeyRotation", KeyId=key_id)
    if str(properties.get("Enabled")).lower() == "false":
        bench.call("kms", "disable_key", "Enabled", KeyId=key_id)


def alias(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::KMS::Alias`."""
    target = resource.properties["TargetKeyId"]
    bench.call("kms", "create_alias", AliasName=called(resource, "AliasName"), TargetKeyId=target)
