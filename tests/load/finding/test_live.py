"""Searches on a platform that is really there: simulated functions behind sockets, in real time."""

import sys
import threading
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from pytest_serverless.load.classes import Classifier
from pytest_serverless.load.evidence import evidence_of_tail, waited_by
from pytest_serverless.load.finding import Collecting, Idle, Limit, LiveSender, Onset
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.running.edges import Edges
from pytest_serverless.local.running import RunningPlatform
from pytest_serverless.local.settings import Settings

pytest.importorskip("httptools")
pytestmark = [
    pytest.mark.realtime,
    pytest.mark.xdist_group("realtime"),
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Ten:
    Type: AWS::Serverless::Function
    Properties:
      {Runtime: python3.12, InlineCode: "def handler(event, context): pass", Handler: index.handler, Timeout: 20,
       ReservedConcurrentExecutions: 10}
"""


class Threads:
    """A crew of threads."""

    def __init__(self):
        self.all = []

    def spawn(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments)
        self.all.append(thread)
        thread.start()

    def kill(self):
        for thread in self.all:
            thread.join()

    def __len__(self):
        return sum(thread.is_alive() for thread in self.all)


EDGES = Edges(clock=time.time, sleep=time.sleep, processor=time.process_time, spawn=None, make_crew=Threads)


class Client:
    """Invokes a function over connections that it keeps, and puts what it observes into an aggregate."""

    def __init__(self, url, function, aggregate):
        self.parts = urlsplit(url)
        self.path = f"/2015-03-31/functions/{function}/invocations"
        self.aggregate = aggregate
        self.classify = Classifier("lambda_invoke")
        self.idle = []

    def open(self, count):
        while len(self.idle) < count:
            connection = HTTPConnection(self.parts.hostname, self.parts.port, timeout=20)
            connection.connect()
            self.idle.append(connection)

    def play(self, intended_s):
        try:
            connection, is_new = self.idle.pop(), False
        except IndexError:
            connection, is_new = HTTPConnection(self.parts.hostname, self.parts.port, timeout=20), True
        started_s = time.time()
        connection.request("POST", self.path, b"{}", {"X-Amz-Log-Type": "Tail", "Content-Type": "application/json"})
        response = connection.getresponse()
        body = response.read()
        ended_s = time.time()
        self.idle.append(connection)
        headers = {name.lower(): value for name, value in response.getheaders()}
        kind, reason, *_ = self.classify(response.status, headers, body)
        tail = headers.get("x-amz-log-result")
        self.aggregate.add(
            Observation(
                "Shop",
                "call",
                "hold",
                intended_s,
                started_s,
                ended_s,
                kind,
                reason,
                status=response.status,
                evidence=tail and evidence_of_tail(tail, ended_s),
                new_connection=is_new,
            )
        )

    def close(self):
        for connection in self.idle:
            connection.close()


@pytest.fixture
def start(tmp_path):
    """Start a platform; return it, and a sender to its function."""
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    running, clients = [], []

    def starts(service, **settings):
        settings = {"backends": False, "reload": False, "simulate": service, "simulate_init": "20ms", **settings}
        platform = RunningPlatform(Settings(template=template, **settings)).start()
        running.append(platform)
        aggregate = Collecting(is_cold=waited_by())
        client = Client(platform.addresses["invoke"], platform.functions["Ten"], aggregate)
        clients.append(client)
        return platform, aggregate, LiveSender(client.play, aggregate.seen, EDGES, open_connections=client.open)

    yield starts
    for each in clients:
        each.close()
    for each in running:
        each.stop()


def test_the_reserved_concurrency_is_found(start):
    platform, aggregate, sender = start("400ms")

    found = Limit(most=64).run(sender, "Shop")

    truth = platform.truth()
    assert found.values["concurrency_limit"].value == 10, found.reasons
    assert found.requests == truth["arrivals"] == aggregate.cell().count
    assert sum(found.throttles.values()) == truth["throttled"] == aggregate.cell().count_of("throttled")
    assert set(found.throttles) == {"reserved_concurrency"}


def test_how_long_idle_sandboxes_are_kept_is_bracketed(start):
    _, _, sender = start("150ms", simulate_idle="900ms")

    found = Idle(instances=8, first_s=0.4, most_s=4, closeness=1.6).run(sender, "Shop")

    value = found.values["idle_kept"]
    assert 0.4 <= value.lower <= 1.0, found
    assert 0.85 <= value.upper <= 2.0, found


def test_the_rate_at_which_throttling_starts_is_within_its_bounds(start):
    # Ten places of 50 ms each: as Erlang says, 5 % are throttled at 124 a second, 0.2 % at 70 and 36 % at 280.
    platform, _, sender = start("50ms")

    search = Onset(first=70, most=280, tolerated=0.05, closeness=5, arrivals=300, looks=1, settle_s=0.5)
    found = search.run(sender, "Shop")

    value = found.values["throttling_from"]
    assert value.lower == 70, found
    assert value.upper in (140, 280), found
    assert found.requests == platform.truth()["arrivals"]
