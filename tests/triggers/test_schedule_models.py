"""Schedules against plain models: walk from minute to minute, or from day to day, and ask whether it is named."""

import time
from datetime import date, datetime, timedelta, timezone
from itertools import islice
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_serverless.triggers.schedules import Schedule


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc).timestamp()


def times(schedule, start, *, anchor=None):
    instant = start
    while (instant := schedule.next_after(instant, anchor=start if anchor is None else anchor)) is not None:
        yield instant


NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


@st.composite
def fields(draw, low, high):
    """A field of a cron, and whether a value is in it."""
    kind = draw(st.sampled_from(["*", "one", "list", "range", "step", "range step"]))
    a, b = sorted((draw(st.integers(low, high)), draw(st.integers(low, high))))
    step = draw(st.integers(1, 20))
    return {
        "*": ("*", lambda v: True),
        "one": (f"{a}", lambda v: v == a),
        "list": (f"{b},{a}", lambda v: v in (a, b)),
        "range": (f"{a}-{b}", lambda v: a <= v <= b),
        "step": (f"{a}/{step}", lambda v: v >= a and (v - a) % step == 0),
        "range step": (f"{a}-{b}/{step}", lambda v: a <= v <= b and (v - a) % step == 0),
    }[kind]


@st.composite
def weekdays(draw):
    """A day-of-week field, and whether a date is in it, by the calendar's own means."""
    number, nth = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    name = draw(st.sampled_from([str(number), NAMES[number - 1], NAMES[number - 1].lower()]))
    is_it = lambda d: d.isoweekday() % 7 + 1 == number  # noqa: E731 - one of several alike
    return draw(
        st.sampled_from(
            [
                (name, is_it),
                (f"{name}#{nth}", lambda d: is_it(d) and (d.day - 1) // 7 + 1 == nth),
                (f"{name}L", lambda d: is_it(d) and (d + timedelta(days=7)).month != d.month),
                ("MON-FRI", lambda d: d.weekday() < 5),
                ("L", lambda d: d.weekday() == 5),
            ]
        )
    )


@st.composite
def month_days(draw):
    """A day-of-month field, and whether a date is in it."""
    text, is_in = draw(fields(1, 31))
    return draw(
        st.sampled_from([(text, lambda d: is_in(d.day)), ("L", lambda d: (d + timedelta(days=1)).month != d.month)])
    )


@st.composite
def crons(draw):
    """A whole expression, and whether it names a wall-clock time."""
    minute, hour = draw(fields(0, 59)), draw(fields(0, 23))
    month = draw(st.one_of(st.just(("*", lambda v: True)), st.just(("2-11", lambda v: 2 <= v <= 11)), fields(1, 12)))
    by_month = draw(st.booleans())
    day = draw(month_days() if by_month else weekdays())
    days = f"{day[0]} {month[0]} ?" if by_month else f"? {month[0]} {day[0]}"
    matches = lambda t: minute[1](t.minute) and hour[1](t.hour) and month[1](t.month) and day[1](t.date())  # noqa: E731
    return f"cron({minute[0]} {hour[0]} {days} *)", matches


def walk(matches, zone, start, minutes):
    """Every time in a span, minute by minute: a wall-clock time counts the first time it comes."""
    seen = set()
    local = datetime.fromtimestamp(start, zone)
    seen.update(local.replace(tzinfo=None) - timedelta(minutes=back) for back in range(180) if local.fold)
    for minute in range(1, minutes + 1):
        instant = start + 60 * minute
        wall = datetime.fromtimestamp(instant, zone).replace(tzinfo=None)
        if wall not in seen and matches(wall):
            yield instant
        seen.add(wall)


ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]
# Days on which clocks change in some of the zones, and days on which none does.
DAYS = [(2026, 3, 7), (2026, 3, 28), (2026, 4, 4), (2026, 10, 3), (2026, 10, 24), (2026, 10, 31), (2028, 2, 28)]


@given(cron=crons(), zone=st.sampled_from(ZONES), day=st.sampled_from(DAYS))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_crons_agree_with_a_walk_from_minute_to_minute(cron, zone, day):
    expression, matches = cron
    start, minutes = utc(*day), 2 * 24 * 60
    assume(not datetime.fromtimestamp(start, ZoneInfo(zone)).fold)

    schedule = Schedule.parse(expression, kind="scheduler", timezone=zone)
    found = [*islice(times(schedule, start), minutes)]

    assert [t for t in found if t <= start + 60 * minutes] == list(walk(matches, ZoneInfo(zone), start, minutes))


@given(
    period=st.integers(1, 500),
    unit=st.sampled_from(["minutes", "hours", "days"]),
    anchor=st.floats(0, 2e9),
    past=st.floats(0, 1e8),
)
@settings(deadline=None, max_examples=100, derandomize=True)
def test_a_rate_is_due_every_period_and_always_later(period, unit, anchor, past):
    schedule = Schedule.parse(f"rate({period} {unit})", kind="scheduler")
    seconds = period * {"minutes": 60, "hours": 3_600, "days": 86_400}[unit]
    due = schedule.next_after(anchor + past, anchor=anchor)

    assert anchor + past < due <= anchor + past + seconds
    assert abs(round((due - anchor) / seconds) * seconds - (due - anchor)) < 1e-3
    assert abs(schedule.next_after(due, anchor=anchor) - due - seconds) < 1e-3


@given(
    days=st.one_of(month_days().map(lambda d: (f"{d[0]} * ?", d[1])), weekdays().map(lambda d: (f"? * {d[0]}", d[1])))
)
@settings(deadline=None, max_examples=100, derandomize=True)
def test_days_agree_with_a_walk_through_a_calendar(days):
    text, matches = days
    start = date(2027, 12, 31)
    calendar = [start + timedelta(days=offset) for offset in range(1, 800)]

    found = islice(times(Schedule.parse(f"cron(0 0 {text} *)"), utc(2027, 12, 31)), 800)
    found = [datetime.fromtimestamp(t, timezone.utc).date() for t in found]

    assert [day for day in found if day <= calendar[-1]] == [day for day in calendar if matches(day)]


def test_a_day_of_minutes_takes_no_time():
    schedule = Schedule.parse("cron(* * * * ? *)", kind="scheduler", timezone="America/New_York")
    began = time.perf_counter()
    count = len(list(islice(times(schedule, utc(2026, 5, 1)), 1_440)))

    assert count == 1_440
    assert time.perf_counter() - began < 0.5  # 15 ms on an idle machine
