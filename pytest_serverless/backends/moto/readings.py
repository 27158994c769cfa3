"""One of moto's models each, as the API shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_serverless.backends.wired import Rule, Schedule, Shard, Subscription, SubscriptionFilter

__all__ = [
    "kinesis_shard",
    "notifications",
    "rule",
    "schedule",
    "subscription",
    "subscription_filter",
    "table_shard",
    "triggers",
]


def subscription(model: Any) -> Subscription:
    """Return a subscription; its attributes are as they were set, and so are texts or flags."""
    given: Mapping[str, Any] = model.attributes
    return Subscription(
        arn=model.arn,
        topic=model.topic.arn,
        protocol=model.protocol,
        endpoint=model.endpoint,
        owner=model.owner,
        filter_policy=given.get("FilterPolicy") or None,
        filter_scope=given.get("FilterPolicyScope") or "MessageAttributes",
        raw=_is_true(given.get("RawMessageDelivery")),
        dead_letter_queue=_dead_letter_queue(given.get("RedrivePolicy")),
        delivery_policy=given.get("DeliveryPolicy") or None,
        role=given.get("SubscriptionRoleArn"),
        pending=_is_true(given.get("PendingConfirmation")),
    )


def _dead_letter_queue(redrive_policy: str | None) -> str | None:
    target: str | None = json.loads(redrive_policy).get("deadLetterTargetArn") if redrive_policy else None
    return target


def _is_true(flag: Any) -> bool:
    return str(flag).lower() == "true"


def rule(model: Any, bus: str) -> Rule:
    """Return a rule of a bus; `made_at` is put there by our `mends`."""
    return Rule(
        name=model.name,
        arn=model.arn,
        bus=bus,
        pattern=model.event_pattern._raw_pattern or None,  # noqa: SLF001  there is nothing else that has it unparsed
        state=model.state,
        schedule=model.scheduled_expression or None,
        targets=tuple(model.targets),
        made_at=getattr(model, "made_at", None),
    )


def schedule(model: Any) -> Schedule:
    """Return a schedule."""
    return Schedule(
        name=model.name,
        arn=model.arn,
        group=model.group_name,
        expression=model.schedule_expression,
        timezone=model.schedule_expression_timezone,
        start=_seconds(model.start_date),
        end=_seconds(model.end_date),
        flexible_window=model.flexible_time_window,
        state=model.state,
        target=model.target,
        action_after_completion=model.action_after_completion or "NONE",
        made_at=model.creation_date,
    )


def _seconds(date: Any) -> float | None:
    return None if date is None else float(date)


def notifications(model: Any) -> dict[str, Any]:
    """Return the notification configuration of a bucket, None where it was never set."""
    if model is None:
        return {}
    lists = {
        "TopicConfigurations": [_notification(one, "TopicArn") for one in model.topic],
        "QueueConfigurations": [_notification(one, "QueueArn") for one in model.queue],
        "LambdaFunctionConfigurations": [_notification(one, "LambdaFunctionArn") for one in model.cloud_function],
    }
    configuration: dict[str, Any] = {name: entries for name, entries in lists.items() if entries}
    if model.event_bridge is not None:
        configuration["EventBridgeConfiguration"] = {}
    return configuration


def _notification(model: Any, target: str) -> dict[str, Any]:
    entry = {"Id": model.id, target: model.arn, "Events": list(model.events)}
    if model.filters:
        rules = [{"Name": one["Name"], "Value": one["Value"] or ""} for one in model.filters["S3Key"]["FilterRule"]]
        entry["Filter"] = {"Key": {"FilterRules": rules}}
    return entry


def subscription_filter(model: Any) -> SubscriptionFilter:
    """Return a subscription filter of a log group."""
    return SubscriptionFilter(
        name=model.name, pattern=model.filter_pattern, destination=model.destination_arn, role=model.role_arn
    )


def triggers(model: Any) -> dict[str, Any]:
    """Return whom a user pool calls."""
    return dict(model.extended_config.get("LambdaConfig") or {})


def kinesis_shard(model: Any) -> Shard:
    """Return a shard of a Kinesis stream."""
    return Shard(
        id=model.shard_id,
        is_open=model.is_open,
        parents=tuple(parent for parent in (model.parent, model.adjacent_parent) if parent),
        first_hash_key=model.starting_hash,
        last_hash_key=model.ending_hash,
    )


def table_shard(model: Any) -> Shard:
    """Return the shard of a table's stream: moto has one."""
    return Shard(id=model.id, is_open=True)
