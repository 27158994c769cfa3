"""Notifications of buckets: what happened to objects, to functions, queues, topics and EventBridge."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pytest_serverless.app.model import Trigger
from pytest_serverless.deployment.delivery.object_events import default_bus, event_of, notification_of
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import DeliveryError, Parcel, Targets, ToBus, compact
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Change
from pytest_serverless.triggers.notifications import matching

__all__ = ["Buckets"]

_SUBJECT = "Amazon S3 Notification"


class Buckets:
    """Delivers what buckets tell of their objects."""

    def __init__(self, post: Post, targets: Targets, to_bus: ToBus) -> None:
        self._post = post
        self._targets = targets
        self._to_bus = to_bus

    def changed(self, change: Change) -> None:
        """Tell those that the bucket's configuration names."""
        bucket = change.details["bucket"]
        configuration = self._configuration(bucket)
        if change.kind == "s3:TestEvent":
            self._test(change.resource, configuration)
            return
        cause = f"{change.kind} {self._post.name_of(change.resource)}/{change.details['key']}"
        destinations = matching(configuration, change.kind, change.details["key"])
        if not destinations and _names_any(configuration):
            self._post.note("dropped", self._post.name_of(change.resource), cause, what="no notification is of it")
        for destination in destinations:
            if destination.kind == "events":
                event = event_of(change, self._post.events)
                if event is not None:
                    self._to_bus(default_bus(event), event, cause)
                continue
            event = notification_of(change, destination.id, self._post.events)
            self._send(change.resource, destination.arn, event, cause)

    def _send(self, bucket: str, arn: str, event: Event, cause: str) -> None:
        try:
            self._targets.deliver(arn, Parcel(text=compact(event), cause=cause, subject=_SUBJECT))
        except DeliveryError as error:
            remedy = "Declare it, or take the notification out."
            raise self._targets.unreached("bucket", bucket, error, has="a notification", remedy=remedy) from error

    def _configuration(self, bucket: str) -> Mapping[str, Any]:
        """Return what a bucket notifies: also what serverless.yml adds to one that is there already."""
        found = self._post.wiring.bucket_notifications(bucket)
        added = [
            {"LambdaFunctionArn": self._post.arn_of(trigger.function), **_as_api(trigger.settings)}
            for trigger in self._added
            if bucket in (trigger.source, self._name(trigger.source))
        ]
        return {**found, "LambdaFunctionConfigurations": [*found.get("LambdaFunctionConfigurations", ()), *added]}

    @cached_property
    def _added(self) -> list[Trigger]:
        """Return what no bucket of the template has in its own properties."""
        app = self._post.app
        own = [
            entry
            for id_ in self._post.ids_of_type("AWS::S3::Bucket")
            for entry in (app.resources[id_].properties.get("NotificationConfiguration") or {}).get(
                "LambdaConfigurations", ()
            )
        ]
        return [trigger for trigger in app.triggers if trigger.kind == "s3" and trigger.settings not in own]

    def _name(self, id_: str | None) -> str | None:
        found = self._post.app.resources.get(id_ or "")
        return found.name if found else None

    def _test(self, bucket: str, configuration: Mapping[str, Any]) -> None:
        """Send what a bucket sends to the queues and topics of a new configuration."""
        arns = [
            entry[key]
            for section, key in (("QueueConfigurations", "QueueArn"), ("TopicConfigurations", "TopicArn"))
            for entry in configuration.get(section, ())
        ]
        for arn in arns:
            event = self._post.events.s3.test_event(bucket.rpartition(":")[2])
            self._send(bucket, arn, event, "s3:TestEvent")


def _names_any(configuration: Mapping[str, Any]) -> bool:
    return any(entries for name, entries in configuration.items() if name.endswith("Configurations"))


def _as_api(settings: Mapping[str, Any]) -> dict[str, Any]:
    events = settings.get("Events", settings.get("Event", "s3:ObjectCreated:*"))
    rules = settings.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    return {
        "Events": [events] if isinstance(events, str) else list(events),
        "Filter": {"Key": {"FilterRules": rules}},
    }
