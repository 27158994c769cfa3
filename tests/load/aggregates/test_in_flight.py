"""What was in flight, beside a plain count of the same requests."""

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.load.aggregates import InFlight, InFlightGauge, most_at_once

EPOCH_US = 1_790_000_000_000_000
SLOT_US = 100_000
REQUESTS = st.lists(
    st.tuples(st.integers(0, 2_000_000), st.integers(0, 900_000)).map(
        lambda pair: (EPOCH_US + pair[0], EPOCH_US + sum(pair))
    ),
    min_size=1,
    max_size=60,
)
SETTINGS = settings(deadline=None, max_examples=100, derandomize=True)


def counted(requests):
    made = InFlight()
    for request in requests:
        made.add(*request)
    return made


def gauged(requests):
    """Count them as one process does, one event after the other; those that end first make room."""
    gauge = InFlightGauge()
    for at, turn in sorted(
        turn for began, ended in requests for turn in ((began, 1), (ended, 0 if ended > began else 2))
    ):
        (gauge.enter if turn == 1 else gauge.leave)(at / 1e6)
    return gauge


def overlap(request, since_us, until_us):
    return max(min(request[1], until_us) - max(request[0], since_us), 0)


@SETTINGS
@given(requests=REQUESTS)
def test_levels_and_means_of_slots_are_exact(requests):
    for level in counted(requests).levels():
        since = round(level.start_s * 10) * SLOT_US
        assert level.at_start == sum(began < since <= ended for began, ended in requests)
        area = sum(overlap(request, since, since + SLOT_US) for request in requests)
        assert level.mean == pytest.approx(area / SLOT_US, abs=1e-9)


@SETTINGS
@given(requests=REQUESTS)
def test_the_peak_is_bounded_and_with_a_gauge_exact(requests):
    in_flight = counted(requests)
    truth = most_at_once(requests)

    assert in_flight.most_mean <= in_flight.most + 1e-9
    assert in_flight.most >= truth
    lasting = [request for request in requests if request[1] > request[0]]
    gauge = gauged(lasting)
    exact = counted(lasting)
    exact.above = gauge.take(last=True)
    assert exact.most == gauge.most == truth
    assert gauge.now == 0


@SETTINGS
@given(parts=st.lists(REQUESTS, min_size=2, max_size=4))
def test_processes_add_up_slot_by_slot_and_never_below_the_truth(parts):
    whole = InFlight()
    for part in parts:
        lasting = [request for request in part if request[1] > request[0]]
        one = counted(lasting)
        one.above = gauged(lasting).take(last=True)
        whole.merge(one)
    requests = [request for part in parts for request in part if request[1] > request[0]]

    assert whole.slots == counted(requests).slots
    assert most_at_once(requests) <= whole.most <= sum(most_at_once(part) for part in parts)
    assert InFlight.from_json(json.loads(json.dumps(whole.as_json()))) == whole


def test_what_begins_when_others_have_ended_does_not_raise_the_peak():
    requests = [(50_000, 150_000), (50_000, 150_000), (160_000, 250_000), (160_000, 250_000)]
    made = counted(requests)
    assert made.most == 4  # by the slots alone

    made.above = gauged(requests).take(last=True)
    assert made.most == 2


def test_peaks_at_different_times_do_not_add_up():
    early, late = counted([(EPOCH_US, EPOCH_US + 5)] * 4), counted([(EPOCH_US + 10**6, EPOCH_US + 10**6 + 5)] * 3)
    early.merge(late)

    assert early.most == 4


def test_a_gauge_gives_what_is_new_and_all_of_it_in_the_end():
    gauge, whole = InFlightGauge(), InFlight()
    for step in range(100):
        gauge.enter(1000 + step * 0.03)
        if step % 3 == 2:
            gauge.leave(1000 + step * 0.03)
        if step % 7 == 0:
            taken = InFlight()
            taken.above = gauge.take()
            whole.merge(taken)
    rest = InFlight()
    rest.above = gauge.take(last=True)
    whole.merge(rest)

    again = InFlightGauge()
    for step in range(100):
        again.enter(1000 + step * 0.03)
        if step % 3 == 2:
            again.leave(1000 + step * 0.03)
    assert whole.above == again.take(last=True)
    assert gauge.take(last=True) == {}


def test_littles_law_holds_for_what_is_counted():
    draws, at, requests = Random(3), EPOCH_US, []
    while at < EPOCH_US + 60_000_000:
        at += round(draws.expovariate(100) * 1e6)
        requests.append((at, at + round(draws.expovariate(5) * 1e6)))
    in_flight, since, until = counted(requests), EPOCH_US / 1e6 + 5, EPOCH_US / 1e6 + 55

    inside = [ended - began for began, ended in requests if since * 1e6 <= began < until * 1e6]
    assert sum(in_flight.starts(since, until)) == len(inside)
    assert len(in_flight.starts(since, until)) == 500
    rate, mean_s = len(inside) / 50, sum(inside) / len(inside) / 1e6
    # They differ by what reaches over the edges: no more than the requests in flight there, each with its rest.
    assert in_flight.mean(since, until) == pytest.approx(rate * mean_s, abs=2 * 40 * 0.2 / 50)


def test_nothing_was_in_flight_where_nothing_was_sent():
    assert (InFlight().most, InFlight().most_mean, list(InFlight().levels())) == (0, 0.0, [])
    assert InFlight().mean(1000, 1010) == 0
    assert InFlight().starts(1000, 1001) == [0] * 10


def test_most_at_once_lets_one_end_before_the_next_begins():
    assert most_at_once([(0, 1), (1, 2), (0.5, 1.5)]) == 2
    assert most_at_once([]) == 0
