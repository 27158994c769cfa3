"""Functions behind application load balancers: listeners, their rules, and target groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_serverless.app.aws import HttpRoute
from pytest_serverless.app.model import Resource, Trigger
from pytest_serverless.templates.conditions import as_text
from pytest_serverless.templates.directory import Directory
from pytest_serverless.templates.intrinsics import Resolver
from pytest_serverless.templates.shapes import listing, mapping, mappings

__all__ = ["balanced_routes"]

# The conditions of a rule that a route has; where the value stands in the newer form.
HELD = {"path-pattern": "PathPatternConfig", "http-request-method": "HttpRequestMethodConfig"}


def balanced_routes(directory: Directory, resolver: Resolver) -> Iterator[Trigger]:
    """Yield the routes of every listener in the order in which it tries them: by priority, the default last.

    A listener that is not part of the template is known by its ARN.
    """
    rules: dict[str, list[Resource]] = {}
    for rule in directory.of_type("AWS::ElasticLoadBalancingV2::ListenerRule"):
        rules.setdefault(str(directory.source(rule.properties.get("ListenerArn"))), []).append(rule)
    listeners = {listener.id: listener for listener in directory.of_type("AWS::ElasticLoadBalancingV2::Listener")}
    for listener in dict.fromkeys([*listeners, *rules]):
        for rule in sorted(rules.get(listener, ()), key=_priority):
            yield from _of_rule(rule, listener, directory, resolver)
        if listener in listeners:
            default = listeners[listener]
            for function, several in _targets(default.properties.get("DefaultActions"), directory):
                yield _route(default, listener, function, "ANY", "*", several=several)


def _priority(rule: Resource) -> int:
    priority = str(rule.properties.get("Priority"))
    return int(priority) if priority.isdigit() else 0


def _of_rule(rule: Resource, listener: str, directory: Directory, resolver: Resolver) -> Iterator[Trigger]:
    found: dict[str, list[str]] = {}
    for condition in mappings(rule.properties.get("Conditions")):
        field = str(condition.get("Field"))
        if field not in HELD:
            resolver.at = rule.origin
            resolver.note(f"{rule.id} asks for {field}, which is not looked at here.")
            continue
        values = condition.get("Values") or mapping(condition.get(HELD[field])).get("Values")
        found[field] = [str(value) for value in listing(values)]
    for function, several in _targets(rule.properties.get("Actions"), directory):
        for method in found.get("http-request-method") or ["ANY"]:
            for path in found.get("path-pattern") or ["*"]:
                yield _route(rule, listener, function, method, path, several=several)


def _route(resource: Resource, listener: str, function: str, method: str, path: str, *, several: bool) -> Trigger:
    route = HttpRoute(front="alb", api=listener, method=method, path=path, multi_value_headers=several)
    return Trigger(
        id=f"{resource.id} {method} {path}",
        kind="alb",
        function=function,
        source=listener,
        settings=route,
        origin=resource.origin,
    )


def _targets(actions: Any, directory: Directory) -> Iterator[tuple[str, bool]]:
    """Yield the functions that actions forward to, and whether they are given every value of a header."""
    for action in mappings(actions):
        for entry in mappings(mapping(action.get("ForwardConfig")).get("TargetGroups")) or [action]:
            group = directory.resources.get(directory.id_of(entry.get("TargetGroupArn")) or "")
            if group is None:
                continue
            attributes = {
                str(each.get("Key")): as_text(each.get("Value"))
                for each in mappings(group.properties.get("TargetGroupAttributes"))
            }
            for target in mappings(group.properties.get("Targets")):
                function = directory.function(target.get("Id"))
                if function is not None:
                    yield function, attributes.get("lambda.multi_value_headers.enabled") == "true"
