"""Observations that are counted: each in its place, and the same however they are divided."""

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.observations import KINDS, Evidence, Observation

EPOCH = 1_790_000_000.0
SETTINGS = settings(deadline=None, max_examples=60, derandomize=True)

EVIDENCE = st.none() | st.builds(
    Evidence,
    source=st.sampled_from(["report", "probe"]),
    instance=st.none() | st.sampled_from("abcde"),
    invocation=st.none() | st.integers(1, 3),
    init_ms=st.none() | st.floats(1, 900),
    duration_ms=st.none() | st.floats(1, 900),
    billed_ms=st.none() | st.integers(1, 900),
    memory_mb=st.sampled_from([None, 128, 512]),
)
OBSERVATIONS = st.builds(
    lambda lag, took, at, **rest: Observation(
        intended_s=EPOCH + at, started_s=EPOCH + at + lag, ended_s=EPOCH + at + lag + took, **rest
    ),
    at=st.floats(0, 12),
    lag=st.floats(0, 0.2),
    took=st.floats(0, 4),
    scenario=st.sampled_from(["shop", "admin"]),
    step=st.sampled_from(["", "login"]),
    phase=st.sampled_from(["ramp", "hold"]),
    kind=st.sampled_from(KINDS),
    reason=st.sampled_from(["", "concurrency"]),
    status=st.sampled_from([None, 200, 429]),
    evidence=EVIDENCE,
    new_connection=st.booleans(),
    wire_attempts=st.integers(1, 3),
)
# What a sender counts beside the requests: an arrival that was sent and ended, was sent only, or was dropped.
DISPATCHES = st.tuples(
    st.sampled_from(["ramp", "hold"]), st.floats(0, 12), st.sampled_from(["done", "sent", "dropped"])
)
EVENTS = st.lists(OBSERVATIONS | DISPATCHES, max_size=40)


def is_cold(observation):
    invocation = observation.evidence.invocation
    return None if invocation is None else invocation == 1


def count(aggregate, event):
    if isinstance(event, Observation):
        aggregate.add(event)
        return
    phase, at, what = event
    aggregate.plan(phase, "shop", EPOCH + at)
    if what == "dropped":
        aggregate.drop(phase, "shop", EPOCH + at, "max_in_flight")
        return
    aggregate.send(phase, "shop", EPOCH + at, EPOCH + at + 0.001)
    if what == "done":
        aggregate.finish(phase, "shop")


def aggregated(events):
    made = Aggregate(is_cold=is_cold)
    for event in events:
        count(made, event)
    return made


def merged(*parts):
    whole = Aggregate()
    for part in parts:
        whole.merge(part)
    return whole


def observed(kind="ok", at=0.0, took_ms=50.0, lag_ms=0.0, **rest):
    start = EPOCH + at + lag_ms / 1e3
    named = {"scenario": "shop", "step": "", "phase": "hold"} | rest
    return Observation(intended_s=EPOCH + at, started_s=start, ended_s=start + took_ms / 1e3, kind=kind, **named)


def probe(invocation, instance="a", **rest):
    return Evidence(source="probe", instance=instance, invocation=invocation, **rest)


@SETTINGS
@given(events=EVENTS, parts=st.integers(1, 5), seed=st.integers(0, 99))
def test_however_observations_are_divided_their_sum_is_the_same(events, parts, seed):
    shuffled = list(events)
    Random(seed).shuffle(shuffled)

    assert merged(*(aggregated(shuffled[part::parts]) for part in range(parts))) == aggregated(events)


@SETTINGS
@given(one=EVENTS, two=EVENTS, three=EVENTS)
def test_merging_is_associative_and_commutative(one, two, three):
    a, b, c = map(aggregated, (one, two, three))

    assert merged(merged(a, b), c) == merged(a, merged(b, c)) == merged(c, b, a)


@SETTINGS
@given(events=EVENTS, every=st.integers(1, 10))
def test_what_is_taken_adds_up_to_the_whole(events, every):
    aggregate, taken = Aggregate(is_cold=is_cold), []
    for number, event in enumerate(events):
        count(aggregate, event)
        if number % every == 0:
            taken.append(Aggregate.from_json(aggregate.take().as_json()))
    taken.append(aggregate.take(last=True))

    assert merged(*taken) == aggregated(events)
    assert aggregate == Aggregate()


@SETTINGS
@given(events=EVENTS)
def test_it_travels_as_plain_json(events):
    aggregate = aggregated(events)
    value = aggregate.as_json()

    assert Aggregate.from_json(json.loads(json.dumps(value))) == aggregate
    assert_packable(value)


def assert_packable(value):
    """MessagePack has integers of 64 bits and, by default, no keys but texts."""
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            assert_packable(each)
    else:
        assert value is None or isinstance(value, (str, float, bool)) or -(2**63) <= value < 2**64


@SETTINGS
@given(events=EVENTS)
def test_merging_leaves_what_is_merged_alone(events):
    part = aggregated(events)
    before = json.dumps(part.as_json())
    whole = merged(part)
    for event in events:
        count(whole, event)
    whole.merge(part)

    assert json.dumps(part.as_json()) == before


def test_each_class_keeps_its_times_apart():
    aggregate = aggregated(
        [
            observed(took_ms=20, evidence=probe(2)),
            observed(took_ms=400, evidence=probe(1)),
            observed(took_ms=30),
            observed(took_ms=31, evidence=Evidence(source="logs")),
            observed("throttled", took_ms=2, reason="concurrency", status=429),
            observed("ambiguous", took_ms=5, status=503),
            observed("function_error", took_ms=40, evidence=probe(3)),
            observed("refused", took_ms=3, status=401),
            observed("failed", took_ms=1000, reason="timeout"),
        ]
    )
    cell = aggregate.cell()

    spans = {name: (one.count, one.min_ms, one.max_ms) for name, one in cell.latency.items()}
    assert spans == {
        "warm": (1, pytest.approx(20, abs=2e-3), pytest.approx(20, abs=2e-3)),
        "cold": (1, pytest.approx(400, abs=2e-3), pytest.approx(400, abs=2e-3)),
        "unknown": (2, pytest.approx(30, abs=2e-3), pytest.approx(31, abs=2e-3)),
        "throttled": (1, pytest.approx(2, abs=2e-3), pytest.approx(2, abs=2e-3)),
        "ambiguous": (1, pytest.approx(5, abs=2e-3), pytest.approx(5, abs=2e-3)),
        "failed": (3, pytest.approx(3, abs=2e-3), pytest.approx(1000, abs=2e-3)),
    }
    assert cell.count == 9
    assert cell.count_of("throttled") == cell.count_of("throttled", "concurrency") == 1
    assert cell.count_of("throttled", "rate") == 0
    assert cell.counts["failed", "timeout", None] == 1


def test_without_a_judge_of_colds_nothing_is_taken_for_warm():
    aggregate = Aggregate()
    aggregate.add(observed(evidence=probe(2)))

    assert aggregate.cell().latency["unknown"].count == 1


def test_latency_is_from_the_intended_start_and_service_from_the_real_one():
    cell = aggregated([observed(took_ms=50, lag_ms=150)]).cell()

    assert cell.latency["unknown"].mean_ms == pytest.approx(200, abs=2e-3)
    assert cell.service["unknown"].mean_ms == pytest.approx(50, abs=2e-3)


def test_what_instances_told_is_counted_with_its_denominators():
    cell = aggregated(
        [
            observed(evidence=probe(1, init_ms=300.5, duration_ms=10, billed_ms=311, memory_mb=128)),
            observed(evidence=probe(2, duration_ms=12, billed_ms=12, memory_mb=128)),
            observed("function_error", evidence=probe(1, "b", billed_ms=7, memory_mb=512)),
            observed(evidence=Evidence(source="report", billed_ms=3)),
            observed(),
        ]
    ).cell()

    assert (cell.evidenced, cell.numbered, cell.new_instances, cell.inits) == (4, 3, 2, 1)
    assert (cell.told, cell.cold_starts, cell.latency["cold"].count) == (3, 2, 1)
    assert cell.init.mean_ms == 300.5
    assert cell.duration.count == 2
    assert cell.billed == {0: [1, 3], 128: [2, 323], 512: [1, 7]}
    assert cell.instances.distinct == 2
    assert cell.instances.known["a"].init_us == 300_500


def test_connections_and_attempts_on_the_wire_are_counted():
    cell = aggregated([observed(new_connection=True, wire_attempts=3), observed()]).cell()

    assert (cell.new_connections, cell.wire_attempts) == (1, 4)


def test_parts_are_told_apart_and_added_up():
    aggregate = aggregated(
        [
            observed(phase="ramp", took_ms=10),
            observed(step="login", took_ms=20),
            observed(step="pay", took_ms=30),
            observed(scenario="admin", took_ms=40),
        ]
    )

    assert aggregate.cell().count == 4
    assert aggregate.cell(phase="hold").count == 3
    assert aggregate.cell(phase="hold", scenario="shop").count == 2
    assert aggregate.cell(step="pay").latency["unknown"].mean_ms == pytest.approx(30, abs=2e-3)
    assert aggregate.cell(phase="none").count == 0


def test_the_course_of_counts_is_by_the_second_in_which_requests_were_intended():
    course = list(
        aggregated(
            [
                observed(at=0.2, evidence=probe(1)),
                observed(at=0.9, took_ms=500, lag_ms=400, evidence=probe(2)),
                observed("throttled", at=2.0),
            ]
        )
        .cell()
        .course()
    )

    assert [row.start_s - EPOCH for row in course] == [0, 2]
    first, second = course
    assert (first.cold, first.warm, first.new_instances, first.numbered) == (1, 1, 1, 2)
    assert (first.cold_starts, first.told) == (1, 2)
    assert (second.throttled, second.warm, second.numbered, second.told) == (1, 0, 0, 0)


def test_the_course_of_times_is_within_a_hundredth():
    cell = aggregated([observed(at=at, took_ms=took) for at, took in [(0, 0.9), (4.9, 123.4), (5.1, 4321)]]).cell()

    (first, early), (second, late) = cell.times("unknown")
    assert (first - EPOCH, second - EPOCH) == (0, 5)
    assert [ms for ms, _ in early] == pytest.approx([0.9, 123.4], rel=0.01)
    assert late == [(pytest.approx(4321, rel=0.01), 1)]
    assert list(cell.times("warm")) == []
    assert list(cell.times("unknown", second - 0.5)) == [(first, early), (second, late)]
    assert list(cell.times("unknown", second)) == [(second, late)]
    assert list(cell.times("unknown", second + 5)) == []


def test_what_ran_in_a_function_is_apart_from_what_was_turned_away():
    aggregate = aggregated([observed(took_ms=990), observed("throttled", took_ms=990), observed(at=5)])

    cell = aggregate.cell()
    assert cell.running.mean(EPOCH, EPOCH + 1) == pytest.approx(0.99, abs=1e-4)
    assert cell.in_flight.mean(EPOCH, EPOCH + 1) == pytest.approx(1.98, abs=1e-4)
    assert aggregate.in_flight == cell.in_flight


def test_gauges_of_two_workers_are_told_to_the_master():
    master = Aggregate()
    for offset in (0.0, 0.5):
        worker = Aggregate()
        for number in range(3):
            worker.gauge.enter(EPOCH + offset + number * 0.01)
        for number in range(3):
            worker.gauge.leave(EPOCH + offset + 0.05)
            worker.add(observed(at=offset + number * 0.01, took_ms=50 - number * 10))
        worker.add(observed(at=offset + 0.06, took_ms=1))  # after the others: no more at one time
        worker.gauge.enter(EPOCH + offset + 0.06)
        worker.gauge.leave(EPOCH + offset + 0.061)
        master.merge(Aggregate.from_json(worker.take(last=True).as_json()))

    assert master.in_flight.most == 3
    assert master.cell().in_flight.most == 4
    assert master.take().in_flight.most == 3
    assert master.take() == Aggregate()


def test_arrivals_are_planned_sent_dropped_and_done_and_none_is_lost():
    aggregate = Aggregate()
    for at in (0.0, 0.1, 1.2, 1.3):
        aggregate.plan("hold", "shop", EPOCH + at)
    aggregate.send("hold", "shop", EPOCH, EPOCH + 0.002)
    aggregate.send("hold", "shop", EPOCH + 0.1, EPOCH + 1.1)
    aggregate.drop("hold", "shop", EPOCH + 1.2, "max_in_flight")
    aggregate.finish("hold", "shop")
    dispatch = aggregate.dispatch(phase="hold", scenario="shop")

    assert (dispatch.planned, dispatch.sent, dispatch.done, dispatch.dropped) == (4, 2, 1, {"max_in_flight": 1})
    assert (dispatch.in_flight, dispatch.lost) == (1, 1)
    assert dispatch.lag.max_ms == pytest.approx(1000, abs=2e-3)
    assert [tuple(row) for row in dispatch.course()] == [(EPOCH, 2, 1, 0), (EPOCH + 1, 2, 1, 1)]
    assert aggregate.dispatch(scenario="other").planned == 0


def test_the_clocks_of_workers_are_kept_with_how_far_they_are_apart():
    aggregate = Aggregate()
    for worker, offset_ms in [("0", -3.0), ("1", 40.0), ("1", 60.0), ("0", 2.0)]:
        part = Aggregate()
        part.clocks[worker] = offset_ms
        aggregate.merge(part)

    assert aggregate.clocks == {"0": -3.0, "1": 60.0}
    assert aggregate.skew_ms == 63.0
    assert Aggregate().skew_ms == 0


def test_what_another_version_wrote_is_refused():
    with pytest.raises(InvalidParameterError, match="version 2 cannot be read here, only those of 1"):
        Aggregate.from_json({"version": 2})
