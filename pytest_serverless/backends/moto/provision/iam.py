"""Roles, users, groups and policies: records for IAM and STS calls. What they allow is not moto's to say here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision import identities
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_list

__all__ = ["group", "managed_policy", "policy", "role", "user"]


def role(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::IAM::Role` with its policies."""
    name = called(resource, "RoleName")
    parameters = {**resource.properties, "RoleName": name, "Tags": tag_list(resource.properties.get("Tags"))}
    parameters["AssumeRolePolicyDocument"] = _dated(parameters.get("AssumeRolePolicyDocument"))
    made = bench.call("iam", "create_role", **parameters)
    if wanted := resource.attributes.get("RoleId"):
        identities.role(bench, made["Role"]["RoleId"], wanted)
    _attach("role", {"RoleName": name}, resource, bench)


def user(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::IAM::User`."""
    name = called(resource, "UserName")
    parameters = {**resource.properties, "UserName": name, "Tags": tag_list(resource.properties.get("Tags"))}
    bench.call("iam", "create_user", **parameters)
    _attach("user", {"UserName": name}, resource, bench)
    for group_name in resource.properties.get("Groups") or ():
        bench.call("iam", "add_user_to_group", "Groups", GroupName=group_name, UserName=name)


def group(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::IAM::Group`."""
    name = called(resource, "GroupName")
    bench.call("iam", "create_group", **{**resource.properties, "GroupName": name})
    _attach("group", {"GroupName": name}, resource, bench)


def policy(resource: Resource, bench: Bench) -> None:
    """Put a `AWS::IAM::Policy` on the roles, users and groups that it names."""
    document = {
        "PolicyName": called(resource, "PolicyName"),
        "PolicyDocument": _dated(resource.properties["PolicyDocument"]),
    }
    for kind, name, of in _bearers(resource.properties):
        bench.call("iam", f"put_{kind}_policy", of, **{_name_of(kind): name}, **document)


def managed_policy(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::IAM::ManagedPolicy`; roles, users and groups attach what names them, as they are made later."""
    parameters = {**resource.properties, "PolicyName": called(resource, "ManagedPolicyName")}
    parameters["PolicyDocument"] = _dated(resource.properties["PolicyDocument"])
    bench.call("iam", "create_policy", **parameters)


def _attach(kind: str, bearer: Mapping[str, str], resource: Resource, bench: Bench) -> None:
    for inline in resource.properties.get("Policies") or ():
        document = {"PolicyName": inline["PolicyName"], "PolicyDocument": _dated(inline["PolicyDocument"])}
        bench.call("iam", f"put_{kind}_policy", "Policies", **bearer, **document)
    arns = _managed(bearer, resource, bench)
    identities.aws_managed_policies(bench, arns)
    for arn in arns:
        bench.call("iam", f"attach_{kind}_policy", "ManagedPolicyArns", **bearer, PolicyArn=arn)


def _managed(bearer: Mapping[str, str], resource: Resource, bench: Bench) -> list[str]:
    """Return the ARNs of the managed policies that a resource names, and of those that name it."""
    named = [str(arn) for arn in resource.properties.get("ManagedPolicyArns") or ()]
    for each in bench.app.resources.values():
        if each.type == "AWS::IAM::ManagedPolicy" and each.id in bench.made:
            bearers = [{_name_of(other): name} for other, name, _ in _bearers(each.properties)]
            named += [str(each.arn)] if bearer in bearers else []
    return list(dict.fromkeys(named))


def _dated(document: Any) -> Any:
    """Return a document in the version that moto insists on; IAM takes the older one, too, and takes it for granted."""
    return {**document, "Version": "2012-10-17"} if isinstance(document, Mapping) else document


def _bearers(properties: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for kind, of in (("role", "Roles"), ("user", "Users"), ("group", "Groups")):
        for name in properties.get(of) or ():
            yield kind, str(name), of


def _name_of(kind: str) -> str:
    return f"{kind.capitalize()}Name"
