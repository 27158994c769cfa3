"""When a run must end before its time, and when it must not."""

import pytest

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.results import Target, TargetFunction
from pytest_serverless.load.safety import Caps, Condition, Guard, Spending
from pytest_serverless.load.targets import Reached

START = 1_790_000_000.0
SHOP = Reached(
    kind="stack",
    measured=Target(functions=(TargetFunction(name="shop", memory_mb=1024),), provider="aws", region="us-east-1"),
)


class Run:
    """A run of some arrivals a second, watched once a second; `answers(second)` gives kinds, reasons and latencies."""

    def __init__(self, guard, per_s=50):
        self.guard = guard
        self.aggregate = Aggregate()
        self.second = 0
        self.per_s = per_s

    def go(self, seconds, kind="ok", reason="", latency_s=0.1, every=1, otherwise="ok"):
        """Let so many seconds pass; every so-manieth answer is of a kind. Return why the run ended, and when."""
        for _ in range(seconds):
            at_s = START + self.second
            for number in range(self.per_s):
                self.aggregate.plan("hold", "shop", at_s)
                is_it = number % every == 0
                self._answer(at_s, kind if is_it else otherwise, reason if is_it else "", latency_s)
            self.second += 1
            why = self.guard.why_stop(self.aggregate, START + self.second)
            if why:
                return why
        return None

    def _answer(self, at_s, kind, reason, latency_s):
        status = 200 if kind == "ok" else 500
        self.aggregate.add(Observation("shop", "GET /", "hold", at_s, at_s, at_s + latency_s, kind, reason, status))


def watched(per_s=50, **given):
    return Run(Guard(**given), per_s)


def aborting(*texts, per_s=50):
    return watched(per_s, abort_on=[Condition.parse(text) for text in texts])


def test_a_run_that_does_well_goes_on():
    caps = Caps(max_arrivals=10_000, max_duration_s=100, max_cost=5)
    run = watched(caps=caps, spending=Spending.of(SHOP), abort_on=[Condition.parse("failed > 50%")])

    assert run.go(100) is None


def test_nothing_is_said_of_a_run_that_has_not_begun():
    guard = Guard(Caps(max_duration_s=1))

    assert guard.why_stop(Aggregate(), START) is None
    assert guard.why_stop(Aggregate(), START + 3_600) is None


# Caps


def test_more_arrivals_than_chance_brings_end_a_run():
    run = watched(caps=Caps(max_arrivals=1_000))

    assert run.go(22) is None  # 1,100: within four standard deviations of 1,000
    assert run.go(5) == "1,150 arrivals have come, and 1,000 are the most that are allowed (--serverless-max-arrivals)"


def test_a_run_that_lasts_too_long_ends_after_a_time_to_drain():
    run = watched(caps=Caps(max_duration_s=20), grace_s=5)

    assert run.go(26) is None
    assert run.go(1) == "the run has lasted 26 s, and 20 s are the most that are allowed (--serverless-max-duration)"


def test_a_run_that_has_cost_more_than_allowed_ends():
    # 50/s of 0.1 s at 1 GB: $0.0000166667 × 5 + $0.0000002 × 50 a second
    run = watched(caps=Caps(max_cost="0.001"), spending=Spending.of(SHOP))

    assert run.go(10) is None
    assert run.go(1) == "it has cost $0.0010, and $0.0010 is the most that is allowed (--serverless-max-cost)"


# Storms


@pytest.mark.parametrize("kind", ["failed", "refused", "function_error"])
def test_a_storm_of_errors_ends_a_run_after_five_seconds(kind):
    run = watched()

    why = run.go(20, kind, "refused")

    assert run.second == 6  # the guard looks first when a second has passed
    assert why == (f"a storm of errors: 250 of the last 250 answers were none that was asked for: 250 {kind} (refused)")


def test_a_storm_that_comes_later_is_seen_among_what_was_well():
    run = watched()
    run.go(60)

    assert "a storm of errors" in run.go(20, "failed", "timeout")
    assert run.second == 65


def test_few_answers_are_no_storm():
    run = watched(per_s=2)

    assert run.go(99, "failed", "timeout") is None
    assert "200 of the last 200 answers" in run.go(1, "failed", "timeout")


def test_a_short_storm_is_none():
    run = watched(per_s=500)

    assert run.go(4, "failed", "timeout") is None
    assert run.go(20) is None


@pytest.mark.parametrize("kind", ["throttled", "ambiguous"])
def test_throttles_are_no_storm(kind):
    assert watched().go(30, kind, "reserved_concurrency") is None


def test_a_share_below_nine_tenths_is_none():
    assert watched().go(30, "ok", every=8, otherwise="failed") is None  # 7 of 50 are as meant
    assert watched().go(30, "ok", every=11, otherwise="failed") is not None  # 5 of 50


def test_storms_can_be_let_pass():
    assert watched(storms=False).go(30, "function_error", "unhandled") is None


def test_credentials_that_are_refused_end_a_run_at_once():
    run = watched(storms=False)
    run.go(60)

    why = run.go(20, "refused", "unauthorized", every=2)

    assert run.second <= 64
    assert why.startswith("credentials are refused: ")
    assert "401" in why


def test_some_refusals_do_not():
    assert watched().go(60, "refused", "unauthorized", every=3) is None


# Conditions


def test_a_condition_that_holds_over_ten_seconds_ends_a_run():
    run = aborting("throttles > 50%")
    run.go(30)

    why = run.go(20, "throttled", "reserved_concurrency", every=1)

    assert 34 < run.second <= 37  # more than half of the last ten seconds
    assert why.startswith("in the last 10 s throttles > 50%, is ")
    assert why.endswith("(--serverless-abort-on)")


def test_a_condition_is_not_judged_by_less_than_ten_seconds():
    run = aborting("throttles > 50%")

    assert run.go(9, "throttled") is None
    assert run.go(2, "throttled") is not None


def test_a_condition_that_is_as_likely_not_to_hold_does_not():
    assert aborting("throttles > 50%").go(40, "throttled", every=2) is None  # exactly half


def test_few_samples_decide_nothing():
    assert aborting("latency.p99 > 1s", per_s=2).go(60, latency_s=3.0) is None  # 20 answers tell no p99


def test_latencies_are_those_of_the_last_seconds():
    run = aborting("latency.p95 > 1s")
    run.go(60)

    why = run.go(30, latency_s=2.0)

    assert run.second < 75
    assert "latency.p95 > 1s, is 2" in why
    assert aborting("latency.p95 > 1s").go(60, latency_s=0.9) is None


def test_a_mean_is_that_of_the_last_seconds_too():
    run = aborting("latency.mean > 1s")
    run.go(60)

    assert run.go(30, latency_s=2.0) is not None
    assert run.second < 75


def test_a_throughput_that_is_too_low_ends_a_run():
    run = aborting("throughput < 30/s")

    assert run.go(30) is None
    assert "throughput < 30/s" in run.go(30, "throttled", every=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cold_starts.user_visible > 5%", "is not known while a run lasts. What is: throttles"),
        ("init.p99 > 2s", "is not known while a run lasts"),
        ("concurrency > 100", "is not known while a run lasts"),
        ("failed < 1%", "would end a run that is as it should be.*'failed > 1%'"),
        ("latency.p99 <= 300ms", "'latency.p99 > 300ms'"),
        ("throughput > 10/s", "'throughput < 10/s'"),
        ("failed", "cannot be read as a threshold"),
        ("failed > 120%", "a share lies between"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(text, said):
    with pytest.raises(InvalidParameterError, match=said):
        Condition.parse(text)


def test_a_metric_that_there_is_not_is_told():
    with pytest.raises(UnknownNameError, match="throttles"):
        Condition.parse("throtles > 1%")
