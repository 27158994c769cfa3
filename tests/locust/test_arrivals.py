"""Arrivals as the target sees them: as many as were meant, and independent of each other."""

import itertools
import math
import statistics

import pytest

from tests.locust.servers import recording

STEADY = """
from pytest_serverless.locust import Scenario

class Steady(Scenario):
    arrival_rate = 60
    hold = "12s"

    def journey(self, call):
        call.get("/")
"""


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_arrivals_are_poisson_however_many_send(run_locust, workers):
    url, seen = recording(after_s=0.05)

    ran = run_locust("--host", url, *(["--processes", str(workers)] if workers > 1 else []), file=STEADY)

    times = sorted(seen.times)
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert ran.result.generator.workers == workers
    assert ran.code == 0, ran.out
    assert len(times) == pytest.approx(60 * 12, abs=4 * math.sqrt(60 * 12))
    assert 0.9 < statistics.stdev(gaps) / statistics.mean(gaps) < 1.1
