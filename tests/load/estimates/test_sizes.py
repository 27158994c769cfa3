"""How many samples are needed: the table that the methods were chosen by, and intervals at those sizes."""

import math

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.intervals import Interval
from pytest_serverless.load.estimates.proportions import proportion, wilson, wilson_bounds
from pytest_serverless.load.estimates.sizes import (
    more_needed,
    n_for_difference,
    n_for_median_change,
    n_for_proportion,
    n_for_quantile,
    power_for_median_change,
    quantile_precision,
)


# Found by trying sizes that grew by some per cent each time: ours, the least, are just below.
@pytest.mark.parametrize(
    ("p", "table"),
    [
        (0.001, (17_000, 63_000, 386_000)),
        (0.005, (3_400, 12_700, 77_000)),
        (0.01, (1_600, 6_400, 39_000)),
        (0.05, (317, 1_200, 7_400)),
    ],
)
def test_cases_for_a_share(p, table):
    for relative, tabled in zip((0.5, 0.25, 0.1), table, strict=True):
        n = n_for_proportion(p, relative)
        assert 0.94 * tabled < n <= 1.004 * tabled
        assert wilson(round(p * n), n).width == pytest.approx(2 * relative * p, rel=0.05)


@pytest.mark.parametrize(
    ("a", "b", "n"), [(0.05, 0.025, 906), (0.05, 0.01, 285), (0.02, 0.01, 2319), (0.01, 0.005, 4673)]
)
def test_cases_to_tell_two_shares_apart(a, b, n):
    assert n_for_difference(a, b) == n == n_for_difference(b, a)


def test_cases_that_cluster_count_less():
    assert n_for_difference(0.05, 0.025, design_effect=2) == 1811
    assert n_for_proportion(0.05, 0.5, design_effect=1.5) == math.ceil(n_for_proportion(0.05, 0.5) * 1.5)


@pytest.mark.parametrize(
    ("change", "n", "power"), [(-0.2, 50, 0.945), (-0.1, 200, 0.92), (-0.05, 200, 0.39), (0.25, 50, 0.945)]
)
def test_the_power_to_find_that_a_median_changed(change, n, power):
    assert power_for_median_change(n, change, 0.25) == pytest.approx(power, abs=0.02)


@pytest.mark.parametrize("change", [-0.2, -0.1, -0.05, 0.5])
def test_the_number_for_a_power_has_that_power(change):
    n = n_for_median_change(change, 0.25, power=0.9)

    assert power_for_median_change(n, change, 0.25) >= 0.9 > power_for_median_change(n - 1, change, 0.25)


def test_samples_for_a_quantile():
    assert 100 < n_for_quantile(0.5, 0.05, 0.25) <= 200
    assert 500 < n_for_quantile(0.5, 0.02, 0.25) <= 1000
    assert quantile_precision(1000, 0.99, 0.25) == pytest.approx(0.075, abs=0.01)
    assert quantile_precision(5000, 0.99, 0.25) == pytest.approx(0.027, abs=0.001)
    assert quantile_precision(298, 0.99, 0.25) == math.inf
    assert n_for_quantile(0.99, 10.0, 0.25) == 299


def test_what_no_number_of_samples_tells():
    with pytest.raises(InvalidParameterError, match="equal shares"):
        n_for_difference(0.1, 0.1)
    with pytest.raises(InvalidParameterError):
        n_for_median_change(0, 0.25)
    with pytest.raises(InvalidParameterError):
        n_for_proportion(0.0, 0.1)
    with pytest.raises(InvalidParameterError):
        n_for_quantile(0.5, 0.0, 0.25)


@pytest.mark.parametrize(("events", "n", "limit"), [(5, 1000, 0.01), (0, 10, 0.01), (12, 1000, 0.01), (35, 50, 0.8)])
def test_as_many_more_decide_and_fewer_do_not(events, n, limit):
    more = more_needed(proportion(events, n), limit, is_share=True)

    def decides(in_all):
        lower, upper = wilson_bounds(events / n, in_all) if events else (0.0, proportion(0, in_all).upper)
        return upper < limit or lower > limit

    assert decides(n + more)
    assert not decides(n + more - 1)


def test_cases_that_cluster_need_more():
    even = wilson(5, 1000)
    twice = Interval(value=0.005, lower=0.0, upper=2 * even.width, n=1000, method="batch means")

    assert 1000 + more_needed(twice, 0.01, is_share=True) == pytest.approx(
        4 * (1000 + more_needed(even, 0.01, is_share=True)), rel=0.01
    )


def test_bounds_shrink_as_the_root_of_n():
    interval = Interval(value=100.0, lower=90.0, upper=120.0, n=50, method="order statistics")

    assert more_needed(interval, 110.0) == pytest.approx(50 * 4 - 50, abs=2)
    assert more_needed(interval, 95.0) == pytest.approx(50 * 4 - 50, abs=2)
    assert more_needed(interval, 100.0) is None
