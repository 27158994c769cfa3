"""Threads that deliver, on work that is made up; every wait is bounded, and most are none."""

import threading
import time

import pytest

from pytest_serverless.local.aws.turn import Turn
from pytest_serverless.local.aws.workers import Forgotten, Workers

WITHIN_S = 5.0


class Jobs:
    """Things to do, at once or at a time (of a clock that `skip` moves on)."""

    def __init__(self):
        self.now = []
        self.later = []
        self.ahead = 0.0
        self.failures = []

    def time(self):
        return time.monotonic() + self.ahead

    def do_one(self):
        self.later.sort(key=lambda item: item[0])
        if self.later and self.later[0][0] <= self.time():
            self.now.append(self.later.pop(0)[1])
        if not self.now:
            return False
        self.now.pop(0)()
        return True

    def rest(self):
        return min((at for at, _ in self.later), default=None) and self.later[0][0] - self.time()

    def awaits(self):
        return bool(self.later)

    def skip(self):
        if self.later:
            self.ahead += max(0, self.later[0][0] - self.time())
        return bool(self.later)

    def failed(self, error):
        self.failures.append(str(error))


@pytest.fixture
def make():
    made = []

    def build(**options):
        turn, jobs = Turn(), Jobs()
        workers = Workers(turn, lambda: jobs, **{"most": 50, **options})
        made.append((turn, workers))
        with turn:
            workers.start()
        return turn, jobs, workers

    yield build
    for turn, workers in made:
        with turn:
            workers.end()
    end = time.monotonic() + WITHIN_S
    while any(thread.name == "serverless-delivery" for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.005)


def put(turn, jobs, workers, *acts):
    with turn:
        jobs.now += acts
        workers.tell()


def test_who_is_away_holds_nobody_up(make):
    turn, jobs, workers = make()
    meeting = threading.Barrier(11)

    def out():
        with workers.away():
            meeting.wait(WITHIN_S)

    put(turn, jobs, workers, *[out] * 10)
    meeting.wait(WITHIN_S)  # all ten are away at once


def test_one_is_at_work_at_a_time(make):
    turn, jobs, workers = make()
    inside, most, done = [], [], threading.Semaphore(0)

    def act():
        with workers.away():
            time.sleep(0.001)
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.0005)
        inside.pop()
        done.release()

    put(turn, jobs, workers, *[act] * 30)
    for _ in range(30):
        assert done.acquire(timeout=WITHIN_S)
    assert max(most) == 1


def test_there_are_not_more_threads_than_may_be(make):
    turn, jobs, workers = make(most=3)
    entered, go = threading.Semaphore(0), threading.Event()

    def out():
        with workers.away():
            entered.release()
            go.wait(WITHIN_S)

    put(turn, jobs, workers, *[out] * 5)
    for _ in range(3):
        assert entered.acquire(timeout=WITHIN_S)
    assert not entered.acquire(timeout=0.05)
    with turn:
        assert workers.away_now == 3
    go.set()
    for _ in range(2):
        assert entered.acquire(timeout=WITHIN_S)


def test_what_comes_due_is_done_though_another_watches_for_later(make):
    turn, jobs, workers = make()
    seen = threading.Event()
    with turn:
        jobs.later.append((time.monotonic() + 30, lambda: None))
        workers.tell()
    time.sleep(0.05)

    def soon():
        with workers.away():
            time.sleep(0.01)
        jobs.later.append((time.monotonic() + 0.05, seen.set))

    put(turn, jobs, workers, soon)

    assert seen.wait(0.8)  # everybody looks after a second anyway


def test_a_failure_is_told_and_the_others_go_on(make):
    turn, jobs, workers = make()
    seen = threading.Event()

    def fail():
        raise RuntimeError("broken")

    def forgotten():
        raise Forgotten

    put(turn, jobs, workers, fail, forgotten, seen.set)

    assert seen.wait(WITHIN_S)
    assert jobs.failures == ["broken"]


def test_waits_pass_at_once_when_nobody_is_away(make):
    turn, jobs, workers = make(skips=True)
    seen, back = threading.Event(), threading.Event()

    def out():
        with workers.away():
            back.wait(WITHIN_S)

    put(turn, jobs, workers, out)
    with turn:
        jobs.later.append((time.monotonic() + 3600, seen.set))
        workers.tell()
    assert not seen.wait(0.2)  # somebody is away

    back.set()
    assert seen.wait(WITHIN_S)


def test_where_waits_pass_at_once_it_is_not_quiet_before_what_is_due_later_is_done(make):
    turn, jobs, workers = make(skips=True)
    done = threading.Event()
    with turn:
        jobs.later.append((jobs.time() + 60, done.set))
        workers.tell()
    while not done.is_set():
        with turn:
            assert done.is_set() or not workers.is_quiet
        time.sleep(0.002)


def test_quiet_is_when_nobody_is_away_and_nothing_is_due(make):
    turn, jobs, workers = make()
    go = threading.Event()

    def out():
        with workers.away():
            go.wait(WITHIN_S)

    put(turn, jobs, workers, out)
    with turn:
        assert not workers.is_quiet
    go.set()
    end = time.monotonic() + WITHIN_S
    while True:
        with turn:
            if workers.is_quiet:
                break
        assert time.monotonic() < end
        time.sleep(0.002)
