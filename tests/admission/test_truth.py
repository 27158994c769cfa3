"""What is counted: exactly, and the same over any course of events."""

import json
import math
import random

import pytest

from pytest_serverless.admission import LAMBDA, Admission, FunctionLimits
from pytest_serverless.admission.truth import Counts, Grid, Truth


def admission(**functions):
    return Admission(LAMBDA, functions or {"f": FunctionLimits()})


def test_busy_is_added_up_exactly():
    gate = admission()
    one = gate.arrive("f", 10.0).sandbox
    two = gate.arrive("f", 10.05).sandbox
    gate.release(one, 10.13)
    gate.release(two, 10.25)

    busy = gate.truth.as_json(10.4)["busy"]

    assert busy["seconds"] == pytest.approx(0.13 + 0.20)
    assert busy["mean"] == pytest.approx(0.33 / 0.4)
    assert (busy["now"], busy["most"], busy["cell_s"]) == (0, 2, 0.1)
    assert busy["cells"] == pytest.approx([1.5, 1.3, 0.5, 0.0])


def test_who_runs_now_counts_up_to_now():
    gate = admission()
    gate.arrive("f", 0.0)

    assert gate.truth.as_json(7.0)["busy"]["seconds"] == pytest.approx(7.0)
    assert gate.truth.as_json(8.0)["busy"]["seconds"] == pytest.approx(8.0)


@pytest.mark.parametrize("offset", [0.0, 1e5, 1.7e9])
def test_a_clock_that_began_long_ago_costs_no_accuracy(offset):
    draws = random.Random(1)
    gate, expected, running = admission(), 0.0, []
    now = offset
    for _ in range(20_000):
        now += draws.expovariate(100)
        while running and running[0][0] <= now:
            end, sandbox = running.pop(0)
            gate.release(sandbox, end)
        running.append((now + 0.05, gate.arrive("f", now).sandbox))
        expected += 0.05
    for end, sandbox in running:
        gate.release(sandbox, end)

    tolerance = 1e-9 if offset < 1e9 else 1e-4  # of the clock's own steps: 2e-7 s each at 1.7e9 s
    assert gate.truth.as_json(now + 1)["busy"]["seconds"] == pytest.approx(expected, rel=tolerance)


def test_cells_widen_so_that_a_long_run_stays_small():
    counts = Counts(Grid())
    counts.begin(0.0)
    counts.end(3600.0 * 24 * 365)

    assert 18_000 <= len(counts.cells) < 36_000
    assert sum(counts.cells) == pytest.approx(3600 * 24 * 365, rel=1e-4)
    assert counts.busy_s(3600.0 * 24 * 366) == pytest.approx(3600 * 24 * 365)


def test_functions_and_all_of_them():
    gate = admission(f=FunctionLimits(reserved=1), g=FunctionLimits())
    held = gate.arrive("f", 0.0).sandbox
    gate.arrive("f", 0.0)
    gate.release(held, 1.0)
    gate.arrive("g", 1.0)
    gate.arrive("g", 1.0)

    truth = gate.truth.as_json(2.0)

    assert (truth["arrivals"], truth["admitted"], truth["throttled"], truth["cold_starts"]) == (4, 3, 1, 3)
    assert truth["limits"] == {"reserved": 1}
    assert truth["busy"]["most"] == 2
    assert truth["busy"]["seconds"] == pytest.approx(3.0)
    assert truth["busy"]["cells"] == pytest.approx([1.0] * 10 + [2.0] * 10)
    assert truth["sandboxes"] == {"now": 3, "most": 3, "ever": 3}
    assert {name: part["busy"]["most"] for name, part in truth["functions"].items()} == {"f": 1, "g": 2}
    assert truth["functions"]["g"]["busy"]["cells"] == pytest.approx([0.0] * 10 + [2.0] * 10)


def test_it_is_json_before_anything_has_happened_too():
    assert json.loads(json.dumps(admission().truth.as_json(5.0)))["busy"] == {
        "now": 0,
        "most": 0,
        "mean": 0.0,
        "seconds": 0.0,
        "cell_s": 0.1,
        "cells": [],
    }
    assert Truth([]).as_json(5.0)["arrivals"] == 0


def test_counting_can_begin_anew_while_something_runs():
    gate = admission()
    sandbox = gate.arrive("f", 0.0).sandbox
    gate.arrive("f", 0.0)
    gate.release(sandbox, 5.0)

    gate.truth.clear()
    again = gate.arrive("f", 6.0)
    gate.release(again.sandbox, 8.0)

    truth = gate.truth.as_json(10.0)
    assert (truth["arrivals"], truth["admitted"], truth["cold_starts"]) == (2, 2, 0)
    assert truth["sandboxes"] == {"now": 2, "most": 2, "ever": 2}
    assert truth["busy"]["seconds"] == pytest.approx(4.0 + 2.0)
    assert (truth["busy"]["now"], truth["busy"]["most"]) == (1, 2)
    assert truth["seconds"] == 4.0
    assert not math.isnan(truth["busy"]["mean"])
