"""Erlang's loss formula: by its own series in exact fractions, and as others print it."""

import math
from fractions import Fraction

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.erlang import blocking, offered_load, places, places_from
from pytest_serverless.load.estimates.intervals import Interval
from pytest_serverless.load.estimates.proportions import wilson


def erlang_b(offered, count):
    terms = [offered**k / Fraction(math.factorial(k)) for k in range(count + 1)]
    return terms[-1] / sum(terms)


@pytest.mark.parametrize("offered", [Fraction(1, 10), Fraction(121, 10), Fraction(90)])
@pytest.mark.parametrize("count", [0, 1, 10, 100])
def test_the_recurrence_is_the_series(offered, count):
    assert blocking(float(offered), count) == pytest.approx(float(erlang_b(offered, count)), rel=1e-12)


def test_as_others_print_it():
    # https://erlang.com/calculatormanual/howmuchtrafficcanatrunkgrouphandle.htm: 15 lines, 1 % blocked.
    assert round(offered_load(15, 0.01), 3) == 8.108
    assert places(8.108, 0.01) == 15
    assert places(8.109, 0.01) == 16


def test_it_is_stable_where_the_series_is_not():
    assert blocking(10_000.0, 10_000) == pytest.approx(math.sqrt(2 / (math.pi * 10_000)), rel=0.02)
    assert blocking(1.0, 5_000) == 0.0  # less than the least number
    assert blocking(0.0, 5) == 0.0


@pytest.mark.parametrize(("count", "offered"), [(1, 0.5), (10, 12.1), (137, 140.0), (1000, 1000.0)])
def test_the_number_of_places_is_found_again(count, offered):
    lost = blocking(offered, count)

    assert places(offered, lost) == count
    assert offered_load(count, lost) == pytest.approx(offered)
    assert places_from(offered, wilson(round(lost * 10**6), 10**6)).contains(count)


@pytest.mark.parametrize("part", [0.995, 1.005])
def test_the_nearest_number_of_places_is_meant(part):
    lost = part * blocking(12.1, 10)

    assert places_from(12.1, Interval(value=lost, lower=lost, upper=lost, n=1, method="given")).value == 10


def test_what_is_never_lost_leaves_the_number_open():
    estimate = places_from(5.0, wilson(0, 1000))

    assert estimate.upper == math.inf
    assert estimate.lower < 15


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_shares_that_cannot_be(lost):
    with pytest.raises(InvalidParameterError, match="between 0 and 1"):
        places(5.0, lost)
    with pytest.raises(InvalidParameterError):
        blocking(-1.0, 5)
