"""Estimates as values: told, written and read."""

import json

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.cold_starts import cold_starts
from pytest_serverless.load.estimates.intervals import Interval, Unknown, estimate_from_json
from pytest_serverless.load.estimates.means import mean, mean_of_cells
from pytest_serverless.load.estimates.proportions import wilson


@pytest.mark.parametrize("estimate", [wilson(3, 40), Unknown(n=2, needed=6), Unknown(n=0, needed=None, note="why")])
def test_estimates_survive_json(estimate):
    assert estimate_from_json(json.loads(json.dumps(estimate.as_json(), allow_nan=False))) == estimate


def test_the_value_is_between_the_bounds():
    with pytest.raises(InvalidParameterError, match="between its bounds"):
        Interval(value=3.0, lower=1.0, upper=2.0, n=5, method="none")


def test_another_unit():
    interval = Interval(value=2.0, lower=1.0, upper=4.0, n=5, method="given", note="seen")

    assert interval.times(1000) == Interval(value=2000.0, lower=1000.0, upper=4000.0, n=5, method="given", note="seen")
    assert (interval.times(-1).lower, interval.times(-1).upper) == (-4.0, -1.0)
    assert Unknown(n=1, needed=2).times(5) == Unknown(n=1, needed=2)


def test_a_mean_is_students():
    # Student, The probable error of a mean, Biometrika 6 (1908): what one drug gave ten patients more than the other.
    gains = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    interval = mean(gains)

    assert interval.value == pytest.approx(1.58)
    # As R prints it for its data set `sleep`, paired.
    assert (interval.lower, interval.upper) == (pytest.approx(0.7001142, abs=1e-6), pytest.approx(2.4598858, abs=1e-6))
    assert mean([1.0]) == Unknown(n=1, needed=2)


def test_the_mean_of_cells_allows_for_drifts():
    steady = mean_of_cells([(10.0, 10)] * 40)
    drifting = mean_of_cells([(float(i), 10) for i in range(40)])

    assert (steady.value, steady.width, steady.n) == (1.0, 0.0, 400)
    assert drifting.value == pytest.approx(1.95)
    assert drifting.width > 0.8
    assert isinstance(mean_of_cells([(1.0, 5)] * 3), Unknown)


def test_three_rates_of_cold_starts_are_kept_apart():
    rates = cold_starts(known=1000, new_instances=60, user_visible=20, inits=75)

    assert [rate.value for rate in (rates.new_instance, rates.user_visible, rates.init)] == [0.06, 0.02, 0.075]
    assert rates.user_visible.lower > 0
    assert rates.user_visible.upper < 0.05
    assert (rates.user_visible.n, rates.user_visible.note) == (1000, "")


def test_no_evidence_is_no_zero():
    rates = cold_starts(known=0, unknown=500)

    assert isinstance(rates.user_visible, Unknown)
    assert "probe" in str(rates.user_visible)
    assert not rates.user_visible.upper < 0.05


def test_what_the_evidence_does_not_tell():
    rates = cold_starts(known=100, new_instances=5)

    assert rates.new_instance.value == 0.05
    assert isinstance(rates.user_visible, Unknown)
    assert "logs" in str(rates.init)
    assert isinstance(cold_starts(known=10, inits=50).init, Unknown)


def test_evidence_for_some_is_noted():
    rates = cold_starts(known=900, unknown=100, new_instances=0, user_visible=9)

    assert rates.user_visible.note == "evidence for 900 of 1,000 invocations"
    assert rates.new_instance.note.endswith("; evidence for 900 of 1,000 invocations")
    assert json.loads(json.dumps(rates.as_json()))["unknown"] == 100


def test_cold_starts_that_cluster_have_wider_bounds():
    cells = [(10, 50), *[(0, 50)] * 19]

    plain = cold_starts(known=1000, user_visible=10)
    clustered = cold_starts(known=1000, user_visible=10, user_visible_cells=cells)
    assert clustered.user_visible.width > plain.user_visible.width
