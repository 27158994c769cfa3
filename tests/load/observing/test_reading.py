"""When it is known: logs and metrics come late, and are waited for by a clock of our own."""

import pytest

from pytest_serverless.load.evidence.cloudwatch import LAG_S
from pytest_serverless.load.observing.reading import whole_minutes
from tests.load.observing.cloud import NOON


@pytest.fixture
def just_now(cloud):
    """The run from noon on has ended this moment."""
    for second in range(60):
        cloud.invoke("shop", "aa", NOON + second + 0.5, init_ms=100.0 if not second else None)
    cloud.now = NOON + 60
    return cloud


def test_what_is_old_is_asked_once_and_not_waited_for(cloud, observe):
    cloud.invoke("shop", "aa", NOON + 5)

    assert observe().complete
    assert cloud.asked.count("GetMetricData") == 1
    assert cloud.slept == [1.0]  # for the query


def test_it_is_waited_until_log_and_metrics_agree(just_now, observe):
    said = []

    observed = observe(tell=said.append)

    assert observed.complete
    assert observed.invocations == 60
    assert just_now.now == pytest.approx(NOON + 60 + just_now.metric_lag_s, abs=32)
    assert said[0] == "waiting 60 s for what CloudWatch has yet to take in"


def test_a_log_that_is_late_is_read_again(just_now, observe):
    just_now.log_lag_s, just_now.metric_lag_s = 100.0, 20.0

    assert observe().invocations == 60
    assert just_now.asked.count("StartQuery") >= 2


def test_a_log_that_is_there_is_not_paid_for_again(just_now, observe):
    just_now.log_lag_s, just_now.metric_lag_s = 0.0, 150.0

    assert observe().invocations == 60
    assert just_now.asked.count("StartQuery") == 1
    assert just_now.asked.count("GetMetricData") >= 3


def test_nothing_at_all_is_no_agreement(just_now, observe):
    just_now.log_lag_s = just_now.metric_lag_s = 100.0

    assert observe().invocations == 60


def test_they_need_not_agree_once_they_are_old_enough(just_now, observe):
    for number in range(10):
        just_now.count("shop", "Invocations", NOON + number)

    observed = observe()

    assert observed.complete
    assert just_now.now == pytest.approx(NOON + 60 + LAG_S, abs=3)
    assert any(
        note.startswith("Metrics count 70 invocations in these minutes, and the log tells of 60")
        for note in observed.notes
    )


def test_it_is_waited_no_longer_than_allowed(just_now, observe):
    observed = observe(patience_s=65.0)

    assert not observed.complete
    assert just_now.now <= NOON + 60 + 65 + 2
    assert any("Log lines can be queried after a minute or so" in note for note in observed.notes)
    assert observed.estimates["throttles"].n < 60


def test_without_patience_it_is_asked_at_once(just_now, observe):
    just_now.now += 30

    observed = observe(patience_s=0.0)

    assert not observed.complete
    assert observed.invocations == 60
    assert just_now.slept == [1.0]


def test_metrics_by_the_minute_are_gone_after_15_days(cloud, observe):
    cloud.now = NOON + 16 * 86_400

    assert "CloudWatch keeps metrics by the minute for 15 days: there are none of that time." in observe().notes


def test_whole_minutes_are_told_where_the_time_is_not_such(cloud, observe):
    cloud.invoke("shop", "aa", NOON + 35)

    [note] = observe(from_s=30.0, to_s=89.0).notes

    assert "by the minute: 2026-11-23 12:00:00 to 2026-11-23 12:02:00 UTC." in note
    assert whole_minutes(NOON + 30, NOON + 89) == (NOON, NOON + 120)
    assert whole_minutes(NOON, NOON + 60) == (NOON, NOON + 60)
