"""Scenarios that search: what is sent next depends on what came of the last."""

import pytest

from tests.locust.stage import simulated

SEARCH = """
from pytest_serverless.locust import Idle, Limit, Onset, Scenario

class Find(Scenario):
    find = {search}
    function = "Hello"

    def journey(self, call):
        call.invoke()
"""


def test_the_concurrency_limit_is_found_exactly(run_locust):
    ran = run_locust(
        *simulated("400ms", "--limit", "account_concurrency=23"), file=SEARCH.format(search="Limit(most=64)")
    )

    (found,) = ran.result.found
    assert ran.code == 0, ran.out
    assert found.values["concurrency_limit"].value == 23
    assert found.requests == ran.dispatch.planned == ran.dispatch.done


def test_a_search_that_may_not_go_on_says_what_it_knows(run_locust):
    ran = run_locust(*simulated("400ms"), file=SEARCH.format(search="Limit(most=8)"))

    (found,) = ran.result.found
    assert ran.code == 4, ran.out
    assert "at least 8" in found.values["concurrency_limit"].note


@pytest.mark.parametrize("also", [["--processes", "2"], ["--serverless-arrival-rate", "5"], ["-t", "5s"]])
def test_what_a_search_cannot_follow_is_refused(run_locust, also):
    ran = run_locust(*simulated(), *also, file=SEARCH.format(search='"limit"'))

    assert ran.code == 2
    assert "Find" in ran.out


def test_a_search_sends_no_more_than_is_allowed(run_locust):
    ran = run_locust(
        *simulated("400ms"), "--serverless-max-arrivals", "20", file=SEARCH.format(search="Limit(most=64)")
    )

    (found,) = ran.result.found
    assert ran.code == 4, ran.out
    assert found.requests == ran.dispatch.planned <= 20
    assert "more than the 20 allowed" in found.reasons[-1]
