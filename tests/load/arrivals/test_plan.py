"""Arrivals as they are planned: how many, when, and the same again."""

import itertools
import math
import statistics

import pytest

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.arrivals import Phase, Plan, Share


def offsets(plan, seed=1, share=None):
    return [arrival.offset_s for arrival in plan.arrivals(seed, "shop", share or Share())]


def gaps(instants):
    return [later - earlier for earlier, later in itertools.pairwise(instants)]


def variation(values):
    return statistics.stdev(values) / statistics.fmean(values)


def dispersion(instants, width, until):
    """The variance of the counts in equal windows over their mean: 1 for a Poisson process."""
    counts = [0] * int(until / width)
    for at in instants:
        counts[int(at / width)] += 1
    return statistics.variance(counts) / statistics.fmean(counts)


def test_poisson_arrivals_have_the_rate_and_the_shape():
    instants = offsets(Plan([Phase.hold(200, "100s")]))

    assert len(instants) == pytest.approx(20_000, abs=4 * math.sqrt(20_000))
    assert instants == sorted(instants)
    assert 0 < instants[0] < instants[-1] < 100
    assert 0.9 < variation(gaps(instants)) < 1.1
    # The dispersion of n counts has a standard deviation of sqrt(2 / (n - 1)).
    assert dispersion(instants, 0.5, 100) == pytest.approx(1, abs=4 * math.sqrt(2 / 199))


def test_poisson_gaps_are_exponential():
    waits = sorted(gaps(offsets(Plan([Phase.hold(200, "100s")]))))

    # Kolmogorov and Smirnov's distance; more than 1.95 / sqrt(n) has a probability of 0.1 %.
    n = len(waits)
    distance = max(abs((rank + 0.5) / n - (1 - math.exp(-200 * wait))) for rank, wait in enumerate(waits))
    assert distance < 1.95 / math.sqrt(n)


@pytest.mark.parametrize(("start", "end"), [(0, 100), (100, 0), (20, 60)])
def test_a_poisson_ramp_has_the_integral_of_its_rate(start, end):
    instants = offsets(Plan([Phase.ramp(start, end, "100s")]))

    for since in range(0, 100, 10):
        rates = (start + (end - start) * at / 100 for at in (since, since + 10))
        expected = sum(rates) / 2 * 10
        counted = sum(since <= at < since + 10 for at in instants)
        assert counted == pytest.approx(expected, abs=4 * math.sqrt(expected))


def test_uniform_arrivals_stand_evenly_half_a_gap_from_either_end():
    plan = Plan([Phase.hold(10, "2s", pattern="uniform")])

    assert offsets(plan) == pytest.approx([0.05 + 0.1 * n for n in range(20)])
    assert (plan.planned().arrivals, plan.planned().exact) == (20, True)


def test_a_uniform_ramp_has_equal_areas_between_its_arrivals():
    plan = Plan([Phase.ramp(0, 10, "10s", pattern="uniform")])

    # The integral of the rate is t²/2, and arrivals stand where it is 1/2, 3/2, 5/2 …
    assert offsets(plan) == pytest.approx([math.sqrt(2 * n + 1) for n in range(50)])


@pytest.mark.parametrize(
    ("rate", "each", "phases", "total"), [(0.3, "10s", 10, 30), (0.05, "10s", 8, 4), (0.1, "5s", 4, 2)]
)
def test_uniform_rates_of_less_than_one_a_phase_come_out_right_over_several(rate, each, phases, total):
    plan = Plan(Phase.steps([rate] * phases, each, pattern="uniform"))

    instants = offsets(plan)

    assert len(instants) == total
    assert gaps(instants) == pytest.approx([1 / rate] * (total - 1))


def test_bursts_come_at_one_instant_and_again():
    plan = Plan([Phase.hold(1, "2s", name="calm", pattern="uniform"), Phase.bursts(3, "1s", every="400ms")])

    assert offsets(plan) == pytest.approx([0.5, 1.5, 2, 2, 2, 2.4, 2.4, 2.4, 2.8, 2.8, 2.8])
    assert plan.planned_by_phase()["burst"].arrivals == 9


@pytest.mark.parametrize(
    ("duration", "every", "times"),
    [("1s", None, 1), ("300ms", "100ms", 3), ("2.1s", "300ms", 7), ("1s", "300ms", 4), ("1s", "5s", 1)],
)
def test_a_burst_at_the_very_end_does_not_come(duration, every, times):
    assert Phase.bursts(7, duration, every=every).times == times


def test_phases_follow_each_other_and_arrivals_know_theirs():
    plan = Plan.steady(50, "60s", ramp="10s", warm_up="20s")

    assert [(phase.name, phase.judged) for phase in plan.phases] == [
        ("ramp", False),
        ("warm-up", False),
        ("hold", True),
    ]
    assert plan.duration_s == 90
    for arrival in plan.arrivals(1):
        assert plan.phase_at(arrival.offset_s).name == arrival.phase
    assert plan.phase_at(90) is plan.phase_at(-1) is None
    assert plan.planned().arrivals == pytest.approx(50 * 85)
    assert not plan.planned().exact


def test_arrivals_are_the_same_again_and_others_for_another_seed_or_scenario():
    plan = Plan.steady(50, "10s", mix={"browse": 80, "buy": 20})
    first = list(plan.arrivals(7, "shop"))

    assert first == list(plan.arrivals(7, "shop"))
    assert first != list(plan.arrivals(8, "shop"))
    assert first != list(plan.arrivals(7, "other"))


def test_when_arrivals_come_does_not_depend_on_the_mix():
    plain, mixed = (Plan.steady(50, "10s", mix=mix) for mix in (None, {"browse": 4, "buy": 1}))

    assert offsets(plain) == offsets(mixed)


@pytest.mark.parametrize("pattern", ["poisson", "uniform"])
def test_journeys_are_mixed_by_their_weights(pattern):
    plan = Plan([Phase.hold(100, "100s", pattern=pattern)], mix={"browse": 80, "buy": 20, "never": 0})
    journeys = [arrival.journey for arrival in plan.arrivals(1, "shop")]

    n = len(journeys)
    assert set(journeys) == {"browse", "buy"}
    assert journeys.count("buy") == pytest.approx(0.2 * n, abs=4 * math.sqrt(n * 0.2 * 0.8))
    # Neighbours do not know of each other: "buy" follows "buy" as often as it comes at all.
    pairs = sum(one == other == "buy" for one, other in itertools.pairwise(journeys))
    assert pairs == pytest.approx(0.04 * n, abs=4 * math.sqrt(n * 0.04))


def test_without_a_mix_a_journey_has_no_name():
    assert {arrival.journey for arrival in Plan.steady(10, "1s", pattern="uniform").arrivals(1)} == {""}


def test_a_plan_travels_as_json():
    plan = Plan([*Phase.steps([10, 20], "5s"), Phase.bursts(9, "3s", every="1s")], mix={"browse": 80, "buy": 20})

    assert Plan.from_json(plan.as_json()) == plan
    assert Plan.from_json(plan.as_json()).as_json() == plan.as_json()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Phase.hold(5, "soon"), "Phase 'hold', duration: 'soon' is no time. Write a number and a unit"),
        (lambda: Phase.hold(5, "60"), "Phase 'hold', duration: 60 has no unit"),
        (lambda: Phase.hold(5, 0), "must last longer than 0 s"),
        (lambda: Phase.hold(-5, "1s"), "from_per_s is a number, 0 or more, not -5"),
        (lambda: Phase.hold("5", "1s"), "from_per_s is a number, 0 or more, not '5'"),
        (lambda: Phase.ramp(0, math.inf, "1s"), "to_per_s is a number, 0 or more, not inf"),
        (lambda: Phase.hold(math.nan, "1s"), "not nan"),
        (lambda: Phase.hold(5, True), "duration_s is a number"),
        (lambda: Phase.hold(5, "1s", name=""), "needs a name"),
        (lambda: Phase.bursts(0, "1s"), "burst is a whole number, 1 or more, not 0"),
        (lambda: Phase.bursts(2.5, "1s"), "not 2.5"),
        (lambda: Phase.bursts(2, "1s", every="0s"), "every must be longer than 0 s"),
        (lambda: Phase(name="x", duration_s=1, burst=3), "only a phase with the pattern 'burst'"),
        (lambda: Phase(name="x", duration_s=1, burst=3, pattern="burst", to_per_s=1), "no arrival rate"),
        (lambda: Phase.from_json({"name": "x"}), "A phase needs duration_s"),
        (lambda: Plan([]), "A plan needs a phase with arrivals"),
        (lambda: Plan([Phase.hold(0, "1s")]), "A plan needs a phase with arrivals"),
        (lambda: Plan([Phase.hold(1, "1s"), Phase.hold(2, "1s")]), "Two phases are named 'hold'"),
        (lambda: Plan.steady(1, "1s", mix={}), "A mix needs a journey"),
        (lambda: Plan.steady(1, "1s", mix={"buy": 0}), "A mix needs a journey"),
        (lambda: Plan.steady(1, "1s", mix={"buy": -1}), "The weight of 'buy' is a number, 0 or more, not -1"),
    ],
)
def test_what_is_no_plan_is_told_with_what_to_do(make, words):
    with pytest.raises(InvalidParameterError) as caught:
        make()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Phase.hold(5, "1s", pattern="poison"),
        lambda: Phase.from_json({"name": "x", "duration_s": 1, "patern": "uniform"}),
    ],
)
def test_a_name_there_is_none_of_is_told_with_its_neighbour(make):
    with pytest.raises(UnknownNameError, match="Did you mean 'p"):
        make()
