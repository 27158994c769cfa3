"""How fast sandboxes are added, and requests are taken.

https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html: a thousand in ten seconds for each function,
refilled continuously, and never more than a thousand. gettingstarted-limits.html beside it: ten synchronous requests a
second for each unit of concurrency, ten times what is provisioned for an alias or version.
"""

import math

import pytest

from pytest_serverless.admission import LAMBDA, Admission, FunctionLimits, Granted, Refused
from pytest_serverless.admission.buckets import Bucket

ACCOUNT = "ConcurrentInvocationLimitExceeded"
RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
LARGE = {"account_concurrency": 100_000}


def wave(gate, now, count, function="f", **options):
    """Return how many of so many at one moment are admitted, and what the refused are told."""
    decisions = [gate.arrive(function, now, **options) for _ in range(count)]
    refused = {(one.reason, one.limit) for one in decisions if isinstance(one, Refused)}
    return sum(isinstance(one, Granted) for one in decisions), refused


def test_a_thousand_are_added_at_once_and_a_hundred_a_second_from_then_on():
    gate = Admission(LAMBDA.replaced(LARGE), {"f": FunctionLimits()})

    assert wave(gate, 100.0, 1500) == (1000, {(ACCOUNT, "scaling")})
    assert wave(gate, 100.005, 5)[0] == 0
    assert wave(gate, 100.01, 5)[0] == 1
    assert wave(gate, 101.01, 500)[0] == 100
    assert wave(gate, 106.01, 5000)[0] == 500


def test_what_is_not_used_does_not_pile_up():
    gate = Admission(LAMBDA.replaced(LARGE), {"f": FunctionLimits()})
    wave(gate, 0.0, 1000)

    assert wave(gate, 1000.0, 5000)[0] == 1000


def test_ten_seconds_never_bring_more_than_two_thousand_however_they_are_asked_for():
    gate = Admission(LAMBDA.replaced(LARGE), {"f": FunctionLimits()})

    admitted = sum(wave(gate, step / 100, 10)[0] for step in range(1001))

    assert admitted == 2000


def test_each_function_scales_by_itself():
    gate = Admission(LAMBDA.replaced(LARGE), {"f": FunctionLimits(), "g": FunctionLimits()})

    assert wave(gate, 0.0, 1200)[0] == 1000
    assert wave(gate, 0.0, 1200, "g")[0] == 1000


def test_warm_sandboxes_need_no_scaling():
    gate = Admission(LAMBDA.replaced({"scaling_burst": 2, "scaling_per_10_s": 0}), {"f": FunctionLimits()})
    for sandbox in [gate.arrive("f", 0.0).sandbox for _ in range(2)]:
        gate.release(sandbox, 0.5)

    assert wave(gate, 1.0, 3) == (2, {(ACCOUNT, "scaling")})


def test_the_reason_of_a_refusal_by_the_scaling_rate_can_be_chosen():
    limits = LAMBDA.replaced({"scaling_burst": 0, "scaling_per_10_s": 0})
    other = limits.replaced({"scaling_reason": "FunctionInvocationRateLimitExceeded"})

    assert wave(Admission(limits, {"f": FunctionLimits(reserved=5)}), 0.0, 1)[1] == {(RESERVED, "scaling")}
    assert wave(Admission(other, {"f": FunctionLimits()}), 0.0, 1)[1] == {
        ("FunctionInvocationRateLimitExceeded", "scaling")
    }


def one_by_one(gate, count, function="f", **options):
    """Return how many of so many, each of no duration, are admitted within a moment, and the reasons."""
    admitted, refused = 0, set()
    for _ in range(count):
        decision = gate.arrive(function, 0.0, **options)
        if isinstance(decision, Granted):
            admitted += 1
            gate.release(decision.sandbox, 0.0)
        else:
            refused.add((decision.reason, decision.limit))
    return admitted, refused


@pytest.mark.parametrize(
    ("own", "reason", "admitted"),
    [
        (FunctionLimits(reserved=3), "ReservedFunctionInvocationRateLimitExceeded", 30),
        (FunctionLimits(), "FunctionInvocationRateLimitExceeded", 2000),
    ],
)
def test_ten_requests_a_second_for_each_unit_of_concurrency(own, reason, admitted):
    gate = Admission(LAMBDA.replaced({"account_concurrency": 200}), {"f": own})

    assert one_by_one(gate, 2500) == (admitted, {(reason, "rate")})


def test_functions_without_a_reservation_share_the_rate_of_the_account():
    gate = Admission(LAMBDA.replaced({"account_concurrency": 5}), {"f": FunctionLimits(), "g": FunctionLimits()})

    assert one_by_one(gate, 45)[0] == 45
    assert one_by_one(gate, 45, "g")[0] == 5


def test_the_rate_is_refilled_continuously():
    gate = Admission(LAMBDA, {"f": FunctionLimits(reserved=1)})
    one_by_one(gate, 10)

    assert isinstance(gate.arrive("f", 0.05), Refused)
    assert isinstance(gate.arrive("f", 0.1), Granted)


def test_asynchronous_invocations_are_not_limited_by_rate():
    gate = Admission(LAMBDA, {"f": FunctionLimits(reserved=1)})

    assert one_by_one(gate, 500, synchronous=False) == (500, set())


def test_a_refusal_for_want_of_concurrency_takes_nothing_from_the_rate():
    gate = Admission(LAMBDA, {"f": FunctionLimits(reserved=1)})
    held = gate.arrive("f", 0.0)
    assert wave(gate, 0.0, 100) == (0, {(RESERVED, "reserved")})
    gate.release(held.sandbox, 0.0)

    assert one_by_one(gate, 20)[0] == 9


def test_nor_does_one_by_the_scaling_rate():
    limits = LAMBDA.replaced({"scaling_burst": 1, "scaling_per_10_s": 0})
    gate = Admission(limits, {"f": FunctionLimits(reserved=2)})
    held = gate.arrive("f", 0.0)
    wave(gate, 0.0, 100)
    gate.release(held.sandbox, 0.0)

    assert one_by_one(gate, 30)[0] == 19


@pytest.mark.parametrize(
    ("policy", "admitted"),
    [("spill", 40), ("refuse", 10)],
)
def test_an_alias_has_ten_requests_a_second_for_each_provisioned_sandbox(policy, admitted):
    limits = LAMBDA.replaced({"provisioned_rate": policy})
    gate = Admission(limits, {"f": FunctionLimits(reserved=3, provisioned={"live": 1})})
    for _, sandbox in gate.to_provision():
        gate.release(sandbox, 0.0)

    count, refused = one_by_one(gate, 60, qualifier="live")

    assert count == admitted
    assert refused == {("ReservedFunctionInvocationRateLimitExceeded", "rate")}


def test_a_bucket_tells_when_the_next_token_is_there():
    bucket = Bucket(2, 4)
    assert bucket.next_at(7.0) == 7.0
    bucket.take(7.0)
    bucket.take(7.0)

    assert bucket.next_at(7.0) == 7.25
    assert bucket.next_at(7.1) == pytest.approx(7.25)
    assert not bucket.take(7.2)
    assert bucket.take(7.25)
    assert Bucket(0, 4).next_at(1.0) == math.inf
    empty = Bucket(1, 0)
    empty.take(0.0)
    assert empty.next_at(1.0) == math.inf
