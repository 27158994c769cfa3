"""Searches that run by themselves, against a simulated function whose truth is known."""

import json
import math

import pytest

from pytest_serverless.admission import LAMBDA, FunctionLimits, Personality
from pytest_serverless.admission.durations import Durations
from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.estimates.erlang import offered_load
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.finding import Found, Idle, Limit, Onset, Scaling, VirtualSender, at_most, search_of
from pytest_serverless.load.observations import Observation

FREE = LAMBDA.replaced({"requests_per_s_each": "inf", "scaling_burst": 100_000, "account_concurrency": 5000})


def sender(service="300ms", *, reserved=None, limits=FREE, **options):
    return VirtualSender(
        Durations.parse(service).draw, limits=limits, function=FunctionLimits(reserved=reserved), **options
    )


class Recording:
    """Sends by another, and keeps what was asked for; `change` may change what came of it."""

    def __init__(self, inner, change=lambda seen: seen):
        self.inner = inner
        self.change = change
        self.asked = []

    def send_together(self, count):
        self.asked.append(count)
        return self.change(self.inner.send_together(count))

    def hold(self, per_s, arrivals):
        self.asked.append((per_s, arrivals))
        return self.change(self.inner.hold(per_s, arrivals))

    def wait(self, seconds):
        self.asked.append(seconds)
        self.inner.wait(seconds)


# The limit


@pytest.mark.parametrize("limit", [1, 10, 137, 1000])
def test_the_limit_is_found_exactly(limit):
    target = sender(reserved=limit)

    found = Limit().run(target, "Shop")

    value = found.values["concurrency_limit"]
    assert (value.value, value.lower, value.upper) == (limit, limit, limit)
    assert (found.is_found, found.search, found.scenario) == (True, "limit", "Shop")
    assert set(found.throttles) == {"reserved_concurrency"}
    assert found.requests == target.truth.as_json(target.now)["arrivals"] < 14 * limit + 10


@pytest.mark.parametrize(
    ("target", "search", "reason"),
    [
        ({"service": "2ms"}, Limit(), "let the function take longer"),
        ({"reserved": 100}, Limit(most=64), "bursts of up to 64 were admitted whole"),
        ({"limits": LAMBDA.replaced({"requests_per_s_each": 0.5})}, Limit(), "account_rate"),
    ],
)
def test_a_limit_that_cannot_be_told_is_refused_with_the_reason(target, search, reason):
    found = search.run(sender(**target), "Shop")

    assert isinstance(found.values["concurrency_limit"], Unknown)
    assert "at least" in str(found.values["concurrency_limit"])
    assert any(reason in each for each in found.reasons)
    assert not found.is_found


def test_each_step_is_told_of_and_may_be_forbidden():
    lines, target = [], Recording(sender(reserved=137))

    found = Limit().run(target, "Shop", allows=at_most(100), tell=lines.append)

    assert target.asked == [1, 2, 4, 8, 16, 32]
    assert lines[-1] == "limit: 32 at once"
    assert (found.requests, found.steps) == (63, 6)
    assert found.reasons == ("63 requests were sent, and the next 64 would be more than the 100 allowed",)
    assert "at least 32" in str(found.values["concurrency_limit"])


# The onset


@pytest.mark.parametrize("reserved", [5, 25])
def test_throttling_starts_where_erlang_says(reserved):
    service = "lognormal:median=80ms,sigma=0.4"
    truth = offered_load(reserved, 0.01) / Durations.parse(service).mean_s
    target = sender(service, reserved=reserved, init=lambda _: 0.2, seed=3)

    found = Onset(first=10, most=2000, closeness=1.3, arrivals=3000).run(target, "Shop")

    value = found.values["throttling_from"]
    assert value.lower < truth < value.upper < 2.1 * value.lower
    assert set(found.throttles) == {"reserved_concurrency"}
    assert found.requests == target.truth.as_json(target.now)["arrivals"]


def throttled_at_first(seen):
    for one in seen[:40]:
        one.kind = "throttled"
    return seen


def test_what_is_started_at_first_is_not_judged():
    target = Recording(sender("50ms", reserved=50), throttled_at_first)

    found = Onset(first=20, most=20, arrivals=1000, settle_s=2).run(target, "Shop")

    assert target.asked == [(20, 1040)]
    assert found.throttles == {}


def test_what_is_never_throttled_says_so():
    found = Onset(first=20, most=80, arrivals=1000).run(sender("50ms"), "Shop")

    assert "more than 80/s" in str(found.values["throttling_from"])
    assert "are not throttled" in found.reasons[0]


def late(seen):
    for one in seen:
        one.started_s += 0.5
    return seen


def failing(seen):
    for one in seen[::50]:
        one.kind = "failed"
    return seen


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (late, "sent late"),
        (failing, r"failed \("),
        (lambda seen: seen[: len(seen) // 2], "were not sent: allow more in flight"),
        (lambda seen: [], "were not sent"),
    ],
)
def test_a_step_that_shows_the_generator_ends_the_search(change, reason):
    found = Onset(first=20, most=80, arrivals=1000).run(Recording(sender("50ms"), change), "Shop")

    assert not found.is_found
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(found.reasons)


def test_a_search_for_the_onset_stays_within_what_is_allowed():
    found = Onset(first=10, most=5000).run(sender("50ms"), "Shop", allows=at_most(5000))

    assert found.requests <= 5000
    assert "more than the 5,000 allowed" in found.reasons[0]


# Scaling


def test_how_fast_instances_are_added():
    limits = LAMBDA.replaced({"account_concurrency": 100_000, "scaling_burst": 200, "scaling_per_10_s": 500})
    found = Scaling(per_s=400, seconds=10).run(sender("60s", limits=limits), "Shop")

    assert found.values["scaling_burst"].contains(200)
    assert found.values["scaling_per_10_s"].contains(500)
    assert found.values["scaling_per_10_s"].width < 30
    assert found.is_found


def without_evidence(seen):
    for one in seen:
        one.evidence = None
    return seen


@pytest.mark.parametrize(
    ("change", "reason"),
    [(without_evidence, "evidence must tell"), (late, "sent late"), (lambda seen: seen, "asked for too little")],
)
def test_a_surge_that_does_not_tell_is_refused(change, reason):
    found = Scaling(per_s=50, seconds=5).run(Recording(sender("10s"), change), "Shop")

    assert all(isinstance(each, Unknown) for each in found.values.values())
    assert reason in found.reasons[0]


def test_a_surge_may_be_forbidden():
    target = Recording(sender("10s"))

    found = Scaling(per_s=50, seconds=5).run(target, "Shop", allows=at_most(10))

    assert target.asked == []
    assert (found.requests, found.steps) == (0, 0)
    assert "250 would be more" in found.reasons[0]


# Idle


@pytest.mark.parametrize("idle_s", [90, 420, 2700])
def test_a_fixed_timeout_is_bracketed(idle_s):
    found = Idle(instances=12).run(sender("500ms", limits=FREE.replaced({"idle_s": idle_s})), "Shop")

    value = found.values["idle_kept"]
    assert value.lower <= idle_s <= value.upper <= 1.1 * value.lower
    assert found.is_found


def test_a_random_timeout_has_its_median_in_the_bracket():
    habits = Personality(idle=Durations.parse("uniform:low=300s,high=420s"), seed="2")

    found = Idle().run(sender("500ms", personality=habits), "Shop")

    value = found.values["idle_kept"]
    assert value.lower <= 360 <= value.upper <= 1.5 * value.lower
    assert "timeouts differ" in found.reasons[0]


def test_gaps_are_waited_for_between_two_bursts():
    target = Recording(sender("500ms", limits=FREE.replaced({"idle_s": 420})))

    found = Idle(instances=6, first_s=100, most_s=1000, probes=3).run(target, "Shop", allows=at_most(24))

    assert target.asked == [6, 100, 6, 6, 200, 6]
    assert "more than 200 s" in str(found.values["idle_kept"]).replace("201", "200")


def test_instances_that_are_not_told_of_are_a_reason():
    found = Idle(instances=6, attempts=2).run(Recording(sender("500ms"), without_evidence), "Shop")

    assert isinstance(found.values["idle_kept"], Unknown)
    assert "evidence must name" in found.reasons[0]


# What is written in scenarios, and kept


def test_searches_by_their_names():
    assert search_of("limit") == Limit()
    assert search_of(Onset(first=3)).first == 3
    with pytest.raises(UnknownNameError, match="Did you mean 'limit'"):
        search_of("limits")
    with pytest.raises(InvalidParameterError, match="limit, onset, scaling, idle"):
        search_of(3)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Limit(most=1),
        lambda: Onset(first=0),
        lambda: Onset(settle_s=math.nan),
        lambda: Scaling(per_s=0),
        lambda: Scaling(rest_s=-1),
        lambda: Idle(instances=5),
    ],
)
def test_parameters_are_checked_when_they_are_written(wrong):
    with pytest.raises(InvalidParameterError):
        wrong()


def test_what_was_found_is_json_and_back():
    exact = Interval(value=137.0, lower=137.0, upper=137.0, n=900, method="bursts", confidence=1.0)
    for values, reasons in (
        ({"concurrency_limit": exact}, ()),
        ({"idle_kept": Unknown(n=0, needed=None, note="more than 200 s")}, ("16 gaps were tried",)),
    ):
        found = Found(
            search="limit",
            scenario="Shop",
            values=values,
            reasons=reasons,
            requests=900,
            steps=9,
            throttles={"reserved_concurrency": 4},
        )
        assert Found.from_json(json.loads(json.dumps(found.as_json(), allow_nan=False))) == found


def test_observations_of_a_virtual_target_are_as_others():
    habits = Personality(proactive=0.6, seed="1")
    target = sender("100ms", init=lambda _: 0.25, personality=habits, seed=1)
    first = target.send_together(5)
    second = target.send_together(60)

    assert all(isinstance(one, Observation) for one in first)
    assert {one.evidence.invocation for one in first} == {1}
    assert all(one.evidence.init_ended_s >= one.started_s for one in first)
    assert all(one.service_ms == pytest.approx(350) for one in first)
    waited = [one for one in second if one.evidence.init_ended_s >= one.started_s]
    ahead = [one for one in second if one.evidence.invocation == 1 and one not in waited]
    truth = target.truth.as_json(target.now)
    assert len(waited) == truth["cold_starts"] - 5 > 0
    assert len(ahead) == truth["new_instances"] - truth["cold_starts"] > 0
    assert min(one.started_s for one in second) == pytest.approx(max(one.ended_s for one in first) + 1)
