"""A plan that is split over workers: together they send it, whoever joins or leaves."""

import itertools
import math
import statistics
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.arrivals import Phase, Plan, Share, derive_seed
from pytest_serverless.load.arrivals.seeds import unit

RATES = st.floats(0, 30, allow_subnormal=False)
DURATIONS = st.floats(0.05, 20)
COUNTED = st.one_of(
    st.builds(lambda a, b, s: Phase.ramp(a, b, s, pattern="uniform"), RATES, RATES, DURATIONS),
    st.builds(lambda rate, s: Phase.hold(rate, s, pattern="uniform"), RATES, DURATIONS),
    st.builds(lambda k, s, every: Phase.bursts(k, s, every=every), st.integers(1, 9), DURATIONS, st.floats(0.5, 9)),
)
ANY = COUNTED | st.builds(Phase.ramp, RATES, RATES, DURATIONS)


def plans(phase):
    """Plans of phases like this; the last makes sure that there is an arrival at all."""

    def make(phases):
        last = Phase.bursts(1, 1, name="last")
        named = (Phase.from_json(one.as_json() | {"name": f"{n}"}) for n, one in enumerate(phases))
        return Plan([*named, last], mix={"browse": 80, "buy": 20})

    return st.lists(phase, max_size=4).map(make)


def union(plan, shares, seed=1):
    return sorted(arrival for share in shares for arrival in plan.arrivals(seed, "shop", share))


def splits(plan, workers, at):
    """Shares for a number of workers that changes at these instants of the plan."""
    bounds = [0.0, *sorted(each * plan.duration_s for each in at), math.inf]
    return [
        share
        for number, since, until in zip(workers, bounds, bounds[1:], strict=False)
        for share in Share.all_of(number, since_s=since, until_s=until)
    ]


@settings(deadline=None, max_examples=100, derandomize=True)
@given(
    plan=plans(COUNTED),
    workers=st.lists(st.integers(1, 5), min_size=3, max_size=3),
    at=st.lists(st.floats(0, 1.1), min_size=2, max_size=2),
)
def test_workers_send_exactly_a_plan_that_is_known_whoever_joins_or_leaves(plan, workers, at):
    shares = splits(plan, workers, at)

    assert union(plan, shares) == sorted(plan.arrivals(1, "shop"))
    assert sum(plan.planned(share).arrivals for share in shares) == plan.planned().arrivals
    for share in shares:
        assert plan.planned(share).arrivals == len(union(plan, [share]))


@settings(deadline=None, max_examples=50, derandomize=True)
@given(plan=plans(ANY), workers=st.integers(1, 5))
def test_a_share_is_in_order_and_within_its_phases_and_its_stretch(plan, workers):
    half = plan.duration_s / 2
    for share in [*Share.all_of(workers, until_s=half), *Share.all_of(workers, since_s=half)]:
        instants = [arrival.offset_s for arrival in plan.arrivals(1, "shop", share)]
        assert instants == sorted(instants)
        assert all(share.since_s <= at < share.until_s and at <= plan.duration_s for at in instants)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(plan=plans(ANY), workers=st.lists(st.integers(1, 5), min_size=2, max_size=2), at=st.floats(0, 1))
def test_what_is_expected_is_divided_without_a_rest(plan, workers, at):
    shares = splits(plan, workers, [at])

    assert sum(plan.planned(share).arrivals for share in shares) == pytest.approx(plan.planned().arrivals)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_poisson_shares_together_are_the_poisson_process(workers):
    plan = Plan([Phase.hold(200, "100s")])
    instants = [arrival.offset_s for arrival in union(plan, Share.all_of(workers))]

    gaps = [later - earlier for earlier, later in itertools.pairwise(instants)]
    windows = Counter(int(at / 0.5) for at in instants)
    counts = [windows[n] for n in range(200)]
    assert len(instants) == pytest.approx(20_000, abs=4 * math.sqrt(20_000))
    assert 0.9 < statistics.stdev(gaps) / statistics.fmean(gaps) < 1.1
    assert statistics.variance(counts) / statistics.fmean(counts) == pytest.approx(1, abs=4 * math.sqrt(2 / 199))


def test_poisson_shares_do_not_know_of_each_other():
    plan = Plan([Phase.hold(200, "200s")])
    one, other = (
        Counter(int(arrival.offset_s) for arrival in plan.arrivals(1, "shop", share)) for share in Share.all_of(2)
    )

    seen = statistics.correlation([one[n] for n in range(200)], [other[n] for n in range(200)])
    assert abs(seen) < 4 / math.sqrt(200)


def test_a_poisson_share_that_begins_anew_keeps_the_rate_and_draws_anew():
    plan = Plan([Phase.ramp(0, 200, "100s")])
    instants = [arrival.offset_s for arrival in union(plan, splits(plan, [2, 3], [0.4]))]

    for since in range(0, 100, 20):
        expected = since * 40 + 400
        assert sum(since <= at < since + 20 for at in instants) == pytest.approx(expected, abs=4 * math.sqrt(expected))


def test_no_stretch_of_a_poisson_process_repeats_another():
    plan = Plan(Phase.steps([10, 10], "20s"))
    before, after = splits(plan, [1, 1], [9 / 40])
    first, rest = ([arrival.offset_s for arrival in plan.arrivals(1, "shop", share)] for share in (before, after))
    second, third = [at for at in rest if at < 20], [at for at in rest if at >= 20]

    begun = {tuple(round(at - begin, 6) for at in one[:9]) for one, begin in [(first, 0), (second, 9), (third, 20)]}
    assert len(begun) == 3
    assert len({each for one in begun for each in one}) == 27


def test_bursts_and_uniform_arrivals_are_divided_evenly():
    plan = Plan([Phase.hold(7, "1s", name="even", pattern="uniform"), Phase.bursts(10, "3s", every="1s")])
    sizes = [len(union(plan, [share])) for share in Share.all_of(4)]

    assert max(sizes) - min(sizes) <= 1
    for share in Share.all_of(4):
        each = Counter(arrival.offset_s for arrival in plan.arrivals(1, "", share) if arrival.phase == "burst")
        assert set(each.values()) <= {2, 3}


def test_seeds_are_stable_and_differ_by_each_part():
    assert derive_seed(1, "arrivals", 0) == 14145057957607373232  # a run can be repeated with a later version
    assert len({derive_seed(run, name, worker) for run in (1, 2) for name in ("a", "b") for worker in range(4)}) == 16
    assert derive_seed(1, "a", "b") != derive_seed(1, "ab")


def test_draws_by_index_are_those_of_splitmix64():
    # The first outputs of the reference for the seed 1234567 (Rosetta Code, "Pseudo-random numbers/Splitmix64").
    outputs = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]

    assert [unit(1234567, index) for index in range(5)] == [(output >> 11) / 2**53 for output in outputs]


@pytest.mark.parametrize(
    "given",
    [{"worker": 2, "workers": 2}, {"worker": -1}, {"workers": 0}, {"since_s": -1}, {"since_s": 5, "until_s": 4}],
)
def test_a_share_that_cannot_be(given):
    with pytest.raises(InvalidParameterError, match="must be"):
        Share(**given)
