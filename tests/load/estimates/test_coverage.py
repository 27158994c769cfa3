"""Of 200 simulated runs, so many intervals must contain the true rate: throttles, and cold starts, which cluster."""

import statistics

import pytest

from pytest_serverless.admission import LAMBDA, FunctionLimits, Granted
from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.simulation import poisson, simulate
from pytest_serverless.load.estimates.erlang import blocking
from pytest_serverless.load.estimates.proportions import proportion, wilson

RUNS, ARRIVALS, SETTLE, CELL = 200, 1500, 100, 25
SERVICE = Durations.parse("exponential:mean=100ms")


def happened(is_event, per_s, arrivals, seed, *, reserved=None, idle_s=600):
    """Return of each arrival after the first ones whether it was such an event."""
    seen = []
    simulate(
        poisson(per_s, count=SETTLE + arrivals, seed=2 * seed),
        SERVICE.draw,
        limits=LAMBDA.replaced({"requests_per_s_each": "inf", "scaling_burst": 100_000, "idle_s": idle_s}),
        function=FunctionLimits(reserved=reserved),
        seed=2 * seed + 1,
        observe=lambda arrived, decision, done: seen.append(is_event(decision)),
    )
    return seen[SETTLE:]


def is_throttle(decision):
    return not isinstance(decision, Granted)


def is_cold(decision):
    return isinstance(decision, Granted) and decision.is_new


def cells_of(outcomes):
    return [(sum(part), len(part)) for part in (outcomes[i : i + CELL] for i in range(0, len(outcomes), CELL))]


def covered(truth, runs, interval_of):
    return statistics.fmean(interval_of(run).contains(truth) for run in runs)


def reported(run):
    return proportion(sum(run), len(run), cells_of(run))


def by_wilson(run):
    return wilson(sum(run), len(run))


@pytest.fixture(scope="module")
def throttled():
    return [happened(is_throttle, 80.0, ARRIVALS, seed, reserved=10) for seed in range(RUNS)]


def test_throttles_are_covered(throttled):
    assert covered(blocking(8.0, 10), throttled, reported) >= 0.93


def test_throttles_cluster_so_that_wilsons_interval_alone_is_wrong(throttled):
    assert covered(blocking(8.0, 10), throttled, by_wilson) < 0.8


def test_cold_starts_are_covered():
    truth = statistics.fmean(happened(is_cold, 50.0, 200_000, 10_007, idle_s=0.5))
    runs = [happened(is_cold, 50.0, ARRIVALS, seed, idle_s=0.5) for seed in range(RUNS)]

    assert covered(truth, runs, reported) >= 0.93
