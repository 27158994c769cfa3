"""Reads who listens to what from moto's models: no call is made, so it costs microseconds and nobody notices.

A service that is not loaded has nothing in it, and is not loaded for this. What is taken for granted of the models is
checked by `assumptions`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_serverless.backends.moto import readings
from pytest_serverless.backends.moto.expiry import expire_items
from pytest_serverless.backends.moto.feed import Feed
from pytest_serverless.backends.wired import Rule, Schedule, Shard, Subscription, SubscriptionFilter

__all__ = ["KEPT_BESIDE", "KEPT_IN", "MotoWiring"]

# The attribute of a backend that has the resources of a service; all by name, but topics by ARN.
KEPT_IN = {"sns": "topics", "events": "event_buses", "kinesis": "streams", "logs": "groups", "dynamodb": "tables"}
KEPT_BESIDE = (("sns", "subscriptions"), ("scheduler", "schedule_groups"), ("s3", "buckets"))


class MotoWiring:
    """The `Wiring` of moto's services; `feed` is told what expires."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def subscriptions(self, topic_arn: str) -> list[Subscription]:
        """Return a topic's subscriptions, in the order in which they were made."""
        found = _subscriptions(topic_arn)
        return [readings.subscription(one) for one in found if one.topic.arn == topic_arn]

    def rules(self, bus_arn: str) -> list[Rule]:
        """Return the rules of a bus, with and without a pattern."""
        bus = _named("events", bus_arn)
        return [readings.rule(one, bus_arn) for one in bus.rules.values()] if bus is not None else []

    def scheduled_rules(self) -> list[Rule]:
        """Return the rules that have a schedule, of all buses."""
        buses = [bus for backend in _backends("events") for bus in backend.event_buses.values()]
        return [readings.rule(one, bus.arn) for bus in buses for one in bus.rules.values() if one.scheduled_expression]

    def schedules(self) -> list[Schedule]:
        """Return the schedules of EventBridge Scheduler, of all groups."""
        groups = [group for backend in _backends("scheduler") for group in backend.schedule_groups.values()]
        return [readings.schedule(one) for group in groups for one in group.schedules.values()]

    def bucket_notifications(self, bucket: str) -> Mapping[str, Any]:
        """Return what a bucket notifies, as `GetBucketNotificationConfiguration` answers; empty where that is none."""
        found = _bucket(bucket)
        return readings.notifications(found.notification_configuration) if found is not None else {}

    def subscription_filters(self, log_group: str) -> list[SubscriptionFilter]:
        """Return the subscription filters of a log group, given by its name or ARN."""
        name = _name_of(log_group) if log_group.startswith("arn:") else log_group
        groups = [backend.groups[name] for backend in _backends("logs") if name in backend.groups]
        return [readings.subscription_filter(one) for group in groups for one in group.subscription_filters.values()]

    def user_pool_triggers(self, pool_id: str) -> Mapping[str, Any]:
        """Return a user pool's `LambdaConfig`."""
        pools = (one.user_pools.get(pool_id) for one in _backends("cognitoidp"))
        return next((readings.triggers(pool) for pool in pools if pool is not None), {})

    def shards(self, stream_arn: str) -> list[Shard]:
        """Return the shards of a stream, of Kinesis or of a table, the oldest first."""
        found = _named(_service_of(stream_arn), stream_arn)
        if found is None:
            return []
        if _service_of(stream_arn) == "kinesis":
            return [readings.kinesis_shard(one) for one in found.shards.values()]
        return [readings.table_shard(found.stream_shard)] if found.stream_shard is not None else []

    def exists(self, arn: str) -> bool:
        """Return whether there is a topic, bus, stream, bucket, log group or table of that ARN.

        Raises ValueError for what is none of these.
        """
        service = _service_of(arn)
        if service == "s3":
            return _bucket(_name_of(arn)) is not None
        if service not in KEPT_IN:
            raise ValueError(f"Whether {arn} exists is not asked here: only of {', '.join([*KEPT_IN, 's3'])}.")
        return _named(service, arn) is not None or arn.endswith(":event-bus/default")

    def expire_items(self, now: float) -> int:
        """Delete the items of tables that are past their time to live, as DynamoDB does, and return their number."""
        return expire_items(self._feed, _service("dynamodb"), now)


def _service(name: str) -> Mapping[str, Any]:
    """Return a service's backends by account and region; empty where moto's mock of it is not loaded."""
    models: Any = sys.modules.get(f"moto.{name}.models")
    backends: Mapping[str, Any] = getattr(models, f"{name}_backends", {})
    return backends


def _backends(name: str) -> Iterator[Any]:
    for regions in _service(name).values():
        yield from regions.values()


def _at(service: str, arn: str) -> Any:
    """Return the backend of an ARN's account and region, None where there is none: to ask with [] would make one."""
    _, _, _, region, account, _ = arn.split(":", 5)
    regions = _service(service).get(account)
    return regions.get(region) if regions is not None else None


def _named(service: str, arn: str) -> Any:
    backend = _at(service, arn)
    name = arn if service == "sns" else _name_of(arn)
    return getattr(backend, KEPT_IN[service]).get(name) if backend is not None else None


def _subscriptions(topic_arn: str) -> Any:
    backend = _at("sns", topic_arn)
    return backend.subscriptions.values() if backend is not None else ()


def _bucket(name: str) -> Any:
    return next((one.buckets[name] for one in _backends("s3") if name in one.buckets), None)


def _service_of(arn: str) -> str:
    return arn.split(":", 3)[2]


def _name_of(arn: str) -> str:
    """Return the name in `bucket`, `log-group:name:*`, `event-bus/name`, `stream/name` or `table/name/stream/label`."""
    rest = arn.split(":", 5)[5]
    if rest.startswith("log-group:"):
        return rest.split(":")[1]
    kind, _, name = rest.partition("/")
    return name.partition("/")[0] if kind == "table" else name or kind
