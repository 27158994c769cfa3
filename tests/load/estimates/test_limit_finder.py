"""The concurrency limit, recovered exactly from bursts, or refused with the condition that failed."""

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.finders.bursts import Burst
from pytest_serverless.load.estimates.finders.limit import LimitFinder
from pytest_serverless.load.observations import Observation


def run(finder, burst):
    """Let a finder find; `burst` sends so many."""
    sent = []
    while (size := finder.next()) is not None:
        sent.append(size)
        assert len(sent) < 100
        finder.feed(burst(size))
    return finder.result, sent


def admitting(limit, *, reason="account_concurrency", new=0, hold_s=0.3, spread_s=0.05, kind="throttled"):
    """Return a burst of which as many are admitted as the limit has room for, whatever the time."""

    def burst(size):
        return [
            answer(i * spread_s / size, hold_s, "ok" if i < limit else kind, reason if i >= limit else "", i < new)
            for i in range(size)
        ]

    return burst


def answer(started, hold_s, kind, reason="", new_connection=False):
    hold_s = hold_s if kind == "ok" else 0.001
    return Observation(
        "burst", "call", "hold", 0.0, started, started + hold_s, kind, reason, new_connection=new_connection
    )


@pytest.mark.parametrize("limit", [1, 10, 137, 1000])
def test_the_limit_of_the_simulated_platform_is_found_exactly(limit, make_target):
    target = make_target(limit, account_concurrency=5000)

    found, sent = run(LimitFinder(), target.burst)

    assert found.limit == limit
    assert str(found) == f"the concurrency limit is {limit}"
    assert sum(sent) < 14 * limit + 10


def test_the_accounts_limit_is_found_too(make_target):
    found, _ = run(LimitFinder(), make_target(account_concurrency=64).burst)

    assert found.limit == 64


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100])
def test_every_limit_up_to_the_most(limit):
    found, sent = run(LimitFinder(most=101), admitting(limit))

    assert (found.limit, found.at_least, found.reasons) == (limit, limit, ())
    assert max(sent) <= 101


def test_each_side_of_the_limit_is_seen_as_often_as_asked():
    found, _ = run(LimitFinder(repeats=3), admitting(137))

    assert found.bursts.count((137, 137)) == 3
    assert found.bursts.count((138, 137)) == 3


def test_bursts_that_are_too_small_for_it_find_a_lower_bound():
    found, sent = run(LimitFinder(most=100), admitting(100))

    assert (found.limit, found.at_least, sent[-1]) == (None, 100, 100)
    assert "up to 100 were admitted whole" in str(found)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"new": 3}, "opened a connection"),
        ({"hold_s": 0.02}, "ms after the first was answered"),
        ({"reason": "account_rate"}, r"account_rate \(\d+\)"),
        ({"reason": ""}, "no reason"),
        ({"kind": "ambiguous"}, r"ambiguous \(\d+\)"),
        ({"kind": "failed"}, r"failed \(\d+\)"),
    ],
)
def test_it_refuses_and_names_the_condition_that_failed(fault, reason):
    found, sent = run(LimitFinder(attempts=3), admitting(10, **fault))

    assert found.limit is None
    assert sent[-3:] == [sent[-1]] * 3  # the burst that failed was tried three times
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(str(found))


def test_those_that_did_not_run_together_are_no_limit():
    # The first is answered before the last is sent, though every connection was open and no reason is wrong.
    seen = [answer(i * 0.1, 0.25, "ok") for i in range(8)]

    faults = list(Burst(seen).faults())

    assert len(faults) == 2
    assert faults[1] == "8 were admitted, but only 3 ran at one time"


def test_a_burst_that_opened_connections_is_sent_again():
    cold, warm = admitting(10, new=2), admitting(10)
    calls = []

    def burst(size):
        calls.append(size)
        return (warm if calls.count(size) > 1 else cold)(size)

    found, sent = run(LimitFinder(), burst)

    assert found.limit == 10
    assert sent[:4] == [1, 1, 2, 2]


def test_somebody_else_who_uses_it_ends_in_a_refusal():
    sizes = []

    def burst(size):
        sizes.append(size)
        return admitting(40 if len(sizes) < 7 else 25)(size)

    found, _ = run(LimitFinder(), burst)

    assert found.limit is None
    assert "somebody else" in str(found)


def test_one_burst_beside_the_others_is_forgiven():
    sizes = []

    def burst(size):
        sizes.append(size)
        return admitting(25 if len(sizes) == 8 else 40)(size)

    assert run(LimitFinder(), burst)[0].limit == 40


def test_a_first_count_that_was_too_low_is_corrected():
    sizes = []

    def burst(size):
        sizes.append(size)
        return admitting(70 if len(sizes) == 8 else 100)(size)

    found, sent = run(LimitFinder(), burst)

    assert found.limit == 100
    assert len(sent) < 25


def test_scaling_that_is_slower_than_the_limit_is_not_taken_for_it(make_target):
    # 500 at one moment, then 100 a second: bursts soon find more room, or the account's limit; never 500.
    target = make_target(account_concurrency=900, scaling_burst=500, scaling_per_10_s=1000)

    found, _ = run(LimitFinder(), target.burst)

    assert found.limit in (900, None)


def test_a_burst_of_another_size_does_not_count():
    finder = LimitFinder(attempts=1)
    finder.feed(admitting(5)(3))

    assert "3 were sent where 1 were asked for" in str(finder.result)


@pytest.mark.parametrize("wrong", [{"most": 1}, {"repeats": 0}, {"attempts": 0}])
def test_bad_parameters(wrong):
    with pytest.raises(InvalidParameterError):
        LimitFinder(**wrong)
