"""A target that answers as it is told, at times by a clock that stands still unless it is moved."""

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Arrival
from pytest_serverless.load.classes import Verdict
from pytest_serverless.load.drivers.contract import Exchange, Sent
from pytest_serverless.load.results import Target
from pytest_serverless.load.scenarios.caller import Caller
from pytest_serverless.load.scenarios.definition import define
from pytest_serverless.load.scenarios.journeys import Player
from pytest_serverless.load.targets.reached import Reached

START_S = 1_790_000_000.0


class Clock:
    def __init__(self):
        self.now_s = START_S

    def __call__(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds


class Stopped(BaseException):
    """What ends a greenlet."""


class FakeDriver:
    """Answers 200 after 20 ms; `answers` are others, in their order: an Exchange's settings, or what is raised."""

    path = "http"

    def __init__(self, clock):
        self.clock = clock
        self.requests = []
        self.answers = []

    def send(self, method, address, headers, body=b"", *, source=0):
        self.requests.append((method, address, dict(headers), body, source))
        answer = self.answers.pop(0) if self.answers else {}
        began_s = self.clock()
        self.clock.sleep(0.02)
        if isinstance(answer, BaseException):
            raise answer
        verdict = answer.pop("verdict", Verdict("ok"))
        evidence = answer.pop("evidence", None)
        given = {"status": 200, "headers": {"content-type": "application/json"}, "body": b'{"ok": true}', **answer}
        return Sent(Exchange(began_s, self.clock(), **given), verdict, evidence)


TARGET = Reached(
    kind="stack",
    measured=Target(provider="aws", region="eu-central-1"),
    urls={"Api": "https://api.example.com/prod/"},
    functions={"Checkout": "stack-Checkout-1A2B"},
    resources={"Orders": "stack-orders"},
)


class Bench:
    """A scenario, its caller and its player, and what they saw."""

    def __init__(self, journey=None, *, target=TARGET, shared=None, seed=7, share=None, secrets=(), **attributes):
        if journey is not None:
            attributes["journey"] = journey
        self.clock = Clock()
        self.http, self.invoke = FakeDriver(self.clock), FakeDriver(self.clock)
        self.aggregate = Aggregate()
        directory = attributes.pop("directory", None)
        self.definition = define("Shop", {"arrival_rate": 1, "hold": 10, **attributes}, directory=directory)
        self.caller = Caller(
            scenario="Shop",
            target=target,
            aggregate=self.aggregate,
            http=lambda: self.http,
            invoke=lambda: self.invoke,
            clock=self.clock,
            sleep=self.clock.sleep,
            headers=self.definition.headers,
            function=self.definition.function,
            shared=shared,
            secrets=lambda: secrets,
        )
        self.player = Player(self.definition, self.caller, seed=seed, share=share)
        self.observations = []
        counting, self.aggregate.add = self.aggregate.add, lambda each: (self.observations.append(each), counting(each))

    def arrive(self, *, late_s=0.0, journey="", source=0, phase="hold"):
        """One arrival, sent as late as that; what a dispatcher does."""
        turn = self.player.turn(Arrival(0.0, phase, journey))
        intended_s = self.clock() - late_s
        self.aggregate.plan(turn.phase, turn.key, intended_s)
        row = self.player.row()
        if row is None:
            self.aggregate.drop(turn.phase, turn.key, intended_s, "data")
            return
        self.aggregate.send(turn.phase, turn.key, intended_s, self.clock())
        self.player.play(turn, intended_s, row, source)

    @property
    def dispatch(self):
        return self.aggregate.dispatch()

    def kinds(self):
        return [(each.kind, each.reason) for each in self.observations]
