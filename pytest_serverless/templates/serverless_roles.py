"""What the functions of a service may do: the role they share, and the roles of their own.

Roles of their own come with the plugin `serverless-iam-roles-per-function`, and with version 4 (`iam` of a function, or
`provider.iam.role.mode: perFunction`).
Source: lib/plugins/aws/package/lib/merge-iam-templates.js of Serverless Framework 3.40, roles-per-function.js of 4
(2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.templates.reader import Block, standing_at
from pytest_serverless.templates.serverless_naming import ROLE, function_id, normal
from pytest_serverless.templates.serverless_packages import plugins_of
from pytest_serverless.templates.serverless_service import Service, as_block, as_list, get_att, join, sub

__all__ = ["compile_roles"]

PLUGIN = "serverless-iam-roles-per-function"
PLUGIN_GRANTS = ("sqs:ReceiveMessage", "dynamodb:GetRecords", "kinesis:GetRecords", "sns:Publish")
LOGS = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/"
VPC_POLICY = join(
    "", "arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
)


def compile_roles(service: Service) -> None:
    """Add the roles; statements for events and functions have to be there already."""
    settings = role_settings(service)
    if needs_default_role(service):
        put_default_role(service, settings)
    if service.own_role is None:
        for function in service.functions:
            put_own_role(service, function, settings)


def role_settings(service: Service) -> Block:
    return as_block(as_block(service.provider.get("iam"), service.provider).get("role"), service.provider)


def needs_default_role(service: Service) -> bool:
    if service.own_role is not None or not service.functions:
        return False
    if role_settings(service).get("mode") == "perFunction":
        return False
    return not all("role" in spec for spec in service.functions.values())


def put_default_role(service: Service, settings: Block) -> None:
    given = settings.get("statements") or service.provider.get("iamRoleStatements")
    statements = [*log_statements(service), *as_list(given), *service.statements]
    managed = [*as_list(settings.get("managedPolicies") or service.provider.get("iamManagedPolicies"))]
    if service.provider.get("vpc") or any("vpc" in spec for spec in service.functions.values()):
        managed.append(VPC_POLICY)
    name = settings.get("name") or join("-", service.name, service.stage, {"Ref": "AWS::Region"}, "lambdaRole")
    put_role(service, ROLE, name, statements, managed, settings, service.provider)


def put_role(
    service: Service,
    logical_id: str,
    name: Any,
    statements: list[Any],
    managed: list[Any],
    settings: Mapping[str, Any],
    at: Block,
) -> None:
    boundary = settings.get("permissionsBoundary") or settings.get("permissionBoundary")
    tags = settings.get("tags")
    document = {"Version": "2012-10-17", "Statement": statements}
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust(service)]},
        "Policies": [{"PolicyName": join("-", service.name, service.stage, "lambda"), "PolicyDocument": document}],
        "Path": settings.get("path") or "/",
        "RoleName": name,
        "ManagedPolicyArns": managed or None,
        "PermissionsBoundary": boundary or service.provider.get("rolePermissionsBoundary"),
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()] if isinstance(tags, Mapping) else None,
    }
    service.put(logical_id, "AWS::IAM::Role", properties, at)


def trust(service: Service) -> dict[str, Any]:
    """The statement that lets Lambda, and the scheduler where it is used, take the role."""
    services = ["lambda.amazonaws.com"]
    if any(
        isinstance(event, Mapping) and event.get("method") == "scheduler" for *_, event, _ in service.events("schedule")
    ):
        services.append("scheduler.amazonaws.com")
    return {"Effect": "Allow", "Principal": {"Service": services}, "Action": ["sts:AssumeRole"]}


def log_statements(service: Service) -> list[dict[str, Any]]:
    """The right to log: to the groups of all functions with the service's prefix, and to each of the others."""
    names = {function: service.function_name(function) for function in service.functions}
    silent = {name for function, name in names.items() if service.functions[function].get("disableLogs")}
    others = [name for name in names.values() if not name.startswith(service.prefix) and name not in silent]
    ours = [name for name in names.values() if name.startswith(service.prefix)]
    groups = [*others, *([f"{service.prefix}*"] if any(name not in silent for name in ours) else [])]
    statements = logging(groups)
    denied = [sub(f"{LOGS}{name}:*") for name in ours if name in silent]
    if denied and len(denied) < len(ours):
        statements.append({"Effect": "Deny", "Action": "logs:PutLogEvents", "Resource": denied})
    return statements


def logging(groups: list[str]) -> list[dict[str, Any]]:
    create = ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"]
    return [
        {"Effect": "Allow", "Action": create, "Resource": [sub(f"{LOGS}{group}:*") for group in groups]},
        {
            "Effect": "Allow",
            "Action": ["logs:PutLogEvents"],
            "Resource": [sub(f"{LOGS}{group}:*:*") for group in groups],
        },
    ]


def put_own_role(service: Service, function: str, shared: Block) -> None:
    """Give a function a role of its own, if it asks for one."""
    spec = service.functions[function]
    settings = as_block(as_block(spec.get("iam"), spec).get("role"), spec)
    per_function = shared.get("mode") == "perFunction"
    asked = "iamRoleStatements" in spec or "statements" in settings or settings.get("managedPolicies")
    if spec.get("role") or not (asked or per_function):
        return
    own = as_list(settings["statements"] if "statements" in settings else spec.get("iamRoleStatements"))
    inherited = as_list(shared.get("statements") or service.provider.get("iamRoleStatements"))
    statements = [
        own_logging(service.function_name(function)),
        *grants(service, function),
        *(inherited if inherits(service, spec, per_function) else ()),
        *own,
    ]
    managed = [
        *(as_list(shared.get("managedPolicies")) if per_function else ()),
        *as_list(settings.get("managedPolicies")),
    ]
    if spec.get("vpc") or service.provider.get("vpc"):
        managed.append(VPC_POLICY)
    logical_id = f"{normal(function)}{ROLE}"
    name = settings.get("name") or spec.get("iamRoleStatementsName") or own_role_name(service, function)
    boundary = spec.get("iamPermissionsBoundary") or plugin_settings(service).get("iamGlobalPermissionsBoundary")
    put_role(
        service,
        logical_id,
        name,
        statements,
        managed,
        {**shared, **({"permissionsBoundary": boundary} if boundary else {}), **settings},
        spec,
    )
    resource = service.resources[function_id(function)]
    resource["Properties"] = standing_at(spec, {**resource["Properties"], "Role": get_att(logical_id)})


def own_logging(name: str) -> dict[str, Any]:
    actions = ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents"]
    return {"Effect": "Allow", "Action": actions, "Resource": [sub(f"{LOGS}{name}:*:*")]}


def grants(service: Service, function: str) -> list[dict[str, Any]]:
    """What a function's events and settings need; the plugin knows of streams, queues and dead letters alone."""
    found = service.grants.get(function, [])
    if PLUGIN not in plugins_of(service):
        return found
    return [grant for grant in found if any(action in PLUGIN_GRANTS for action in grant["Action"])]


def inherits(service: Service, spec: Block, per_function: bool) -> bool:
    """Tell whether a function's role has the provider's statements, too."""
    asked = as_block(spec.get("iam"), spec).get("inheritStatements", spec.get("iamRoleStatementsInherit"))
    return bool(plugin_settings(service).get("defaultInherit", per_function) if asked is None else asked)


def plugin_settings(service: Service) -> Block:
    return as_block(as_block(service.tree.get("custom"), service.tree).get(PLUGIN), service.tree)


def own_role_name(service: Service, function: str) -> dict[str, Any]:
    """The name of a function's role; its last part is left out where it would be too long for a role."""
    full = f"{service.prefix}-{function}-{service.region}-lambdaRole"
    parts = [service.name, service.stage, function, {"Ref": "AWS::Region"}]
    return join("-", *parts, *(["lambdaRole"] if len(full) <= 64 else []))
