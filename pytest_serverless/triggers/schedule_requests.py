"""Schedules as the services are asked to make them: `PutRule` of EventBridge, `CreateSchedule` of its Scheduler.

Sources, 2026-11: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html; the words of the
refusals are what others recorded of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from pytest_serverless.errors import InvalidScheduleError
from pytest_serverless.triggers.schedules import Schedule

__all__ = ["rule_schedule", "scheduler_schedule"]


def rule_schedule(rule: Mapping[str, Any]) -> Schedule | None:
    """Return the schedule of a rule, or None if it has only an event pattern."""
    expression = rule.get("ScheduleExpression")
    if not expression:
        return None
    return replace(Schedule.parse(expression), enabled=rule.get("State", "ENABLED") != "DISABLED")


def scheduler_schedule(request: Mapping[str, Any]) -> Schedule:
    """Return the schedule that EventBridge Scheduler was asked for.

    `StartDate` and `EndDate` may be as clients send them (a datetime), as they travel (seconds since the epoch), or as
    templates have them (ISO 8601 text); without an offset they are in UTC.
    """
    schedule = Schedule.parse(
        request.get("ScheduleExpression", ""),
        timezone=request.get("ScheduleExpressionTimezone") or "UTC",
        start=_moment(request, "StartDate"),
        end=_moment(request, "EndDate"),
        kind="scheduler",
    )
    window_s = _window_minutes(request.get("FlexibleTimeWindow", {})) * 60
    return replace(schedule, enabled=request.get("State", "ENABLED") != "DISABLED", window_s=window_s)


def _moment(request: Mapping[str, Any], name: str) -> float | None:
    value = request.get(name)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        raise InvalidScheduleError(
            f"{name} is {value!r}: it takes a datetime, seconds since the epoch, or ISO 8601 text."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def _window_minutes(window: Mapping[str, Any]) -> int:
    mode, minutes = window.get("Mode"), window.get("MaximumWindowInMinutes")
    if mode not in ("OFF", "FLEXIBLE"):
        raise InvalidScheduleError(
            f"1 validation error detected: Value '{mode}' at 'flexibleTimeWindow.mode' failed to satisfy constraint: "
            "Member must satisfy enum value set: [OFF, FLEXIBLE]"
        )
    if mode == "OFF":
        if minutes is not None:
            raise InvalidScheduleError(
                "MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF."
            )
        return 0
    if minutes is None:
        raise InvalidScheduleError(
            "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE."
        )
    if not 1 <= minutes <= 1_440:
        bound = "greater than or equal to 1" if minutes < 1 else "less than or equal to 1440"
        raise InvalidScheduleError(
            f"1 validation error detected: Value '{minutes}' at 'flexibleTimeWindow.maximumWindowInMinutes' failed to "
            f"satisfy constraint: Member must have value {bound}"
        )
    return int(minutes)
