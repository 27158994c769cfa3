"""When schedules are due: AWS's documented examples, recorded refusals, and a walk from minute to minute.

Pages, 2026-11: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html ("rules") and
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html ("Scheduler"). The expressions that are
refused, and in which words, were recorded of the services: LocalStack's validated tests (events/test_events_schedule,
scheduler/test_scheduler, 2025-01) and a public set of deployment checks measured on 2026-09-07.
"""

from datetime import datetime, timezone
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from pytest_serverless.errors import InvalidScheduleError
from pytest_serverless.triggers.schedules import Schedule


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc).timestamp()


def times(schedule, start, *, anchor=None):
    instant = start
    while (instant := schedule.next_after(instant, anchor=start if anchor is None else anchor)) is not None:
        yield instant


def first_times(schedule, start, count):
    return list(islice(times(schedule, start), count))


def first(count, expression, start, **options):
    """The first times of a schedule, as texts in its own time zone."""
    zone = ZoneInfo(options.get("timezone", "UTC"))
    found = islice(times(Schedule.parse(expression, **options), start), count)
    return [datetime.fromtimestamp(instant, zone).strftime("%Y-%m-%d %H:%M") for instant in found]


# The examples of the rules' page, and what they mean from the page's own words, from Friday 2026-05-01 00:00 on.
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 10 * * ? *", ["2026-05-01 10:00", "2026-05-02 10:00"]),
        ("15 12 * * ? *", ["2026-05-01 12:15", "2026-05-02 12:15"]),
        ("0 18 ? * MON-FRI *", ["2026-05-01 18:00", "2026-05-04 18:00", "2026-05-05 18:00"]),
        ("0 8 1 * ? *", ["2026-05-01 08:00", "2026-06-01 08:00"]),
        ("0/15 * * * ? *", ["2026-05-01 00:15", "2026-05-01 00:30", "2026-05-01 00:45", "2026-05-01 01:00"]),
        ("0/10 * ? * MON-FRI *", ["2026-05-01 00:10", "2026-05-01 00:20"]),
        ("0/30 20-2 ? * MON-FRI *", ["2026-05-01 00:30", "2026-05-01 01:00", "2026-05-01 01:30", "2026-05-01 02:00"]),
        ("15 10 ? * 6L 2026-2027", ["2026-05-29 10:15", "2026-06-26 10:15"]),
        ("1/10 5 1 * ? *", ["2026-05-01 05:01", "2026-05-01 05:11", "2026-05-01 05:21"]),
        ("0 0 1 JAN,FEB,MAR ? *", ["2027-01-01 00:00", "2027-02-01 00:00", "2027-03-01 00:00"]),
        ("0 0 ? * 3#2 *", ["2026-05-12 00:00", "2026-06-09 00:00"]),
        ("0 0 3W * ? *", ["2026-05-04 00:00", "2026-06-03 00:00", "2026-07-03 00:00"]),
        ("0 0 L * ? *", ["2026-05-31 00:00", "2026-06-30 00:00"]),
        ("0 0 ? * L *", ["2026-05-02 00:00", "2026-05-09 00:00"]),
    ],
)
def test_the_documented_crons(expression, expected):
    assert first(len(expected), f"cron({expression})", utc(2026, 5, 1)) == expected


def test_every_five_minutes_in_office_hours():
    # "Run every 5 minutes Monday through Friday between 8:00 am and 5:55 pm (UTC+0)"
    schedule = Schedule.parse("cron(0/5 8-17 ? * MON-FRI *)")
    week = first_times(schedule, utc(2026, 5, 3), 601)

    assert week[0] == utc(2026, 5, 4, 8)
    assert week[119] == utc(2026, 5, 4, 17, 55)
    assert week[599] == utc(2026, 5, 8, 17, 55)
    assert week[600] == utc(2026, 5, 11, 8)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("1W", ["2026-08-03", "2026-09-01"]),  # 2026-08-01 is a Saturday: not back into July
        ("31W", ["2026-08-31", "2026-10-30", "2026-12-31"]),  # months of 30 days have no 31st
        ("LW", ["2026-08-31", "2026-09-30", "2026-10-30", "2026-11-30", "2026-12-31", "2027-01-29"]),  # Sunday the 31st
        ("31", ["2026-08-31", "2026-10-31", "2026-12-31"]),
        ("29", ["2026-08-29", "2026-09-29"]),
    ],
)
def test_days_near_the_ends_of_months(day, expected):
    found = first(len(expected), f"cron(0 0 {day} * ? *)", utc(2026, 8, 1) - 1)

    assert [text[:10] for text in found] == expected


def test_a_range_may_wrap_round():
    assert first(3, "cron(0 9 ? * FRI-SUN *)", utc(2026, 5, 2)) == [
        "2026-05-02 09:00",
        "2026-05-03 09:00",
        "2026-05-08 09:00",
    ]
    assert first(3, "cron(0 22-2/2 * * ? *)", utc(2026, 5, 1, 21)) == [
        "2026-05-01 22:00",
        "2026-05-02 00:00",
        "2026-05-02 02:00",
    ]


def test_the_fifth_weekday_of_a_month_skips_the_months_without_one():
    assert first(3, "cron(0 0 ? * FRI#5 *)", utc(2026, 1, 1)) == [
        "2026-01-30 00:00",
        "2026-05-29 00:00",
        "2026-07-31 00:00",
    ]


def test_leap_days_are_found_and_years_without_one_passed_over():
    assert first(2, "cron(0 0 29 2 ? *)", utc(2026, 1, 1)) == ["2028-02-29 00:00", "2032-02-29 00:00"]


@pytest.mark.parametrize("expression", ["cron(0 0 31 2 ? *)", "cron(0 0 1 1 ? 2002-2005)", "cron(0 0 1 1 ? 2025)"])
def test_a_schedule_that_is_over_or_never_comes_has_no_next_time(expression):
    assert Schedule.parse(expression).next_after(utc(2026, 1, 1), anchor=0) is None


def test_the_next_time_is_strictly_after_the_instant():
    schedule = Schedule.parse("cron(0 12 * * ? *)")
    noon = utc(2026, 5, 1, 12)

    assert schedule.next_after(noon - 0.0000005, anchor=0) == noon
    assert schedule.next_after(noon, anchor=0) == noon + 86_400


def test_a_rules_rate_counts_from_when_the_rule_was_made():
    schedule = Schedule.parse("rate(5 minutes)")

    assert list(islice(times(schedule, 1_000.0), 3)) == [1_300.0, 1_600.0, 1_900.0]
    assert schedule.next_after(1_700.0, anchor=1_000.0) == 1_900.0
    assert schedule.next_after(999.0, anchor=1_000.0) == 1_300.0


def test_a_schedulers_rate_begins_at_once():
    # Scheduler: "If you do not provide a StartDate for a rate-based schedule, your schedule starts invoking the target
    # immediately."
    schedule = Schedule.parse("rate(5 minutes)", kind="scheduler")

    assert schedule.next_after(999.0, anchor=1_000.0) == 1_000.0
    assert schedule.next_after(1_000.0, anchor=1_000.0) == 1_300.0


def test_a_start_date_sets_the_first_time_of_a_rate():
    # Scheduler: "you use the StartDate property to set the first occurrence of the schedule"; its seconds do not count.
    schedule = Schedule.parse("rate(1 hours)", kind="scheduler", start=utc(2026, 5, 1, 9, 29, 30))

    assert first_times(schedule, utc(2026, 5, 1), 2) == [utc(2026, 5, 1, 9, 30), utc(2026, 5, 1, 10, 30)]
    assert schedule.next_after(utc(2026, 5, 2, 9, 31), anchor=utc(2026, 5, 2)) == utc(2026, 5, 2, 10, 30)


def test_start_and_end_bound_a_cron():
    schedule = Schedule.parse(
        "cron(0 12 * * ? *)", kind="scheduler", start=utc(2026, 5, 3, 12), end=utc(2026, 5, 5, 12)
    )

    assert list(times(schedule, utc(2026, 1, 1))) == [utc(2026, 5, day, 12) for day in (3, 4, 5)]


def test_a_one_time_schedule_runs_once_in_its_zone():
    # Scheduler's example: "runs once at 1pm UTC-8 on November 20, 2022"
    schedule = Schedule.parse("at(2022-11-20T13:00:00)", kind="scheduler", timezone="America/Los_Angeles")

    assert list(times(schedule, 0)) == [utc(2022, 11, 20, 21)]


def test_a_one_time_schedule_ignores_start_and_end():
    # "When you configure a one-time schedule, EventBridge Scheduler ignores the StartDate and EndDate"
    schedule = Schedule.parse("at(2022-11-20T13:00)", kind="scheduler", start=utc(2030, 1, 1), end=utc(2031, 1, 1))

    assert list(times(schedule, 0)) == [utc(2022, 11, 20, 13)]


def test_a_skipped_time_is_skipped_and_a_repeated_one_runs_once():
    # Scheduler's example for America/Los_Angeles: cron(30 2 * * ? *) skips the day that clocks go forward; the repeated
    # hour there is 1:00-1:59.
    zone = {"kind": "scheduler", "timezone": "America/Los_Angeles"}

    assert first(2, "cron(30 2 * * ? *)", utc(2027, 3, 13, 12), **zone) == ["2027-03-15 02:30", "2027-03-16 02:30"]
    assert list(islice(times(Schedule.parse("cron(30 1 * * ? *)", **zone), utc(2027, 11, 7)), 2)) == [
        utc(2027, 11, 7, 8, 30),  # before the shift, in summer time
        utc(2027, 11, 8, 9, 30),
    ]


def test_within_the_repeated_hour_nothing_is_due():
    schedule = Schedule.parse("cron(* * * * ? *)", kind="scheduler", timezone="America/Los_Angeles")

    assert schedule.next_after(utc(2027, 11, 7, 8, 59), anchor=0) == utc(2027, 11, 7, 10)  # 1:59 in summer time
    assert schedule.next_after(utc(2027, 11, 7, 9, 30), anchor=0) == utc(2027, 11, 7, 10)  # 1:30 in winter time


def test_a_day_of_a_rate_is_24_hours_on_the_clock():
    # Scheduler: "still evaluates the rate expression 24 hours after the schedule's last invocation"
    schedule = Schedule.parse("rate(1 days)", kind="scheduler", timezone="America/New_York", start=utc(2027, 3, 13, 17))

    assert first_times(schedule, 0, 3) == [utc(2027, 3, day, 17) for day in (13, 14, 15)]


def test_the_same_wall_time_is_an_hour_earlier_in_summer():
    # "cron(30 8 * * ? *)" in America/New_York is the page's own example of a time zone
    schedule = Schedule.parse("cron(30 8 * * ? *)", kind="scheduler", timezone="America/New_York")

    assert schedule.next_after(utc(2026, 1, 10), anchor=0) == utc(2026, 1, 10, 13, 30)
    assert schedule.next_after(utc(2026, 7, 10), anchor=0) == utc(2026, 7, 10, 12, 30)


RECORDED_OF_BOTH = [
    "cron(0 1 * * * *)",
    "cron(7 20 * * NOT *)",
    "cron(INVALID)",
    "cron(0 dummy ? * MON-FRI *)",
    "cron(71 8 1 * ? *)",
    "rate(10 seconds)",
    "rate(10 years)",
    "rate()",
    "rate(10)",
    "rate(10 minutess)",
    "rate(foo minutes)",
    "rate(0 minutes)",
    "rate(-10 minutes)",
    "rate( 10 minutes )",
    " rate(10 minutes)",
]
RECORDED_OF_RULES = [
    *("rate(1 minutes)", "rate(1 hours)", "rate(1 days)", "rate(10 minute)", "rate(10 hour)", "rate(10 day)"),
    *("rate(10 MINUTES)", "cron(0 20 3#1 * ? *)", "cron(0 20 * 13 ? *)"),
]
RECORDED_OF_SCHEDULER = [
    *("cron()", "cron(0 3 * *)", "cron(*/30 * * * * ? *)", "cron(0 0 ? * ? *)", "cron(0 0 ? * MON#6 *)"),
    *("at(2021-12-31T23:59:59Z)", "at(2021-12-31)", "at(2021-12-31 23:59:59)", "at(2021-12-31T23:59:59.000)"),
    *("at(2021-12-31T24:00:00)", "at(2021-02-29T00:00:00)"),
]
# The page: '"3#1,6#3" is not valid because it is interpreted as two expressions', and the table of wildcards.
DOCUMENTED = [
    *("cron(0 0 ? * 3#1,6#3 *)", "cron(0 0 ? * MON/2 *)", "cron(0 0 ? * 5W *)", "cron(0 0 L-3 * ? *)"),
    *("cron(0 0 1 1 ? 1969)", "cron(0 0 1 1 ? 2200)", "cron(60 0 * * ? *)", "cron(0 24 * * ? *)", "cron(0 0 0 * ? *)"),
    *("cron(0 0 32 * ? *)", "cron(0 0 ? * 8 *)", "cron(0 0 ? * 0 *)", "cron(0/0 0 * * ? *)", "cron(1- 0 * * ? *)"),
    *("cron(0 0 1 1 ? 2030-2020)", "cron(0 0 ? * 8L *)", "cron(0 0 ? * XL *)", "cron(1,,2 0 * * ? *)", "(0 0 1 1 ? *)"),
    *("cron(0 0 33W * ? *)", "cron(*-5 0 * * ? *)", "rate(5 minutes) ", "", "cron(0 0 1 1 ? *" + "9" * 256 + ")"),
]


@pytest.mark.parametrize("expression", [*RECORDED_OF_BOTH, *RECORDED_OF_RULES, *DOCUMENTED, "at(2030-01-01T00:00:00)"])
def test_what_a_rule_refuses(expression):
    with pytest.raises(InvalidScheduleError, match=r"^Parameter ScheduleExpression is not valid\. It is "):
        Schedule.parse(expression)


@pytest.mark.parametrize("expression", [*RECORDED_OF_BOTH, *RECORDED_OF_SCHEDULER, *DOCUMENTED])
def test_what_scheduler_refuses(expression):
    with pytest.raises(InvalidScheduleError) as refusal:
        Schedule.parse(expression, kind="scheduler")

    assert str(refusal.value).startswith(f"Invalid Schedule Expression {expression}. ")


@pytest.mark.parametrize(
    "expression",
    [
        *("cron(0 2 ? * SAT *)", "cron(5,35 14 * * ? *)", "cron(15 10 ? * 6L 2002-2005)", "cron(0 2 ? * SAT#3 *)"),
        *("cron(* * ? * SAT#3 *)", "cron(0/5 5 ? JAN 1-5 2022)", "cron(0/30 20-23 ? * MON-FRI *)"),
    ],
)
def test_what_a_rule_was_recorded_to_take(expression):
    assert Schedule.parse(expression).expression == expression


@pytest.mark.parametrize(
    "expression",
    [
        *("AT(2030-01-01T00:00:00)", "rate(1 minutes)", "rate(10 minute)", "cron(0 3 * * ?)", "cron(0 3 15W * ? *)"),
        # seen in the console, by who reported them to an emulator (localstack#13572)
        *("cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)", "cron(30-30 13-13 ? * 2,4,6 *)", "cron(1-31/30 1-1 ? * 1,7 *)"),
    ],
)
def test_what_scheduler_was_measured_to_take(expression):
    assert Schedule.parse(expression, kind="scheduler").expression == expression


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("cron(71 8 1 * ? *)", r"The minutes field cannot be '71': 71 is outside 0-59\."),
        ("cron(7 20 ? * NOT *)", r"day-of-week field cannot be 'NOT': 'NOT' is neither a number nor one of SUN, MON"),
        ("cron(0 8 * * *)", r"It has 5 fields; six are needed"),
        (
            "cron(0 8 * * MON *)",
            r"Exactly one of day-of-month and day-of-week must be '\?'; here they are '\*' and 'MON'",
        ),
        ("rate(1 minutes)", r"Write rate\(1 minute\)"),
        ("rate(5 hour)", r"Write rate\(5 hours\)"),
        ("every(5 minutes)", r"Write rate\(\.\.\.\) or cron\(\.\.\.\), with nothing"),
    ],
)
def test_a_refusal_says_what_is_wrong(expression, said):
    with pytest.raises(InvalidScheduleError, match=said):
        Schedule.parse(expression)


@pytest.mark.parametrize("zone", ["Europe/Berlim", "", "Europe", "../../etc/passwd", "utc+1", "/UTC"])
def test_an_unknown_time_zone_is_refused(zone):
    with pytest.raises(InvalidScheduleError, match=r"^Invalid Schedule Expression Timezone"):
        Schedule.parse("rate(1 day)", kind="scheduler", timezone=zone)


def test_a_misspelt_time_zone_gets_a_suggestion():
    with pytest.raises(InvalidScheduleError, match="Did you mean 'Europe/Berlin'"):
        Schedule.parse("rate(1 day)", kind="scheduler", timezone="Europe/Berlim")


@pytest.mark.parametrize("options", [{"timezone": "Europe/Berlin"}, {"start": 1.0}, {"end": 1.0}])
def test_a_rule_has_no_zone_start_or_end(options):
    with pytest.raises(InvalidScheduleError, match=r"EventBridge Scheduler has them\.$"):
        Schedule.parse("rate(1 day)", **options)


def test_a_start_comes_before_the_end():
    with pytest.raises(InvalidScheduleError, match=r"^The StartDate you specify must come before the EndDate\.$"):
        Schedule.parse("rate(1 day)", kind="scheduler", start=2.0, end=2.0)
