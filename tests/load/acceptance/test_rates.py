"""Rates of cold starts and throttles, measured as any run is, beside the truth of the platform they are of."""

import statistics

import pytest

from pytest_serverless.load.estimates.erlang import blocking
from tests.load.acceptance.platforms import METRICS, Target

pytestmark = pytest.mark.xdist_group("acceptance")  # runs are shared by several tests

RUNS, ARRIVALS = 100, 1500
COLD = METRICS[:3]

PROACTIVE = Target(50, proactive=0.6, idle="uniform:low=300ms,high=700ms", init="lognormal:median=150ms,sigma=0.3")
LIMITED = Target(80, reserved=10)


@pytest.fixture(scope="module")
def proactive_truth():
    return PROACTIVE.truth(300_000)


@pytest.fixture(scope="module")
def proactive_runs():
    return [PROACTIVE.estimates(ARRIVALS, seed) for seed in range(RUNS)]


@pytest.mark.parametrize("metric", COLD)
def test_intervals_of_cold_starts_contain_the_truth(proactive_runs, proactive_truth, metric):
    intervals, truth = [run[metric] for run in proactive_runs], proactive_truth[metric]

    covered = statistics.fmean(each.contains(truth) for each in intervals)
    width = statistics.fmean(each.width for each in intervals) / truth
    print(f"{metric}: truth {truth:.3%}, covered {covered:.1%}, width {width:.2f} of it")
    assert covered >= 0.93
    assert width < 0.8
    assert statistics.fmean(each.value for each in intervals) == pytest.approx(truth, rel=0.05)


def test_the_three_rates_differ_and_each_is_its_own(proactive_runs, proactive_truth):
    visible, new, init = (proactive_truth[metric] for metric in COLD)

    # Of a hundred inits 60 are ahead of need; of those that serve anybody, half or more have nobody wait for them.
    assert 1.5 * visible < new < 0.9 * init
    for run in proactive_runs[:20]:
        assert not run["cold_starts.user_visible"].contains(new)
        assert run["cold_starts.user_visible"].value < run["cold_starts.new_instance"].value


def test_without_inits_ahead_of_need_the_three_rates_are_one():
    target = Target(50, idle="500ms", init="150ms")

    found = target.estimates(3000, seed=3)

    visible, new, init = (found[metric] for metric in COLD)
    assert visible.value == new.value == init.value > 0.01
    assert visible.contains(target.truth(200_000)["cold_starts.user_visible"])


def test_intervals_of_throttles_contain_what_erlang_says():
    truth = blocking(8.0, 10)
    intervals = [LIMITED.estimates(ARRIVALS, seed)["throttles"] for seed in range(RUNS)]

    covered = statistics.fmean(each.contains(truth) for each in intervals)
    print(f"throttles: truth {truth:.3%}, covered {covered:.1%}")
    assert covered >= 0.93
    assert statistics.fmean(each.width for each in intervals) / truth < 0.6


@pytest.mark.parametrize(("places", "offered"), [(5, 2.0), (10, 8.0), (25, 20.0), (100, 95.0)])
def test_the_long_run_is_that_of_erlang(places, offered):
    target = Target(offered / 0.1, reserved=places)

    assert target.truth(150_000)["throttles"] == pytest.approx(blocking(offered, places), rel=0.06)


def test_provisioned_sandboxes_that_are_enough_leave_nobody_waiting():
    target = Target(50, provisioned={"live": 25}, qualifier="live", init="lognormal:median=150ms,sigma=0.3")

    found = target.estimates(3000, seed=2)

    visible, new = found["cold_starts.user_visible"], found["cold_starts.new_instance"]
    assert (visible.value, visible.lower) == (0.0, 0.0)
    assert visible.upper == pytest.approx(3 / 3000, rel=0.01)
    assert new.value < 0.005
    truth = target.truth(100_000)
    assert (truth["cold_starts.user_visible"], truth["throttles"]) == (0.0, 0.0)


def test_provisioned_sandboxes_that_are_too_few_are_told_from_those_that_are_enough():
    target = Target(50, provisioned={"live": 4}, qualifier="live", idle="1s", init="lognormal:median=150ms,sigma=0.3")

    found, truth = target.estimates(3000, seed=2), target.truth(200_000)

    assert found["cold_starts.user_visible"].lower > 0.005
    assert found["cold_starts.user_visible"].contains(truth["cold_starts.user_visible"])


def test_the_same_seed_measures_the_same():
    assert PROACTIVE.estimates(300, seed=7) == PROACTIVE.estimates(300, seed=7) != PROACTIVE.estimates(300, seed=8)
