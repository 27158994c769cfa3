"""Three rates of cold starts from one and the same run, which are not the same."""

import pytest

from pytest_serverless.load.evidence import ColdCounts, Missing, count_log, count_observations, is_new, waited
from pytest_serverless.load.evidence.logged import Init, Log, Logged
from pytest_serverless.load.evidence.probe_header import read
from pytest_serverless.load.evidence.rates import waited_by
from pytest_serverless.load.observations import Evidence, Observation

NOW = 1_795_435_200.0


def observed(evidence, *, sent_s=0.0, took_s=0.1, kind="ok"):
    started_s = NOW + sent_s
    return Observation("s", "call", "hold", started_s, started_s, started_s + took_s, kind, evidence=evidence)


def probed(instance, number, *, sent_s=0.0, took_s=0.1, init_ended_s, kind="on-demand", behind_s=0.0):
    """A request that the probe answered, whose instance's clock is behind the generator's."""
    end = NOW + sent_s + took_s
    value = (
        f"v1;instance={instance};n={number};init_start={NOW + init_ended_s - 0.4 - behind_s:.3f};"
        f"init_end={NOW + init_ended_s - behind_s:.3f};type={kind};ms=10.0;now={end - 0.01 - behind_s:.3f}"
    )
    return observed(read(value, received_s=end), sent_s=sent_s, took_s=took_s)


def report(**given):
    return Evidence(source="report", **given)


@pytest.mark.parametrize("behind_s", [0.0, 3600.0, -3600.0])
def test_started_ahead_of_need_is_told_from_waited_for_whatever_the_clocks_say(behind_s):
    clock = {"behind_s": behind_s}
    counts = count_observations(
        [
            probed("waited", 1, sent_s=0, took_s=0.6, init_ended_s=0.5, **clock),
            probed("waited", 2, sent_s=2, init_ended_s=0.5, **clock),
            probed("ahead", 1, sent_s=60, init_ended_s=-30, **clock),
            probed("ahead", 2, sent_s=61, init_ended_s=-30, **clock),
        ]
    )

    assert (counts.new_instances, counts.user_visible, counts.ahead) == (2, 1, 1)
    assert (counts.known, counts.numbered, counts.unknown) == (4, 4, 0)
    assert counts.inits is None


def test_every_request_that_waited_for_one_start_counts():
    # An instance that serves several at once: three came before it was ready, one after.
    counts = count_observations(
        [
            probed("i", n, sent_s=sent_s, took_s=max(0.1, 2.1 - sent_s), init_ended_s=2.0)
            for n, sent_s in enumerate([0.0, 0.5, 1.9, 2.5], 1)
        ]
    )

    assert (counts.user_visible, counts.new_instances) == (3, 1)


def test_provisioned_concurrency_makes_new_instances_that_nobody_waits_for():
    counts = count_observations(
        [probed(f"p{n}", 1, sent_s=n, init_ended_s=-60, kind="provisioned-concurrency") for n in range(5)]
        + [probed("spilled", 1, sent_s=9, took_s=0.7, init_ended_s=9.6)]
    )

    assert (counts.new_instances, counts.user_visible, counts.ahead) == (6, 1, 5)
    assert counts.by_type == {"provisioned-concurrency": 5, "on-demand": 1}


def test_nobody_waits_for_provisioned_concurrency_even_where_times_are_not_known():
    evidence = probed("p", 1, init_ended_s=-60, kind="provisioned-concurrency").evidence

    assert evidence.init_ms == pytest.approx(400)
    assert waited(evidence) is False


def test_a_restored_snapshot_is_waited_for():
    assert waited(report(restore_ms=400.0, init_type="snap-start")) is True
    assert waited(report(init_type="snap-start")) is False
    # By the probe alone: its times are the snapshot's, from long ago.
    assert waited(probed("s", 1, init_ended_s=-9e5, kind="snap-start").evidence, started_s=NOW) is True
    assert waited(probed("s", 2, init_ended_s=-9e5, kind="snap-start").evidence, started_s=NOW) is False


def test_reports():
    cold, warm = report(init_ms=400.0, duration_ms=20.0), report(duration_ms=20.0)
    counts = count_observations([observed(cold, took_s=0.5), observed(warm), observed(warm)])

    assert (counts.user_visible, counts.new_instances, counts.known, counts.numbered) == (1, 1, 3, 3)


@pytest.mark.parametrize(
    ("took_s", "round_trip_ms", "has_waited"),
    [(0.5, 0.0, True), (0.5, 100.0, False), (0.3, 0.0, False), (None, 0.0, True)],
)
def test_a_request_that_took_less_than_the_init_did_not_wait_for_it(took_s, round_trip_ms, has_waited):
    evidence = report(init_ms=400.0, duration_ms=20.0)
    service_ms = None if took_s is None else took_s * 1e3

    assert waited(evidence, service_ms=service_ms, round_trip_ms=round_trip_ms) is has_waited
    if took_s is not None:
        assert waited_by(round_trip_ms)(observed(evidence, took_s=took_s)) is has_waited


@pytest.mark.parametrize(
    ("evidence", "new", "cold"),
    [
        (report(), False, False),
        (report(init_ms=1.0), True, True),
        (report(init_ms=0.0), True, True),
        (report(invocation=1, init_type="provisioned-concurrency"), True, False),
        (Evidence(source="probe", instance="i"), None, None),
        (Evidence(source="probe", instance="i", invocation=1), True, None),
        (Evidence(source="probe", instance="i", invocation=7), False, False),
        (Evidence(source="logs"), None, None),
        (Evidence(source="metrics"), None, None),
    ],
)
def test_what_is_not_known_is_none(evidence, new, cold):
    assert is_new(evidence) is new
    assert waited(evidence) is cold


def test_without_evidence_there_is_no_rate_but_advice():
    for path, said in (
        ("lambda_invoke", "LogType=Tail"),
        ("rest_api", "CloudWatch"),
        ("azure", "Application Insights"),
        ("cloud_run", "gcloud logging read"),
        ("http", "the probe"),
    ):
        missing = count_observations([observed(None), observed(None)], path=path)

        assert isinstance(missing, Missing)
        assert "of none of 2 requests" in str(missing)
        assert said in str(missing)
    assert "there were no requests" in str(count_observations([]))


def test_requests_that_no_instance_served_do_not_count():
    counts = count_observations([observed(report()), observed(None, kind="throttled"), observed(None, kind="failed")])

    assert (counts.known, counts.unknown) == (1, 0)


def test_those_without_evidence_are_told_beside_those_with():
    counts = count_observations([observed(report()), observed(None), observed(Evidence(source="probe", instance="i"))])

    assert (counts.known, counts.unknown, counts.numbered) == (1, 2, 1)


def test_errors_of_a_function_have_instances_too():
    counts = count_observations([observed(report(init_ms=90.0), kind="function_error")])

    assert (counts.user_visible, counts.known) == (1, 1)


def test_an_instance_that_was_there_before_the_log_is_not_new():
    def logged(evidence, *, has_waited):
        return Logged(ids=("x",), ended_s=NOW, evidence=evidence, waited=has_waited)

    known = Evidence(source="logs", instance="i")
    log = Log(
        invocations=[
            logged(known, has_waited=False),
            logged(known, has_waited=None),
            logged(None, has_waited=None),
            logged(Evidence(source="logs", instance="i", invocation=1), has_waited=False),
        ]
    )

    counts = count_log(log)

    assert (counts.numbered, counts.new_instances, counts.ahead) == (2, 1, 1)


def test_logs_tell_of_inits_that_nobody_waited_for():
    def logged(number, *, has_waited):
        evidence = Evidence(source="logs", instance="i", invocation=number)
        return Logged(ids=("x",), ended_s=NOW, evidence=evidence, waited=has_waited)

    log = Log(
        invocations=[logged(1, has_waited=True), logged(1, has_waited=False), logged(2, has_waited=False)],
        inits=[Init(instance=str(n), started_s=NOW) for n in range(5)],
    )

    assert count_log(log) == ColdCounts(
        known=3, unknown=0, user_visible=1, numbered=3, new_instances=2, ahead=1, inits=5, by_type={"": 3}
    )
