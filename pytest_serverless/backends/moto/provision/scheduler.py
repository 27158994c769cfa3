"""EventBridge Scheduler: schedules and their groups."""

from __future__ import annotations

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision.bench import Bench, called, plain_name, tag_list

__all__ = ["group", "schedule"]


def group(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Scheduler::ScheduleGroup`."""
    tags = tag_list(resource.properties.get("Tags"))
    bench.call("scheduler", "create_schedule_group", Name=called(resource, "Name"), Tags=tags)


def schedule(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Scheduler::Schedule`; it is described and listed, and calls nothing by itself."""
    group_name = resource.properties.get("GroupName")
    named = {"Name": called(resource, "Name"), "GroupName": plain_name(group_name) if group_name else None}
    bench.call("scheduler", "create_schedule", **{**resource.properties, **named})
