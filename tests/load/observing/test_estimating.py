"""Rates of cold starts from when things happened."""

import pytest

from pytest_serverless.load.observing.estimating import rates


def events(*per_second, share=0.1):
    """Return so many invocations in each second, of which a share waited."""
    return [
        (second + i / count, i < share * count)
        for second, count in enumerate(per_second, start=100)
        for i in range(count)
    ]


def test_inits_that_come_several_at_a_time_have_wider_bounds():
    waited = events(*[50] * 40)
    together = [100 + 4 * burst + 0.5 for burst in range(10) for _ in range(20)]
    apart = [100 + at / 5 for at in range(200)]

    bursts, even = (rates(waited, waited, len(waited), init_times_s=times).init for times in (together, apart))
    counted = rates(waited, waited, len(waited), inits=200).init

    assert bursts.value == even.value == counted.value == 0.1
    assert bursts.width > 1.5 * even.width
    assert even.width == counted.width


def test_inits_that_nobody_came_for_yet_are_those_of_the_next_invocations():
    waited = [event for event in events(*[50] * 60) if int(event[0]) % 3 == 0]
    # Twenty at once: in a second of invocations, before one, or after the last of all.
    within, before, after = ([at] * 20 for at in (111.5, 110.5, 165.0))

    found = [rates(waited, waited, len(waited), init_times_s=times).init for times in (within, before, after)]

    assert found[0].value == 20 / len(waited)
    assert found[0] == found[1]
    assert found[2].width == pytest.approx(found[0].width, rel=0.01)


def test_no_inits_are_known_where_no_times_are():
    waited = events(50)

    assert rates(waited, waited, 50).init.needed is None
    assert rates(waited, waited, 50, init_times_s=[]).init.value == 0.0
    assert rates([], [], 0, init_times_s=[100.0]).init.n == 0
