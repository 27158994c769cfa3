"""Who may do what: roles, their policies, and the policies of resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_serverless.app.model import Policy, Resource
from pytest_serverless.templates.directory import Directory
from pytest_serverless.templates.reader import plain

__all__ = ["policies_of"]

# Types that hold a policy of another resource: the property that names it, and the type that it names.
ATTACHED = {
    "AWS::S3::BucketPolicy": ("Bucket", "AWS::S3::Bucket"),
    "AWS::SQS::QueuePolicy": ("Queues", "AWS::SQS::Queue"),
    "AWS::SNS::TopicPolicy": ("Topics", "AWS::SNS::Topic"),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId", "AWS::SecretsManager::Secret"),
}

# Types that hold their own policy, and in which property.
OWN = {
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::ApiGateway::RestApi": "Policy",
    "AWS::DynamoDB::Table": "ResourcePolicy",
    "AWS::Kinesis::Stream": "ResourcePolicy",
}


def policies_of(directory: Directory) -> tuple[Policy, ...]:
    """Return every policy of a template, in its order."""
    return tuple(policy for resource in directory.resources.values() for policy in _policies(resource, directory))


def _policies(resource: Resource, directory: Directory) -> Iterable[Policy]:
    if resource.type == "AWS::IAM::Role":
        return _of_role(resource, directory)
    if resource.type in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        return _of_policy(resource, directory)
    if resource.type == "AWS::Lambda::Permission":
        return _of_permission(resource, directory)
    if resource.type == "AWS::Events::EventBusPolicy":
        return _of_event_bus(resource, directory)
    if resource.type in ATTACHED:
        return _of_attached(resource, directory)
    if resource.type in OWN:
        return _of_own(resource)
    return ()


def statements_of(document: Any) -> tuple[Mapping[str, Any], ...]:
    """Return the statements of a policy document, which may have one that is no list."""
    found = document.get("Statement") if isinstance(document, dict) else None
    return tuple(plain(item) for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict))


def _of_role(role: Resource, directory: Directory) -> Iterator[Policy]:
    for inline in _listed(role.properties.get("Policies")):
        if isinstance(inline, dict):
            yield Policy(
                principal=role.id,
                name=str(inline.get("PolicyName", "")),
                statements=statements_of(inline.get("PolicyDocument")),
                origin=role.origin,
            )
    for arn in _listed(role.properties.get("ManagedPolicyArns")):
        yield _managed(role, str(arn), directory, "identity")
    if boundary := role.properties.get("PermissionsBoundary"):
        yield _managed(role, str(boundary), directory, "boundary")


def _managed(role: Resource, arn: str, directory: Directory, kind: Any) -> Policy:
    """Return a managed policy as it is attached to a role: with its statements, where the template has it."""
    found = directory.resources.get(directory.id_of(arn) or "")
    return Policy(
        principal=role.id,
        name=found.id if found else arn.partition(":policy/")[2] or arn,
        statements=statements_of(found.properties.get("PolicyDocument")) if found else (),
        kind=kind,
        managed=None if found else arn,
        origin=role.origin,
    )


def _of_policy(policy: Resource, directory: Directory) -> Iterator[Policy]:
    for name in _listed(policy.properties.get("Roles")):
        role = directory.id_of(name, "AWS::IAM::Role")
        yield Policy(
            principal=role or str(name),
            name=str(policy.properties.get("PolicyName") or policy.id),
            statements=statements_of(policy.properties.get("PolicyDocument")),
            origin=policy.origin,
        )


def _of_permission(permission: Resource, directory: Directory) -> Iterator[Policy]:
    """Return the statement that Lambda makes of a permission.

    Source: AddPermission, https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html (2026-11).
    """
    properties = permission.properties
    function = directory.function(properties.get("FunctionName"))
    if function is None:
        return
    conditions: dict[str, dict[str, Any]] = {}
    for operator, key, name in (
        ("ArnLike", "AWS:SourceArn", "SourceArn"),
        ("StringEquals", "AWS:SourceAccount", "SourceAccount"),
        ("StringEquals", "aws:PrincipalOrgID", "PrincipalOrgID"),
        ("StringEquals", "lambda:EventSourceToken", "EventSourceToken"),
        ("StringEquals", "lambda:FunctionUrlAuthType", "FunctionUrlAuthType"),
        ("Bool", "lambda:InvokedViaFunctionUrl", "InvokedViaFunctionUrl"),
    ):
        if name in properties:
            conditions.setdefault(operator, {})[key] = properties[name]
    statement: dict[str, Any] = {
        "Sid": permission.name,
        "Effect": "Allow",
        "Principal": _principal(str(properties.get("Principal", ""))),
        "Action": properties.get("Action", "lambda:InvokeFunction"),
        "Resource": _qualified(str(properties["FunctionName"]), directory.resources[function]),
    }
    if conditions:
        statement["Condition"] = conditions
    yield Policy(
        principal=function, name=permission.id, statements=(statement,), kind="resource", origin=permission.origin
    )


def _principal(name: str) -> Any:
    if name == "*" or name.startswith("arn:"):
        return "*" if name == "*" else {"AWS": name}
    return {"AWS": name} if name.isdigit() else {"Service": name}


def _qualified(name: str, function: Resource) -> str:
    """Return the ARN that a permission is about: the function's, or that of an alias or version."""
    if name.startswith("arn:"):
        return name
    qualifier = name.partition(":")[2]
    return f"{function.arn}:{qualifier}" if qualifier else str(function.arn)


def _of_event_bus(policy: Resource, directory: Directory) -> Iterator[Policy]:
    properties = policy.properties
    bus = str(properties.get("EventBusName") or "default")
    statement = properties.get("Statement") or {
        "Effect": "Allow",
        "Principal": properties.get("Principal"),
        "Action": properties.get("Action"),
    }
    yield Policy(
        principal=directory.id_of(bus, "AWS::Events::EventBus") or bus,
        name=policy.id,
        statements=statements_of({"Statement": statement}),
        kind="resource",
        origin=policy.origin,
    )


def _of_attached(policy: Resource, directory: Directory) -> Iterator[Policy]:
    key, kind = ATTACHED[policy.type]
    for name in _listed(policy.properties.get(key)):
        yield Policy(
            principal=directory.id_of(name, kind) or str(name),
            name=policy.id,
            statements=statements_of(
                policy.properties.get("PolicyDocument") or policy.properties.get("ResourcePolicy")
            ),
            kind="resource",
            origin=policy.origin,
        )


def _of_own(resource: Resource) -> Iterator[Policy]:
    document = resource.properties.get(OWN[resource.type])
    if isinstance(document, dict):
        statements = statements_of(document.get("PolicyDocument", document))
        name = OWN[resource.type]
        yield Policy(principal=resource.id, name=name, statements=statements, kind="resource", origin=resource.origin)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
