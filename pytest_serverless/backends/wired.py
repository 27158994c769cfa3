"""What is wired to what in a backend, as its API names it: read at the moment, it does not follow later changes.

Mappings and documents stand as they were given to the API; nothing of them is parsed or filled in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["Rule", "Schedule", "Shard", "Subscription", "SubscriptionFilter", "Wiring"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who gets what is published to a topic. Documents are JSON text, None where there is none."""

    arn: str
    topic: str
    protocol: str
    endpoint: str
    owner: str
    filter_policy: str | None = None
    filter_scope: str = "MessageAttributes"
    raw: bool = False
    dead_letter_queue: str | None = None
    delivery_policy: str | None = None
    role: str | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a bus does with events, or at which times it makes one of its own.

    `pattern` is JSON text; `targets` are as `PutTargets` took them. `made_at` is when the rule was last put (seconds
    since the epoch), None where that is not known.
    """

    name: str
    arn: str
    bus: str
    pattern: str | None
    state: str
    schedule: str | None
    targets: Sequence[Mapping[str, Any]]
    made_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule of EventBridge Scheduler; times are seconds since the epoch."""

    name: str
    arn: str
    group: str
    expression: str
    timezone: str
    start: float | None
    end: float | None
    flexible_window: Mapping[str, Any]
    state: str
    target: Mapping[str, Any]
    action_after_completion: str
    made_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFilter:
    """Where a log group sends the lines that match."""

    name: str
    pattern: str
    destination: str
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A shard of a stream: an open one takes records. Hash keys are both within; a table's stream has none."""

    id: str
    is_open: bool
    parents: Sequence[str] = field(default=())
    first_hash_key: int | None = None
    last_hash_key: int | None = None


class Wiring(Protocol):
    """Who listens to what, as the mocked services have it at the moment; nobody's calls are made, or recorded."""

    def subscriptions(self, topic_arn: str) -> list[Subscription]:
        """Return a topic's subscriptions, in the order in which they were made."""

    def rules(self, bus_arn: str) -> list[Rule]:
        """Return the rules of a bus, with and without a pattern."""

    def scheduled_rules(self) -> list[Rule]:
        """Return the rules that have a schedule, of all buses."""

    def schedules(self) -> list[Schedule]:
        """Return the schedules of EventBridge Scheduler, of all groups."""

    def bucket_notifications(self, bucket: str) -> Mapping[str, Any]:
        """Return what a bucket notifies, as `GetBucketNotificationConfiguration` answers; empty where that is none."""

    def subscription_filters(self, log_group: str) -> list[SubscriptionFilter]:
        """Return the subscription filters of a log group, given by its name or ARN."""

    def user_pool_triggers(self, pool_id: str) -> Mapping[str, Any]:
        """Return a user pool's `LambdaConfig`."""

    def shards(self, stream_arn: str) -> list[Shard]:
        """Return the shards of a stream, of Kinesis or of a table, the oldest first."""

    def exists(self, arn: str) -> bool:
        """Return whether there is a topic, bus, stream, bucket, log group or table of that ARN.

        Raises ValueError for what is none of these.
        """

    def expire_items(self, now: float) -> int:
        """Delete the items of tables that are past their time to live, as DynamoDB does, and return their number."""
