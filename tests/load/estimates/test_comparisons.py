"""A beside B: as printed, as resampling would find it, and covering."""

import math
import statistics
from collections import Counter
from fractions import Fraction
from random import Random

import pytest

from pytest_serverless.load.estimates.comparisons import (
    difference_of_medians,
    difference_of_proportions,
    ratio_of_medians,
    same_proportion,
)


# R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17
# (1998), table II, method 10.
@pytest.mark.parametrize(
    ("a", "b", "printed"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((0, 10), (0, 10), (-0.2775, 0.2775)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
    ],
)
def test_differences_of_shares_are_as_printed(a, b, printed):
    interval = difference_of_proportions(a, b)

    assert (round(interval.lower, 4), round(interval.upper, 4)) == printed
    other = difference_of_proportions(b, a)
    assert (other.lower, other.upper) == (pytest.approx(-interval.upper), pytest.approx(-interval.lower))


def test_an_arm_without_cases_says_nothing():
    assert difference_of_proportions((0, 0), (1, 5)).needed == 1


def fisher(a, b):
    """The same test in whole numbers."""
    events, in_all = a[0] + b[0], a[1] + b[1]
    tables = [math.comb(a[1], k) * math.comb(b[1], events - k) for k in range(min(events, a[1]) + 1) if k <= events]
    here = math.comb(a[1], a[0]) * math.comb(b[1], b[0])
    return float(Fraction(sum(table for table in tables if table <= here), math.comb(in_all, events)))


@pytest.mark.parametrize(
    ("a", "b"), [((3, 4), (1, 4)), ((10, 12), (2, 17)), ((0, 50), (0, 60)), ((45, 900), (22, 880)), ((7, 7), (0, 9))]
)
def test_the_test_of_equal_shares_is_fishers(a, b):
    assert same_proportion(a, b) == pytest.approx(fisher(a, b), rel=1e-6)
    assert same_proportion(b, a) == pytest.approx(fisher(a, b), rel=1e-6)


def test_fishers_own_cup_of_tea():
    assert same_proportion((3, 4), (1, 4)) == pytest.approx(34 / 70)


def lognormal(draws, n, median=100.0, sigma=0.25):
    return [(median * math.exp(sigma * draws.gauss(0, 1)), 1) for _ in range(n)]


def test_the_summed_bootstrap_is_what_resampling_approaches():
    draws = Random(1)
    a, b = lognormal(draws, 25), lognormal(draws, 31, median=80)
    interval = difference_of_medians(a, b)

    one, other = [value for value, _ in a], [value for value, _ in b]
    drawn = sorted(
        statistics.median(draws.choices(one, k=25)) - statistics.median(draws.choices(other, k=31)) for _ in range(4000)
    )
    inside = sum(interval.lower <= value <= interval.upper for value in drawn) / 4000
    below = sum(value < interval.lower for value in drawn) / 4000
    assert interval.value == statistics.median(one) - statistics.median(other)
    assert abs(inside - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 4000) + 0.005  # the distribution has steps
    assert abs(below - 0.025) < 4 * math.sqrt(0.025 * 0.975 / 4000) + 0.005


def test_a_ratio_does_not_depend_on_the_unit():
    draws = Random(2)
    a, b = lognormal(draws, 20), lognormal(draws, 20)

    in_seconds = ratio_of_medians([(v / 1e3, n) for v, n in a], [(v / 1e3, n) for v, n in b])
    in_ms = ratio_of_medians(a, b)
    assert in_seconds.lower == pytest.approx(in_ms.lower)
    assert in_seconds.upper == pytest.approx(in_ms.upper)


def test_an_even_number_has_the_median_between_two():
    assert difference_of_medians([(1, 5), (3, 5)], [(0, 10)]).value == 2.0


def test_counts_by_value_are_as_good_as_samples():
    values = [round(value, -1) for value, _ in lognormal(Random(3), 60)]
    others = [round(value, -1) for value, _ in lognormal(Random(4), 60)]

    samples = difference_of_medians([(v, 1) for v in values], [(v, 1) for v in others])
    counts = difference_of_medians(Counter(values).items(), Counter(others).items())
    assert (counts.value, counts.lower, counts.upper) == (samples.value, samples.lower, samples.upper)


def test_less_than_six_samples_in_an_arm_are_too_few():
    estimate = ratio_of_medians([(1.0, 5)], [(1.0, 100)])

    assert (estimate.n, estimate.needed, estimate.more) == (5, 6, 1)
    assert "in each arm" in str(estimate)
    assert difference_of_medians([], []).needed == 6


@pytest.mark.parametrize("n", [12, 30])
def test_ratios_of_medians_cover(n):
    draws = Random(5)
    runs = [ratio_of_medians(lognormal(draws, n, 80), lognormal(draws, n)) for _ in range(300)]

    assert sum(run.contains(0.8) for run in runs) / 300 > 0.93


def test_a_fifth_less_is_found_with_fifty_in_each_arm():
    # A tenth of such comparisons may miss it: at most 7 in 40 with a probability of 0.95.
    draws = Random(6)
    runs = [ratio_of_medians(lognormal(draws, 50, 80), lognormal(draws, 50)) for _ in range(40)]

    assert sum(run.upper < 1 for run in runs) >= 33
