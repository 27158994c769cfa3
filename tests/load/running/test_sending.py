"""Arrivals are sent when they are due, whatever came of those before."""

import pytest

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Arrival
from pytest_serverless.load.running.sending import TOGETHER, Sender, Stream
from pytest_serverless.load.scenarios.journeys import Turn
from tests.load.running.virtual import START_S, World


class Plays:
    """A player whose journeys take that long, and which keeps when each began, and as which user."""

    def __init__(self, world, key="Shop", takes_s=0.02, rows=None, cost_s=0.0):
        self.world, self.key, self.takes_s, self.rows, self.cost_s = world, key, takes_s, rows, cost_s
        self.began = []

    def turn(self, arrival):
        self.world.now_s += self.cost_s
        return Turn(self.key, arrival.phase, arrival.journey, "")

    def row(self):
        return {} if self.rows is None else next(self.rows, None)

    def play(self, turn, intended_s, row, number):
        self.began.append((round(intended_s - START_S, 6), number))
        self.world.sleep(self.takes_s)


def stream(player, offsets, most_in_flight=1000, **given):
    return Stream(
        arrivals=iter([Arrival(each, "hold", "") for each in offsets]),
        player=player,
        most_in_flight=most_in_flight,
        **given,
    )


def sent(world, *streams, on_drop=None):
    aggregate = Aggregate()
    sender = Sender(streams, aggregate, world.edges(), START_S, on_drop=on_drop)
    sender.send_all()
    world.sleep(60.0)
    assert not world.broken
    assert sender.is_done
    assert not sender.in_flight
    return aggregate.dispatch()


def test_streams_are_sent_in_the_order_of_their_times_each_as_users_of_its_own():
    world = World()
    one = Plays(world, "One", takes_s=30.0)
    other = Plays(world, "Other")

    dispatch = sent(
        world,
        stream(one, [0.5, 1.0, 2.0], first_number=1, step=4),
        stream(other, [0.7, 0.8]),
    )

    assert one.began == [(0.5, 1), (1.0, 5), (2.0, 9)]
    assert other.began == [(0.7, 0), (0.8, 1)]
    assert dispatch.planned == dispatch.sent == 5
    assert dispatch.lag.max_ms == pytest.approx(0, abs=0.01)


def test_what_is_above_the_most_in_flight_is_dropped_and_told():
    world, told = World(), []
    player = Plays(world, takes_s=1.0)

    dispatch = sent(
        world,
        stream(player, [0.0, 0.1, 0.2, 1.05], most_in_flight=2),
        on_drop=lambda *drop: told.append(drop),
    )

    assert [at for at, _ in player.began] == [0.0, 0.1, 1.05]
    assert dispatch.dropped == {"in_flight": 1}
    assert dispatch.planned == 4
    assert told == [("Shop", "hold")]


def test_what_has_no_data_left_is_dropped():
    world = World()
    player = Plays(world, rows=iter([{"id": 1}, {"id": 2}]))

    dispatch = sent(world, stream(player, [0.0, 0.1, 0.2]))

    assert len(player.began) == 2
    assert dispatch.dropped == {"data": 1}


def test_those_that_are_late_are_sent_at_once_and_let_others_have_their_turn():
    world = World()
    player = Plays(world, cost_s=0.01)
    aggregate = Aggregate()
    sender = Sender([stream(player, [0.0] * (TOGETHER + 50))], aggregate, world.edges(), START_S)

    sender.send_all()

    assert len(player.began) == TOGETHER - 1  # before the last were sent
    dispatch = aggregate.dispatch()
    assert dispatch.sent == TOGETHER + 50
    assert dispatch.lag.max_ms == pytest.approx(10 * (TOGETHER + 50), rel=0.02)


def test_an_extension_goes_on_and_users_are_numbered_on():
    world = World()
    player = Plays(world)
    sender = Sender([stream(player, [0.0, 1.0])], Aggregate(), world.edges(), START_S)
    task = world.spawn(sender.send_all)
    world.sleep(0.5)

    sender.extend([iter([Arrival(2.0, "hold", "")])])
    world.sleep(5.0)

    assert task.has_ended
    assert player.began == [(0.0, 0), (1.0, 1), (2.0, 2)]


def test_an_extension_that_comes_late_is_sent_when_it_is_asked_for():
    world = World()
    player = Plays(world)
    sender = Sender([stream(player, [0.0])], Aggregate(), world.edges(), START_S)
    sender.send_all()
    assert sender.is_done

    sender.extend([iter([Arrival(2.0, "hold", "")])])
    assert not sender.is_done
    sender.send_all()
    world.sleep(1.0)

    assert player.began == [(0.0, 0), (2.0, 1)]
