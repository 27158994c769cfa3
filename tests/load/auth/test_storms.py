"""Answers that refuse the credentials, counted."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.load.auth import Unauthorised, is_unauthorised
from pytest_serverless.load.estimates.validity import Generation, judge


def counted(answers):
    counter = Unauthorised()
    for at_s, status in enumerate(answers):
        counter.add(status, at_s=at_s)
    return counter


@pytest.mark.parametrize(
    ("status", "error_type", "expected"),
    [
        (401, "", True),
        (403, "ExpiredTokenException", True),
        (403, "UnrecognizedClientException:http://internal.amazon.com/coral/com.amazon.coral.service/", True),
        (400, "com.amazonaws#ExpiredTokenException", True),
        (403, "InvalidSignatureException", True),
        (403, "AccessDeniedException", False),
        (403, "", False),
        (400, "ValidationException", False),
        (200, "ExpiredTokenException", False),
        (None, "", False),
    ],
)
def test_which_answers_refuse_the_credentials(status, error_type, expected):
    assert is_unauthorised(status, error_type) is expected


def test_a_run_with_many_is_not_valid():
    counter = counted([200] * 980 + [401] * 20)
    assert (counter.answers, counter.unauthorised, counter.first_s, counter.last_s) == (1000, 20, 980, 999)
    run = Generation(planned=1000, sent=1000, done=1000, answers=counter.answers, unauthorised=counter.unauthorised)
    assert judge(run).reasons == ("20 of 1,000 answers were 401. Check the credentials and their renewal",)
    assert judge(Generation(planned=1000, sent=1000, done=1000, answers=1000, unauthorised=10)).is_valid


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([401] * 99, False),
        ([401] * 100, True),
        ([200] * 1000 + [401] * 49, False),
        ([200] * 1000 + [401] * 50, True),
        ([401] * 1000 + [200] * 51, False),
        ([], False),
    ],
)
def test_a_storm_is_half_of_the_last_hundred_answers(answers, expected):
    assert counted(answers).is_storm is expected


statuses = st.lists(st.sampled_from([200, 401, 403, None]), max_size=20)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(statuses, statuses, statuses)
def test_counts_merge_in_any_order_also_by_way_of_json(one, two, three):
    def merged(*counters):
        whole = Unauthorised()
        for counter in counters:
            whole.merge(Unauthorised.from_json(json.loads(json.dumps(counter.as_json()))))
        return whole

    a, b, c = counted(one), counted(two), counted(three)
    assert merged(a, b, c).as_json() == merged(merged(c, b), a).as_json()
    assert merged(a, b, c).unauthorised == (one + two + three).count(401)
    assert merged(a).as_json() == a.as_json()
