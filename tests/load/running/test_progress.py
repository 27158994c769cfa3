"""What is told of a run while it lasts."""

import pytest

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Phase, Plan
from pytest_serverless.load.observations import Evidence, Observation
from pytest_serverless.load.running.progress import Seldom, progress

START_S = 1_790_000_000.0
PLAN = Plan([Phase.hold(10, 60)])


def told(*kinds, scenarios=("Shop", "Cart")):
    """Return the aggregate of an arrival of each kind in each of two scenarios, sent 3 ms late."""
    found = Aggregate(is_cold=lambda seen: seen.evidence.invocation == 1)
    for scenario in scenarios:
        for number, kind in enumerate(kinds):
            due_s = START_S + number / 10
            found.plan("hold", scenario, due_s)
            found.send("hold", scenario, due_s, due_s + 0.003)
            evidence = Evidence(source="probe", instance="i", invocation=number + 1)
            times = (due_s, due_s + 0.003, due_s + 0.1)
            found.add(Observation(scenario, "GET /", "hold", *times, kind, "", None, evidence))
    return found


def test_a_line_adds_up_all_scenarios():
    aggregate = told("ok", "throttled", "failed", "function_error", "refused")
    aggregate.plan("hold", "Shop", START_S)
    aggregate.drop("hold", "Shop", START_S, "in_flight")

    line = progress(aggregate, [PLAN], 12.0)
    assert line.startswith("hold, 12 of 60 s: 10 sent, 1 dropped, 2 cold, 2 throttled, 6 failed, lag p99 3.0")


def test_before_and_after_all_arrivals_it_says_so():
    assert progress(Aggregate(), [PLAN], 61.0) == "draining, 61 of 60 s: 0 sent"


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ask(clock):
    """Ask for what takes 0.1 s to make; tells how often it was made."""
    seldom, made = Seldom(clock), []

    def make():
        clock.now_s += 0.1
        made.append(1)
        return len(made)

    return lambda of, **given: seldom.made(of, make, **given)


def test_what_takes_long_is_made_anew_after_five_hundred_times_as_long(clock, ask):
    assert [ask("run"), ask("run")] == [1, 1]
    clock.now_s = 50.0
    assert ask("run") == 1
    clock.now_s = 50.2
    assert ask("run") == 2


def test_it_is_made_at_once_of_another_run_and_when_none_lasts(ask):
    assert ask("run") == 1
    assert ask("another") == 2
    assert ask("another", at_once=True) == 3
