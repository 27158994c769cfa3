"""Lag is judged where the run is: a long ramp that was in time makes a late hold no better."""

import pytest

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.estimates.measured import generation


def test_the_lag_is_that_of_the_judged_phases():
    aggregate = Aggregate()
    for phase, late_s, count in (("ramp", 0.0, 1000), ("hold", 0.1, 5)):
        for number in range(count):
            aggregate.plan(phase, "Shop", 1000.0 + number)
            aggregate.send(phase, "Shop", 1000.0 + number, 1000.0 + number + late_s)

    assert generation(aggregate).lag_p99_ms == 0
    assert generation(aggregate, judged=["hold"]).lag_p99_ms == pytest.approx(100, rel=0.01)
