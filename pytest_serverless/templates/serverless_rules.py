"""Events of EventBridge: `schedule`, `eventBridge` and `cloudwatchEvent`.

Source: lib/plugins/aws/package/compile/events of Serverless Framework 3.40 (2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.serverless_naming import (
    alphanumeric,
    capital,
    event_rule_name,
    function_id,
    normal,
    permission_id,
    shortened,
)
from pytest_serverless.templates.serverless_service import (
    PARTITION,
    Service,
    as_block,
    as_json,
    as_list,
    get_att,
    join,
    sub,
)

__all__ = ["compile_rules"]


def compile_rules(service: Service) -> None:
    """Add a rule, or a schedule of EventBridge Scheduler, for every such event."""
    compile_schedules(service)
    for function, number, given, event in service.events("eventBridge"):
        put_event_rule(service, function, number, as_block(given, event), event)
    for number, function, given, event in service.numbered("cloudwatchEvent"):
        put_cloudwatch_event(service, function, number, as_block(given, event), event)


def compile_schedules(service: Service) -> None:
    counters: dict[str, count[int]] = {}
    for function, _, given, event in service.events("schedule"):
        settings = as_block(given, event)
        for rate in as_list(settings.get("rate")) if settings else [given]:
            number = next(counters.setdefault(function, count(1)))
            put = put_scheduler if settings.get("method") == "scheduler" else put_schedule
            put(service, function, number, rate, settings, event)


def put_schedule(service: Service, function: str, number: int, rate: Any, settings: Block, event: Block) -> None:
    target = {
        "Input": scheduled_input(settings),
        "InputPath": settings.get("inputPath"),
        "InputTransformer": transformer(settings),
        "Arn": service.target(function),
        "Id": f"{function}Schedule",
    }
    properties = {
        "ScheduleExpression": rate,
        "State": state(settings),
        "Name": settings.get("name"),
        "Description": settings.get("description"),
    }
    put_rule(service, function, f"EventsRuleSchedule{number}", properties, target, event)


def put_rule(
    service: Service, function: str, name: str, properties: dict[str, Any], target: dict[str, Any], event: Block
) -> None:
    logical_id = f"{normal(function)}{name}"
    present = {key: value for key, value in target.items() if value is not None}
    service.put(logical_id, "AWS::Events::Rule", {**properties, "Targets": [present]}, event)
    service.permit(permission_id(function, name), function, "events.amazonaws.com", event, get_att(logical_id))


def put_scheduler(service: Service, function: str, number: int, rate: Any, settings: Block, event: Block) -> None:
    role = service.resources[function_id(function)]["Properties"]["Role"]
    properties = {
        "ScheduleExpression": rate,
        "State": state(settings),
        "Target": {"Arn": service.target(function), "RoleArn": role, "Input": scheduled_input(settings)},
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Name": settings.get("name"),
        "Description": settings.get("description"),
        "ScheduleExpressionTimezone": settings.get("timezone"),
    }
    service.put(f"{normal(function)}SchedulerSchedule{number}", "AWS::Scheduler::Schedule", properties, event)
    name = service.function_name(function)
    arn = f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{name}"
    already = any(sub(arn) in grant["Resource"] for grant in service.grants.get(function, ()))
    for resource in () if already else (sub(arn), sub(f"{arn}:*")):
        service.allow(function, ("lambda:InvokeFunction",), resource, together="scheduler")


def state(settings: Block) -> str:
    return "DISABLED" if settings.get("enabled") is False else "ENABLED"


def scheduled_input(settings: Block) -> str | None:
    """Return the input as JSON; a `body` in it that is text is JSON, too."""
    given = settings.get("input")
    if not isinstance(given, Mapping):
        return given or None
    if isinstance(given.get("body"), str):
        given = {**given, "body": json.loads(given["body"])}
    return as_json(given)


def transformer(settings: Block) -> dict[str, Any] | None:
    given = settings.get("inputTransformer")
    return {capital(key): value for key, value in given.items()} if isinstance(given, Mapping) else None


def put_event_rule(service: Service, function: str, number: int, settings: Block, event: Block) -> None:
    bus, given_input = settings.get("eventBus"), settings.get("input")
    name = settings.get("name") or event_rule_name(service.function_name(function), number)
    bus_name = bus.split("/", 1)[-1] if isinstance(bus, str) and bus.startswith("arn") else bus
    if isinstance(bus, str) and not bus.startswith("arn") and bus != "default":
        service.put(f"{normal(bus)}EventBridgeEventBus", "AWS::Events::EventBus", {"Name": bus}, event)
    queue, retry = settings.get("deadLetterQueueArn"), settings.get("retryPolicy")
    target = {
        "Arn": service.target(function),
        "Id": shortened(f"{name}-target", "target"),
        "RetryPolicy": retries(retry) if isinstance(retry, Mapping) else None,
        "DeadLetterConfig": {"Arn": queue} if queue else None,
        "Input": as_json(given_input) if given_input else None,
        "InputPath": settings.get("inputPath"),
        "InputTransformer": transformer(settings),
    }
    properties = {
        "Description": settings.get("description"),
        "EventBusName": None if bus_name == "default" else bus_name,
        "EventPattern": settings.get("pattern"),
        "Name": name,
        "ScheduleExpression": settings.get("schedule"),
        "State": state(settings),
        "Targets": [{key: value for key, value in target.items() if value is not None}],
    }
    stub = alphanumeric(f"{service.function_name(function)}-rule-{number}")
    service.put(f"{stub}EventBridgeRule", "AWS::Events::Rule", properties, event)
    path = join("/", "rule", *([bus_name] if bus_name else []), name)
    source = join(":", "arn", PARTITION, "events", {"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"}, path)
    permission = f"{normal(function)}EventBridgeLambdaPermission{number}"
    service.permit(permission, function, "events.amazonaws.com", event, source)


def retries(given: Mapping[str, Any]) -> dict[str, Any]:
    names = {"MaximumEventAgeInSeconds": "maximumEventAge", "MaximumRetryAttempts": "maximumRetryAttempts"}
    return {name: given[key] for name, key in names.items() if key in given}


def put_cloudwatch_event(service: Service, function: str, number: int, settings: Block, event: Block) -> None:
    target = {
        "Input": as_json(settings["input"]) if isinstance(settings.get("input"), Mapping) else settings.get("input"),
        "InputPath": settings.get("inputPath"),
        "InputTransformer": transformer(settings),
        "Arn": service.target(function),
        "Id": f"{function}CloudWatchEvent",
    }
    properties = {
        "EventPattern": settings.get("event"),
        "State": state(settings),
        "Description": settings.get("description"),
        "Name": settings.get("name"),
    }
    put_rule(service, function, f"EventsRuleCloudWatchEvent{number}", properties, target, event)
