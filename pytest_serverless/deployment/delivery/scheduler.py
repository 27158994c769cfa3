"""EventBridge Scheduler: what a schedule that came due sends to its target, again if that fails.

Sources: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html and configuring-schedule-dlq.html
beside it (2026-11).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_serverless.backends.wired import Schedule
from pytest_serverless.deployment.delivery.buses import Buses, dead_letter_attributes
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import DeliveryError, Parcel, Targets, compact
from pytest_serverless.events.values import format_iso
from pytest_serverless.triggers.retries import GiveUp, TargetRetries
from pytest_serverless.triggers.scheduler_inputs import scheduler_input

__all__ = ["Scheduler"]

_UNIVERSAL = re.compile(r"arn:[^:]+:scheduler:::aws-sdk:([^:]+):(\w+)")


@dataclass(frozen=True, slots=True)
class _Occurrence:
    """A schedule at one of its times; `first` is when its target was first tried."""

    schedule: Schedule
    at: float
    first: float

    @property
    def time(self) -> str:
        return format_iso(round(self.at * 1000), "seconds")


class Scheduler:
    """Sends what schedules send."""

    def __init__(self, post: Post, targets: Targets, buses: Buses) -> None:
        self._post = post
        self._targets = targets
        self._buses = buses

    def fire(self, schedule: Schedule, at: float) -> None:
        """Do what a schedule that was due at `at` does; one that is over may be deleted then."""
        self._post.note("schedule", self._post.name_of(schedule.arn), schedule.expression)
        if schedule.expression.startswith("at(") and schedule.action_after_completion == "DELETE":
            with self._post.stack.backend.journal.quietly():
                self._post.client("scheduler").delete_schedule(Name=schedule.name, GroupName=schedule.group)
        self._try(_Occurrence(schedule, at, self._post.time.now()), 1)

    def _try(self, one: _Occurrence, attempt: int) -> None:
        target, name = one.schedule.target, self._post.name_of(one.schedule.arn)
        execution = self._post.mint.hex(16)
        parcel = Parcel(
            text=self._text(one, execution, attempt),
            cause=f"schedule {name}",
            group=(target.get("SqsParameters") or {}).get("MessageGroupId"),
            partition_key=(target.get("KinesisParameters") or {}).get("PartitionKey", ""),
        )
        try:
            self._send(target, parcel)
        except DeliveryError as error:
            now, retries = self._post.time.now(), TargetRetries.parse(target.get("RetryPolicy"))
            wait = retries.delay_after(attempt, first=one.first, now=now) if error.again else None
            if wait is None:
                why = (retries.given_up(attempt, first=one.first, now=now) if error.again else None) or GiveUp.RETRIES
                self._give_up(one, parcel, error, {"EXECUTION_ID": execution}, attempt, why)
                return
            self._post.note("retry", name, parcel.cause, what=f"again in {wait:.0f} s")
            self._post.later(now + wait, lambda: self._try(one, attempt + 1), parcel.cause)

    def _send(self, target: Mapping[str, Any], parcel: Parcel) -> None:
        """Send to a target: a bus gets an event of the target's parameters, any other API a call with the input."""
        arn = target["Arn"]
        universal = _UNIVERSAL.fullmatch(arn)
        if universal is not None:
            self._targets.call(universal[1], universal[2], parcel)
        elif ":event-bus/" in arn:
            given = target.get("EventBridgeParameters") or {}
            event = self._post.events.eventbridge.custom(
                json.loads(parcel.text),
                source=given.get("Source", "scheduler"),
                detail_type=given.get("DetailType", ""),
            )
            self._buses.deliver(arn, event, parcel.cause)
        else:
            self._targets.deliver(arn, parcel)

    def _text(self, one: _Occurrence, execution: str, attempt: int) -> str:
        """Return what a target gets: its input, or the event that Scheduler makes for it."""
        arn = one.schedule.arn
        given = scheduler_input(
            one.schedule.target.get("Input"),
            schedule_arn=arn,
            scheduled_time=one.time,
            execution_id=execution,
            attempt=attempt,
        )
        if given is not None:
            return given
        return compact(self._post.events.scheduler.default_input(arn, overrides={"time": one.time}))

    def _give_up(
        self,
        one: _Occurrence,
        parcel: Parcel,
        error: DeliveryError,
        values: Mapping[str, str],
        attempt: int,
        condition: GiveUp,
    ) -> None:
        schedule = one.schedule
        dead_letters = (schedule.target.get("DeadLetterConfig") or {}).get("Arn")
        if dead_letters:
            known = {"SCHEDULE_ARN": schedule.arn, "TARGET_ARN": schedule.target["Arn"], "SCHEDULED_TIME": one.time}
            whole = {**known, **values, "IS_PAYLOAD_TRUNCATED": "false"}
            attributes = dead_letter_attributes(whole, error.answered, str(error), attempt, condition)
            letter = Parcel(text=parcel.text, cause=parcel.cause, attributes=attributes)
            self._targets.keep(dead_letters, letter, sender="schedule", arn=schedule.arn, what=error.answered)
        elif error.again:
            what = f"{error}; no DeadLetterConfig"
            self._post.note("dropped", self._post.name_of(schedule.target["Arn"]), parcel.cause, what=what)
        else:
            remedy = "Declare it, change the target, or give it a dead-letter queue."
            raise self._targets.unreached("schedule", schedule.arn, error, has="a target", remedy=remedy) from error
