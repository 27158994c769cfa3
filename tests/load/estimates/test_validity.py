"""A run that measured its own generator is not valid, and says why."""

import json
from dataclasses import replace

import pytest

from pytest_serverless.load.estimates.validity import Generation, Tolerances, judge

GOOD = Generation(planned=1000, sent=1000, done=1000, answers=1000, lag_p99_ms=1.5, cpu=0.4)


def test_a_run_in_order_is_valid():
    assert judge(GOOD).is_valid
    assert str(judge(GOOD)) == "valid"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lag_p99_ms": 800.0}, "sent late"),
        ({"cpu": 0.97}, "97% of a core"),
        ({"planned": 1010, "dropped": 10}, "10 of 1,010 arrivals were dropped"),
        ({"planned": 1003}, r"\+3 are not accounted for"),
        ({"done": 990}, r"\+10 are not accounted for"),
        ({"done": 950, "in_flight_at_stop": 50}, "50 of 1,000 sent were unanswered"),
        ({"unauthorised": 400}, "were 401"),
        ({"own_throttles": 1}, "of this caller"),
        ({"lost_workers": 1}, "did not report"),
        ({"errors": 3}, "failed 3 times"),
        ({"journey_errors": 11}, "11 of 1,000 journeys raised"),
        ({"unreached": 900}, "900 of 1,000 requests came to no function"),
        ({"clock_skew_ms": 80.0}, "differ by 80 ms"),
        ({"planned": 50, "sent": 0, "done": 0, "unsent": 50}, "nothing was sent"),
    ],
)
def test_each_fault_alone_makes_it_invalid(changes, reason):
    validity = judge(replace(GOOD, **changes))

    assert not validity.is_valid
    assert len(validity.reasons) == 1
    assert str(validity).startswith("INVALID: ")
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(str(validity))


@pytest.mark.parametrize(
    "changes",
    [
        {"planned": 1001, "dropped": 1},
        {"planned": 1500, "unsent": 500},
        {"done": 995, "in_flight_at_stop": 5},
        {"unauthorised": 5},
        {"journey_errors": 10},
        {"unreached": 899},
        {"cpu": None},
        {"lag_p99_ms": 20.0},
    ],
)
def test_what_is_within_tolerance_is_valid(changes):
    assert judge(replace(GOOD, **changes)).is_valid


def test_all_reasons_are_told():
    assert len(judge(replace(GOOD, lag_p99_ms=99.0, cpu=1.0, lost_workers=2)).reasons) == 3


def test_tolerances_are_the_users():
    assert not judge(GOOD, Tolerances(lag_p99_ms=1.0)).is_valid
    assert judge(replace(GOOD, lag_p99_ms=99.0), Tolerances(lag_p99_ms=100.0)).is_valid


def test_what_it_was_judged_by_is_written_down():
    written = json.loads(json.dumps(judge(replace(GOOD, cpu=1.0)).as_json()))

    assert written["valid"] is False
    assert written["generation"]["planned"] == 1000
    assert written["tolerances"]["cpu"] == 0.9
