"""Image repositories."""

from __future__ import annotations

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_list

__all__ = ["repository"]


def repository(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::ECR::Repository`."""
    properties = resource.properties
    named = {"RepositoryName": called(resource, "RepositoryName")}
    bench.call("ecr", "create_repository", **{**properties, **named, "Tags": tag_list(properties.get("Tags"))})
    if properties.get("RepositoryPolicyText"):
        policy = {**named, "PolicyText": properties["RepositoryPolicyText"]}
        bench.call("ecr", "set_repository_policy", "RepositoryPolicyText", **policy)
    if lifecycle := (properties.get("LifecyclePolicy") or {}).get("LifecyclePolicyText"):
        bench.call("ecr", "put_lifecycle_policy", "LifecyclePolicy", **named, LifecyclePolicyText=lifecycle)
