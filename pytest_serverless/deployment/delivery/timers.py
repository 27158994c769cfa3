"""What happens at a time: rules with a schedule, and schedules of EventBridge Scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pytest_serverless.backends.wired import Rule
from pytest_serverless.backends.wired import Schedule as WiredSchedule
from pytest_serverless.deployment.delivery.buses import Buses
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.scheduler import Scheduler
from pytest_serverless.events.values import format_iso
from pytest_serverless.triggers.schedules import Schedule

__all__ = ["Due", "Timers"]

Due = tuple[float, Rule | WiredSchedule]
"""A schedule and its next time, in seconds since the epoch."""

_TYPES = ("AWS::Events::Rule", "AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup")


class Timers:
    """The schedules of an application, as they were when the test began or were made since; a rate counts from then."""

    def __init__(self, post: Post, buses: Buses, scheduler: Scheduler) -> None:
        self._post = post
        self._scheduler = scheduler
        self._buses = buses
        self._start = post.timeline.began
        self._fired: dict[str, float] = {}
        self._off: dict[str, float] = {}
        self._declared: dict[str, float] = {}
        self._is_prepared = False

    def prepare(self) -> None:
        """Make the schedules of the template, unless they are there; where time has leapt, count from now on."""
        if self._post.time.has_leapt():
            self._start = self._post.time.now()
            self._fired.clear()
            self._off.clear()
        if self._is_prepared:
            return
        self._is_prepared = True
        self._post.stack.need(self._post.ids_of_type(*_TYPES))
        own = (one for one in self._scheduled() if self._post.origin_of(one.arn))
        self._declared = {one.arn: one.made_at or self._start for one in own}

    def upcoming(self) -> Due | None:
        """Return the schedule that is due first."""
        return min(self._next(), key=lambda due: due[0], default=None)

    def fire(self, due: Due) -> None:
        """Do what a schedule does that is due."""
        at, one = due
        self._fired[one.arn] = at
        if isinstance(one, Rule):
            self._fire_rule(one, at)
        else:
            self._scheduler.fire(one, at)

    def _next(self) -> Iterator[Due]:
        now = self._post.time.now()
        for one in self._scheduled():
            if one.state != "ENABLED":
                self._off[one.arn] = now
                continue
            anchor = self._anchor(one)
            # One that the test makes is due at once; those of the template were due before it began.
            is_new = isinstance(one, WiredSchedule) and anchor > self._start
            since = max(self._fired.get(one.arn, 0.0), self._off.get(one.arn, 0.0), anchor - is_new * 0.001)
            at = _schedule(one).next_after(since, anchor=anchor)
            if at is not None:
                yield at, one

    def _scheduled(self) -> list[Rule | WiredSchedule]:
        return [*self._post.wiring.scheduled_rules(), *self._post.wiring.schedules()]

    def _anchor(self, one: Rule | WiredSchedule) -> float:
        """Return what a rate counts from: for what the template declares, the start of the test."""
        made_at = one.made_at or self._start
        if self._declared.get(one.arn) == made_at or made_at > self._post.time.now():
            made_at = self._start
        enabled_at = self._off.get(one.arn, 0.0) if isinstance(one, Rule) else 0.0
        return max(made_at, self._start, enabled_at)

    def _fire_rule(self, rule: Rule, at: float) -> None:
        name = self._post.name_of(rule.arn)
        self._post.note("schedule", name, rule.schedule or "")
        event = self._post.events.eventbridge.scheduled_rule(rule.arn, overrides={"time": _iso(at)})
        for target in rule.targets:
            self._buses.hand_over(rule, target, event, f"schedule {name}")


def _schedule(one: Rule | WiredSchedule) -> Schedule:
    if isinstance(one, Rule):
        return _parsed(one.schedule or "", "UTC", None, None, "rule")
    return _parsed(one.expression, one.timezone or "UTC", one.start, one.end, "scheduler")


@lru_cache(maxsize=256)
def _parsed(expression: str, timezone: str, start: float | None, end: float | None, kind: Any) -> Schedule:
    return Schedule.parse(expression, timezone=timezone, start=start, end=end, kind=kind)


def _iso(at: float) -> str:
    return format_iso(round(at * 1000), "seconds")
