"""Master and workers, wired to each other by plain calls: what a message carries is what a call would."""

import json

import pytest

from pytest_serverless.errors import CredentialsError, PlatformError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.running.conducting import longer
from pytest_serverless.load.running.links import LocalLink, WorkerEnd, WorkersLink
from pytest_serverless.load.running.session import Order, Session
from tests.load.running.virtual import REACHED, START_S, World, equipping, scenario

WAY_S = 0.003
"""How long a message is on its way."""


class Cluster:
    """A master and its workers; `ahead_s` are the workers' clocks, which go on for as long as they are in `alive`."""

    def __init__(self, ahead_s=(0.0, 0.0), **attributes):
        self.world = World()
        self.definition = scenario(**attributes)
        self.names = [f"host_{number}" for number in range(len(ahead_s))]
        self.alive = list(self.names)
        self.messages = []
        self.equipment, self.sessions = [], {}
        self.ends = {
            name: WorkerEnd(self._to_master(name), self._make(name, ahead), self.world.edges(ahead))
            for name, ahead in zip(self.names, ahead_s, strict=True)
        }
        self.link = WorkersLink(self._to_worker, lambda: list(self.alive), self.world.edges(), self.definition.drain_s)

    def _make(self, name, ahead_s):
        def make(order):
            self.sessions[name] = Session(
                [self.definition], order, self.world.edges(ahead_s), equipping(self.world, self.equipment)
            )
            return self.sessions[name]

        return make

    def _to_worker(self, kind, data, worker=None):
        self.messages.append((kind, worker))
        self._later(lambda: worker in self.alive and self.ends[worker].took(kind, json.loads(json.dumps(data))))

    def _to_master(self, name):
        def send(kind, data, worker=None):
            self.messages.append((kind, name))
            if name in self.alive:
                self._later(lambda: self.link.took(kind, name, json.loads(json.dumps(data))))

        return send

    def _later(self, take):
        self.world.spawn(lambda: (self.world.sleep(WAY_S), take()))

    def report(self):
        """Let all workers report, as Locust does every three seconds."""
        for name in self.alive:
            told = self.ends[name].report()
            if told is not None:
                self.link.took("report", name, json.loads(json.dumps(told)))

    def begin(self):
        order = Order(worker=0, workers=1, seed=7, reached=REACHED, plans={"Shop": self.definition.plan})
        self.link.prepare(order)
        self.start_s = self.world() + 0.5
        self.link.start(self.start_s)


def whole(reports):
    merged = Aggregate()
    for _, report in reports:
        merged.merge(report.aggregate)
    return merged


def test_all_that_workers_saw_comes_to_the_master_once():
    cluster = Cluster()
    cluster.begin()
    cluster.world.sleep(4.0)
    cluster.report()
    reports = cluster.link.reports()
    assert not cluster.link.is_done
    cluster.world.sleep(7.0)
    assert cluster.link.is_done

    reports += cluster.link.finish()

    dispatch = whole(reports).dispatch()
    assert dispatch.planned == dispatch.sent == dispatch.done == 100
    assert {number for number, _ in reports} == {0, 1}
    assert sum(report.is_last for _, report in reports) == 2
    assert cluster.link.workers == 2
    assert not cluster.link.lost
    assert cluster.link.finish() == []
    assert all(each.is_closed for each in cluster.equipment)
    assert not cluster.world.broken


def test_clocks_are_measured_and_workers_begin_together_by_their_own():
    cluster = Cluster(ahead_s=(0.25, -1.5))
    cluster.begin()
    cluster.world.sleep(4.0)
    cluster.report()

    clocks = whole(cluster.link.reports()).clocks

    assert clocks == {"0": pytest.approx(250, abs=1), "1": pytest.approx(-1500, abs=1)}
    for name, ahead_s in zip(cluster.names, (0.25, -1.5), strict=True):
        assert cluster.sessions[name]._start_s == pytest.approx(cluster.start_s + ahead_s, abs=0.001)


def test_a_worker_that_is_lost_is_named_and_not_waited_for():
    cluster = Cluster()
    cluster.begin()
    cluster.world.sleep(4.0)
    cluster.report()
    assert list(cluster.link.lost) == []

    cluster.alive.remove("host_1")
    assert list(cluster.link.lost) == ["worker 1"]
    before_s = cluster.world()
    reports = cluster.link.finish()

    assert cluster.world() - before_s < 1.0
    assert list(cluster.link.lost) == ["worker 1"]
    assert [number for number, report in reports if report.is_last] == [0]
    assert whole(reports).dispatch().lost == 0


def test_one_that_never_gives_its_last_report_is_lost_too():
    cluster = Cluster(drain_s=1)
    cluster.begin()
    cluster.world.sleep(4.0)
    cluster.ends["host_0"].took = lambda kind, data: None

    cluster.link.finish()

    assert list(cluster.link.lost) == ["worker 0"]


def test_those_that_leave_after_their_last_report_are_not_lost():
    cluster = Cluster()
    cluster.begin()
    cluster.world.sleep(12.0)
    cluster.link.finish()

    cluster.alive.clear()

    assert list(cluster.link.lost) == []


def test_what_comes_from_others_or_after_the_end_is_left_aside():
    cluster = Cluster()
    cluster.begin()
    cluster.world.sleep(4.0)
    told = cluster.ends["host_0"].report()

    cluster.link.took("report", "a stranger", told)
    cluster.link.took("final", "a stranger", told)
    cluster.link.took("done", "a stranger", {"run": 0, "extensions": 0})

    assert cluster.link.reports() == []
    assert not cluster.link.is_done


@pytest.mark.parametrize("fault", [CredentialsError("the keys have expired"), KeyError("items")])
def test_what_keeps_a_worker_from_beginning_is_told_and_nobody_is_waited_for(fault):
    cluster = Cluster()

    def make(order):
        raise fault

    cluster.ends["host_1"]._make_session = make
    with pytest.raises(PlatformError, match=r"keys have expired|KeyError: 'items'"):
        cluster.begin()
    before_s = cluster.world()
    cluster.link.finish()

    assert cluster.world() - before_s < 1.0
    assert ("finish", "host_1") not in cluster.messages
    assert all(each.is_closed for each in cluster.equipment)
    assert list(cluster.link.lost) == []


def test_a_worker_that_does_not_answer_is_not_waited_for_for_ever():
    cluster = Cluster()
    cluster.ends["host_1"].took = lambda kind, data: None

    with pytest.raises(PlatformError, match="not all worker processes were ready"):
        cluster.begin()

    assert cluster.world() - START_S < 90


@pytest.mark.parametrize("told_s", [7.0, 11.5], ids=["in time", "late"])
def test_all_go_on_with_a_longer_plan(told_s):
    cluster = Cluster()
    cluster.begin()
    cluster.world.sleep(cluster.start_s + told_s - cluster.world())

    cluster.link.extend({"Shop": longer(cluster.definition.plan, 5.0)}, 10.0)
    for name in cluster.names:
        cluster.link.took("done", name, {"run": 0, "extensions": 0})  # this crossed with what they are told now
    assert not cluster.link.is_done
    cluster.world.sleep(12.5 - told_s)
    assert not cluster.link.is_done
    cluster.world.sleep(5.0)
    assert cluster.link.is_done

    dispatch = whole(cluster.link.finish()).dispatch()
    assert dispatch.planned == dispatch.sent == dispatch.done == 150


def test_a_worker_whose_master_stops_it_tells_all_it_saw_once():
    cluster = Cluster()
    cluster.begin()
    cluster.world.sleep(4.0)

    cluster.ends["host_0"].finish()
    cluster.ends["host_0"].finish()
    cluster.world.sleep(1.0)

    assert cluster.messages.count(("final", "host_0")) == 1
    assert cluster.ends["host_0"].report() is None


def test_nothing_of_a_run_that_was_stopped_goes_on_in_a_worker():
    cluster = Cluster()
    cluster.begin()
    cluster.world.sleep(4.0)

    cluster.link.finish()
    cluster.world.sleep(1.0)

    assert cluster.world.waiting == 0
    assert not [message for message in cluster.messages if message[0] == "done"]


def test_the_only_process_does_without_messages():
    world, made = World(), []
    definition = scenario()
    link = LocalLink(lambda order: Session([definition], order, world.edges(), equipping(world, made)))
    assert link.finish() == []
    link.prepare(Order(worker=0, workers=1, seed=7, reached=REACHED, plans={"Shop": definition.plan}))
    link.start(START_S)
    world.sleep(2.0)
    reports = link.reports()
    link.extend({"Shop": longer(definition.plan, 5.0)}, 10.0)
    world.sleep(14.0)
    assert link.is_done

    reports += link.finish()

    assert whole(reports).dispatch().done == 150
    assert link.reports() == link.finish() == []
    assert made[0].is_closed


def test_what_belongs_to_another_run_is_left_aside():
    cluster = Cluster()
    cluster.begin()
    stale = Session.report(cluster.sessions["host_0"], last=True).as_json()
    for kind, data in (("final", {"told": stale}), ("done", {"extensions": 0}), ("report", {"told": stale})):
        cluster.link.took(kind, "host_0", {"run": 99, **data})
        cluster.link.took("done", "host_1", {"run": 99, "extensions": 0})

    assert not cluster.link.is_done
    assert cluster.link.reports() == []
