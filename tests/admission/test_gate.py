"""Who is admitted, where, and why not.

The order of admission and the reasons: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html,
configuration-concurrency.html and provisioned-concurrency.html beside it, and the enumeration of reasons in botocore.
"""

from collections import Counter

import pytest

from pytest_serverless.admission import LAMBDA, Admission, FunctionLimits, Granted, Refused
from pytest_serverless.errors import UnknownNameError

ACCOUNT = "ConcurrentInvocationLimitExceeded"
RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"


def admission(limits=None, /, **functions):
    return Admission(LAMBDA.replaced(limits or {}), functions or {"f": FunctionLimits()})


def reserved(count, **more):
    return FunctionLimits(reserved=count, **more)


def ready(gate, now=0.0):
    """Start what is provisioned, and have it ready."""
    for _, sandbox in gate.to_provision():
        gate.release(sandbox, now)
    return gate


def reasons(decisions):
    return Counter(decision.reason for decision in decisions if isinstance(decision, Refused))


def granted(decisions):
    return [decision for decision in decisions if isinstance(decision, Granted)]


def test_of_a_hundred_at_once_under_ten_reserved_ten_run_and_the_next_wave_finds_them_warm():
    gate = admission(f=reserved(10))

    first = [gate.arrive("f", 0.0) for _ in range(100)]
    for one in granted(first):
        gate.release(one.sandbox, 1.0)
    second = [gate.arrive("f", 1.5) for _ in range(10)]

    assert [one.is_new for one in granted(first)] == [True] * 10
    assert reasons(first) == {RESERVED: 90}
    assert [one.is_new for one in granted(second)] == [False] * 10
    assert {one.sandbox for one in granted(second)} == {one.sandbox for one in granted(first)}
    truth = gate.truth.as_json(2.0)
    assert (truth["arrivals"], truth["admitted"], truth["cold_starts"]) == (110, 20, 10)
    assert truth["throttles"] == {RESERVED: 90}
    assert truth["sandboxes"] == {"now": 10, "most": 10, "ever": 10}


def test_nothing_is_admitted_under_a_reserved_concurrency_of_zero():
    gate = admission(f=reserved(0))

    assert gate.arrive("f", 0.0).reason == RESERVED
    assert gate.arrive("f", 0.0, synchronous=False).reason == RESERVED


def test_functions_without_a_reservation_share_what_the_others_leave():
    gate = admission({"account_concurrency": 130}, kept=reserved(20), a=FunctionLimits(), b=FunctionLimits())

    first = [gate.arrive("a", 0.0) for _ in range(100)]
    others = [gate.arrive("b", 0.0) for _ in range(20)]

    assert len(granted(first)) == 100
    assert len(granted(others)) == 10
    assert reasons(others) == {ACCOUNT: 10}
    assert isinstance(gate.arrive("kept", 0.0), Granted)


def test_a_reservation_is_kept_when_the_account_is_full():
    gate = admission({"account_concurrency": 110}, kept=reserved(10), greedy=FunctionLimits())

    full = [gate.arrive("greedy", 0.0) for _ in range(101)]

    assert reasons(full) == {ACCOUNT: 1}
    assert len(granted([gate.arrive("kept", 0.0) for _ in range(10)])) == 10


def test_provisioned_sandboxes_are_used_first_and_the_rest_spills_over():
    gate = ready(admission(f=reserved(5, provisioned={"live": 2})))

    decisions = [gate.arrive("f", 0.0, qualifier="live") for _ in range(6)]

    assert [(one.provisioned, one.is_new, one.spilled) for one in granted(decisions)] == [
        (True, False, False),
        (True, False, False),
        (False, True, True),
        (False, True, True),
        (False, True, True),
    ]
    assert reasons(decisions) == {RESERVED: 1}
    truth = gate.truth.as_json(0.0)
    assert (truth["spill_overs"], truth["cold_starts"]) == (3, 3)


def test_a_warm_sandbox_can_be_spilled_onto():
    gate = ready(admission(f=reserved(5, provisioned={"live": 1})))
    gate.release(gate.arrive("f", 0.0).sandbox, 1.0)
    gate.arrive("f", 2.0, qualifier="live")

    spilled = gate.arrive("f", 2.0, qualifier="live")

    assert (spilled.is_new, spilled.provisioned, spilled.spilled) == (False, False, True)


def test_what_is_provisioned_of_a_function_without_a_reservation_is_not_shared():
    gate = admission(
        {"account_concurrency": 110}, f=FunctionLimits(provisioned={"live": 4}), g=FunctionLimits(reserved=6)
    )

    decisions = [gate.arrive("f", 0.0) for _ in range(110)]

    assert len(granted(decisions)) == 110 - 4 - 6


def test_a_provisioned_sandbox_may_serve_several_at_once():
    gate = ready(admission(f=FunctionLimits(reserved=1, provisioned={"live": 1}, per_sandbox=2)))

    decisions = [gate.arrive("f", 0.0, qualifier="live") for _ in range(3)]

    assert len({one.sandbox for one in granted(decisions)}) == 1
    assert reasons(decisions) == {RESERVED: 1}


def test_others_do_not_get_what_is_provisioned():
    gate = ready(admission(f=reserved(3, provisioned={"live": 2})))

    decisions = [gate.arrive("f", 0.0) for _ in range(2)]

    assert not granted(decisions)[0].provisioned
    assert reasons(decisions) == {RESERVED: 1}


def test_where_all_that_is_reserved_is_provisioned_latest_is_refused():
    gate = ready(admission(f=reserved(2, provisioned={"live": 2})))

    assert gate.arrive("f", 0.0).reason == RESERVED
    assert gate.arrive("f", 0.0, qualifier="live").provisioned


def test_what_is_provisioned_serves_only_when_it_is_ready():
    gate = admission(f=FunctionLimits(provisioned={"live": 1}))
    ((function, sandbox),) = gate.to_provision()

    assert function == "f"
    assert gate.arrive("f", 0.0, qualifier="live").spilled
    gate.release(sandbox, 1.0)
    assert gate.arrive("f", 1.0, qualifier="live").sandbox == sandbox
    assert gate.truth.as_json(1.0)["busy"]["now"] == 2


def test_a_lost_provisioned_sandbox_is_asked_for_again():
    gate = ready(admission(f=FunctionLimits(provisioned={"live": 2})))
    lost = gate.arrive("f", 0.0, qualifier="live").sandbox

    gate.lost(lost, 1.0)

    assert len(gate.to_provision()) == 1
    assert gate.to_provision() == []


def test_the_sandbox_used_last_is_used_again():
    gate = admission()
    one, two, three = (gate.arrive("f", 0.0).sandbox for _ in range(3))
    for sandbox, now in ((two, 1.0), (three, 2.0), (one, 3.0)):
        gate.release(sandbox, now)

    assert [gate.arrive("f", 4.0).sandbox for _ in range(3)] == [one, three, two]


def test_or_the_one_idle_longest():
    gate = admission({"choice": "least_recently_used"})
    one, two, three = (gate.arrive("f", 0.0).sandbox for _ in range(3))
    for sandbox, now in ((two, 1.0), (three, 2.0), (one, 3.0)):
        gate.release(sandbox, now)

    assert [gate.arrive("f", 4.0).sandbox for _ in range(3)] == [two, three, one]


def test_idle_sandboxes_are_ended_when_their_time_is_over():
    gate = admission({"idle_s": 60})
    one, two = (gate.arrive("f", 0.0).sandbox for _ in range(2))
    gate.release(one, 1.0)
    gate.release(two, 2.0)

    assert gate.next_idle() == 61.0
    assert gate.idle(60.9) == []
    assert gate.idle(61.0) == [one]
    assert gate.next_idle() == 62.0
    assert gate.idle(70.0) == [two]
    assert gate.next_idle() is None
    assert gate.truth.as_json(70.0)["sandboxes"] == {"now": 0, "most": 2, "ever": 2}


def test_a_sandbox_whose_time_is_over_is_not_used_though_nobody_has_ended_it():
    gate = admission({"idle_s": 60})
    old = gate.arrive("f", 0.0).sandbox
    gate.release(old, 0.0)

    assert gate.arrive("f", 60.0).is_new
    assert gate.next_idle() == float("-inf")
    assert gate.idle(60.0) == [old]


def test_provisioned_sandboxes_are_kept():
    gate = ready(admission({"idle_s": 60}, f=FunctionLimits(provisioned={"live": 1})))

    assert gate.idle(1e6) == []
    assert gate.next_idle() is None


def test_a_lost_sandbox_makes_room_and_is_not_used_again():
    gate = admission(f=reserved(1))
    gone = gate.arrive("f", 0.0).sandbox

    gate.lost(gone, 1.0)
    again = gate.arrive("f", 1.0)

    assert again.is_new
    assert again.sandbox != gone
    assert gate.truth.as_json(1.0)["sandboxes"] == {"now": 1, "most": 1, "ever": 2}


def test_an_idle_sandbox_can_be_lost():
    gate = admission()
    one, two = (gate.arrive("f", 0.0).sandbox for _ in range(2))
    gate.release(one, 1.0)
    gate.release(two, 2.0)

    gate.lost(two, 3.0)

    assert gate.sandboxes("f") == ([one], [])
    assert gate.arrive("f", 3.0).sandbox == one
    assert gate.sandboxes("f") == ([], [one])


def test_a_sandbox_is_released_and_lost_once():
    gate = admission(f=reserved(1))
    gone = gate.arrive("f", 0.0).sandbox
    gate.lost(gone, 1.0)

    assert gate.lost(gone, 1.0) == []
    assert gate.release(gone, 1.0) == []
    assert gate.truth.as_json(1.0)["busy"]["now"] == 0


def test_a_sandbox_may_serve_several_at_once():
    gate = admission(f=reserved(2, per_sandbox=3))

    decisions = [gate.arrive("f", 0.0) for _ in range(7)]

    assert [one.is_new for one in granted(decisions)] == [True, False, False, True, False, False]
    assert reasons(decisions) == {RESERVED: 1}
    assert Counter(one.sandbox for one in granted(decisions)).most_common() == [(1, 3), (2, 3)]


def test_a_sandbox_that_serves_several_is_idle_when_the_last_has_ended():
    gate = admission({"idle_s": 60}, f=reserved(1, per_sandbox=2))
    sandbox = gate.arrive("f", 0.0).sandbox
    gate.arrive("f", 0.0)

    gate.release(sandbox, 1.0)
    assert gate.next_idle() is None
    assert gate.arrive("f", 2.0).sandbox == sandbox
    gate.release(sandbox, 3.0)
    gate.release(sandbox, 4.0)
    assert gate.next_idle() == 64.0


@pytest.mark.parametrize(("choice", "next_used"), [("most_recently_used", 2), ("least_recently_used", 1)])
def test_which_of_two_that_have_room(choice, next_used):
    gate = admission({"choice": choice}, f=FunctionLimits(per_sandbox=2))
    for _ in range(4):
        gate.arrive("f", 0.0)
    gate.release(1, 1.0)
    gate.release(2, 2.0)

    assert gate.arrive("f", 3.0).sandbox == next_used


def test_a_provisioned_sandbox_that_cannot_be_started_is_lost():
    gate = admission(f=FunctionLimits(provisioned={"live": 2}))
    (_, first), (_, second) = gate.to_provision()
    gate.lost(first, 1.0)
    gate.release(second, 1.0)

    assert gate.sandboxes("f") == ([second], [])
    assert gate.truth.as_json(1.0)["busy"]["seconds"] == 0
    assert gate.arrive("f", 1.0, qualifier="live").sandbox == second
    assert gate.arrive("f", 1.0, qualifier="live").spilled


def test_decisions_read_as_what_they_are():
    gate = admission(f=reserved(1, queue_s=5))

    assert repr(gate.arrive("f", 1.0)) == "Granted(1, is_new)"
    assert repr(gate.arrive("f", 1.0)) == "Waiting(1, until 6.0)"
    assert repr(admission(f=reserved(0)).arrive("f", 1.0)) == f"Refused({RESERVED}, reserved)"


def test_a_function_that_nobody_knows_is_named():
    with pytest.raises(UnknownNameError, match="no function named 'g'"):
        admission().arrive("g", 0.0)
