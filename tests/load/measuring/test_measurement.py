"""What a test asserts on: metrics by their names, with their bounds."""

import pytest

from pytest_serverless.errors import MissingEvidenceError, UnknownNameError
from pytest_serverless.load.estimates.intervals import Unknown
from pytest_serverless.load.measuring.measurement import Measurement
from tests.load.results.runs import count, make_run


@pytest.fixture(scope="module")
def run():
    return Measurement(make_run())


def test_metrics_are_attributes_by_the_names_of_thresholds(run):
    estimates = run.result.estimates

    assert run.throttles == estimates["throttles"]
    assert run.latency.p99 == estimates["latency.p99"]
    assert run.latency.warm.p50 == estimates["latency.warm.p50"]
    assert run.cold_starts.user_visible == run["cold_starts.user_visible"] == estimates["cold_starts.user_visible"]
    assert run.throttles.lower < run.throttles.value < run.throttles.upper


def test_quantiles_that_nobody_named_are_estimated_when_they_are_asked_for(run):
    assert "latency.p90" not in run.result.estimates
    assert run.latency.p90.value == pytest.approx(run["latency.p90"].value)
    assert run["latency.p50"].value <= run.latency.p90.value <= run.latency.p99.value


def test_without_evidence_there_is_an_error_that_says_how_to_get_it(run):
    with pytest.raises(MissingEvidenceError, match="only the platform's logs tell"):
        _ = run.cold_starts.init


def test_too_few_samples_hold_nothing():
    run = Measurement(make_run(count(arrivals=600), limits=()))

    assert isinstance(run["latency.p99.9"], Unknown)
    assert not run["latency.p99.9"].upper < 1e9


def test_names_that_are_none_are_told_with_those_that_are_near(run):
    with pytest.raises(AttributeError, match="Did you mean 'throttles'"):
        _ = run.trottles
    with pytest.raises(AttributeError, match=r"latency\.wram"):
        _ = run.latency.wram
    with pytest.raises(UnknownNameError):
        _ = run["latency.p99th"]
    assert not hasattr(run, "__wrapped__")
    assert not hasattr(run.latency, "__wrapped__")


def test_it_says_what_it_is_of(run):
    assert "buy" in repr(run)
    assert "hunter2" not in repr(run)
    assert repr(run.latency).startswith("<latency of")


@pytest.mark.parametrize(("limits", "passed"), [((), True), (("latency.p50 < 1ms",), False)])
def test_it_passed_where_every_threshold_was_kept(limits, passed):
    assert Measurement(make_run(limits=limits)).passed is passed
