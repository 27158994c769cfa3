"""What happens at a time: rules with a schedule, schedules of EventBridge Scheduler, items whose life is over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pytest_serverless.backends.wired import Rule
from pytest_serverless.backends.wired import Schedule as WiredSchedule
from pytest_serverless.deployment.delivery.buses import Buses
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import DeliveryError, Parcel, Targets, compact
from pytest_serverless.events.values import format_iso
from pytest_serverless.triggers.retries import TargetRetries
from pytest_serverless.triggers.scheduler_inputs import scheduler_input
from pytest_serverless.triggers.schedules import Schedule

__all__ = ["Timers"]

_TYPES = ("AWS::Events::Rule", "AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup")


class Timers:
    """The schedules of an application, as they were when the test began or were made since; a rate counts from then."""

    def __init__(self, post: Post, targets: Targets, buses: Buses) -> None:
        self._post = post
        self._targets = targets
        self._buses = buses
        self._start = post.timeline.began
        self._fired: dict[str, float] = {}

    def prepare(self) -> None:
        """Make the schedules of the template, unless they are there."""
        self._post.stack.need(self._post.ids_of_type(*_TYPES))

    def due(self) -> float | None:
        """Return when the next schedule is due."""
        return min((at for at, _ in self._next()), default=None)

    def fire(self, now: float) -> bool:
        """Do what the first schedule that is due by now does; tell whether there was one."""
        ready = sorted(((at, one) for at, one in self._next() if at <= now), key=lambda pair: pair[0])
        for at, one in ready[:1]:
            self._fired[one.arn] = at
            if isinstance(one, Rule):
                self._fire_rule(one, at)
            else:
                self._fire_schedule(one, at)
        return bool(ready)

    def _next(self) -> Iterator[tuple[float, Rule | WiredSchedule]]:
        scheduled: list[Rule | WiredSchedule] = [*self._post.wiring.scheduled_rules(), *self._post.wiring.schedules()]
        for one in scheduled:
            anchor = max(one.made_at or self._start, self._start)
            # What the template declares was there before the test: Scheduler's rates were due then already.
            is_new = isinstance(one, WiredSchedule) and anchor > self._start
            since = self._fired.get(one.arn, anchor - is_new * 0.001)
            at = _schedule(one).next_after(since, anchor=anchor)
            if one.state == "ENABLED" and at is not None:
                yield at, one

    def _fire_rule(self, rule: Rule, at: float) -> None:
        name = self._post.name_of(rule.arn)
        self._post.note("schedule", name, rule.schedule or "")
        event = self._post.events.eventbridge.scheduled_rule(rule.arn, overrides={"time": _iso(at)})
        for target in rule.targets:
            self._buses.hand_over(rule, target, event, f"schedule {name}")

    def _fire_schedule(self, schedule: WiredSchedule, at: float) -> None:
        self._post.note("schedule", self._post.name_of(schedule.arn), schedule.expression)
        if schedule.expression.startswith("at(") and schedule.action_after_completion == "DELETE":
            name, group = schedule.name, schedule.group
            self._post.client("scheduler").delete_schedule(Name=name, GroupName=group)
        self._try(schedule, at, 1, self._post.time.now())

    def _try(self, schedule: WiredSchedule, at: float, attempt: int, first: float) -> None:
        target, name = schedule.target, self._post.name_of(schedule.arn)
        parcel = Parcel(
            text=self._text(schedule, at, attempt),
            cause=f"schedule {name}",
            group=(target.get("SqsParameters") or {}).get("MessageGroupId"),
            partition_key=(target.get("KinesisParameters") or {}).get("PartitionKey", ""),
        )
        try:
            self._send(target, parcel)
        except DeliveryError as error:
            now, retries = self._post.time.now(), TargetRetries.parse(target.get("RetryPolicy"))
            wait = retries.delay_after(attempt, first=first, now=now) if error.again else None
            if wait is None:
                self._give_up(schedule, parcel, error)
                return
            self._post.note("retry", name, parcel.cause, what=f"again in {wait:.0f} s")
            self._post.later(now + wait, lambda: self._try(schedule, at, attempt + 1, first), parcel.cause)

    def _send(self, target: Mapping[str, Any], parcel: Parcel) -> None:
        """Send to a target; a bus gets an event of what the target's EventBridgeParameters say."""
        arn = target["Arn"]
        if ":event-bus/" not in arn:
            self._targets.send(arn, parcel)
            return
        given = target.get("EventBridgeParameters") or {}
        event = self._post.events.eventbridge.custom(
            json.loads(parcel.text), source=given.get("Source", "scheduler"), detail_type=given.get("DetailType", "")
        )
        self._buses.deliver(arn, event, parcel.cause)

    def _text(self, schedule: WiredSchedule, at: float, attempt: int) -> str:
        """Return what a target gets: its input, or the event that Scheduler makes for it."""
        given = scheduler_input(
            schedule.target.get("Input"),
            schedule_arn=schedule.arn,
            scheduled_time=_iso(at),
            execution_id=self._post.mint.hex(16),
            attempt=attempt,
        )
        if given is not None:
            return given
        return compact(self._post.events.scheduler.default_input(schedule.arn, overrides={"time": _iso(at)}))

    def _give_up(self, schedule: WiredSchedule, parcel: Parcel, error: DeliveryError) -> None:
        dead_letters = (schedule.target.get("DeadLetterConfig") or {}).get("Arn")
        if not dead_letters:
            remedy = "Declare it, change the target, or give it a dead-letter queue."
            raise self._targets.unreached("schedule", schedule.arn, error, has="a target", remedy=remedy) from error
        values = {"SCHEDULE_ARN": schedule.arn, "TARGET_ARN": schedule.target["Arn"]}
        values |= {"ERROR_CODE": error.code, "ERROR_MESSAGE": str(error)}
        attributes = {key: {"DataType": "String", "StringValue": value} for key, value in values.items()}
        self._post.note("dead letter", self._post.name_of(dead_letters), parcel.cause, what=error.code)
        self._targets.send(dead_letters, Parcel(text=parcel.text, cause=parcel.cause, attributes=attributes))


def _schedule(one: Rule | WiredSchedule) -> Schedule:
    if isinstance(one, Rule):
        return _parsed(one.schedule or "", "UTC", None, None, "rule")
    return _parsed(one.expression, one.timezone or "UTC", one.start, one.end, "scheduler")


@lru_cache(maxsize=256)
def _parsed(expression: str, timezone: str, start: float | None, end: float | None, kind: Any) -> Schedule:
    return Schedule.parse(expression, timezone=timezone, start=start, end=end, kind=kind)


def _iso(at: float) -> str:
    return format_iso(round(at * 1000), "seconds")
