"""What a sender does at which instant, by a clock that only it moves."""

import itertools
import statistics

import pytest

from pytest_serverless.load.finding import Collecting, LiveSender
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.running.edges import Edges


class World:
    """A clock, and tasks that take `service_s` each; None is for ever."""

    def __init__(self, service_s=0.1):
        self.now = 1000.0
        self.service_s = service_s
        self.ends = []
        self.seen = []
        self.opened = []
        self.killed = 0

    def sleep(self, seconds):
        until = self.now + seconds
        for end, intended_s, started_s in sorted(self.ends):
            if end <= until:
                self.ends.remove((end, intended_s, started_s))
                self.seen.append(Observation("s", "c", "hold", intended_s, started_s, end, "ok"))
        self.now = until

    # As a crew

    def spawn(self, _, intended_s):
        self.ends.append((self.now + (1e9 if self.service_s is None else self.service_s), intended_s, self.now))

    def kill(self):
        self.killed += len(self.ends)
        self.ends.clear()

    def __len__(self):
        return len(self.ends)

    def sender(self, **options):
        edges = Edges(
            clock=lambda: self.now, sleep=self.sleep, processor=lambda: 0.0, spawn=None, make_crew=lambda: self
        )
        return LiveSender(lambda _: None, self.seen, edges, open_connections=self.opened.append, **options)


def test_a_burst_is_sent_at_one_instant_over_open_connections():
    world = World()

    seen = world.sender().send_together(50)

    assert world.opened == [50]
    assert {(one.intended_s, one.started_s) for one in seen} == {(1000.0, 1000.0)}
    assert len(seen) == 50
    assert world.seen == []


def test_arrivals_are_poissons_and_sent_when_they_are_due():
    seen = World().sender(seed=3).hold(200, 4000)

    gaps = [after.intended_s - before.intended_s for before, after in itertools.pairwise(seen)]
    assert len(seen) == 4000
    assert max(one.lag_ms for one in seen) == pytest.approx(0, abs=1e-3)
    assert statistics.fmean(gaps) == pytest.approx(1 / 200, rel=0.05)
    assert statistics.stdev(gaps) / statistics.fmean(gaps) == pytest.approx(1, abs=0.06)


def test_the_seed_decides_when_they_come():
    first, again, other = (World().sender(seed=seed).hold(50, 20) for seed in (1, 1, 2))

    assert [one.intended_s for one in first] == [one.intended_s for one in again]
    assert [one.intended_s for one in first] != [one.intended_s for one in other]


def test_above_the_most_in_flight_nothing_is_sent():
    seen = World(service_s=10).sender(most_in_flight=7).hold(1000, 100)

    assert len(seen) == 7


def test_what_does_not_end_is_ended():
    world = World(service_s=None)
    sender = world.sender(drain_s=2)

    assert sender.send_together(5) == []
    assert world.killed == 5
    assert world.now == pytest.approx(1002, abs=0.02)


def test_waiting_sends_nothing():
    world = World()
    world.sender().wait(30)

    assert (world.now, world.seen) == (1030.0, [])


def test_what_came_late_from_before_is_not_counted():
    world = World()
    sender = world.sender()
    world.seen.append(Observation("s", "c", "hold", 0.0, 0.0, 0.1, "ok"))

    assert len(sender.send_together(2)) == 2


def test_a_collecting_aggregate_counts_as_any_other():
    aggregate = Collecting()
    one = Observation("s", "c", "hold", 0.0, 0.0, 0.1, "ok")
    aggregate.add(one)

    assert aggregate.seen == [one]
    assert aggregate.cell().count_of("ok") == 1
