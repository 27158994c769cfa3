"""Alarms and dashboards: they are described, and watch nothing."""

from __future__ import annotations

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_list

__all__ = ["alarm", "dashboard"]


def alarm(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::CloudWatch::Alarm`."""
    named = {"AlarmName": called(resource, "AlarmName"), "Tags": tag_list(resource.properties.get("Tags"))}
    bench.call("cloudwatch", "put_metric_alarm", **{**resource.properties, **named})


def dashboard(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::CloudWatch::Dashboard`."""
    named = {"DashboardName": called(resource, "DashboardName")}
    bench.call("cloudwatch", "put_dashboard", **{**resource.properties, **named})
