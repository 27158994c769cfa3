"""From counts to estimates by name, beside the truth of the simulation that was counted."""

import math

import pytest

from pytest_serverless.admission import LAMBDA, FunctionLimits, Granted
from pytest_serverless.admission.simulation import poisson, simulate
from pytest_serverless.errors import UnknownNameError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.aggregates.cells import Cell
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.measured import Measured, generation
from pytest_serverless.load.estimates.proportions import wilson
from pytest_serverless.load.estimates.thresholds import METRICS
from pytest_serverless.load.estimates.validity import judge
from pytest_serverless.load.observations import Evidence, Observation

SERVICE_S, INIT_S, START_S = 0.1, 0.4, 1_800_000_000.0


def is_cold(observation):
    return observation.evidence.invocation == 1


@pytest.fixture(scope="module")
def run():
    """120 s of 50 arrivals a second where 6 may run, counted as a load generator would; and the truth of it."""
    aggregate, served = Aggregate(is_cold=is_cold), {}

    def observe(arrived, decision, done):
        at, evidence = START_S + arrived, None
        if isinstance(decision, Granted):
            number = served[decision.sandbox] = served.get(decision.sandbox, 0) + 1
            evidence = Evidence(
                source="probe",
                instance=str(decision.sandbox),
                invocation=number,
                init_ms=400.0 if number == 1 else None,
            )
        kind, reason = ("ok", "") if evidence else ("throttled", "reserved_concurrency")
        aggregate.plan("hold", "s", at)
        aggregate.send("hold", "s", at, at + 0.001)
        aggregate.finish("hold", "s")
        aggregate.add(Observation("s", "call", "hold", at, at + 0.001, START_S + done, kind, reason, evidence=evidence))

    truth = simulate(
        poisson(50, count=6000, seed=1),
        lambda _: SERVICE_S,
        init=lambda _: INIT_S,
        limits=LAMBDA.replaced({"idle_s": 0.6}),
        function=FunctionLimits(reserved=6),
        observe=observe,
    ).as_json()
    return aggregate, truth


def test_shares_are_those_that_truly_were(run):
    aggregate, truth = run
    measured = Measured(aggregate.cell())

    throttles = measured.of("throttles")
    assert throttles.value == truth["throttled"] / 6000
    assert throttles.width > wilson(truth["throttled"], 6000).width  # they cluster
    assert measured.of("failed").upper < 0.001
    assert measured.of("ambiguous").value == 0.0


def test_cold_starts_are_shares_of_what_was_admitted(run):
    aggregate, truth = run
    measured = Measured(aggregate.cell(), inits=truth["sandboxes"]["ever"] + 10)

    for name in ("cold_starts.user_visible", "cold_starts.new_instance"):
        assert measured.of(name).value == truth["cold_starts"] / truth["admitted"]
        assert measured.of(name).n == truth["admitted"]
    assert measured.of("cold_starts.init").value > measured.of("cold_starts.user_visible").value
    assert isinstance(Measured(aggregate.cell()).of("cold_starts.init"), Unknown)


def test_times_are_kept_apart(run):
    measured = Measured(run[0].cell())

    assert measured.of("latency.warm.p99").value == pytest.approx(100, rel=0.001)
    assert measured.of("latency.cold.p50").value == pytest.approx(500, rel=0.001)
    assert measured.of("service.p50").value == pytest.approx(99, rel=0.001)
    assert measured.of("init.p50").value == pytest.approx(400, rel=0.001)
    cold = measured.of("cold_starts.user_visible").value
    assert measured.of("latency.mean").value == pytest.approx(100 + 400 * cold, rel=0.01)
    assert measured.of("latency.mean").contains(100 + 400 * cold)
    assert measured.of("service.mean").value == pytest.approx(99 + 400 * cold, rel=0.001)


def test_throughput_concurrency_and_instances(run):
    aggregate, truth = run
    measured = Measured(aggregate.cell())

    assert measured.of("throughput").contains(truth["admitted"] / truth["seconds"])
    assert measured.of("concurrency").contains(truth["busy"]["most"])
    assert measured.of("instances").value == truth["sandboxes"]["ever"]


def test_nothing_counted_is_unknown_whatever_is_asked():
    suffixes = {"ms": ".p50"}
    for name, unit in METRICS.items():
        estimate = Measured(Cell()).of(name + suffixes.get(unit, ""))
        assert isinstance(estimate, Unknown), name
        assert not estimate.upper < math.inf


def test_too_few_times_have_no_quantile(run):
    aggregate = Aggregate()
    for i in range(40):
        at = START_S + i
        aggregate.add(Observation("s", "call", "hold", at, at, at + 0.1, "ok"))

    measured = Measured(aggregate.cell())
    assert (measured.of("latency.p99").n, measured.of("latency.p99").needed) == (40, 299)
    assert isinstance(measured.of("latency.p50"), Interval)
    assert "no evidence" in str(measured.of("cold_starts.user_visible"))


def test_failures_of_one_sort_have_their_course_and_mixed_ones_have_not():
    def counted(kinds):
        aggregate = Aggregate()
        for i, kind in enumerate(kinds):
            at = START_S + i / 10
            aggregate.add(Observation("s", "call", "hold", at, at, at + 0.1, kind))
        return Measured(aggregate.cell()).of("failed")

    calm = ["ok"] * 900
    assert counted([*["failed"] * 100, *calm]).method.endswith("by batch means")
    assert counted([*["failed"] * 100, "refused", *calm]).method == "Wilson"


def test_what_others_measured_has_its_name():
    lost = wilson(3, 100)

    assert Measured(Cell(), others={"lost": lost}).of("lost") == lost
    with pytest.raises(UnknownNameError):
        Measured(Cell(), others={"lots": lost}).of("lots")


def test_what_the_generator_did(run):
    told = generation(run[0], cpu=0.5)

    assert (told.planned, told.sent, told.done, told.answers) == (6000, 6000, 6000, 6000)
    assert told.lag_p99_ms == pytest.approx(1.0, rel=0.01)
    assert judge(told).is_valid


def test_arrivals_that_a_stop_left_out_are_unsent():
    aggregate = Aggregate()
    for i in range(10):
        aggregate.plan("hold", "s", START_S + i)
        aggregate.send("hold", "s", START_S + i, START_S + i)
        aggregate.add(Observation("s", "c", "hold", START_S, START_S, START_S, "refused", "unauthorized"))
    aggregate.drop("hold", "s", START_S + 11, "in_flight")

    told = generation(aggregate, planned=50, lost_workers=1)
    assert (told.planned, told.sent, told.unsent, told.dropped, told.in_flight_at_stop) == (50, 10, 40, 1, 10)
    assert told.unauthorised == 10
    reasons = judge(told).reasons
    assert any("401" in reason for reason in reasons)
    assert any("-1 are not accounted for" in reason for reason in reasons)
