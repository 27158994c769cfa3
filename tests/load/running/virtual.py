"""Tasks beside each other in a time that passes when all of them wait: runs of minutes in milliseconds."""

import heapq
import itertools
import threading

from pytest_serverless.load.running.edges import Edges
from pytest_serverless.load.scenarios.caller import Caller
from pytest_serverless.load.scenarios.definition import define
from pytest_serverless.load.targets.address import reach_url
from tests.load.scenarios.doubles import FakeDriver

START_S = 1_790_000_000.0
REACHED = reach_url("http://127.0.0.1:8080")


class Killed(BaseException):
    """What ends a task where it waits."""


class Task:
    """Something that runs beside; one at a time has its turn."""

    def __init__(self, world, run=None):
        self.world = world
        self.turn = threading.Semaphore(0)
        self.run = run
        self.entry = 0
        self.has_begun = run is None
        self.is_killed = self.has_ended = False

    def begin_or_go_on(self):
        if self.has_begun:
            self.turn.release()
            return
        self.has_begun = True
        threading.Thread(target=self._live, daemon=True).start()

    def _live(self):
        self.world.current = self
        try:
            if not self.is_killed:
                self.run()
        except Killed:
            pass
        except BaseException as error:  # what a task ends with is the test's to see
            self.world.broken.append(error)
        self.has_ended = True
        self.world.next_one().begin_or_go_on()

    def kill(self):
        self.is_killed = True
        self.world.wake(self)
        while not self.has_ended:
            self.world.sleep(0.0)


class Crew:
    def __init__(self, world):
        self.world = world
        self.members = []

    def spawn(self, function, *arguments):
        self.members.append(self.world.spawn(function, *arguments))
        return self.members[-1]

    def kill(self):
        for each in self.members:
            each.kill()

    def __len__(self):
        return sum(not each.has_ended for each in self.members)


class World:
    """The clock, and who has the next turn; whoever makes it is the first task. `ahead_s`: of the clock of others."""

    def __init__(self):
        self.now_s = START_S
        self.broken = []
        self.used_s = 0.0
        self.current = Task(self)
        self._entries = []
        self._numbers = itertools.count(1)

    def __call__(self):
        return self.now_s

    def edges(self, ahead_s=0.0):
        return Edges(
            clock=lambda: self.now_s + ahead_s,
            sleep=self.sleep,
            processor=lambda: self.used_s,
            spawn=self.spawn,
            make_crew=lambda: Crew(self),
        )

    def spawn(self, function, *arguments):
        task = Task(self, lambda: function(*arguments))
        self.wake(task)
        return task

    def wake(self, task, in_s=0.0):
        """Let a task have its turn by then, and not when it wanted to."""
        if not task.has_ended:
            task.entry = next(self._numbers)
            heapq.heappush(self._entries, (self.now_s + max(in_s, 0.0), task.entry, task))

    def sleep(self, seconds):
        me = self.current
        self.wake(me, seconds)
        following = self.next_one()
        if following is not me:
            following.begin_or_go_on()
            me.turn.acquire()
        self.current = me
        if me.is_killed:
            raise Killed

    @property
    def waiting(self):
        """How many tasks wait for their turn."""
        return sum(entry == task.entry and not task.has_ended for _, entry, task in self._entries)

    def next_one(self):
        while True:
            at_s, entry, task = heapq.heappop(self._entries)
            if entry == task.entry and not task.has_ended:
                self.now_s = max(self.now_s, at_s)
                return task


class FakeEquipment:
    """Sends as `FakeDriver` does, which answers after 20 ms."""

    def __init__(self, world, definition, aggregate):
        self.driver = FakeDriver(world)
        self.caller = Caller(
            scenario=definition.name,
            target=REACHED,
            aggregate=aggregate,
            http=lambda: self.driver,
            invoke=lambda: self.driver,
            clock=world,
            sleep=world.sleep,
        )
        self.opened = []
        self.renewed = 0
        self.is_closed = False
        self.fault = self.trouble = None
        self.told = []

    def prepare(self, connections):
        if self.fault is not None:
            raise self.fault
        self.opened.append(connections)

    def renew(self):
        self.renewed += 1
        if self.trouble is not None:
            raise self.trouble

    def troubles(self):
        return self.told

    def close(self):
        self.is_closed = True


def get(call):
    call.get("/")


def scenario(name="Shop", journey=get, **attributes):
    """Return what a scenario is: 10 uniform arrivals a second for 10 s, unless something else is said."""
    given = {"arrival_rate": 10, "hold": 10, "arrivals": "uniform", "journey": journey, **attributes}
    if "phases" in given:
        for each in ("arrival_rate", "hold", "arrivals"):
            del given[each]
    return define(name, given)


def equipping(world, made):
    """Return what makes the equipment of sessions, and keeps it in `made`."""

    def make(definition, order, aggregate):
        made.append(FakeEquipment(world, definition, aggregate))
        return made[-1]

    return make


__all__ = ["REACHED", "START_S", "FakeEquipment", "World", "equipping", "get", "scenario"]
