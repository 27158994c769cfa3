"""A search under way: what it sends at which instant, by a clock that only it moves."""

import itertools
import statistics

import pytest

from pytest_serverless.load.finding import Limit
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.running.counted import Counted
from pytest_serverless.load.running.edges import Edges
from pytest_serverless.load.running.searching import SearchRun
from pytest_serverless.load.scenarios.journeys import Turn


class World:
    """A clock, tasks that take `service_s` each, and a target that has room for `places` of them at once."""

    def __init__(self, service_s=0.5, places=1000):
        self.now = 1000.0
        self.service_s = service_s
        self.places = places
        self.running = []
        self.opened = []
        self.told = []
        self.aggregate = Counted(None, round_trip_ms=0.0)

    def run(self, search=None, **options):
        edges = Edges(
            clock=lambda: self.now, sleep=self.sleep, processor=lambda: 0.0, spawn=None, make_crew=lambda: self
        )
        given = {"most_in_flight": 1000, "seed": 0, "open_connections": self.opened.append, "tell": self.told.append}
        return SearchRun(search or Limit(), "Shop", self, self.aggregate, edges, **{**given, **options})

    def sleep(self, seconds):
        until = self.now + seconds
        while self.running and min(self.running, key=lambda one: one[0])[0] <= until:
            first = min(self.running, key=lambda one: one[0])
            self.running.remove(first)
            self.now, function, arguments = first
            function(*arguments)
        self.now = until

    # As a crew

    def spawn(self, function, turn, intended_s, row, number):
        has_room = len(self.running) < self.places
        takes_s = self.service_s if has_room else 0.001
        row = {**row, "started_s": self.now, "has_room": has_room}
        self.running.append((self.now + takes_s, function, (turn, intended_s, row, number)))

    def kill(self):
        self.running.clear()

    # As a player

    def turn(self, arrival):
        return Turn("Shop", arrival.phase, "", "")

    def row(self):
        return {}

    def play(self, turn, intended_s, row, number):
        kind, reason = ("ok", "") if row["has_room"] else ("throttled", "reserved_concurrency")
        given = (turn.key, "GET /", turn.phase, intended_s, row["started_s"], self.now, kind, reason)
        self.aggregate.add(Observation(*given))
        self.aggregate.finish(turn.phase, turn.key)


def test_a_burst_is_sent_at_one_instant_over_open_connections():
    world = World()

    seen = world.run().send_together(50)

    assert world.opened == [50]
    assert len({(one.intended_s, one.started_s) for one in seen}) == 1
    assert len(seen) == 50


def test_arrivals_are_poissons_and_sent_when_they_are_due():
    seen = World().run(seed=3).hold(200, 4000)

    seen.sort(key=lambda one: one.intended_s)
    gaps = [after.intended_s - before.intended_s for before, after in itertools.pairwise(seen)]
    assert len(seen) == 4000
    assert max(one.lag_ms for one in seen) == pytest.approx(0, abs=1e-3)
    assert statistics.fmean(gaps) == pytest.approx(1 / 200, rel=0.05)
    assert statistics.stdev(gaps) / statistics.fmean(gaps) == pytest.approx(1, abs=0.06)


def test_the_seed_decides_when_they_come():
    first, again, other = (World().run(seed=seed).hold(50, 20) for seed in (1, 1, 2))

    assert [one.intended_s for one in first] == [one.intended_s for one in again]
    assert [one.intended_s for one in first] != [one.intended_s for one in other]


def test_above_the_most_in_flight_arrivals_are_dropped_and_counted():
    world = World(service_s=10)

    seen = world.run(most_in_flight=7).hold(1000, 100)

    dispatch = world.aggregate.dispatch()
    assert len(seen) == dispatch.sent == dispatch.done == 7
    assert dispatch.dropped == {"in_flight": 93}
    assert dispatch.planned == 100


def test_each_step_has_its_own_observations_and_the_aggregate_has_all():
    world = World()
    run = world.run()

    assert [len(run.send_together(count)) for count in (3, 5)] == [3, 5]
    assert world.aggregate.cell().count == world.aggregate.dispatch().done == 8


@pytest.mark.parametrize("places", [1, 10, 137])
def test_the_limit_is_found_exactly(places):
    world = World(places=places)
    run = world.run(Limit(most=300))

    run.send_all()

    assert run.is_done
    assert run.found.values["concurrency_limit"].value == places
    assert world.told[0] == "limit: 1 at once"
