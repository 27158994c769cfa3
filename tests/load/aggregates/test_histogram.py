"""Histograms beside the exact values that they stand for."""

import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_serverless.load.aggregates.histogram import RESOLUTION, Histogram

HOUR_US = 3_600_000_000
# All magnitudes alike, and both sides of where buckets grow wider.
TIMES_US = st.one_of(
    st.integers(0, 3000),
    st.integers(0, HOUR_US),
    st.builds(lambda bits, off: max((1 << bits) + off, 0), st.integers(0, 32), st.integers(-2, 2)),
)
LISTS = st.lists(TIMES_US, min_size=1, max_size=200)
SETTINGS = settings(deadline=None, max_examples=100, derandomize=True)


def histogram(times_us):
    made = Histogram()
    for us in times_us:
        made.add(us / 1e3)
    return made


@SETTINGS
@given(times=LISTS, share=st.floats(0, 1))
@example(times=[1, 2, 3, 4], share=0.5)
@example(times=list(range(100)), share=0.95)
@example(times=list(range(100)), share=0.07)  # 0.07 * 100 is a little more than 7
def test_a_quantile_is_that_of_the_nearest_rank_within_the_resolution(times, share):
    exact = sorted(times)[max(math.ceil(round(share * len(times), 9)), 1) - 1] / 1e3

    assert histogram(times).quantile(share) == pytest.approx(exact, rel=RESOLUTION, abs=0)


def test_the_resolution_is_three_significant_digits():
    assert RESOLUTION < 0.001 / 2


@SETTINGS
@given(times=LISTS)
def test_count_mean_least_and_greatest_are_exact(times):
    counted = histogram(times)

    assert counted.count == len(times)
    assert counted.mean_ms == sum(times) / len(times) / 1e3
    assert counted.min_ms == counted.quantile(0) == min(times) / 1e3
    assert counted.max_ms == counted.quantile(1) == max(times) / 1e3


@SETTINGS
@given(times=LISTS)
def test_each_rank_has_its_value_and_they_are_in_order(times):
    counted = histogram(times)
    ranked = [counted.at_rank(rank) for rank in range(1, len(times) + 1)]

    assert ranked == pytest.approx([us / 1e3 for us in sorted(times)], rel=RESOLUTION, abs=0)
    assert ranked == sorted(ranked)
    assert sum(count for _, count in counted.values()) == len(times)
    for rank in (0, len(times) + 1):
        with pytest.raises(IndexError, match="no rank"):
            counted.at_rank(rank)


@SETTINGS
@given(parts=st.lists(st.lists(TIMES_US, max_size=50), min_size=3, max_size=3))
def test_merging_is_associative_and_commutative_and_loses_nothing(parts):
    one, two, three = parts
    left, right, back = histogram(one), histogram(two), histogram(three)
    left.merge(histogram(two))
    left.merge(histogram(three))
    right.merge(histogram(three))
    right.merge(histogram(one))
    back.merge(histogram(two))
    back.merge(histogram(one))

    assert left == right == back == histogram(one + two + three)


@SETTINGS
@given(times=st.lists(TIMES_US, max_size=50))
def test_it_travels_as_json(times):
    counted = histogram(times)

    assert Histogram.from_json(json.loads(json.dumps(counted.as_json()))) == counted


@SETTINGS
@given(times=LISTS, bound=TIMES_US)
def test_those_over_a_bound_are_counted_but_for_its_own_bucket(times, bound):
    width = max(bound * RESOLUTION * 2, 1)
    surely, perhaps = (sum(us > bound + way * width for us in times) for way in (1, -1))

    assert surely <= histogram(times).count_over(bound / 1e3) <= perhaps


def test_of_nothing_nothing_is_known():
    nothing = Histogram()

    assert nothing.count == 0
    assert nothing.mean_ms is nothing.min_ms is nothing.max_ms is nothing.quantile(0.5) is None
    assert list(nothing.values()) == []


def test_a_clock_that_was_set_back_makes_no_negative_times():
    counted = histogram([-5, 10])

    assert (counted.min_ms, counted.max_ms, counted.mean_ms) == (0, 0.01, 0.005)


def test_a_million_different_times_need_few_buckets():
    counted = Histogram()
    for us in range(1, HOUR_US, 36_000):
        counted.add_us(us)

    assert counted.count == 100_000
    assert len(counted.buckets) < 18 * 1024
