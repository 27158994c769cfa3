"""Notifications of buckets: what happened to objects, to functions, queues, topics and EventBridge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.deployment.delivery.buses import Buses, default_bus
from pytest_serverless.deployment.delivery.object_events import event_of, notification_of
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import Parcel, Targets, compact
from pytest_serverless.outcome import Change
from pytest_serverless.triggers.notifications import matching

__all__ = ["Buckets"]

_SUBJECT = "Amazon S3 Notification"


class Buckets:
    """Delivers what buckets tell of their objects."""

    def __init__(self, post: Post, targets: Targets, buses: Buses) -> None:
        self._post = post
        self._targets = targets
        self._buses = buses

    def changed(self, change: Change) -> None:
        """Tell those that the bucket's configuration names."""
        bucket = change.details["bucket"]
        configuration = self._configuration(bucket)
        if change.kind == "s3:TestEvent":
            self._test(bucket, configuration)
            return
        cause = f"{change.kind} {self._post.name_of(change.resource)}/{change.details['key']}"
        for destination in matching(configuration, change.kind, change.details["key"]):
            if destination.kind == "events":
                event = event_of(change, self._post.events)
                if event is not None:
                    self._buses.deliver(default_bus(event), event, cause)
                continue
            event = notification_of(change, destination.id, self._post.events)
            self._targets.send(destination.arn, Parcel(text=compact(event), cause=cause, subject=_SUBJECT))

    def _configuration(self, bucket: str) -> Mapping[str, Any]:
        """Return what a bucket notifies: also what serverless.yml adds to a bucket that it did not make itself."""
        found = self._post.wiring.bucket_notifications(bucket)
        told = list(found.get("LambdaFunctionConfigurations", ()))
        known = {entry["LambdaFunctionArn"] for entry in told}
        for trigger in self._post.app.triggers:
            source = self._post.app.resources.get(trigger.source or "")
            arn = self._post.arn_of(trigger.function)
            if trigger.kind == "s3" and arn not in known and bucket in (trigger.source, source.name if source else ""):
                told.append({"LambdaFunctionArn": arn, **_as_api(trigger.settings)})
        return {**found, "LambdaFunctionConfigurations": told}

    def _test(self, bucket: str, configuration: Mapping[str, Any]) -> None:
        """Send what a bucket sends to the queues and topics of a new configuration."""
        arns = [
            entry[key]
            for section, key in (("QueueConfigurations", "QueueArn"), ("TopicConfigurations", "TopicArn"))
            for entry in configuration.get(section, ())
        ]
        for arn in arns:
            event = self._post.events.s3.test_event(bucket)
            self._targets.send(arn, Parcel(text=compact(event), cause="s3:TestEvent", subject=_SUBJECT))


def _as_api(settings: Mapping[str, Any]) -> dict[str, Any]:
    events = settings.get("Events", settings.get("Event", "s3:ObjectCreated:*"))
    rules = settings.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    return {
        "Events": [events] if isinstance(events, str) else list(events),
        "Filter": {"Key": {"FilterRules": rules}},
    }
