"""Statements to write into a template: what is asked for, in the template's own names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_serverless.app.model import App, Resource
from pytest_serverless.audits.iam_patterns import Request, as_list

__all__ = ["allowing", "as_text", "reference"]

# What Ref gives of these types is the ARN.
_REFERRED = ("AWS::SNS::Topic", "AWS::SecretsManager::Secret", "AWS::StepFunctions::StateMachine")


def as_text(statement: Mapping[str, Any]) -> str:
    """Write a statement as JSON, which is YAML too."""
    return json.dumps(statement, indent=2, ensure_ascii=False)


def allowing(requests: Iterable[Request], app: App) -> dict[str, Any]:
    """Return the statement that allows requests, all of one resource or kind of it."""
    asked = list(requests)
    resources = dict.fromkeys(widened(request.resource or "*") for request in asked)
    return {
        "Effect": "Allow",
        "Action": sorted({request.action for request in asked}),
        "Resource": _one_or_all([reference(resource, app) for resource in resources]),
    }


def widened(arn: str) -> str:
    """Return the pattern that a policy would have for a resource: of an object in S3 that of all in its bucket."""
    if arn.startswith("arn:") and arn.split(":")[2] == "s3" and "/" in arn:
        return f"{arn.partition('/')[0]}/*"
    return arn


def reference(arn: str, app: App) -> Any:
    """Return an ARN, or a pattern of one, as the template says it: by its resource, if it has one there."""
    for resource in app.resources.values():
        if resource.arn and arn == resource.arn:
            return {"Ref": resource.id} if resource.type in _REFERRED else {"Fn::GetAtt": [resource.id, "Arn"]}
        if resource.arn and arn.startswith((f"{resource.arn}/", f"{resource.arn}:")):
            return {"Fn::Sub": f"${{{_name_of_arn(resource)}}}{arn.removeprefix(resource.arn)}"}
    return arn


def _name_of_arn(resource: Resource) -> str:
    return resource.id if resource.type in _REFERRED else f"{resource.id}.Arn"


def narrowed(source: Mapping[str, Any], actions: Sequence[str], resources: Sequence[str], app: App) -> dict[str, Any]:
    """Return a statement with fewer actions, or on fewer resources."""
    changed = {**source, "Action": _one_or_all(list(actions))}
    if "Resource" in source:
        changed["Resource"] = _one_or_all([reference(resource, app) for resource in resources])
    return changed


def referring(source: Mapping[str, Any], app: App) -> dict[str, Any]:
    """Return a statement with its resources as the template says them."""
    if "Resource" not in source:
        return dict(source)
    resources = [reference(each, app) if isinstance(each, str) else each for each in as_list(source["Resource"])]
    return {**source, "Resource": _one_or_all(resources)}


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
