"""What platforms do by chance, and when they stall: decided by the seed, and counted as it was."""

import statistics

import pytest

from pytest_serverless.admission import LAMBDA, Admission, FunctionLimits, Granted, Personality
from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.personality import Stalls
from pytest_serverless.admission.simulation import poisson, simulate
from pytest_serverless.errors import InvalidParameterError

FREE = LAMBDA.replaced({"requests_per_s_each": "inf", "scaling_burst": 100_000, "scaling_per_10_s": "inf"})


def admission(limits=FREE, function=None, **personality):
    return Admission(limits, {"f": function or FunctionLimits()}, Personality(**personality))


def kept(text, seed="0"):
    return {"idle": Durations.parse(text), "seed": seed}


def run(arrivals, service="exponential:mean=100ms", *, limits=FREE, function=None, init=None, **personality):
    """Simulate; return the truth and what was told of each arrival."""
    seen = []
    found = simulate(
        arrivals,
        Durations.parse(service).draw,
        init=None if init is None else Durations.parse(init).draw,
        limits=limits,
        function=function,
        observe=lambda *told: seen.append(told),
        personality=Personality(**personality),
    )
    return found.as_json(), seen


# Ahead of need


def test_what_is_begun_ahead_of_need_serves_when_it_is_released():
    gate = admission(proactive=0.5, seed="3")
    while not (ahead := gate.to_start()):
        assert gate.arrive("f", 0.0).is_new
    (function, number), *others = ahead

    assert function == "f"
    assert gate.to_start() == []
    gate.release(number, 1.0)
    granted = [gate.arrive("f", 2.0) for _ in range(2)]

    assert (granted[0].sandbox, granted[0].is_new, granted[0].is_first) == (number, False, True)
    assert repr(granted[0]) == f"Granted({number}, is_first)"
    assert granted[1].sandbox not in [number, *(each for _, each in others)]
    gate.release(number, 3.0)
    assert repr(gate.arrive("f", 3.0)) == f"Granted({number})"


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_so_large_a_share_of_the_inits_is_ahead_of_need(share):
    truth, seen = run(poisson(50, count=40_000, seed=5), limits=FREE.replaced({"idle_s": 2}), proactive=share)

    granted = [decision for _, decision, _ in seen]
    assert truth["inits_ahead"] / truth["inits"] == pytest.approx(share, abs=0.05)
    assert truth["inits"] == truth["cold_starts"] + truth["inits_ahead"] == truth["sandboxes"]["ever"]
    assert truth["cold_starts"] == sum(each.is_new for each in granted)
    assert truth["new_instances"] == sum(each.is_first for each in granted)
    assert truth["cold_starts"] < truth["new_instances"] <= truth["inits"]


def test_without_it_each_first_invocation_waits():
    truth, _ = run(poisson(50, count=5000, seed=5), limits=FREE.replaced({"idle_s": 2}))

    assert truth["cold_starts"] == truth["new_instances"] == truth["inits"] > 50
    assert truth["inits_ahead"] == 0


def test_an_init_ahead_of_need_takes_its_time():
    truth, _ = run([0.0, 1.0, 1.0], "5s", init="30s", proactive=0.99)
    later, _ = run([0.0, 31.0, 31.0], "60s", init="30s", proactive=0.99)

    assert (truth["cold_starts"], later["cold_starts"]) == (3, 1)


def test_there_are_never_more_than_may_serve():
    truth, _ = run(poisson(50, count=500, seed=1), function=FunctionLimits(reserved=4), proactive=0.99)

    assert truth["sandboxes"]["most"] == 4
    assert truth["inits_ahead"] == 3


def test_the_first_invocation_in_a_provisioned_sandbox_is_the_first_there():
    truth, _ = run([0.0, 1.0, 2.0], function=FunctionLimits(provisioned={"live": 1}))
    assert truth["new_instances"] == 1  # not sent to the alias
    gate = admission(function=FunctionLimits(provisioned={"live": 1}))
    ((_, number),) = gate.to_provision()
    gate.release(number, 0.0)

    first = gate.arrive("f", 1.0, qualifier="live")
    gate.release(number, 2.0)
    second = gate.arrive("f", 3.0, qualifier="live")

    assert (first.is_first, first.is_new, first.provisioned) == (True, False, True)
    assert (second.is_first, second.provisioned) == (False, True)
    counts = gate.truth.as_json(4.0)
    assert (counts["new_instances"], counts["cold_starts"], counts["inits"], counts["inits_ahead"]) == (1, 0, 1, 1)


def test_what_spills_over_onto_a_new_sandbox_is_first_too():
    gate = admission(function=FunctionLimits(provisioned={"live": 1}))

    spilled = gate.arrive("f", 0.0, qualifier="live")

    assert (spilled.spilled, spilled.is_new, spilled.is_first) == (True, True, True)


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_that_cannot_be_is_refused(share):
    with pytest.raises(InvalidParameterError, match="less than 1"):
        Personality(proactive=share)


# Idle sandboxes


def ends_of(count, text, seed="0"):
    """Return when each of many sandboxes that come to be idle at 0 is ended."""
    gate = admission(**kept(text, seed))
    for granted in [gate.arrive("f", 0.0) for _ in range(count)]:
        gate.release(granted.sandbox, 0.0)
    ends = []
    while (at := gate.next_idle()) is not None:
        ends += [at] * len(gate.idle(at))
    assert len(ends) == count
    assert gate.truth.sandboxes == 0
    return ends


def test_each_sandbox_is_kept_as_long_as_is_drawn_for_it():
    uniform, exponential = ends_of(900, "uniform:low=300s,high=420s"), ends_of(900, "exponential:mean=380s")

    assert uniform == sorted(uniform)
    assert 300 <= min(uniform) < 303
    assert 417 < max(uniform) <= 420
    assert statistics.median(uniform) == pytest.approx(360, rel=0.02)
    assert statistics.fmean(exponential) == pytest.approx(380, rel=0.1)


def test_the_seed_decides():
    text = "uniform:low=1s,high=9s"

    assert ends_of(5, text) == ends_of(5, text) != ends_of(5, text, seed="1")


def test_a_constant_time_is_as_the_limit_says_it():
    arrivals = list(poisson(20, count=3000, seed=2))

    drawn, _ = run(arrivals, **kept("3s"))
    limited, _ = run(arrivals, limits=FREE.replaced({"idle_s": 3}))

    assert drawn == limited


def test_who_serves_again_is_kept_anew():
    gate = admission(**kept("10s"))
    one = gate.arrive("f", 0.0).sandbox
    gate.release(one, 1.0)
    assert gate.arrive("f", 9.0).sandbox == one
    gate.release(one, 9.5)

    assert gate.next_idle() == 19.5
    assert gate.idle(12.0) == []
    assert gate.idle(19.5) == [one]


def test_a_sandbox_over_its_time_is_not_taken():
    gate = admission(**kept("uniform:low=1s,high=2s"))
    one = gate.arrive("f", 0.0).sandbox
    gate.release(one, 1.0)

    assert gate.arrive("f", 3.0).sandbox != one
    assert gate.idle(3.0) == [one]


def test_one_that_is_lost_while_idle_is_not_ended_again():
    gate = admission(**kept("10s"))
    one = gate.arrive("f", 0.0).sandbox
    gate.release(one, 1.0)
    gate.lost(one, 2.0)

    assert gate.next_idle() is None
    assert gate.idle(20.0) == []


def test_provisioned_sandboxes_are_kept():
    gate = admission(function=FunctionLimits(provisioned={"live": 1}), **kept("10s"))
    ((_, number),) = gate.to_provision()
    gate.release(number, 0.0)

    assert gate.next_idle() is None
    assert gate.arrive("f", 1000.0, qualifier="live").sandbox == number


# Stalls


def test_what_is_due_in_a_stall_is_answered_at_its_end():
    over = Stalls.parse("every=5s,for=1s,from=2s").from_the_first()

    asked = [100.0, 101.9, 102.0, 102.5, 102.99, 103.0, 106.9, 107.0, 112.25]
    assert [over(at) for at in asked] == [100, 101.9, 103, 103, 103, 103.0, 106.9, 108, 113]


def test_the_first_stall_comes_after_as_long_as_later_ones_unless_told():
    assert Stalls.parse("every=5s, for=200ms") == Stalls(every_s=5, for_s=0.2, from_s=5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5s", "cannot be read as stalls"),
        ("every=5s", "cannot be read as stalls"),
        ("every=5s,for=1s,until=9s", "cannot be read as stalls"),
        ("every=5s,every=6s,for=1s", "cannot be read as stalls"),
        ("every=5s,for=1", "1 has no unit"),
        ("every=1s,for=1s", "over before the next one"),
        ("every=5s,for=0s", "longer than 0 s"),
    ],
)
def test_stalls_that_cannot_be_are_refused(text, words):
    with pytest.raises(InvalidParameterError) as caught:
        Stalls.parse(text)
    assert words in str(caught.value)


def test_a_stalling_platform_answers_as_late_as_theory_says():
    # 200 a second for 25 s, 20 ms each; from 5 s on the platform stalls for 1 s every 5 s: 16 % come in a stall, and
    # all of those but the last 80 ms wait for more than 100 ms. Who runs when a stall begins is answered late, too.
    arrivals = [at for at in poisson(200, count=6000, seed=4) if at < 25]
    truth, seen = run(arrivals, "20ms", stalls=Stalls.parse("every=5s,for=1s,from=5s"))
    late = [done - arrived for arrived, _, done in seen]

    share = sum(each > 0.1 for each in late) / len(late)
    assert share == pytest.approx(0.16 * 0.92 + 4 * 0.02 / 25, abs=0.015)
    assert statistics.fmean(late) == pytest.approx(0.101, rel=0.1)
    assert truth["admitted"] == len(arrivals)
    assert truth["busy"]["most"] > 100  # all of a stall run together afterwards


def test_refusals_are_late_in_a_stall_too():
    limits = FREE.replaced({"account_concurrency": 1})
    _, seen = run([0.0, 1.2, 1.3], "100ms", limits=limits, stalls=Stalls(every_s=10, for_s=1, from_s=1))

    assert [type(decision) is Granted for _, decision, _ in seen] == [True, True, False]
    assert [done for _, _, done in seen] == pytest.approx([0.1, 2.1, 2.0])


def test_who_waits_in_a_queue_is_told_after_the_stall():
    function = FunctionLimits(reserved=1, queue_s=0.5)
    _, seen = run([0.0, 0.8], "3s", function=function, stalls=Stalls(every_s=10, for_s=1, from_s=1))

    assert sorted((arrived, done) for arrived, _, done in seen) == [(0.0, 3.0), (0.8, 2.0)]
