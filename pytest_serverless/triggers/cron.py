"""AWS cron expressions: `0 18 ? * MON-FRI *` and the wall-clock times it means.

Six fields: minutes, hours, day of month, month, day of week, year. `,` `-` `*` `/` in all but the day of week, which
has no `/`; `?` in exactly one of the two days; `L` and `15W` in the day of month, `L`, `6L` and `3#2` in the day of
week. Names may be written in any case, and a range may wrap round (`FRI-MON`), but for years. `LW`, the last weekday
of a month, is taken too: the page does not name it, the service knows it.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html (2026-11). Years are
held to what it says, 1970-2199, although a rule for 2500 was once seen to be taken.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from pytest_serverless.triggers.cron_days import (
    Days,
    LastDay,
    LastWeekday,
    MonthDays,
    NearestWeekday,
    NthWeekday,
    WeekDays,
)

__all__ = ["Cron", "CronError"]

_MONTHS = {"JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6}
_MONTHS |= {"JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12}
_WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_BEFORE_MIDNIGHT = (-1, 59)
_PART = re.compile(r"(?P<low>\*|\w+)(?:-(?P<high>\w+))?(?:/(?P<step>\d+))?", re.ASCII)
_NEAREST = re.compile(r"(\d{1,2})W", re.ASCII)
_NTH = re.compile(r"(\w+)#(\d+)", re.ASCII)
_LAST = re.compile(r"(\w+)L", re.ASCII)


class CronError(ValueError):
    """What is wrong in the fields of a cron expression; whoever asked adds the service's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """One of the fields: its name, its range, the names its values may have, and whether it takes steps."""

    name: str
    low: int
    high: int
    names: Mapping[str, int]
    steps: bool = True
    wraps: bool = True

    def values(self, text: str) -> tuple[int, ...]:
        """Return every value that `text` stands for, in order."""
        return tuple(sorted({value for part in text.split(",") for value in self._part(part, text)}))

    def number(self, text: str, whole: str) -> int:
        """Return a value that is written as a number or as a name."""
        value = self.names.get(text, int(text) if text.isdecimal() else None)
        if value is None:
            raise CronError(f"{self.name} cannot be {whole!r}: {text!r} is {self._known()}.")
        if not self.low <= value <= self.high:
            raise CronError(f"{self.name} cannot be {whole!r}: {value} is outside {self.low}-{self.high}.")
        return value

    def _known(self) -> str:
        return f"neither a number nor one of {', '.join(self.names)}" if self.names else "no number"

    def _part(self, part: str, whole: str) -> Sequence[int]:
        match = _PART.fullmatch(part)
        if match is None or (match["low"] == "*" and match["high"]):
            raise CronError(f"{self.name} cannot be {whole!r}: {part!r} is no value, range (1-5), step (0/15) or *.")
        step = self._step(match["step"], whole)
        if match["low"] == "*":
            return range(self.low, self.high + 1, step)
        low = self.number(match["low"], whole)
        if match["high"]:
            return self._range(low, self.number(match["high"], whole), step, whole)
        return range(low, self.high + 1, step) if match["step"] else (low,)

    def _step(self, text: str | None, whole: str) -> int:
        if text is None:
            return 1
        if not self.steps:
            raise CronError(f"{self.name} cannot be {whole!r}: it takes no '/'. Name the days: MON,WED,FRI.")
        if int(text) == 0:
            raise CronError(f"{self.name} cannot be {whole!r}: a step is 1 at least.")
        return int(text)

    def _range(self, low: int, high: int, step: int, whole: str) -> Sequence[int]:
        if low <= high:
            return range(low, high + 1, step)
        if not self.wraps:
            raise CronError(f"{self.name} cannot be {whole!r}: the range runs backwards.")
        size = self.high - self.low + 1
        return [(value - self.low) % size + self.low for value in range(low, high + size + 1, step)]


_MINUTES = _Field(name="The minutes field", low=0, high=59, names={})
_HOURS = _Field(name="The hours field", low=0, high=23, names={})
_DAYS_OF_MONTH = _Field(name="The day-of-month field", low=1, high=31, names={})
_MONTH = _Field(name="The month field", low=1, high=12, names=_MONTHS)
_DAYS_OF_WEEK = _Field(name="The day-of-week field", low=1, high=7, names=_WEEKDAYS, steps=False)
_YEARS = _Field(name="The year field", low=1970, high=2199, names={}, wraps=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """The wall-clock times a cron expression means, in no particular time zone."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: Days
    months: tuple[int, ...]
    years: tuple[int, ...]

    @classmethod
    def parse(cls, text: str, *, year_optional: bool = False) -> Cron:
        """Read the fields between the parentheses of `cron(...)`; `CronError` says what is wrong in them."""
        fields = text.upper().split()
        if len(fields) == 5 and year_optional:
            fields.append("*")
        if len(fields) != 6:
            raise CronError(
                f"It has {len(fields)} fields; six are needed: minutes hours day-of-month month day-of-week year."
            )
        minutes, hours, day_of_month, month, day_of_week, year = fields
        return cls(
            minutes=_MINUTES.values(minutes),
            hours=_HOURS.values(hours),
            days=_days(day_of_month, day_of_week),
            months=_MONTH.values(month),
            years=_YEARS.values(year),
        )

    def after(self, wall: datetime) -> Iterator[datetime]:
        """Yield the times after `wall`, in order; days and months that cannot match are never looked at."""
        today = wall.date()
        for day in self._days_from(today):
            yield from self._times(day, (wall.hour, wall.minute) if day == today else _BEFORE_MIDNIGHT)

    def _days_from(self, start: date) -> Iterator[date]:
        for year in self.years[bisect_left(self.years, start.year) :]:
            for month in self.months:
                if (year, month) >= (start.year, start.month):
                    days = (date(year, month, day) for day in self.days.of(year, month))
                    yield from (day for day in days if day >= start)

    def _times(self, day: date, after: tuple[int, int]) -> Iterator[datetime]:
        for hour in self.hours[bisect_left(self.hours, after[0]) :]:
            first = after[1] + 1 if hour == after[0] else 0
            for minute in self.minutes[bisect_left(self.minutes, first) :]:
                yield datetime.combine(day, time(hour, minute))


def _days(day_of_month: str, day_of_week: str) -> Days:
    if (day_of_month == "?") == (day_of_week == "?"):
        raise CronError(
            f"Exactly one of day-of-month and day-of-week must be '?'; here they are {day_of_month!r} "
            f"and {day_of_week!r}. Put '?' in the one that does not matter."
        )
    return _of_month(day_of_month) if day_of_week == "?" else _of_week(day_of_week)


def _of_month(text: str) -> Days:
    if text in ("L", "LW"):
        return LastDay(weekday=text == "LW")
    if match := _NEAREST.fullmatch(text):
        return NearestWeekday(day=_DAYS_OF_MONTH.number(match[1], text))
    return MonthDays(days=_DAYS_OF_MONTH.values(text))


def _of_week(text: str) -> Days:
    if text == "L":
        return WeekDays(weekdays=(7,))
    if match := _NTH.fullmatch(text):
        if not 1 <= int(match[2]) <= 5:
            raise CronError(f"The day-of-week field cannot be {text!r}: a month has the 1st to the 5th of a weekday.")
        return NthWeekday(weekday=_DAYS_OF_WEEK.number(match[1], text), nth=int(match[2]))
    if (match := _LAST.fullmatch(text)) and (match[1] in _WEEKDAYS or match[1].isdecimal()):
        return LastWeekday(weekday=_DAYS_OF_WEEK.number(match[1], text))
    return WeekDays(weekdays=_DAYS_OF_WEEK.values(text))
