"""What readers make of a sink's answers, at times of a clock that is told."""

import itertools
import json

import pytest

from pytest_serverless.errors import CredentialsError, InvalidParameterError, PlatformError
from pytest_serverless.load.classes import Verdict
from pytest_serverless.load.drivers.contract import Exchange, Sent
from pytest_serverless.load.pipelines import DynamoDbSink, HttpSink, Pipeline, S3Sink, SqsSink, Tracker, Watch
from pytest_serverless.load.pipelines.ids import NOBODY, Ids, anywhere
from pytest_serverless.load.pipelines.lookups import LookupReader
from pytest_serverless.load.pipelines.queues import QueueReader
from tests.load.pipelines.plain import Clock, Scripted, services

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/results"


def no_driver():
    raise AssertionError("no HTTP API is asked")


class Queue:
    """Gives what it is told, each answer after so many seconds, and takes what is deleted."""

    def __init__(self):
        self.clock = Clock()
        self.ids = Ids(1, 0)
        self.made = 0
        self.deleted = []
        self.transport = Scripted(self.clock)
        self.reader = QueueReader(services(self.transport, clock=self.clock), QUEUE, anywhere)

    def read(self, count, *, after_s=0.0, again=()):
        def receive(method, url, body):
            self.clock.sleep(after_s)
            new = [{"MessageId": f"m-{self.made + n}", "ReceiptHandle": f"r-{self.made + n}"} for n in range(count)]
            self.made += count
            for message in new:
                message["Body"] = self.ids.make()
            return 200, json.dumps({"Messages": [*again, *new]}).encode()

        def delete(method, url, body):
            self.deleted += [each["ReceiptHandle"] for each in json.loads(body)["Entries"]]
            return 200, b"{}"

        self.transport.answers = [receive, delete]
        return self.reader.read()


def test_a_message_is_seen_when_it_comes_while_it_is_waited_for():
    queue = Queue()
    start_s = queue.clock()
    queue.read(0, after_s=2)
    (seen,), until_s = queue.read(1, after_s=1.5)

    assert seen.at_s == until_s == start_s + 3.5
    assert seen.since_s == seen.at_s
    assert queue.deleted == ["r-0"]


def test_what_came_between_two_reads_may_have_come_right_after_the_first():
    queue = Queue()
    queue.read(0, after_s=2)
    queue.clock.sleep(0.3)
    (seen,), _ = queue.read(1, after_s=0.01)

    assert seen.at_s - seen.since_s == pytest.approx(0.3)


def test_a_queue_that_is_fuller_than_an_answer_may_have_held_messages_since_it_was_empty():
    queue = Queue()
    start_s = queue.clock()
    assert queue.read(10, after_s=0.25)[1] == 0
    queue.read(3, after_s=0.25)
    full, until_s = queue.read(10, after_s=0.5)
    after, later_s = queue.read(1, after_s=0.25)

    assert {each.since_s for each in [*full, *after]} == {start_s + 0.5}
    assert until_s == start_s + 0.5
    assert later_s == start_s + 1.25


def test_a_message_that_comes_again_is_no_second_effect():
    queue = Queue()
    again = {"MessageId": "m-0", "ReceiptHandle": "r-again", "Body": Ids(1, 0).make()}
    queue.read(1)
    seen, _ = queue.read(1, again=[again])

    assert [each.id for each in seen] == ["load-00000001-0000-00000002"]
    assert "r-again" in queue.deleted


def test_messages_of_others_are_left_where_they_are():
    queue = Queue()
    seen, _ = queue.read(0, again=[{"MessageId": "x", "ReceiptHandle": "r-x", "Body": "hello"}])

    assert seen == [] == queue.deleted


class Things:
    """What can be looked up, and when it came to be asked."""

    def __init__(self, clock, takes_s=0.0):
        self.clock = clock
        self.takes_s = takes_s
        self.there = set()
        self.asked = []

    def find(self, wanted):
        self.clock.sleep(self.takes_s)
        self.asked.append(wanted)
        return self.clock() if wanted in self.there else None


def test_each_id_is_looked_for_until_it_is_there_or_too_late():
    clock = Clock()
    things = Things(clock)
    reader = LookupReader(things.find, clock, 0.5, 2.0)
    reader.expect("a", clock())
    reader.expect("b", clock())
    for _ in range(8):
        seen, until_s = reader.read()
        if len(things.asked) == 5:
            things.there.add("a")
        if seen:
            assert [each.id for each in seen] == ["a"]
            assert (seen[0].at_s - seen[0].since_s, reader.pause_s) == (0.5, 0.5)
        clock.sleep(reader.pause_s)

    assert things.asked[0] == NOBODY
    assert things.asked.count("a") == 3
    assert things.asked.count("b") == 6  # at 0, 0.5 … 2 s, and once after its deadline
    assert until_s == clock() - 0.5


def test_where_there_are_too_many_each_is_looked_for_in_its_turn():
    clock = Clock()
    things = Things(clock, takes_s=0.1)
    reader = LookupReader(things.find, clock, 0.5, 1000.0)
    start_s = clock()
    for n in range(120):
        reader.expect(f"{n}", start_s)
    reads = [reader.read() for _ in range(3)]

    assert things.asked[1:] == [f"{n % 120}" for n in range(150)]
    assert reader.pause_s == 0
    assert reads[0][1] == start_s  # some have not been looked for yet
    assert reads[2][1] == pytest.approx(start_s + 0.1 + 3.0)


def test_what_was_found_before_a_failure_is_told():
    clock = Clock()
    things = Things(clock)

    def find(wanted):
        if wanted == "b":
            raise PlatformError("busy")
        return things.find(wanted)

    reader = LookupReader(find, clock, 0.5, 10.0)
    things.there.add("a")
    reader.expect("a", clock())
    reader.expect("b", clock())
    assert [each.id for each in reader.read()[0]] == ["a"]
    with pytest.raises(PlatformError):
        reader.read()


class Failing:
    """A reader that fails as often as it is told."""

    pause_s = 0.5

    def __init__(self, clock, times):
        self.clock, self.times, self.reads = clock, times, 0

    def read(self):
        self.reads += 1
        if self.reads <= self.times:
            raise PlatformError(f"failure {self.reads}")
        return [], self.clock()


def test_a_sink_that_fails_for_a_while_is_read_ever_more_seldom_until_it_answers():
    clock, tracker = Clock(), Tracker()
    watch = Watch(Failing(clock, 8), tracker, "Orders 0", clock.sleep)
    start_s, pauses = clock(), []
    watch.run(lambda: pauses.append(clock()) or len(pauses) > 10)

    waited = [round(after - before, 1) for before, after in itertools.pairwise(pauses)]
    assert waited == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0, 0.5, 0.5]
    assert (watch.failures, watch.trouble) == (8, "")
    assert tracker.watched_s == clock()
    assert clock() - start_s == pytest.approx(22.2)


def test_a_sink_that_cannot_be_read_says_why_and_nothing_is_decided():
    clock, tracker = Clock(), Tracker()
    watch = Watch(Failing(clock, 100), tracker, "Orders 0", clock.sleep)
    watch.run(lambda: watch.failures > 2)

    assert watch.trouble == "failure 4"
    assert tracker.watched_s is None


def test_credentials_that_are_refused_are_told_as_such():
    refused = (403, b"<Error><Code>InvalidAccessKeyId</Code></Error>")
    clock = Clock()
    found = services(Scripted(clock, refused), clock=clock)

    with pytest.raises(CredentialsError, match=r"listing the sink Out was not done: 403.*InvalidAccessKeyId"):
        S3Sink("Out").reader(found, no_driver).read()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
@pytest.mark.parametrize("sink", [SqsSink(QUEUE), DynamoDbSink("Orders"), DynamoDbSink("Orders", key="pk")])
def test_an_answer_that_is_no_json_is_a_failure_of_the_sink(sink, body):
    clock = Clock()
    found = services(Scripted(clock, (200, body)), clock=clock)

    with pytest.raises(PlatformError, match="was answered with no JSON"):
        sink.reader(found, no_driver).read()


class FakeApi:
    path = "http"

    def __init__(self, clock):
        self.clock, self.statuses, self.asked = clock, [], []

    def send(self, method, address, headers, body=b"", *, source=0):
        self.asked.append((method, address))
        status = self.statuses.pop(0)
        verdict = Verdict("ok") if status < 300 else Verdict("refused", f"http_{status}")
        return Sent(Exchange(self.clock(), self.clock(), status, {}, b""), verdict)


def test_what_an_http_api_finds_is_there():
    clock = Clock()
    api = FakeApi(clock)
    reader = HttpSink("/orders/{id}").reader(services(Scripted(clock), clock=clock), lambda: api)
    reader.expect("a/b", clock())
    api.statuses = [404, 404]
    assert reader.read()[0] == []
    api.statuses = [200]
    assert [each.id for each in reader.read()[0]] == ["a/b"]
    assert api.asked == [("GET", f"/orders/{NOBODY}"), *[("GET", "/orders/a%2Fb")] * 2]

    reader.expect("c", clock())
    api.statuses = [401]
    with pytest.raises(CredentialsError, match=r"looking at the sink /orders/.* was not done: 401"):
        reader.read()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: HttpSink("/orders"), "path must say where the id stands"),
        (lambda: S3Sink("Out", key="out.jpg"), "key must say where the id stands"),
        (lambda: SqsSink("Results", id="id"), "is no path to an id"),
        (lambda: SqsSink("Results", deadline_s=0), "deadline_s is a number of seconds above 0"),
        (lambda: SqsSink("Results", wait_s=0), "wait_s is a whole number of seconds from 1 to 20"),
        (lambda: DynamoDbSink("Orders", every_s="1"), "every_s is a number of seconds above 0"),
        (lambda: S3Sink("Out", deadline_s=True), "deadline_s"),
    ],
)
def test_a_sink_that_cannot_be_is_refused(make, said):
    with pytest.raises(InvalidParameterError, match=said):
        make()


@pytest.mark.parametrize(
    ("sink", "worker", "reads"),
    [
        (SqsSink("R"), 1, True),
        (S3Sink("R"), 0, True),
        (S3Sink("R"), 1, False),
        (S3Sink("R", key="{id}"), 1, True),
        (DynamoDbSink("R"), 1, False),
        (DynamoDbSink("R", key="pk"), 1, True),
        (HttpSink("/{id}"), 1, True),
    ],
)
def test_lists_are_read_by_the_first_process_alone(sink, worker, reads):
    clock = Clock()
    found = services(Scripted(clock), clock=clock)
    pipeline = Pipeline(sink, found, no_driver, clock.sleep, scenario="Uploads", run=1, worker=worker)

    assert (pipeline.watch is not None) is reads
