"""Quantiles by ranks: their probability is a sum of binomial terms, which is exact here."""

import math
from fractions import Fraction
from random import Random

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.intervals import Unknown
from pytest_serverless.load.estimates.quantiles import minimum_n, quantile, quantile_of_sample, ranks


def enclosed(n, share, low, high):
    """The probability that the quantile is between the samples of two ranks: as many are below it."""
    yes, whole = share.numerator, share.denominator
    return sum(math.comb(n, k) * yes**k * (whole - yes) ** (n - k) for k in range(low, high)) / whole**n


@pytest.mark.parametrize(("share", "least"), [(0.5, 6), (0.9, 29), (0.95, 59), (0.99, 299), (0.999, 2995)])
def test_the_least_n_for_bounds(share, least):
    exact = Fraction(str(share))
    assert minimum_n(share) == least
    assert 1 - exact**least - (1 - exact) ** least >= 0.95 > 1 - exact ** (least - 1) - (1 - exact) ** (least - 1)
    assert ranks(least - 1, share) is None
    assert ranks(least, share) == (1, least) or share != 0.5


@pytest.mark.parametrize("share", ["0.5", "0.9", "0.99"])
@pytest.mark.parametrize("n", [6, 29, 100, 299, 457])
def test_the_ranks_enclose_often_enough_and_no_closer_ones_do(n, share):
    exact = Fraction(share)
    found = ranks(n, float(share))
    if found is None:
        assert n < minimum_n(float(share))
        return
    low, high = found
    assert 1 <= low < high <= n
    assert enclosed(n, exact, low, high) >= 0.95
    apart = high - low - 1
    assert all(enclosed(n, exact, start, start + apart) < 0.95 for start in range(1, n - apart + 1))


def test_ranks_of_a_million_are_found_fast_and_are_normal():
    low, high = ranks(1_000_000, 0.99)

    half = 1.96 * math.sqrt(1_000_000 * 0.99 * 0.01)
    assert low == pytest.approx(990_000 - half, abs=3)
    assert high == pytest.approx(990_000 + half, abs=3)


def test_a_quantile_is_one_of_the_samples_and_so_are_its_bounds():
    values = Random(1).sample(range(10_000), 100)
    estimate = quantile_of_sample(values, 0.5)

    ordered = sorted(values)
    low, high = ranks(100, 0.5)
    assert (estimate.value, estimate.lower, estimate.upper) == (ordered[49], ordered[low - 1], ordered[high - 1])
    assert (estimate.n, estimate.method) == (100, "order statistics")


def test_counts_by_value_say_the_same_as_the_samples():
    draws = Random(2)
    values = [round(100 * math.exp(draws.gauss(0, 0.25))) for _ in range(700)]
    counts = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1

    for share in (0.5, 0.9, 0.99):
        assert quantile(counts.items(), share) == quantile_of_sample(values, share)


def test_bounds_are_moved_apart_by_the_resolution_of_a_histogram():
    exact = quantile([(100.0, 50), (200.0, 50)], 0.5)
    coarse = quantile([(100.0, 50), (200.0, 50)], 0.5, resolution=0.01)

    assert (exact.lower, exact.upper) == (100.0, 200.0)
    assert (coarse.lower, coarse.upper) == (99.0, 202.0)


def test_too_few_samples_are_said_to_be():
    estimate = quantile_of_sample(range(40), 0.99)

    assert estimate == Unknown(n=40, needed=299)
    assert str(estimate) == "n too small: 40 of 299"
    assert estimate.more == 259
    assert quantile([], 0.5) == Unknown(n=0, needed=6)


@pytest.mark.parametrize("share", [0, 1, 99, -0.5])
def test_a_quantile_has_a_share_between_0_and_1(share):
    with pytest.raises(InvalidParameterError, match=r"p99 is 0\.99"):
        quantile_of_sample([1.0] * 100, share)


def test_quantiles_of_samples_cover():
    draws, median = Random(3), 100.0
    runs = [[median * math.exp(0.25 * draws.gauss(0, 1)) for _ in range(40)] for _ in range(400)]

    covered = sum(quantile_of_sample(run, 0.5).contains(median) for run in runs)
    # The ranks enclose with 95.8 %; 400 runs are within 3.3 standard deviations of that.
    assert abs(covered / 400 - 0.958) < 3.3 * math.sqrt(0.958 * 0.042 / 400)
