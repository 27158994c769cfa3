"""Schedules as `PutRule` and `CreateSchedule` describe them.

The words of refusals were measured of scheduler:CreateSchedule on 2026-09-07 by a public set of deployment checks; the
limits are botocore's model's.
"""

import time
from datetime import datetime, timezone

import pytest

from pytest_serverless.errors import InvalidScheduleError
from pytest_serverless.triggers.schedule_requests import rule_schedule, scheduler_schedule

NOON = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)


def asked(**changes):
    return {"ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": {"Mode": "OFF"}, **changes}


def test_a_rule_with_a_pattern_alone_has_no_schedule():
    assert rule_schedule({"EventPattern": "{}"}) is None


def test_a_disabled_rule_is_never_due():
    rule = {"ScheduleExpression": "rate(1 hour)"}

    assert rule_schedule(rule | {"State": "ENABLED"}).next_after(0, anchor=0) == 3_600
    assert rule_schedule(rule).next_after(0, anchor=0) == 3_600
    assert rule_schedule(rule | {"State": "DISABLED"}).next_after(0, anchor=0) is None


def test_a_disabled_schedule_is_never_due():
    assert scheduler_schedule(asked(State="DISABLED")).next_after(0, anchor=0) is None
    assert scheduler_schedule(asked(State="ENABLED")).next_after(0, anchor=0) == 3_600


@pytest.mark.parametrize(
    "start",
    [
        *(NOON, NOON.replace(tzinfo=None), NOON.timestamp(), int(NOON.timestamp())),
        *("2030-01-01T12:00:00.000Z", "2030-01-01T13:00:00+01:00"),
    ],
)
def test_dates_come_as_clients_and_templates_have_them(start):
    schedule = scheduler_schedule(asked(StartDate=start, EndDate="2030-01-01T13:30:00Z"))

    assert schedule.next_after(0, anchor=0) == NOON.timestamp()
    assert schedule.next_after(NOON.timestamp() + 3_600, anchor=0) is None


@pytest.fixture
def new_york():
    """The machine stands in New York."""
    with pytest.MonkeyPatch.context() as machine:
        machine.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the machine's time zone cannot be set")
def test_a_date_without_an_offset_is_in_utc_wherever_the_test_runs(new_york):
    assert scheduler_schedule(asked(StartDate="2030-01-01T12:00:00")).start == NOON.timestamp()


@pytest.mark.parametrize("date", ["tomorrow", True, ["2030-01-01"]])
def test_what_is_no_date_is_refused(date):
    with pytest.raises(InvalidScheduleError, match=r"StartDate is .*: it takes a datetime, seconds"):
        scheduler_schedule(asked(StartDate=date))


def test_the_zone_of_the_expression_is_kept():
    schedule = scheduler_schedule(
        asked(ScheduleExpression="at(2030-01-01T13:00:00)", ScheduleExpressionTimezone="Europe/Berlin")
    )

    assert schedule.next_after(0, anchor=0) == NOON.timestamp()


def test_a_flexible_window_is_told_in_seconds():
    flexible = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}

    assert scheduler_schedule(asked(FlexibleTimeWindow=flexible)).window_s == 900
    assert scheduler_schedule(asked()).window_s == 0


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (
            {"Mode": "OFF", "MaximumWindowInMinutes": 5},
            "must not be provided when FlexibleTimeWindowMode is set to OFF.",
        ),
        (
            {"Mode": "FLEXIBLE"},
            "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.",
        ),
        ({"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 0}, "Member must have value greater than or equal to 1"),
        ({"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1_441}, "Member must have value less than or equal to 1440"),
        ({}, "Member must satisfy enum value set: [OFF, FLEXIBLE]"),
    ],
)
def test_windows_that_scheduler_refuses(window, said):
    with pytest.raises(InvalidScheduleError) as refusal:
        scheduler_schedule(asked(FlexibleTimeWindow=window))

    assert str(refusal.value).endswith(said)
