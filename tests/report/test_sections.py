"""What a report says, told as text, in which it is easiest to read."""

import dataclasses

import pytest

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.results import ColdStartSource, Generator, Target
from pytest_serverless.report import FORMATS, render, report_of, text
from tests.load.results.runs import START_S, count, make_run

VERDICT = """\
VALID, thresholds FAILED
  PASS  throttles < 50%, is 18.99 % (17.01 to 21.14, n = 2,501)
  FAIL  latency.p99 < 90ms, is 126.7 ms (124.5 to 131.7, n = 2,026)
  PASS  cold_starts.user_visible < 50%, is 0.04936 % (0.007954 to 0.3056, n = 2,026)
"""
LATENCY = """\
Latency from the intended start, in ms
                 n                   p50                    p95                     p99
  warm       2,025      102 (102 to 103)       119 (118 to 120)        127 (124 to 131)
  cold           1  n too small (1 of 6)  n too small (1 of 59)  n too small (1 of 299)
  throttled    475   2.00 (2.00 to 2.00)    2.00 (2.00 to 2.00)     2.00 (2.00 to 2.00)
  failed         0  n too small (0 of 6)  n too small (0 of 59)  n too small (0 of 299)
"""


def part(document, title):
    """Return the section of a text report, or fail."""
    return next(part for part in document.split("\n\n") if part.startswith(title))


def words(document, start):
    """Return the first line that starts so, its columns apart."""
    return next(line.split() for line in document.splitlines() if line.strip().startswith(start))


def test_the_verdict_comes_first_and_latency_by_class(run):
    told = render(run)

    assert told.startswith(VERDICT)
    assert LATENCY in told


def test_sections_come_in_their_order(run):
    titles = [section.title.partition(" from")[0] for section in report_of(run).sections]

    assert titles == [
        *("Run", "Latency", "Arrivals", "Concurrency", "Cold starts", "Answers"),
        *("Throttles and errors by reason", "Other phases, not judged", "Cost"),
    ]


def test_numbers_are_those_of_the_judged_phases(run):
    told = render(run)

    assert words(told, "planned")[1] == f"{run.dispatch.planned:,}"
    assert words(part(told, "Answers"), "throttled")[1] == f"{run.cell.count_of('throttled'):,}"
    assert words(part(told, "Other phases"), "warm-up")[1] == f"{run.aggregate.cell(phase='warm-up').count:,}"
    assert not any(line.strip().startswith("hold") for line in part(told, "Other phases").splitlines())
    assert words(told, "instances seen")[2] == f"{run.cell.instances.distinct}"
    assert words(told, "requests in flight, most")[4] == f"{run.cell.in_flight.most}"


def test_cold_starts_say_what_told_of_them_and_what_it_cannot_say(run):
    told = part(render(run), "Cold starts")

    assert "evidence: probe" in told
    assert "it cannot say: inits that no request waited for" in told
    assert "inits for each invocation" in told
    assert "unknown" in told


def test_without_evidence_no_rate_is_told_but_how_to_get_one():
    aggregate = Aggregate()
    for i in range(100):
        at = START_S + i / 10
        aggregate.plan("hold", "s", at)
        aggregate.send("hold", "s", at, at)
        aggregate.finish("hold", "s")
        aggregate.add(Observation("s", "call", "hold", at, at, at + 0.1, "ok"))
    told = render(make_run(aggregate, cold_start_source=ColdStartSource()))
    cold = part(told, "Cold starts")

    assert "evidence: none" in cold
    assert "put the probe into the function" in " ".join(cold.split())
    assert "%" not in cold
    assert words(told, "ok, unknown if cold")[4] == "100"


def test_an_invalid_run_judges_nothing_and_says_why(counted):
    told = render(make_run(counted, facts_of_generation={"lost_workers": 2}))

    assert told.startswith("INVALID: this run decides nothing\n  2 of the worker processes did not report at the end\n")
    assert "NOT JUDGED  throttles < 50%\n" in told
    assert "PASS" not in told


def test_a_run_that_was_cut_off_has_passed_nothing(counted):
    told = render(make_run(counted, complete=False, limits=("throttles < 50%",), notes=("stopped by SIGINT",)))

    assert told.startswith("VALID, thresholds INCONCLUSIVE, cut off\n  INCONCLUSIVE  throttles < 50%")
    assert "The run was cut off" in told
    assert part(told, "Notes") == "Notes\n  stopped by SIGINT\n"


def test_what_is_inconclusive_says_how_many_more_samples_decide(counted):
    told = render(make_run(counted, limits=("latency.cold.p99 < 1s",)))

    assert told.startswith("VALID, thresholds INCONCLUSIVE\n  INCONCLUSIVE  latency.cold.p99 < 1s, is n too small")
    assert "about 298 more samples decide" in told


def test_a_run_without_thresholds_says_so(counted):
    assert render(make_run(counted, limits=())).startswith("VALID, no thresholds\n")
    assert render(make_run(counted, limits=(), complete=False)).startswith("VALID, no thresholds, cut off\n")


def test_a_closed_loop_is_labelled(counted):
    assert "Closed loop" in render(make_run(counted, generator=Generator(loop="closed")))


def test_drops_are_told_with_their_reasons(counted):
    dropped = Aggregate.from_json(counted.as_json())
    for i in range(7):
        dropped.plan("hold", "buy", START_S + 30 + i)
        dropped.drop("hold", "buy", START_S + 30 + i, "max_in_flight")
    told = part(render(make_run(dropped)), "Arrivals")

    assert words(told, "dropped")[1] == "7"
    assert "dropped 7: max_in_flight" in told


def test_throttles_are_told_by_reason_the_most_frequent_first():
    both = count(arrivals=1500, reason="account_concurrency")
    both.merge(count(arrivals=3000))
    told = part(render(make_run(both)), "Throttles").splitlines()

    assert [line.split()[-1] for line in told[2:4]] == ["reserved_concurrency", "account_concurrency"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_result_without_anything_in_it_can_be_told(form):
    nothing = make_run(Aggregate(), target=Target(), git=None, cost=None, round_trip_ms=None, generator=Generator())

    assert "nothing was sent" in render(nothing, form)


@pytest.mark.parametrize("length", [1, 60, 400])
def test_no_line_is_wider_than_100_columns(run, length):
    long = "x" * length
    aggregate = Aggregate.from_json(run.aggregate.as_json())
    aggregate.add(Observation("buy", "call", "hold", START_S, START_S, START_S, "failed", f"{long} " * 5))
    functions = tuple(dataclasses.replace(each, name=long) for each in run.target.functions)
    target = Target(url=f"https://h/{long}", functions=functions)
    told = text(report_of(make_run(aggregate, target=target, notes=(long, "word " * length), git=long)))

    assert max(map(len, told.splitlines())) <= 100
    assert all(line == line.rstrip() for line in told.splitlines())
