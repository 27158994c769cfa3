"""Quantiles beside printed tables, and beside sums of exact fractions."""

import math
from fractions import Fraction

import pytest

from pytest_serverless.load.estimates.distributions import (
    beta_quantile,
    binomial_mass,
    binomial_tail,
    normal_quantile,
    regularised_beta,
    t_quantile,
)


def tail(k, n, p):
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


# NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2: upper critical values of Student's t distribution.
@pytest.mark.parametrize(
    ("degrees", "p", "printed"),
    [
        (1, 0.975, 12.706),
        (2, 0.95, 2.920),
        (5, 0.975, 2.571),
        (10, 0.995, 3.169),
        (19, 0.975, 2.093),
        (19, 0.90, 1.328),
        (30, 0.975, 2.042),
        (100, 0.995, 2.626),
    ],
)
def test_students_t_is_as_printed(degrees, p, printed):
    assert round(t_quantile(p, degrees), 3) == printed
    assert t_quantile(1 - p, degrees) == pytest.approx(-t_quantile(p, degrees), rel=1e-9)


def test_students_t_becomes_normal_with_many_degrees_of_freedom():
    assert t_quantile(0.975, 1e7) == pytest.approx(normal_quantile(0.975), rel=1e-6)
    assert t_quantile(0.5, 3) == 0.0


def test_the_normal_quantile_is_as_printed():
    assert round(normal_quantile(0.975), 5) == 1.95996  # NIST/SEMATECH e-Handbook, 1.3.6.7.1
    assert round(normal_quantile(0.8), 4) == 0.8416


@pytest.mark.parametrize("p", [Fraction(1, 1000), Fraction(1, 20), Fraction(1, 2), Fraction(97, 100)])
@pytest.mark.parametrize("n", [1, 7, 40, 300])
def test_binomial_tails_are_the_sums_of_their_terms(n, p):
    for k in {0, 1, n // 20, n // 2, n - 1, n}:
        assert binomial_tail(k, n, float(p)) == pytest.approx(float(tail(k, n, p)), rel=1e-9, abs=1e-300)
    assert binomial_tail(n + 1, n, float(p)) == 0.0


@pytest.mark.parametrize(("k", "n"), [(0, 1), (3, 10), (150, 300), (299, 300)])
def test_binomial_terms_are_exact(k, n):
    exact = math.comb(n, k) * Fraction(1, 8) ** k * Fraction(7, 8) ** (n - k)

    assert binomial_mass(k, n, 0.125) == pytest.approx(float(exact), rel=1e-9)


@pytest.mark.parametrize(("a", "b"), [(1, 1), (0.5, 9.5), (3, 1000), (2000, 50), (500_000, 500_001)])
@pytest.mark.parametrize("p", [0.001, 0.025, 0.5, 0.975])
def test_beta_quantiles_are_inverse_to_the_beta_function(a, b, p):
    assert regularised_beta(a, b, beta_quantile(p, a, b)) == pytest.approx(p, rel=1e-6)


def test_the_beta_function_where_it_has_a_plain_form():
    for x in (0.0, 0.1, 0.5, 0.99, 1.0):
        assert regularised_beta(1, 1, x) == pytest.approx(x)
        assert regularised_beta(3, 1, x) == pytest.approx(x**3)
        assert regularised_beta(0.5, 0.5, x) == pytest.approx(2 / math.pi * math.asin(math.sqrt(x)))
