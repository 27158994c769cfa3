"""What a bucket notifies, as its API writes it: stored to be read back, as the notifying itself is not moto's here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_serverless.app.model import Resource, Trigger
from pytest_serverless.backends.moto.provision.bench import Bench

__all__ = ["notifications"]

# The lists of the template, each with the list of the API, and what the target is called in the one and the other.
_LISTS = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
    "QueueConfigurations": ("QueueConfigurations", "Queue", "QueueArn"),
    "TopicConfigurations": ("TopicConfigurations", "Topic", "TopicArn"),
}


def notifications(resource: Resource, bench: Bench) -> dict[str, Any]:
    """Return the notification configuration of a bucket: its own, and what the functions' events add to it."""
    written = resource.properties.get("NotificationConfiguration") or {}
    configuration: dict[str, Any] = {
        listed: [_entry(entry, target, arn) for entry in written[key]]
        for key, (listed, target, arn) in _LISTS.items()
        if written.get(key)
    }
    if added := list(_added(resource, bench, written)):
        configuration.setdefault("LambdaFunctionConfigurations", []).extend(added)
    if _uses_event_bridge(written.get("EventBridgeConfiguration")):
        configuration["EventBridgeConfiguration"] = {}
    return configuration


def _uses_event_bridge(written: Any) -> bool:
    return written is not None and str(written.get("EventBridgeEnabled", True)).lower() == "true"


def _entry(entry: Mapping[str, Any], target: str, arn: str) -> dict[str, Any]:
    return {arn: entry[target], "Events": [entry["Event"]], **_filter(entry.get("Filter"))}


def _filter(written: Any) -> dict[str, Any]:
    rules = ((written or {}).get("S3Key") or {}).get("Rules")
    return {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}


def _added(resource: Resource, bench: Bench, written: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what functions subscribe to in their own `Events`, which their template does not repeat on the bucket."""
    known = {entry["Function"] for entry in written.get("LambdaConfigurations") or ()}
    for trigger in bench.app.triggers:
        if trigger.kind == "s3" and trigger.source == resource.id and isinstance(trigger.settings, Mapping):
            arn = bench.function_arn(bench.app.functions[trigger.function])
            if arn not in known:
                yield {"LambdaFunctionArn": arn, **_subscribed(trigger)}


def _subscribed(trigger: Trigger) -> dict[str, Any]:
    events = trigger.settings.get("Events") or ["s3:ObjectCreated:*"]
    return {"Events": [events] if isinstance(events, str) else events, **_filter(trigger.settings.get("Filter"))}
