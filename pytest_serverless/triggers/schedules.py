"""When a schedule is due: `rate(5 minutes)`, `cron(0 8 ? * MON-FRI *)`, `at(2026-11-20T13:00:00)`.

Rules of EventBridge know rates and crons in UTC, and count a rate from when the rule was made. EventBridge Scheduler
knows `at` too, time zones, a start and an end; a rate begins at the start, or at once where there is none. A time that
the change to summer time skips is skipped; one that the change back repeats is run once, the first time.

Sources, 2026-11: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html; which spellings are refused, and in which
words, is what others recorded of the services. Not known, and chosen here: an `at` in the skipped hour is run as much
later as the clock was put forward; the words that refuse a time zone.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone, tzinfo
from typing import Literal, Protocol
from zoneinfo import ZoneInfo, available_timezones

from pytest_serverless.errors import InvalidScheduleError, near_misses, or_list
from pytest_serverless.triggers.cron import Cron, CronError

__all__ = ["Kind", "Schedule"]

Kind = Literal["rule", "scheduler"]

_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
_EXPRESSION = re.compile(r"(rate|cron|at)\((.*)\)", re.DOTALL)
_SCHEDULER_EXPRESSION = re.compile(_EXPRESSION.pattern, re.DOTALL | re.IGNORECASE)
_RATE = re.compile(r"(\d+)\s+([a-z]+)", re.ASCII)
_AT = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", re.ASCII)


class _Times(Protocol):
    """What an expression comes to: instants, all in whole seconds since the epoch."""

    def after(self, instant: float, base: float) -> float | None:
        """Return the first instant after another; `base` is what a rate counts from."""


@dataclass(frozen=True, slots=True)
class _Rate:
    period_s: int
    first: int  # 0: the base is an occurrence itself; 1: the first one is a period later

    def after(self, instant: float, base: float) -> float | None:
        number = max(math.floor((instant - base) / self.period_s), self.first)
        while base + number * self.period_s <= instant:
            number += 1  # once as a rule; the quotient of two floats may be a hair too small
        return base + number * self.period_s


@dataclass(frozen=True, slots=True)
class _CronTimes:
    cron: Cron
    zone: tzinfo

    def after(self, instant: float, base: float) -> float | None:
        wall = datetime.fromtimestamp(math.floor(instant), self.zone).replace(tzinfo=None)
        for candidate in self.cron.after(wall):
            moment = candidate.replace(tzinfo=self.zone).timestamp()
            if moment > instant and datetime.fromtimestamp(moment, self.zone).replace(tzinfo=None) == candidate:
                return moment
        return None


@dataclass(frozen=True, slots=True)
class _Once:
    moment: float

    def after(self, instant: float, base: float) -> float | None:
        return self.moment if self.moment > instant else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule expression that was understood; `expression` is how it was written.

    A target is invoked at any time within `window_s` after it is due, so at once is never wrong. A schedule that is
    not `enabled` is never due.
    """

    expression: str
    timezone: str
    start: float | None
    end: float | None
    enabled: bool = True
    window_s: int = 0
    _times: _Times = field(repr=False)

    @classmethod
    def parse(
        cls,
        expression: str,
        *,
        timezone: str = "UTC",
        start: float | None = None,
        end: float | None = None,
        kind: Kind = "rule",
    ) -> Schedule:
        """Understand an expression as a rule's or as EventBridge Scheduler's.

        `timezone` is an IANA name; `start` and `end` are in seconds since the epoch, and a one-time schedule ignores
        them; a rule has none of the three. What the service refuses raises `InvalidScheduleError` in its words.
        """
        if kind == "rule" and (timezone != "UTC" or start is not None or end is not None):
            raise InvalidScheduleError(
                f"A rule's schedule is in UTC, from when the rule is made until it goes: {expression!r} cannot have a "
                "time zone, a start or an end. EventBridge Scheduler has them."
            )
        if start is not None and end is not None and start >= end:
            raise InvalidScheduleError("The StartDate you specify must come before the EndDate.")
        try:
            times = _understand(expression, _zone(timezone), kind)
        except CronError as fault:
            raise InvalidScheduleError(f"{_refusal(expression, kind)} {fault}") from None
        return cls(expression=expression, timezone=timezone, start=start, end=end, _times=times)

    def next_after(self, instant: float, *, anchor: float) -> float | None:
        """Return the first time strictly after `instant` that the schedule is due, or None if it never is again.

        All times are seconds since the epoch. `anchor` is when the rule or schedule was made or enabled: a rule's rate
        is first due a period after it, a Scheduler's without a start at it. A start in the middle of a minute moves a
        rate to the next full one, as the service does.
        """
        if not self.enabled:
            return None
        if isinstance(self._times, _Once):
            return self._times.after(instant, anchor)
        base = anchor if self.start is None else math.ceil(self.start / 60) * 60
        floor = instant if self.start is None else max(instant, math.ceil(self.start) - 1)
        due = self._times.after(floor, base)
        return None if due is None or (self.end is not None and due > self.end) else due


def _refusal(expression: str, kind: Kind) -> str:
    if kind == "rule":
        return f"Parameter ScheduleExpression is not valid. It is {expression!r}."
    return f"Invalid Schedule Expression {expression}."


def _understand(expression: str, zone: tzinfo, kind: Kind) -> _Times:
    if not 1 <= len(expression) <= 256:
        raise CronError(f"It has {len(expression)} characters; 1 to 256 are taken.")
    match = (_EXPRESSION if kind == "rule" else _SCHEDULER_EXPRESSION).fullmatch(expression)
    word, body = (match[1].lower(), match[2]) if match else ("", "")
    if word == "rate":
        return _rate(body, kind)
    if word == "cron":
        return _CronTimes(Cron.parse(body, year_optional=kind == "scheduler"), zone)
    if word == "at" and kind == "scheduler":
        return _once(body, zone)
    known = "rate(...) or cron(...)" if kind == "rule" else "rate(...), cron(...) or at(...)"
    raise CronError(f"Write {known}, with nothing before or after it.")


def _rate(body: str, kind: Kind) -> _Rate:
    match = _RATE.fullmatch(body)
    if match is None:
        raise CronError("A rate is a positive whole number, a space and a unit: rate(5 minutes).")
    number, unit = int(match[1]), match[2]
    singular = unit.removesuffix("s")
    if singular not in _SECONDS or unit not in (singular, f"{singular}s"):
        raise CronError(f"{unit!r} is no unit of a rate: minute(s), hour(s) and day(s) are.")
    if number < 1:
        raise CronError("A rate of 0 is never due: 1 is the least.")
    if kind == "rule" and (number == 1) != (unit == singular):
        raise CronError(f"Write rate({number} {singular if number == 1 else singular + 's'}): a rule minds the plural.")
    return _Rate(number * _SECONDS[singular], first=1 if kind == "rule" else 0)


def _once(body: str, zone: tzinfo) -> _Once:
    try:
        wall = datetime.fromisoformat(body) if _AT.fullmatch(body) else None
    except ValueError as error:
        raise CronError(f"There is no such time: {error}.") from None
    if wall is None:
        raise CronError("Write at(yyyy-mm-ddThh:mm:ss), without an offset: ScheduleExpressionTimezone says the zone.")
    return _Once(wall.replace(tzinfo=zone).timestamp())


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return timezone.utc  # known on machines without time zone data too
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # not there, not a name, a folder of names
        known = available_timezones()
        near = near_misses(name, known)
        hint = f"Did you mean {or_list(near)}?" if near else "Name one of the IANA database: Europe/Berlin."
        hint = hint if known else "This machine has no time zone data. Install it with: pip install tzdata"
        raise InvalidScheduleError(f"Invalid Schedule Expression Timezone {name}. {hint}") from None
