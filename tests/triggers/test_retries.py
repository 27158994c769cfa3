"""How often a failed delivery is tried again.

Pages, 2026-11: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html ("for 24 hours and up
to 185 times with an exponential back off"), https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
(the table of phases, the fields of a delivery policy and their limits). The words of SNS's refusals were recorded of it
by public projects; limits of EventBridge are botocore's models'.
"""

import json
from itertools import count, pairwise, takewhile

import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.triggers.retries import SNS_MANAGED, GiveUp, HttpRetries, TargetRetries


def run(retries, *, duration=0.0):
    """Fail until it is given up: the delays, the reason, and when that was."""
    now, delays = duration, []
    while (delay := retries.delay_after(len(delays) + 1, first=0.0, now=now)) is not None:
        delays.append(delay)
        now += delay + duration
    return delays, retries.given_up(len(delays) + 1, first=0.0, now=now), now


def delays_of(retries):
    return list(takewhile(lambda delay: delay is not None, map(retries.delay_after, count(1))))


def test_a_target_is_tried_185_times_again_within_a_day():
    delays, reason, end = run(TargetRetries())

    assert len(delays) == 185
    assert reason is GiveUp.RETRIES
    assert 23.9 * 3_600 < end <= 24 * 3_600


def test_delays_of_a_target_double_until_they_are_long():
    delays = run(TargetRetries())[0]

    assert delays[:5] == [1, 2, 4, 8, 16]
    assert all(later >= sooner for sooner, later in pairwise(delays))


def test_no_retries_are_none():
    retries = TargetRetries(attempts=0)

    assert retries.delay_after(1, first=0.0, now=0.0) is None
    assert retries.given_up(1, first=0.0, now=0.0) is GiveUp.RETRIES


def test_an_old_event_is_given_up_for_its_age():
    delays, reason, end = run(TargetRetries(max_age_s=60))

    assert delays == [1, 2, 4, 8, 16]
    assert reason is GiveUp.AGE
    assert end <= 60
    assert len(run(TargetRetries(max_age_s=62))[0]) == 5
    assert len(run(TargetRetries(max_age_s=63))[0]) == 6


def test_time_that_attempts_take_counts_towards_the_age():
    assert len(run(TargetRetries(max_age_s=60), duration=10.0)[0]) == 4


def test_the_reason_is_the_dead_letters_attribute():
    assert [reason.value for reason in GiveUp] == ["MaximumRetryAttempts", "MaximumEventAgeInSeconds"]


def test_jitter_is_the_callers():
    retries = TargetRetries(jitter=lambda delay: delay / 4)

    assert run(retries)[0][:3] == [0.25, 0.5, 1]


@given(attempts=st.integers(0, 185), age=st.integers(60, 86_400), duration=st.floats(0, 900))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_both_limits_hold_and_the_reason_names_the_one_that_was_reached(attempts, age, duration):
    delays, reason, end = run(TargetRetries(attempts, age), duration=duration)

    assert len(delays) <= attempts
    assert (reason is GiveUp.RETRIES) == (len(delays) == attempts)
    assert end - duration <= age


@pytest.mark.parametrize("service", ["events", "scheduler"])
def test_a_retry_policy_is_read_within_the_services_limits(service):
    shapes = botocore.session.Session().get_service_model(service)
    limits = {
        name: (shapes.shape_for(name).metadata["min"], shapes.shape_for(name).metadata["max"])
        for name in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds")
    }

    for end in (0, 1):
        policy = {name: bounds[end] for name, bounds in limits.items()}
        assert TargetRetries.parse(policy) == TargetRetries(*policy.values())
    for name, (low, high) in limits.items():
        for outside in (low - 1, high + 1):
            with pytest.raises(
                InvalidParameterError, match=f"1 validation error detected: Value '{outside}' at 'retry"
            ):
                TargetRetries.parse({name: outside})


@pytest.mark.parametrize("policy", [None, {}, {"MaximumRetryAttempts": None}])
def test_a_retry_policy_has_defaults(policy):
    assert TargetRetries.parse(policy) == TargetRetries(185, 86_400)


@pytest.mark.parametrize("value", ["3", 3.5, True])
def test_a_retry_policy_takes_whole_numbers(value):
    with pytest.raises(InvalidParameterError, match="takes a whole number, 0 to 185"):
        TargetRetries.parse({"MaximumRetryAttempts": value})


def test_sns_tries_its_managed_endpoints_100015_times_over_23_days():
    delays = delays_of(SNS_MANAGED)

    assert delays[:5] == [0, 0, 0, 1, 1]
    assert delays[5] == 1
    assert delays[14] == 20
    assert all(later > sooner for sooner, later in pairwise(delays[5:15]))
    assert set(delays[15:]) == {20}
    assert len(delays) == SNS_MANAGED.retries == 100_015
    assert 23 <= sum(delays) / 86_400 < 24


@pytest.mark.parametrize("policy", [None, "", {}, "{}", {"healthyRetryPolicy": None}, {"http": {}}])
def test_an_http_endpoint_has_three_retries_20_seconds_apart(policy):
    assert delays_of(HttpRetries.parse(policy)) == [20, 20, 20]


def test_a_delivery_policy_sets_the_phases():
    policy = {"minDelayTarget": 1, "maxDelayTarget": 9, "numRetries": 10}
    policy |= {"numNoDelayRetries": 2, "numMinDelayRetries": 1, "numMaxDelayRetries": 2, "backoffFunction": "linear"}
    expected = [0, 0, 1, 1, 3, 5, 7, 9, 9, 9]

    assert delays_of(HttpRetries.parse({"healthyRetryPolicy": policy})) == expected
    assert delays_of(HttpRetries.parse(json.dumps({"healthyRetryPolicy": policy}))) == expected
    assert delays_of(HttpRetries.parse({"http": {"defaultHealthyRetryPolicy": policy}})) == expected


@pytest.mark.parametrize("function", ["linear", "arithmetic", "geometric", "exponential"])
@pytest.mark.parametrize(("retries", "most"), [(1, 60), (2, 60), (20, 60), (20, 5)])
def test_every_backoff_goes_from_the_least_delay_to_the_greatest(function, retries, most):
    policy = {"minDelayTarget": 5, "maxDelayTarget": most, "numRetries": retries, "backoffFunction": function}
    delays = delays_of(HttpRetries.parse({"healthyRetryPolicy": policy}))

    assert len(delays) == retries
    assert delays[0] == 5
    assert retries == 1 or delays[-1] == most
    assert delays == sorted(delays)


def test_backoffs_differ_by_how_late_they_grow():
    # the diagram of the page: linear is above arithmetic, then geometric, then exponential
    policy = {"minDelayTarget": 5, "maxDelayTarget": 60, "numRetries": 20}
    middles = [
        delays_of(HttpRetries.parse({"healthyRetryPolicy": policy | {"backoffFunction": function}}))[10]
        for function in ("linear", "arithmetic", "geometric", "exponential")
    ]

    assert middles == sorted(set(middles), reverse=True)


def test_http_retries_wait_no_more_than_an_hour_in_all():
    # "The total policy retry time for an HTTP/S endpoint cannot be greater than 3,600 seconds. This is a hard limit"
    policy = {"minDelayTarget": 600, "maxDelayTarget": 600, "numRetries": 50}

    assert delays_of(HttpRetries.parse({"healthyRetryPolicy": policy})) == [600] * 6


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"numRetries": 101}, "numRetries must be less than or equal to 100"),
        ({"numRetries": -1}, "numRetries must be greater than or equal to 0"),
        ({"minDelayTarget": 0}, "minDelayTarget must be greater than or equal to 1"),
        ({"maxDelayTarget": 3_601}, "maxDelayTarget must be less than or equal to 3600"),
        ({"minDelayTarget": 30}, "maxDelayTarget must be greater than or equal to minDelayTarget"),
        ({"numMinDelayRetries": -1}, "numMinDelayRetries must be greater than or equal to 0"),
        (
            {"numNoDelayRetries": 2, "numMaxDelayRetries": 2},
            "numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and "
            "numMaxDelayRetries",
        ),
        ({"numRetries": "3"}, "numRetries must be a whole number"),
    ],
)
def test_delivery_policies_that_sns_refuses(changes, said):
    for place, policy in (
        ("healthyRetryPolicy", {"healthyRetryPolicy": changes}),
        ("http.defaultHealthyRetryPolicy", {"http": {"defaultHealthyRetryPolicy": changes}}),
    ):
        with pytest.raises(InvalidParameterError) as refusal:
            HttpRetries.parse(policy)

        assert str(refusal.value) == f"Invalid parameter: DeliveryPolicy: {place}.{said}"


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("not json", "Invalid parameter: DeliveryPolicy: it is no JSON object: 'not json'"),
        ("[]", "Invalid parameter: DeliveryPolicy: it is no JSON object"),
        ({"healthyRetryPolicy": {"retries": 3}}, "Invalid parameter: DeliveryPolicy: Unexpected JSON member: retries"),
        ({"healthyRetryPolicy": {"backoffFunction": "fast"}}, r"the value \[fast\] is not a valid backoff function"),
    ],
)
def test_what_is_no_delivery_policy_is_refused(policy, said):
    with pytest.raises(InvalidParameterError, match=said):
        HttpRetries.parse(policy)
