"""Little's law beside the truth of simulations, and where it does not hold."""

import math

import pytest

from pytest_serverless.admission import LAMBDA
from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.simulation import poisson, simulate
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.means import mean
from pytest_serverless.load.estimates.occupancy import littles_law

LIMITS = LAMBDA.replaced({"requests_per_s_each": "inf"})


def run(per_s, seconds, seed=1, service="lognormal:median=90ms,sigma=0.5"):
    """Return how many were admitted in each 100 ms, how long they took, and how many truly ran on average."""
    starts, took = [0] * (seconds * 10), []

    def observe(arrived, decision, done):
        if arrived < seconds:
            starts[int(arrived * 10)] += 1
            took.append(done - arrived)

    arrivals = poisson(per_s, count=int(per_s * seconds * 1.3), seed=seed)
    truth = simulate(arrivals, Durations.parse(service).draw, limits=LIMITS, seed=seed, observe=observe)
    cells = truth.as_json()["busy"]["cells"][5 : seconds * 10]
    return starts, mean(took), sum(cells) / len(cells)


@pytest.mark.parametrize("per_s", [20, 100, 300])
def test_it_is_the_mean_that_truly_ran(per_s):
    starts, took, busy = run(per_s, 60)
    estimate = littles_law(starts, 0.1, took)

    assert estimate.contains(busy)
    assert estimate.width < 0.4 * busy
    assert estimate.n == pytest.approx(60 * per_s, rel=0.15)


def test_the_network_is_between_the_bounds():
    starts, took, busy = run(100, 60)
    client = mean([took.value + 0.03] * 100)

    estimate = littles_law(starts, 0.1, client, took)
    alone = littles_law(starts, 0.1, client)
    assert estimate.value == pytest.approx(busy, rel=0.05)
    assert estimate.upper > alone.value > estimate.value
    assert "upper bound" in alone.note
    assert estimate.note == ""


def seconds(value):
    return Interval(value=value, lower=value * 0.9, upper=value * 1.1, n=100, method="given")


def test_what_fills_up_and_drains_is_left_off():
    estimate = littles_law([0] * 5 + [10] * 600 + [0] * 5, 0.1, seconds(0.5))

    assert estimate.value == pytest.approx(50)
    assert estimate.n == 6000


@pytest.mark.parametrize(
    ("starts", "why"),
    [
        ([10] * 30, "less than 10 times"),
        ([0] * 600, "nothing was admitted"),
        ([2 * i for i in range(600)], "did not stay"),
        ([], "less than 10 times"),
    ],
)
def test_where_it_does_not_hold(starts, why):
    estimate = littles_law(starts, 0.1, seconds(0.5))

    assert isinstance(estimate, Unknown)
    assert why in str(estimate)
    assert not estimate.upper < math.inf
