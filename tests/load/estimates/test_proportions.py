"""Intervals of shares: as printed, exact where they say so, and covering where they are reported."""

import functools
import math
from fractions import Fraction

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.intervals import Unknown
from pytest_serverless.load.estimates.proportions import batch_means, clopper_pearson, proportion, wilson


def masses(n, p):
    """The probability of each count, in whole numbers as far as possible."""
    yes, whole = p.numerator, p.denominator
    return [math.comb(n, k) * yes**k * (whole - yes) ** (n - k) / whole**n for k in range(n + 1)]


def coverage(interval_of, n, p):
    return sum(mass for k, mass in enumerate(masses(n, p)) if mass > 1e-12 and interval_of(k, n).contains(float(p)))


# R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I:
# the score method and the exact one.
@pytest.mark.parametrize(
    ("events", "n", "score", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_intervals_are_as_printed(events, n, score, exact):
    for interval, printed in ((wilson(events, n), score), (clopper_pearson(events, n), exact)):
        assert (round(interval.lower, 4), round(interval.upper, 4)) == printed
        assert (interval.value, interval.n) == (events / n, n)


@pytest.mark.parametrize(("events", "n"), [(1, 10), (6, 30), (29, 30), (3, 300)])
def test_the_exact_bounds_leave_a_fortieth_on_each_side(events, n):
    interval = clopper_pearson(events, n)

    below = masses(n, Fraction(interval.upper))[: events + 1]
    above = masses(n, Fraction(interval.lower))[events:]
    assert sum(below) == pytest.approx(0.025, rel=1e-9)
    assert sum(above) == pytest.approx(0.025, rel=1e-9)


@pytest.mark.parametrize(
    ("n", "p", "score"), [(100, Fraction(1, 100), 0.92), (500, Fraction(1, 100), 0.96), (1000, Fraction(1, 200), 0.96)]
)
def test_coverage_where_walds_interval_fails(n, p, score):
    assert coverage(wilson, n, p) == pytest.approx(score, abs=0.005)
    assert coverage(clopper_pearson, n, p) == pytest.approx(0.98, abs=0.005)
    assert coverage(proportion, n, p) > 0.91


@pytest.mark.parametrize("n", [10, 60])
def test_the_exact_interval_covers_at_least_as_often_as_it_says(n):
    shares = [Fraction(k, 40) for k in range(1, 40)]

    exact = functools.cache(clopper_pearson)
    assert min(coverage(exact, n, p) for p in shares) >= 0.95


@pytest.mark.parametrize("n", [5, 60, 3000])
def test_nothing_in_n_cases_is_the_rule_of_three(n):
    none, always = proportion(0, n), proportion(n, n)

    assert none.lower == 0.0
    assert (1 - Fraction(none.upper)) ** n == pytest.approx(0.05, rel=1e-6)
    assert none.upper < 3 / n
    assert (always.lower, always.upper) == (pytest.approx(1 - none.upper), 1.0)
    assert "3 / n" in none.note


def test_no_cases_are_no_share():
    assert proportion(0, 0) == Unknown(n=0, needed=1)


@pytest.mark.parametrize(("events", "n"), [(2, 1), (-1, 5), (0, -1)])
def test_counts_that_cannot_be(events, n):
    with pytest.raises(InvalidParameterError, match=f"{events} of {n} is no share"):
        proportion(events, n)


def test_batch_means_are_students_t_of_the_batches():
    # 20 batches of 50 with 0 and 4 events in turn: mean 0.04, standard deviation of the batches' shares 0.04 * 20/19...
    interval = batch_means([(0, 50), (4, 50)] * 10)

    spread = math.sqrt(20 * 0.04**2 / 19)
    assert interval.value == 0.04
    assert interval.upper - 0.04 == pytest.approx(2.093024 * spread / math.sqrt(20), rel=1e-6)
    assert (interval.n, interval.method) == (1000, "batch means (20, Student's t)")


def test_cells_are_joined_into_batches_of_about_the_same_size():
    cells = [(0, 0), *[(0, 7), (1, 3)] * 100, (0, 0)]

    assert batch_means(cells) == batch_means([(0, 7), (1, 3)] * 100)
    assert batch_means(cells).n == 1000


def test_too_few_cells_make_no_batches():
    assert batch_means([(1, 50)] * 19) is None
    assert batch_means([]) is None
    assert batch_means([(1, 1000), *[(0, 1)] * 30]) is None
    assert proportion(5, 100, [(1, 20)] * 5) == wilson(5, 100)


def test_the_wider_interval_is_reported():
    clustered = [(50, 50), *[(0, 50)] * 9] * 2
    even = [(5, 50)] * 20

    # The variance of a batch's share is 20 * 0.09 / 19, and 2.093 standard errors of their mean are 0.144. As uncertain
    # are 1.96² * 0.09 / 0.144² = 16.7 independent cases.
    assert proportion(100, 1000, clustered).method == "Wilson, of 17 cases by batch means"
    assert batch_means(clustered).upper == pytest.approx(0.244, abs=0.001)
    assert proportion(100, 1000, clustered).width > 2 * wilson(100, 1000).width
    assert proportion(100, 1000, even) == wilson(100, 1000)


@pytest.mark.parametrize("seconds", [5, 7, 12, 19, 20, 60])
def test_events_that_cluster_widen_the_bounds_of_a_short_run_too(seconds):
    clustered = [(40 if second % 5 == 0 else 0, 100) for second in range(seconds)]
    events, n = sum(each for each, _ in clustered), 100 * seconds

    found = proportion(events, n, clustered)

    assert found.width > 1.5 * wilson(events, n).width
    assert "by batch means" in found.method


def test_four_stretches_are_too_few_to_tell_of_clusters():
    assert proportion(40, 400, [(40, 100), (0, 100), (0, 100), (0, 100)]) == wilson(40, 400)
