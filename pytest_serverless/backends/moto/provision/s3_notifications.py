"""What a bucket notifies, as its API writes it: stored to be read back, as the notifying itself is not moto's here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pytest_serverless.app.model import Resource

__all__ = ["notifications"]

# The lists of the template, each with the list of the API, and what the target is called in the one and the other.
_LISTS = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
    "QueueConfigurations": ("QueueConfigurations", "Queue", "QueueArn"),
    "TopicConfigurations": ("TopicConfigurations", "Topic", "TopicArn"),
}


def notifications(resource: Resource) -> dict[str, Any]:
    """Return the notification configuration of a bucket."""
    written = resource.properties.get("NotificationConfiguration") or {}
    configuration: dict[str, Any] = {
        listed: [_entry(entry, target, arn, f"{resource.name} {key} {n}") for n, entry in enumerate(written[key])]
        for key, (listed, target, arn) in _LISTS.items()
        if written.get(key)
    }
    if _uses_event_bridge(written.get("EventBridgeConfiguration")):
        configuration["EventBridgeConfiguration"] = {}
    return configuration


def _uses_event_bridge(written: Any) -> bool:
    return written is not None and str(written.get("EventBridgeEnabled", True)).lower() == "true"


def _entry(entry: Mapping[str, Any], target: str, arn: str, place: str) -> dict[str, Any]:
    id_ = str(uuid5(NAMESPACE_URL, place))  # S3 would give it a random one
    return {"Id": id_, arn: entry[target], "Events": [entry["Event"]], **_filter(entry.get("Filter"))}


def _filter(written: Any) -> dict[str, Any]:
    rules = ((written or {}).get("S3Key") or {}).get("Rules")
    return {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
