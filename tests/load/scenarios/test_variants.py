"""The variants of an A/B scenario: interleaved, as often as each other, and the same by a seed."""

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.load.arrivals import Share
from pytest_serverless.load.scenarios.variants import variant_of
from tests.load.scenarios.doubles import Bench

SETTINGS = settings(deadline=None, max_examples=60, derandomize=True)
NAMES = ["a", "b", "c", "d", "e"]


@SETTINGS
@given(st.integers(2, 5), st.integers(0, 1000), st.integers())
def test_a_block_has_each_variant_twice_in_an_order_and_its_reverse(count, block, seed):
    variants = NAMES[:count]

    turns = [variant_of(variants, "abba", seed, block * 2 * count + place) for place in range(2 * count)]

    assert turns == [*variants, *reversed(variants)]


@SETTINGS
@given(st.integers(2, 5), st.integers(0, 2**63))
def test_coins_are_fair_and_fall_the_same_by_a_seed(count, seed):
    variants = NAMES[:count]
    falls = [variant_of(variants, "coin", seed, number) for number in range(2000)]

    counts = Counter(falls)
    assert set(counts) == set(variants)
    # Six standard deviations of a count.
    assert all(abs(each - 2000 / count) < 6 * (2000 / count) ** 0.5 for each in counts.values())
    assert falls == [variant_of(variants, "coin", seed, number) for number in range(2000)]


def test_coins_do_not_take_turns():
    falls = [variant_of("ab", "coin", 3, number) for number in range(1000)]

    changes = sum(one != other for one, other in pairwise(falls))
    assert 400 < changes < 600


def seen(bench, journeys):
    for journey in journeys:
        bench.arrive(journey=journey)
    return [each.scenario for each in bench.observations]


def test_arrivals_are_counted_as_their_variants_which_journeys_know():
    bench = Bench(lambda call: call.get(f"/{call.variant}"), variants=("eager", "lazy"), interleave="abba")

    assert seen(bench, [""] * 4) == ["Shop [eager]", "Shop [lazy]", "Shop [lazy]", "Shop [eager]"]
    assert [request[1] for request in bench.http.requests] == ["/eager", "/lazy", "/lazy", "/eager"]
    assert bench.aggregate.dispatch(scenario="Shop [lazy]").done == 2


def browse(call):
    call.get("/items")


def buy(call):
    call.post("/orders")


def test_variants_take_turns_within_each_journey_of_a_mix():
    bench = Bench(mix={browse: 1, buy: 1}, variants=("a", "b"), interleave="abba")

    keys = seen(bench, ["browse", "buy", "browse", "browse", "buy", "browse", "buy", "buy"])

    assert [key for key in keys if "browse" in key] == [f"Shop/browse [{each}]" for each in "abba"]
    assert [key for key in keys if "buy" in key] == [f"Shop/buy [{each}]" for each in "abba"]


def test_workers_toss_coins_of_their_own():
    def tossed(worker):
        bench = Bench(lambda call: call.get("/"), variants=("a", "b"), share=Share(worker=worker, workers=2))
        return seen(bench, [""] * 40)

    assert tossed(0) == tossed(0)
    assert tossed(0) != tossed(1)
