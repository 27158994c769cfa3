"""Which days of a month a cron expression names, by day of the month or by day of the week.

Weekdays count as AWS counts them: 1 is Sunday, 7 is Saturday.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

__all__ = ["Days", "LastDay", "LastWeekday", "MonthDays", "NearestWeekday", "NthWeekday", "WeekDays"]

_SUNDAY, _SATURDAY = 1, 7


class Days(Protocol):
    """A way to name days."""

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """Return the days of a month, in order."""


@lru_cache(maxsize=512)
def _month(year: int, month: int) -> tuple[int, int]:
    """Return the weekday of the first of a month, and how many days it has."""
    first, length = monthrange(year, month)
    return (first + 1) % 7 + 1, length


def _weekday(year: int, month: int, day: int) -> int:
    return (_month(year, month)[0] + day - 2) % 7 + 1


def _nearest(year: int, month: int, day: int) -> int:
    """Return the weekday nearest to a day, in the same month."""
    weekday = _weekday(year, month, day)
    if weekday == _SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == _SUNDAY:
        return day + 1 if day < _month(year, month)[1] else day - 2
    return day


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthDays:
    """`1,15-20`: by number."""

    days: tuple[int, ...]

    def of(self, year: int, month: int) -> tuple[int, ...]:
        length = _month(year, month)[1]
        return self.days if self.days[-1] <= length else tuple(day for day in self.days if day <= length)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDay:
    """`L`, the last day of the month, or `LW`, its last weekday."""

    weekday: bool

    def of(self, year: int, month: int) -> tuple[int, ...]:
        last = _month(year, month)[1]
        return (_nearest(year, month, last) if self.weekday else last,)


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestWeekday:
    """`3W`: the weekday nearest to the third; a month without that day has none."""

    day: int

    def of(self, year: int, month: int) -> tuple[int, ...]:
        return (_nearest(year, month, self.day),) if self.day <= _month(year, month)[1] else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDays:
    """`MON-FRI`: each of these days of the week."""

    weekdays: tuple[int, ...]

    def of(self, year: int, month: int) -> tuple[int, ...]:
        return _days_of_week(self.weekdays, *_month(year, month))


@dataclass(frozen=True, slots=True, kw_only=True)
class NthWeekday:
    """`3#2`: the second Tuesday; a month may have no fifth."""

    weekday: int
    nth: int

    def of(self, year: int, month: int) -> tuple[int, ...]:
        return _days_of_week((self.weekday,), *_month(year, month))[self.nth - 1 : self.nth]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWeekday:
    """`6L`: the last Friday of the month."""

    weekday: int

    def of(self, year: int, month: int) -> tuple[int, ...]:
        return _days_of_week((self.weekday,), *_month(year, month))[-1:]


@lru_cache(maxsize=256)
def _days_of_week(weekdays: tuple[int, ...], first: int, length: int) -> tuple[int, ...]:
    return tuple(day for day in range(1, length + 1) if (first + day - 2) % 7 + 1 in weekdays)
