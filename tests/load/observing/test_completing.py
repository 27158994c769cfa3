"""A run that saw nothing of instances, completed by what CloudWatch knows of its time."""

import pytest

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.estimates.intervals import Unknown
from pytest_serverless.load.estimates.measured import generation
from pytest_serverless.load.estimates.validity import judge
from pytest_serverless.load.evidence import waited_by
from pytest_serverless.load.observations import Evidence, Observation
from pytest_serverless.load.observing import Identified, complete
from pytest_serverless.load.results import Target, make_result
from tests.load.observing.cloud import NOON


def seen(at_s, kind="ok", *, latency_s=0.12, evidence=None, phase="hold", reason=""):
    began_s = NOON + at_s
    return Observation("shop", "GET /", phase, began_s, began_s, began_s + latency_s, kind, reason, 200, evidence)


def aggregate_of(observations):
    made = Aggregate(is_cold=waited_by())
    for each in observations:
        made.plan(each.phase, "shop", each.intended_s)
        made.send(each.phase, "shop", each.intended_s, each.started_s)
        made.add(each)
        made.finish(each.phase, "shop")
    return made


def cell_of(*observations):
    return aggregate_of(observations).cell(phase="hold")


def invoke(cloud, *, count=400, instances=8):
    """`count` requests in 60 s, the first of each instance a cold one that took 500 ms longer."""
    for number in range(count):
        init_ms = 500.0 if number < instances else None
        at_s = NOON + 1 + 0.14 * number + (init_ms or 0.0) / 1e3
        cloud.invoke("shop", f"{number % instances}", at_s, init_ms=init_ms, id_=f"id-{number}")


def requests(count=400, instances=8):
    for number in range(count):
        yield seen(0.88 + 0.14 * number, latency_s=0.62 if number < instances else 0.12)


def test_a_run_without_evidence_has_the_rates_of_the_log(cloud, observe):
    invoke(cloud)
    aggregate = aggregate_of(requests())
    observed = observe()

    completion = complete(observed, aggregate.cell(phase="hold"))
    result = make_result(
        aggregate,
        run_id="r",
        started_s=NOON,
        ended_s=NOON + 60,
        mix={"shop": 1.0},
        target=Target(),
        validity=judge(generation(aggregate)),
        others=completion.others,
        inits=completion.inits,
        cold_start_source=completion.cold_start_source,
    )

    assert [result.estimates[f"cold_starts.{name}"].value for name in ("user_visible", "new_instance", "init")] == [
        0.02
    ] * 3
    assert result.estimates["init.p50"].value == 500
    assert result.estimates["instances"].value == 8
    assert result.estimates["latency.p50"].n == 400  # the run's own
    assert result.cold_start_source.sources == ("logs", "metrics")
    assert result.cold_start_source.cannot_say == (
        "who asked: all invocations of these functions in that time are counted",
    )


def test_what_requests_told_of_themselves_goes_before_the_log(cloud, observe):
    invoke(cloud)
    told = Evidence(source="probe", instance="a", invocation=1, init_ended_s=NOON + 0.5, init_ms=3.0)

    completion = complete(observe(), cell_of(*(seen(n, evidence=told) for n in range(10))), sources=("probe",))

    assert set(completion.others) == {"cold_starts.init"}
    assert completion.inits == 8
    assert completion.cold_start_source.sources == ("probe", "logs", "metrics")
    assert completion.cold_start_source.cannot_say == ()


def test_invocations_of_others_are_told(cloud, observe):
    invoke(cloud)

    rate = complete(observe(), cell_of(*(seen(n) for n in range(10)))).others["cold_starts.user_visible"]

    assert rate.note == "the log has 400 invocations, the run 10 answers of functions"


def test_a_log_that_says_nothing_leaves_the_rates_unknown(observe):
    completion = complete(observe(), cell_of(seen(1)))

    assert isinstance(completion.others["cold_starts.user_visible"], Unknown)
    assert completion.inits is None
    assert completion.cold_start_source.sources == ()


# Ambiguous answers.


def ambiguous(count, *, throttled=0, failed=0, ok=0):
    return cell_of(
        *(seen(n / 10, "ambiguous", reason="http_502") for n in range(count)),
        *(seen(n / 10, "throttled") for n in range(throttled)),
        *(seen(n / 10, "function_error") for n in range(failed)),
        *(seen(n / 10) for n in range(ok)),
    )


def counted(cloud, *, throttles, errors, invocations=100):
    for name, value in (("Throttles", throttles), ("Errors", errors), ("Invocations", invocations)):
        cloud.count("shop", name, NOON + 1, float(value))


def test_ambiguous_answers_become_throttles(cloud, observe):
    counted(cloud, throttles=25, errors=0)

    completion = complete(observe(), ambiguous(20, throttled=5, ok=75))

    assert completion.others["throttles"].value == 0.25
    assert completion.others["function_errors"].value == 0.0
    assert completion.others["ambiguous"].value == 0.0
    assert completion.notes[-1] == (
        "Of 20 ambiguous answers 20 were throttles: in these minutes metrics count 25 throttles and 0 errors."
    )


def test_ambiguous_answers_become_errors(cloud, observe):
    counted(cloud, throttles=0, errors=20)

    others = complete(observe(), ambiguous(20, ok=80)).others

    assert (others["throttles"].value, others["function_errors"].value, others["ambiguous"].value) == (0.0, 0.2, 0.0)


def test_what_answers_told_themselves_is_taken_off_the_sums(cloud, observe):
    counted(cloud, throttles=15, errors=13)

    others = complete(observe(), ambiguous(20, throttled=5, failed=3, ok=72)).others

    assert (others["throttles"].value, others["function_errors"].value, others["ambiguous"].value) == (0.15, 0.13, 0.0)


def test_what_may_be_either_has_bounds_that_hold_both(cloud, observe):
    counted(cloud, throttles=30, errors=15)

    completion = complete(observe(), ambiguous(20, ok=80))
    throttles, errors = completion.others["throttles"], completion.others["function_errors"]

    assert throttles.lower < 0.05 < 0.2 < throttles.upper
    assert errors.lower == 0.0
    assert errors.upper > 0.15
    assert throttles.note == "between 5 and 20, by the platform's metrics"
    assert "Of 20 ambiguous answers 5 to 20 were throttles" in completion.notes[-1]


def test_what_neither_accounts_for_stays_ambiguous(cloud, observe):
    counted(cloud, throttles=5, errors=0)

    completion = complete(observe(), ambiguous(20, ok=80))

    assert completion.others["ambiguous"].value == 0.15
    assert "15 are accounted for by neither" in completion.notes[-1]


def test_without_metrics_nothing_is_settled(observe):
    completion = complete(observe(), ambiguous(3, ok=7))

    assert "throttles" not in completion.others
    assert "3 answers are ambiguous, and there are no metrics to settle them by." in completion.notes


def test_what_the_platform_counted_is_told(cloud, observe):
    counted(cloud, throttles=0, errors=0)
    cloud.count("shop", "ConcurrentExecutions", NOON + 1, 40.0)
    cloud.count("shop", "IteratorAge", NOON + 1, 1500.0)

    notes = complete(observe(), cell_of(seen(1))).notes

    assert "shop, by Lambda's metrics: concurrent executions at most 40, iterator age at most 1,500 ms." in notes


# Requests with ids.


def identified(observations, **options):
    made = Identified(**options)
    for number, each in enumerate(observations):
        made.add(each, f"id-{number}")
    return made


def test_requests_are_joined_to_the_log_by_their_ids(cloud, observe):
    invoke(cloud)
    for number in range(200):  # of somebody else, all of them cold
        cloud.invoke("shop", f"other-{number}", NOON + 2 + 0.2 * number, init_ms=900.0, id_=f"other-{number}")
    own = list(requests())

    completion = complete(observe(), cell_of(*own), identified=identified(own), phases=["hold"])
    others = completion.others

    assert others["cold_starts.user_visible"].value == others["cold_starts.new_instance"].value == 0.02
    assert others["cold_starts.user_visible"].n == 400
    assert others["latency.cold.p50"].value == pytest.approx(620, abs=0.1)
    assert others["latency.warm.p99"].value == pytest.approx(120, abs=0.1)
    assert others["init.p50"].value == 500
    assert "400 of 400 requests were found in the log by their ids." in completion.notes
    assert completion.cold_start_source.cannot_say == ()


def test_ids_of_a_gateway_are_in_no_log(cloud, observe):
    invoke(cloud)
    own = list(requests())
    foreign = Identified()
    for number, each in enumerate(own):
        foreign.add(each, f"gateway-{number}")

    completion = complete(observe(), cell_of(*own), identified=foreign, phases=["hold"])

    assert completion.others["cold_starts.user_visible"].value == 0.02  # the whole log's
    assert "latency.cold.p50" not in completion.others
    assert "0 of 400 requests were found in the log by their ids." in completion.notes


def test_requests_that_the_log_does_not_have_are_told(cloud, observe):
    invoke(cloud, count=300)
    own = list(requests())

    completion = complete(observe(), cell_of(*own), identified=identified(own), phases=["hold"])

    assert "evidence for 300 of 400 invocations" in completion.others["cold_starts.user_visible"].note
    assert completion.cold_start_source.cannot_say == ("whether 100 requests waited: their ids are not in the log",)


def test_only_the_judged_phases_are_joined(cloud, observe):
    invoke(cloud)
    own = [seen(n / 10, phase="warm_up" if n < 8 else "hold") for n in range(400)]

    joined = identified(own).join(observe().log, ["hold"])

    assert (joined.sought, joined.found) == (392, 392)
    assert joined.estimates["cold_starts.user_visible"].value == 0.0


def test_only_answers_without_evidence_are_kept():
    kept = identified([
        seen(1), seen(2, "throttled"), seen(3, evidence=Evidence(source="probe")), seen(4, "function_error"),
    ])  # fmt: skip
    kept.add(seen(5), "")

    assert [each.id for each in kept] == ["id-0"]
    assert kept.seen == 1


def test_a_sample_is_the_same_however_it_was_divided():
    own = [seen(n / 10) for n in range(500)]
    whole, parts = identified(own, limit=50), [Identified(50) for _ in range(3)]
    for number, each in enumerate(own):
        parts[number % 3].add(each, f"id-{number}")
    merged = Identified(50)
    for part in parts:
        merged.merge(Identified.from_json(part.take().as_json()))

    assert sorted(merged) == sorted(whole)
    assert len(list(merged)) == 50
    assert (merged.seen, [part.seen for part in parts]) == (500, [0, 0, 0])
