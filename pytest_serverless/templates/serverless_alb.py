"""The `alb` event: rules of a load balancer's listener, and target groups.

Source: lib/plugins/aws/package/compile/events/alb of Serverless Framework 3.40 (2026-11).
"""

from __future__ import annotations

import re
from typing import Any

from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.serverless_naming import normal, permission_id, target_group_name
from pytest_serverless.templates.serverless_service import Service, as_block, as_list

__all__ = ["compile_alb"]

LISTENER = re.compile(r"^arn:aws[\w-]*:elasticloadbalancing:.+:listener/app/[\w-]+/([\w-]+)/([\w-]+)$")
PRINCIPAL = "elasticloadbalancing.amazonaws.com"

CONDITIONS = {
    "host": ("host-header", "HostHeaderConfig"),
    "method": ("http-request-method", "HttpRequestMethodConfig"),
    "ip": ("source-ip", "SourceIpConfig"),
}


def compile_alb(service: Service) -> None:
    """Add a rule and a target group for every `alb` event."""
    for function, _, given, event in service.events("alb"):
        settings = as_block(given, event)
        balancer = balancer_of(settings.get("listenerArn"))
        if balancer is None:
            remedy = "Write the listener's ARN, or `Ref` to one of your resources."
            service.fault(f"An alb event of {function!r} has no listenerArn.", remedy, event)
            continue
        if not str(settings.get("priority")).isdecimal():
            service.fault(f"An alb event of {function!r} has no priority.", "Write a number from 1 to 50000.", event)
            continue
        put_target_group(service, function, balancer, settings, event)


def balancer_of(listener: Any) -> str | None:
    """Return the id of the load balancer in its listener's ARN, or the listener's logical id."""
    if isinstance(listener, str):
        found = LISTENER.match(listener)
        return found[1] if found else None
    return listener.get("Ref") if isinstance(listener, dict) else None


def put_target_group(service: Service, function: str, balancer: str, settings: Block, event: Block) -> None:
    several = bool(settings.get("multiValueHeaders"))
    logical_id = f"{normal(function)}Alb{'MultiValue' if several else ''}TargetGroup{balancer}"
    prefix = str(as_block(service.provider.get("alb"), event).get("targetGroupPrefix") or "")
    tag = f"{service.name}-{function}-{balancer}-{'multi-value-' if several else ''}{service.stage}"
    properties = {
        "TargetType": "lambda",
        "Targets": [{"Id": service.target(function)}],
        "Name": settings.get("targetGroupName") or target_group_name(prefix, tag),
        "Tags": [{"Key": "Name", "Value": f"{service.name}-{function}-{balancer}-{service.stage}"}],
        "TargetGroupAttributes": [{"Key": "lambda.multi_value_headers.enabled", "Value": several}],
        **health_check(settings.get("healthCheck"), event),
    }
    service.put(logical_id, "AWS::ElasticLoadBalancingV2::TargetGroup", properties, event)
    put_rule(service, function, logical_id, settings, event)
    service.permit(permission_id(function, "Alb"), function, PRINCIPAL, event, {"Ref": logical_id})
    service.permit(permission_id(function, "RegisterTarget"), function, PRINCIPAL, event)


def health_check(given: Any, event: Block) -> dict[str, Any]:
    if not given:
        return {"HealthCheckEnabled": False}
    settings = as_block(given, event)
    return {
        "HealthCheckEnabled": True,
        "HealthCheckPath": settings.get("path", "/"),
        "HealthCheckIntervalSeconds": settings.get("intervalSeconds", 35),
        "HealthCheckTimeoutSeconds": settings.get("timeoutSeconds", 30),
        "HealthyThresholdCount": settings.get("healthyThresholdCount", 5),
        "UnhealthyThresholdCount": settings.get("unhealthyThresholdCount") or 5,
        "Matcher": {"HttpCode": as_block(settings.get("matcher"), settings).get("httpCode", "200")},
    }


def put_rule(service: Service, function: str, group: str, settings: Block, event: Block) -> None:
    priority = settings.get("priority")
    if settings.get("authorizer"):
        text = f"The authorizer of rule {priority} of {function!r} signs people in, and is not run here."
        service.note(text, event.origin())
    properties = {
        "Actions": [{"Type": "forward", "TargetGroupArn": {"Ref": group}}],
        "Conditions": conditions(as_block(settings.get("conditions"), settings)),
        "ListenerArn": settings.get("listenerArn"),
        "Priority": priority,
    }
    logical_id = f"{normal(function)}AlbListenerRule{priority}"
    service.put(logical_id, "AWS::ElasticLoadBalancingV2::ListenerRule", properties, event)


def conditions(given: Block) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if given.get("path"):
        found.append({"Field": "path-pattern", "Values": as_list(given["path"])})
    for name, (field, config) in CONDITIONS.items():
        if given.get(name):
            found.append({"Field": field, config: {"Values": as_list(given[name])}})
    for header in as_list(given.get("header")):
        values = {"HttpHeaderName": header.get("name"), "Values": header.get("values")}
        found.append({"Field": "http-header", "HttpHeaderConfig": values})
    if given.get("query"):
        pairs = [{"Key": key, "Value": value} for key, value in given["query"].items()]
        found.append({"Field": "query-string", "QueryStringConfig": {"Values": pairs}})
    return found
