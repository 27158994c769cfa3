"""Secrets; a value that is to be generated has been, when the template was resolved."""

from __future__ import annotations

import re

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision import identities
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_list

__all__ = ["resource_policy", "rotation_schedule", "secret"]


def secret(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::SecretsManager::Secret`; without a value in the template it has none."""
    properties = resource.properties
    name = str(properties.get("Name") or _without_suffix(called(resource, "Name"), resource.name))
    kept = {key: properties.get(key) for key in ("Description", "KmsKeyId", "SecretString")}
    bench.call("secretsmanager", "create_secret", Name=name, **kept)
    if resource.name.startswith("arn:"):
        identities.secret(bench, name, resource.name)
    if tags := tag_list(properties.get("Tags")):
        bench.call("secretsmanager", "tag_resource", "Tags", SecretId=name, Tags=tags)


def resource_policy(resource: Resource, bench: Bench) -> None:
    """Put a `AWS::SecretsManager::ResourcePolicy` on its secret."""
    policy = {"SecretId": resource.properties["SecretId"], "ResourcePolicy": resource.properties["ResourcePolicy"]}
    bench.call("secretsmanager", "put_resource_policy", "ResourcePolicy", **policy)


def rotation_schedule(resource: Resource, bench: Bench) -> None:
    """Give a secret its rotation function, as a `AWS::SecretsManager::RotationSchedule` does.

    Nothing is rotated: a deployment that does so is over before a test begins. A function that the service would make
    itself (`HostedRotationLambda`) is not there.
    """
    properties = resource.properties
    if properties.get("RotationLambdaARN"):
        rules = properties.get("RotationRules") or {}
        identities.rotation(bench, str(properties["SecretId"]), str(properties["RotationLambdaARN"]), rules)


def _without_suffix(name: str, reference: str) -> str:
    """Return the name in a secret's ARN: six letters, which are not part of it, follow it there."""
    return re.sub(r"-[A-Za-z0-9]{6}$", "", name) if reference.startswith("arn:") else name
