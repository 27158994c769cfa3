"""Invocations that wait for room, as on Cloud Run: until an instance is free, or the deadline.

https://docs.cloud.google.com/run/docs/about-instance-autoscaling: 3.5 times the mean start, or 10 s where that is more.
"""

from pytest_serverless.admission import LAMBDA, Admission, FunctionLimits, Granted, Refused, Waiting


def admission(limits=None, /, **functions):
    return Admission(LAMBDA.replaced(limits or {}), functions)


def queued(count=1, **more):
    return FunctionLimits(reserved=count, queue_s=10, **more)


def counts(gate, now):
    truth = gate.truth.as_json(now)
    return {name: truth[name] for name in ("arrivals", "admitted", "waiting", "expired", "throttled")}


def test_who_finds_no_room_waits_and_is_granted_the_sandbox_that_comes_free():
    gate = admission(f=queued())
    sandbox = gate.arrive("f", 0.0).sandbox
    first, second = gate.arrive("f", 1.0), gate.arrive("f", 2.0)

    assert isinstance(first, Waiting)
    assert (first.until, second.until) == (11.0, 12.0)
    assert counts(gate, 2.0) == {"arrivals": 3, "admitted": 1, "waiting": 2, "expired": 0, "throttled": 0}
    ((ticket, granted),) = gate.release(sandbox, 5.0)
    assert (ticket, granted.sandbox, granted.is_new) == (first.ticket, sandbox, False)
    assert counts(gate, 5.0) == {"arrivals": 3, "admitted": 2, "waiting": 1, "expired": 0, "throttled": 0}


def test_who_waits_until_the_deadline_is_refused():
    gate = admission(f=queued())
    sandbox = gate.arrive("f", 0.0).sandbox
    first, second = gate.arrive("f", 1.0), gate.arrive("f", 2.0)

    assert gate.next_wait(2.0) == 11.0
    assert gate.expired(10.9) == []
    assert gate.expired(11.0) == [first.ticket]
    assert [ticket for ticket, _ in gate.release(sandbox, 11.5)] == [second.ticket]
    truth = gate.truth.as_json(11.5)
    assert (truth["expired"], truth["throttles"]) == (1, {"NoInstanceAvailable": 1})


def test_a_sandbox_that_comes_free_after_the_deadline_is_not_granted():
    gate = admission(f=queued())
    sandbox = gate.arrive("f", 0.0).sandbox
    late = gate.arrive("f", 1.0)

    assert gate.release(sandbox, 11.0) == []
    assert gate.next_wait(11.0) == float("-inf")
    assert gate.expired(11.0) == [late.ticket]
    assert gate.arrive("f", 11.0).sandbox == sandbox


def test_nobody_overtakes():
    gate = admission({"scaling_burst": 1, "scaling_per_10_s": 10}, f=queued(5))
    gate.arrive("f", 0.0)
    first = gate.arrive("f", 0.5)

    assert isinstance(first, Waiting)
    assert isinstance(gate.arrive("f", 3.0), Waiting)


def test_a_lost_sandbox_makes_room_for_a_new_one():
    gate = admission(f=queued())
    sandbox = gate.arrive("f", 0.0).sandbox
    waiting = gate.arrive("f", 1.0)

    ((ticket, granted),) = gate.lost(sandbox, 2.0)

    assert (ticket, granted.is_new) == (waiting.ticket, True)


def test_who_waits_for_a_sandbox_to_be_added_gets_it_when_the_rate_allows():
    gate = admission({"scaling_burst": 1, "scaling_per_10_s": 10}, f=queued(5))
    gate.arrive("f", 0.0)
    waiting = gate.arrive("f", 0.25)

    assert gate.next_wait(0.25) == 1.0
    assert gate.scaled(0.9) == []
    ((ticket, granted),) = gate.scaled(1.0)
    assert (ticket, granted.is_new) == (waiting.ticket, True)
    assert gate.next_wait(1.0) is None


def test_the_deadline_may_follow_the_mean_time_of_a_start():
    gate = admission(f=queued(queue_starts=3.5))
    gate.arrive("f", 0.0)
    gate.started("f", 2.0)
    assert gate.arrive("f", 0.0).until == 10.0

    gate.started("f", 6.0)
    assert gate.arrive("f", 0.0).until == 14.0


def test_who_leaves_is_granted_nothing():
    gate = admission(f=queued())
    sandbox = gate.arrive("f", 0.0).sandbox
    gone, stays = gate.arrive("f", 1.0), gate.arrive("f", 1.0)

    gate.withdrawn(gone.ticket)
    gate.withdrawn(gone.ticket)

    assert [ticket for ticket, _ in gate.release(sandbox, 2.0)] == [stays.ticket]
    assert counts(gate, 2.0) == {"arrivals": 3, "admitted": 2, "waiting": 0, "expired": 0, "throttled": 1}


def test_room_that_is_shared_goes_to_who_has_waited_longest_of_all_functions():
    gate = admission({"account_concurrency": 1}, f=FunctionLimits(queue_s=10), g=FunctionLimits(queue_s=10))
    sandbox = gate.arrive("f", 0.0).sandbox
    of_g, of_f = gate.arrive("g", 1.0), gate.arrive("f", 2.0)

    ((ticket, granted),) = gate.release(sandbox, 3.0)
    assert (ticket, granted.is_new) == (of_g.ticket, True)
    ((ticket, granted),) = gate.release(granted.sandbox, 4.0)
    assert (ticket, granted.sandbox) == (of_f.ticket, sandbox)


def test_a_free_place_in_a_sandbox_is_no_use_to_another_function():
    own = FunctionLimits(queue_s=10, per_sandbox=2)
    gate = admission({"account_concurrency": 1}, f=own, g=own)
    sandbox = gate.arrive("f", 0.0).sandbox
    gate.arrive("f", 0.0)
    of_g, of_f = gate.arrive("g", 1.0), gate.arrive("f", 2.0)

    assert isinstance(of_g, Waiting)
    assert [(ticket, granted.sandbox) for ticket, granted in gate.release(sandbox, 3.0)] == [(of_f.ticket, sandbox)]


def test_nobody_waits_for_a_function_that_never_runs_nor_for_the_rate():
    never = admission(f=queued(0))
    rated = admission(f=queued())
    for _ in range(10):
        rated.release(rated.arrive("f", 0.0).sandbox, 0.0)

    assert isinstance(never.arrive("f", 0.0), Refused)
    assert rated.arrive("f", 0.0).limit == "rate"


def test_a_provisioned_sandbox_that_comes_free_is_granted_to_who_waits_for_the_alias():
    gate = admission(f=FunctionLimits(reserved=1, provisioned={"live": 1}, queue_s=10))
    for _, sandbox in gate.to_provision():
        gate.release(sandbox, 0.0)
    running = gate.arrive("f", 0.0, qualifier="live")
    waiting = gate.arrive("f", 1.0, qualifier="live")

    ((ticket, granted),) = gate.release(running.sandbox, 2.0)

    assert isinstance(granted, Granted)
    assert (ticket, granted.provisioned) == (waiting.ticket, True)
