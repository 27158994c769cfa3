"""The services' ways of delivering, each loaded when something of it is first on its way: most tests need one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_serverless.deployment.delivery.asynchronous import Asynchronous
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import Targets
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Change
from pytest_serverless.triggers.asynchronous import Failed, Succeeded

if TYPE_CHECKING:
    from pytest_serverless.deployment.delivery.buckets import Buckets
    from pytest_serverless.deployment.delivery.buses import Buses
    from pytest_serverless.deployment.delivery.log_groups import LogGroups
    from pytest_serverless.deployment.delivery.queues import Queues
    from pytest_serverless.deployment.delivery.reports import Reports
    from pytest_serverless.deployment.delivery.streams import Streams
    from pytest_serverless.deployment.delivery.timers import Timers
    from pytest_serverless.deployment.delivery.topics import Topics

__all__ = ["Sources"]

# Who is told of a service's changes: one of the properties below.
_WAYS: Mapping[str, str] = {
    "s3": "buckets",
    "sns": "topics",
    "events": "buses",
    "logs": "log_groups",
    "sqs": "queues",
    "dynamodb": "streams",
    "kinesis": "streams",
}


class Sources:
    """What delivers for one application."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self.asynchronous = Asynchronous(post, post.mint.uuid, self._ended)
        self.targets = Targets(post, self.asynchronous)

    def changed(self, change: Change) -> None:
        """Tell the way of delivering that a change is a matter of."""
        way = _WAYS.get(change.service)
        if way is not None and (way != "streams" or self.has_streams):
            getattr(self, way).changed(change)

    @cached_property
    def has_queues(self) -> bool:
        """Whether functions poll queues."""
        return any(trigger.kind == "sqs" for trigger in self._post.app.triggers)

    @cached_property
    def has_streams(self) -> bool:
        """Whether functions poll streams."""
        return any(trigger.kind in ("kinesis", "dynamodb") for trigger in self._post.app.triggers)

    @cached_property
    def buckets(self) -> Buckets:
        """What buckets notify."""
        from pytest_serverless.deployment.delivery.buckets import Buckets

        return Buckets(self._post, self.targets, self._to_bus)

    @cached_property
    def topics(self) -> Topics:
        """What is published."""
        from pytest_serverless.deployment.delivery.topics import Topics
        from pytest_serverless.deployment.delivery.webhooks import Webhooks

        return Topics(self._post, self.targets, Webhooks(self._post))

    @cached_property
    def buses(self) -> Buses:
        """What is put on buses."""
        from pytest_serverless.deployment.delivery.buses import Buses

        return Buses(self._post, self.targets)

    @cached_property
    def log_groups(self) -> LogGroups:
        """What is logged."""
        from pytest_serverless.deployment.delivery.log_groups import LogGroups

        return LogGroups(self._post, self.targets)

    @cached_property
    def queues(self) -> Queues:
        """What functions poll from queues."""
        from pytest_serverless.deployment.delivery.queues import Queues

        return Queues(self._post)

    @cached_property
    def streams(self) -> Streams:
        """What functions poll from streams."""
        from pytest_serverless.deployment.delivery.stream_reports import StreamReports
        from pytest_serverless.deployment.delivery.streams import Streams

        return Streams(self._post, StreamReports(self._post, self._reports))

    @cached_property
    def timers(self) -> Timers:
        """What comes due."""
        from pytest_serverless.deployment.delivery.scheduler import Scheduler
        from pytest_serverless.deployment.delivery.timers import Timers

        return Timers(self._post, self.buses, Scheduler(self._post, self.targets, self.buses))

    @cached_property
    def _reports(self) -> Reports:
        from pytest_serverless.deployment.delivery.reports import Reports

        return Reports(self._post, self.targets, self._to_bus)

    def _ended(self, function: str, result: Succeeded | Failed) -> None:
        if isinstance(result, Failed) or result.destination is not None:
            self._reports.ended(function, result)

    def _to_bus(self, bus: str, event: Event, cause: str) -> None:
        self.buses.deliver(bus, event, cause)
