import dataclasses

import pytest

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.estimates.intervals import Unknown
from pytest_serverless.load.results import FACTS, Generator, compare, why_incomparable
from tests.load.results.runs import FUNCTION, START_S, TARGET, count, make_run


@pytest.fixture(scope="module")
def base():
    return make_run(count(seed=1))


def outcomes(comparison):
    return {each.metric: each.outcome for each in comparison.changes}


def test_runs_of_the_same_hardly_ever_differ():
    runs = [make_run(count(arrivals=2000, seed=seed)) for seed in range(12)]
    told = [len(compare(a, b).changed) for a, b in zip(runs[::2], runs[1::2], strict=True)]

    assert sum(map(bool, told)) <= 1


def test_a_slower_function_is_found_with_its_difference(base):
    slower = make_run(count(seed=2, service_s=0.13))
    comparison = compare(base, slower)
    changes = {each.metric: each for each in comparison.changes}

    assert changes["latency.warm.p50"].outcome == "changed"
    assert changes["latency.warm.p50"].difference.contains(30)
    assert changes["throttles"].outcome == "changed"
    assert changes["throttles"].difference.lower > 0
    back = {each.metric: each for each in compare(slower, base).changes}
    assert back["latency.warm.p50"].difference.contains(-30)
    assert back["throttles"].difference.value == -changes["throttles"].difference.value


def test_a_longer_init_is_found_where_warm_times_are_as_they_were():
    sparse = {"reserved": 40, "idle_s": 0.1}
    found = outcomes(compare(make_run(count(**sparse)), make_run(count(**sparse, seed=2, init_s=0.5))))

    assert found["init.p50"] == "changed"
    assert found["latency.warm.p50"] == "within"


def test_differences_allow_for_what_clusters(base):
    other = make_run(count(seed=2))
    throttles = next(each for each in compare(base, other).changes if each.metric == "throttles")

    assert throttles.difference.method == "from both intervals"
    assert throttles.difference.width > throttles.a.width
    assert throttles.difference.confidence > 0.995


def test_what_is_unknown_in_one_is_unknown_in_the_difference(base):
    few = make_run(count(arrivals=520, reserved=6))
    p99 = next(each for each in compare(base, few).changes if each.metric == "latency.p99")

    assert p99.outcome == "unknown"
    assert isinstance(p99.difference, Unknown)
    assert p99.difference == min(p99.a, p99.b, key=lambda each: each.n)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"mix": {"browse": 1}}, "scenarios: buy in A, browse in B"),
        ({"mix": {"buy": 1, "browse": 1}}, "scenarios: buy in A, browse, buy in B"),
        ({"arrival_rate": 60.0}, "arrival rate: 50.0 in A, 60.0 in B"),
        ({"generator": Generator(loop="closed")}, "loop: open in A, closed in B"),
        ({"judged": ("warm-up",)}, "judged phases: hold in A, warm-up in B"),
        ({"target": dataclasses.replace(TARGET, provider="gcp")}, "provider: aws in A, gcp in B"),
        ({"target": dataclasses.replace(TARGET, region=None)}, "region: eu-west-1 in A, not set in B"),
    ],
)
def test_runs_of_something_else_are_refused(base, facts, reason):
    other = make_run(base.aggregate, **facts)

    assert why_incomparable(base, other) == [reason]
    with pytest.raises(InvalidParameterError, match="cannot be compared"):
        compare(base, other)


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ({"memory_mb": 1024}, "memory: 512 in A, 1024 in B"),
        ({"architecture": "x86"}, "architecture: arm in A, x86 in B"),
        ({"reserved": None}, "reserved concurrency: 6 in A, not set in B"),
        ({"provisioned": 2}, "provisioned concurrency: not set in A, 2 in B"),
        ({"at_once": 80}, "requests at once on an instance"),
        ({"most_instances": 3}, "instances at most"),
    ],
)
def test_functions_with_other_settings_are_refused(base, setting, name):
    target = dataclasses.replace(TARGET, functions=(dataclasses.replace(FUNCTION, **setting),))
    (reason,) = why_incomparable(base, make_run(base.aggregate, target=target))

    assert reason.startswith(name)


def test_what_differs_on_purpose_is_no_reason_and_is_told(base):
    target = dataclasses.replace(TARGET, functions=(dataclasses.replace(FUNCTION, provisioned=2, memory_mb=1024),))
    other = make_run(base.aggregate, target=target)

    assert why_incomparable(base, other, differs=["memory", "provisioned"]) == []
    assert why_incomparable(base, other, differs=["memory"]) == ["provisioned concurrency: not set in A, 2 in B"]
    with pytest.raises(InvalidParameterError, match=r"If that is on purpose, say so: --differs memory,provisioned\.$"):
        compare(base, other)
    notes = compare(base, other, differs=["memory", "provisioned"]).notes
    assert "on purpose, memory: 512 in A, 1024 in B" in notes


def test_a_fact_that_there_is_not_cannot_differ_on_purpose(base):
    with pytest.raises(UnknownNameError, match="Did you mean 'memory'"):
        why_incomparable(base, base, differs=["memroy"])


def test_an_invalid_run_is_refused_whatever_differs(base):
    other = make_run(base.aggregate, facts_of_generation={"errors": 2})

    assert why_incomparable(base, other, differs=list(FACTS)) != []


def test_mixes_are_the_same_whatever_their_weights_add_up_to(base):
    mixed = make_run(base.aggregate, mix={"browse": 80, "buy": 20})

    assert not why_incomparable(mixed, make_run(base.aggregate, mix={"buy": 0.2, "browse": 0.8}))
    assert why_incomparable(mixed, make_run(base.aggregate, mix={"buy": 0.3, "browse": 0.7})) == [
        "mix: browse 0.8, buy 0.2 in A, browse 0.7, buy 0.3 in B"
    ]


def test_every_reason_is_told_at_once_and_which_run_is_invalid(base):
    other = make_run(base.aggregate, arrival_rate=1.0, facts_of_generation={"errors": 2})

    first, second = why_incomparable(base, other)
    assert first.startswith("B is INVALID: the measurement itself failed 2 times")
    assert second.startswith("arrival rate")
    assert why_incomparable(other, base)[0].startswith("A is INVALID")


def test_days_apart_are_told(base):
    later = dataclasses.replace(base, started_s=START_S + 3 * 86400)

    assert any("3 days apart: on different days the same platform differs by itself" in n for n in notes(base, later))
    assert not any("apart" in note and "days" in note for note in notes(base, base))


def notes(a, b):
    return compare(a, b).notes


def test_what_may_differ_is_told(base):
    target = dataclasses.replace(TARGET, url="https://next.example.com")
    other = dataclasses.replace(base, git="feed", target=target, complete=False, tool_version="9")
    told = notes(base, other)

    assert "git revision: 0123abc in A, feed in B" in told
    assert "target: https://shop.example.com/orders?key=*** in A, https://next.example.com in B" in told
    assert "B was cut off" in told
    assert any(note.startswith("pytest-serverless-toolkit: ") for note in told)
