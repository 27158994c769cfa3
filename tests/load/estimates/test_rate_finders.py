"""The rate at which throttling starts, and how fast instances are added, beside theory and the simulated truth."""

from collections import Counter

import pytest

from pytest_serverless.admission import LAMBDA, FunctionLimits, Granted
from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.simulation import poisson, simulate
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.erlang import offered_load
from pytest_serverless.load.estimates.finders.onset import OnsetFinder
from pytest_serverless.load.estimates.finders.scaling import scaling_rate
from pytest_serverless.load.estimates.intervals import Unknown

SERVICE = Durations.parse("lognormal:median=80ms,sigma=0.4")


def outcomes(arrivals, **options):
    """Return of each arrival when it came and its decision."""
    seen = []
    simulate(arrivals, observe=lambda arrived, decision, done: seen.append((arrived, decision)), **options)
    return seen


def step(per_s, arrivals, reserved, seed):
    """Return the throttles of a step by reason, and its cells."""
    seen = outcomes(
        poisson(per_s, count=arrivals + 300, seed=seed),
        service=SERVICE.draw,
        limits=LAMBDA.replaced({"requests_per_s_each": "inf"}),
        function=FunctionLimits(reserved=reserved),
        seed=seed,
    )[300:]
    refused = [not isinstance(decision, Granted) for _, decision in seen]
    reasons = Counter(decision.reason for _, decision in seen if not isinstance(decision, Granted))
    return dict(reasons), [(sum(refused[i : i + 25]), 25) for i in range(0, arrivals, 25)]


@pytest.mark.parametrize(("reserved", "seed"), [(10, 1), (10, 2), (25, 3)])
def test_throttling_starts_where_erlang_says(reserved, seed):
    truth = offered_load(reserved, 0.01) / SERVICE.mean_s
    finder = OnsetFinder(first=10, most=2000, tolerated=0.01, closeness=1.3, arrivals=3000)
    asked = []
    while (wanted := finder.next()) is not None:
        asked.append(wanted)
        throttles, cells = step(wanted.per_s, wanted.arrivals, reserved, seed * 1000 + len(asked))
        finder.feed(throttles, wanted.arrivals, cells)

    found = finder.result
    assert found.lower < truth < found.upper
    assert found.upper < 2.1 * found.lower
    assert set(found.throttles) == {"ReservedFunctionConcurrentInvocationLimitExceeded"}
    assert len(asked) < 25


def feed_until_done(finder, throttles_at):
    while (wanted := finder.next()) is not None:
        count = throttles_at(wanted.per_s, wanted.arrivals)
        finder.feed({"account_concurrency": count} if count else {}, wanted.arrivals)
    return finder.result


@pytest.mark.parametrize("truth", [3.0, 47.0, 900.0])
@pytest.mark.parametrize("first", [1, 40, 1000])
def test_a_sharp_onset_is_bracketed_as_closely_as_asked(truth, first):
    found = feed_until_done(OnsetFinder(first=first, most=1000), lambda rate, n: n // 4 if rate > truth else 0)

    assert found.is_found
    assert found.lower <= truth <= found.upper <= 1.1 * found.lower


def test_what_is_never_throttled_has_no_upper_bound():
    found = feed_until_done(OnsetFinder(first=100, most=700), lambda rate, n: 0)

    assert (found.lower, found.upper) == (700, float("inf"))
    assert "are not throttled" in found.reasons[0]


def test_what_is_at_the_tolerated_share_stays_open():
    finder = OnsetFinder(first=100, most=700, looks=3, arrivals=1000)
    asked = []

    def at_the_share(rate, n):
        asked.append(n)
        return n // 100

    found = feed_until_done(finder, at_the_share)

    assert asked == [1000, 2000, 4000] * 4  # of 100, 200, 400 and 700 a second
    assert found.reasons == ("at 700/s it stays open whether more than 0.01 are throttled",)


@pytest.mark.parametrize("first", [50, 100, 200, 400])
def test_a_rate_that_stays_open_has_bounds_on_both_sides(first):
    def share_at(rate, n):
        return 0 if rate < 90 else n // 100 if rate < 220 else n // 4

    found = feed_until_done(OnsetFinder(first=first, most=1000, arrivals=1000), share_at)

    assert 90 / 1.1 <= found.lower < 90
    assert 220 <= found.upper <= 220 * 1.1
    assert "stays open" in found.reasons[0]


def test_what_is_always_throttled_ends_the_search():
    found = feed_until_done(OnsetFinder(first=100, most=700), lambda rate, n: n)

    assert (found.lower, found.upper) == (0.0, pytest.approx(0.1, rel=1))
    assert "are throttled" in found.reasons[0]


@pytest.mark.parametrize(
    ("throttles", "faults", "reason"),
    [({"caller_rate": 1}, (), "this caller"), ({}, ("arrivals were sent late",), "sent late")],
)
def test_a_step_that_is_not_valid_ends_the_search(throttles, faults, reason):
    finder = OnsetFinder(first=100, most=700)
    finder.feed(throttles, 1000, faults=faults)

    assert finder.next() is None
    assert reason in finder.result.reasons[0]


@pytest.mark.parametrize("wrong", [{"first": 0}, {"most": 1}, {"tolerated": 1.0}, {"closeness": 1.0}, {"looks": 0}])
def test_bad_parameters(wrong):
    with pytest.raises(InvalidParameterError):
        OnsetFinder(**{"first": 10, "most": 100, **wrong})


def surge(per_s, seconds, **limits):
    """Return when instances were begun and requests refused, where each takes longer than the surge."""
    seen = outcomes(
        (100 + i / per_s for i in range(per_s * seconds)), service=lambda _: 1000.0, limits=LAMBDA.replaced(limits)
    )
    begun = [arrived for arrived, decision in seen if isinstance(decision, Granted)]
    return begun, [arrived for arrived, decision in seen if not isinstance(decision, Granted)]


@pytest.mark.parametrize(("burst", "per_10_s"), [(1000, 1000), (500, 5000), (40, 60), (3000, 500)])
def test_the_rate_at_which_instances_are_added(burst, per_10_s):
    begun, refused = surge(
        2000, 12, account_concurrency=100_000, scaling_burst=burst, scaling_per_10_s=per_10_s, requests_per_s_each="inf"
    )
    found = scaling_rate(begun, refused, started_s=100.0)

    assert found.per_10_s.contains(per_10_s)
    assert found.burst.contains(burst)
    assert found.per_10_s.value == pytest.approx(per_10_s, rel=0.03)
    assert found.burst.width < 0.1 * burst + 3


def test_a_concurrency_limit_is_not_taken_for_a_scaling_rate():
    begun, refused = surge(2000, 3, account_concurrency=300)

    assert len(begun) == 300
    for found in (
        scaling_rate(begun, refused, started_s=100.0),
        scaling_rate(begun, refused, started_s=100, limit=300),
    ):
        assert isinstance(found.per_10_s, Unknown)
        assert "concurrency limit" in str(found.burst)


def test_a_surge_that_is_not_refused_tells_nothing():
    found = scaling_rate([0.0, 0.1, 0.2], [], started_s=0.0)

    assert isinstance(found.per_10_s, Unknown)
    assert "asked for too little" in str(found.per_10_s)
