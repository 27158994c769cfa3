"""Events for the targets of EventBridge's rules and schedules, as Python: such as the rule's pattern lets through.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_serverless.app.model import App
from pytest_serverless.cli.python_text import call, literal, quoted

__all__ = ["event_of_rule", "input_of"]


def input_of(target: Any) -> str:
    """Return the constant input of a target, empty where it has none."""
    given = target.get("Input") if isinstance(target, Mapping) else None
    if given is None:
        return ""
    try:
        return literal(json.loads(given) if isinstance(given, str) else given)
    except ValueError:
        return literal(given)


def event_of_rule(app: App, settings: Mapping[str, Any]) -> tuple[str, str]:
    """Return the event of a rule's target, and what is to be said of it."""
    target = settings.get("Target") or {}
    constant = input_of(target)
    if constant:
        return constant, ""
    event = _matching(app, settings.get("EventPattern") or {})
    if target.get("InputPath") == "$.detail":
        return f'{event}["detail"]', ""
    changed = next((key for key in ("InputPath", "InputTransformer") if target.get(key)), "")
    return event, f"The rule's {changed} makes something else of it: write that." if changed else ""


def _matching(app: App, pattern: Any) -> str:
    """Return the call that builds an event which a pattern lets through, as far as it is plain."""
    pattern = pattern if isinstance(pattern, Mapping) else {}
    source, detail_type = (str(_one(pattern.get(key), "")) for key in ("source", "detail-type"))
    detail = _example(pattern.get("detail") or {})
    if source == "aws.s3":
        return _of_bucket(app, detail_type, detail)
    given = [literal(detail)] if detail else []
    given += [f"source={quoted(source)}"] if source else []
    given += [f"detail_type={quoted(detail_type)}"] if detail_type else []
    builder = "aws_service" if source.startswith("aws.") else "custom"
    return call(f"aws_events.eventbridge.{builder}", *given)


def _of_bucket(app: App, detail_type: str, detail: Any) -> str:
    about = detail if isinstance(detail, Mapping) else {}
    bucket = str(dict(about.get("bucket") or {}).get("name", "example"))
    key = str(dict(about.get("object") or {}).get("key", "example"))
    named = [each.id for each in app.resources.values() if each.type == "AWS::S3::Bucket" and each.name == bucket]
    owner = f"serverless.ref({quoted(named[0])})" if named else quoted(bucket)
    place = f"bucket={owner}, key={quoted(key)}"
    if detail_type == "Object Deleted":
        return f"aws_events.eventbridge.s3_object_deleted({place})"
    if detail_type in ("", "Object Created"):
        return f"aws_events.eventbridge.s3_object_created({place})"
    return f"aws_events.eventbridge.s3_object_changed({quoted(detail_type)}, {place})"


def _example(pattern: Any) -> Any:
    """Return a value that a part of a pattern lets through."""
    if not isinstance(pattern, Mapping):
        return _one(pattern, "example")
    wanted = {key: value for key, value in pattern.items() if not key.startswith("$") and value != [{"exists": False}]}
    return {key: _example(value) for key, value in wanted.items()}


def _one(alternatives: Any, default: Any) -> Any:
    """Return the first of a pattern's alternatives that is plain, or a value that one of them lets through."""
    for each in alternatives if isinstance(alternatives, list) else ():
        if not isinstance(each, Mapping):
            return each
        for operator, form in (("prefix", "{}example"), ("suffix", "example{}"), ("equals-ignore-case", "{}")):
            if isinstance(each.get(operator), str):
                return form.format(each[operator])
        if isinstance(each.get("numeric"), list):
            return _number(each["numeric"])
    return default


def _number(conditions: list[Any]) -> float:
    """Return a number that fits conditions: `[">", 5]`, `[">=", 0, "<", 10]`."""
    bounds = [each for each in conditions if isinstance(each, (int, float))]
    if len(bounds) != 1:
        return sum(bounds) / 2 if bounds else 1
    return bounds[0] + {">": 1, "<": -1}.get(str(conditions[0]), 0)
