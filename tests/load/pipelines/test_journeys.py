"""A journey writes, something takes it and answers elsewhere: from a scenario's class to its estimates."""

import threading
import time

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Arrival
from pytest_serverless.load.pipelines import Pipeline, SqsSink, Tracker, estimates_of
from pytest_serverless.load.pipelines.ids import anywhere
from pytest_serverless.load.scenarios.caller import Caller
from pytest_serverless.load.scenarios.definition import define
from pytest_serverless.load.scenarios.journeys import Player
from tests.load.pipelines.plain import Clock, Plain, Scripted, services

REGION = "eu-west-1"
RESULTS = SqsSink("Results")
SINK = SqsSink("Results", deadline_s=1.0, wait_s=1)


class Scene:
    """A scenario in one process, whose arrivals are made by hand."""

    def __init__(self, journey, found, *, sink=SINK, http=None):
        self.definition = define("Uploads", {"arrival_rate": 1, "hold": 10, "sink": sink, "journey": journey})
        self.aggregate = Aggregate()
        self.clock = found.clock
        sleep = getattr(self.clock, "sleep", time.sleep)
        self.pipeline = sink and Pipeline(self.definition.sink, found, lambda: http, sleep, scenario="Uploads", run=5)
        caller = Caller(
            scenario="Uploads",
            target=found.reached,
            aggregate=self.aggregate,
            http=lambda: http,
            invoke=lambda: None,
            clock=self.clock,
            sleep=sleep,
            services=lambda: found,
            pipeline=self.pipeline,
        )
        self.errors = caller.errors
        self.player = Player(self.definition, caller)

    def arrive(self, late_s=0.0):
        turn = self.player.turn(Arrival(0.0, "hold", ""))
        self.player.play(turn, self.clock() - late_s, {})

    @property
    def counts(self):
        return self.pipeline.tracker.counts(self.clock() + 100)


def upload(call):
    call.put_object("Uploads", f"{call.correlate()}.jpg", b"x")


def order(call):
    call.send_message("Orders", {"id": call.correlate()})


@pytest.fixture
def queues(client):
    client("s3").create_bucket(Bucket="uploads", CreateBucketConfiguration={"LocationConstraint": REGION})
    return {name: client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("results", "orders")}


def test_uploads_are_followed_to_the_queue_of_results(url, client, queues):
    """Of ten uploads, what stands for the application loses one, answers one twice, and another too late."""
    found = services(Plain(), aws_url=url, resources={"Uploads": "uploads", "Results": queues["results"]})
    scene = Scene(upload, found)
    scene.pipeline.watch.look()
    over = threading.Event()
    thread = threading.Thread(target=scene.pipeline.watch.run, args=(over.is_set,))
    thread.start()
    for _ in range(10):
        scene.arrive(late_s=0.05)
    results = []
    keys = [each["Key"] for each in client("s3").list_objects_v2(Bucket="uploads")["Contents"]]
    for number, key in enumerate(sorted(keys)):
        results += [f"made a thumbnail of {key}"] * (0 if number in {3, 5} else 2 if number == 4 else 1)
    for result in results:
        client("sqs").send_message(QueueUrl=queues["results"], MessageBody=result)
    time.sleep(1.2)
    client("sqs").send_message(QueueUrl=queues["results"], MessageBody=sorted(keys)[5])
    over.set()
    thread.join()
    whole = Tracker.from_json(scene.pipeline.tracker.take().as_json())
    estimates = estimates_of(whole, [SINK], phases=["hold"])
    counts = whole.counts(whole.watched_s)

    assert (counts.decided, counts.lost, counts.late, counts.duplicated, counts.strays) == (10, 2, 1, 1, 0)
    assert estimates["lost"].value == 0.2
    assert estimates["duplicated"].value == pytest.approx(1 / 8)
    assert 50 < estimates["end_to_end.mean"].value < 1000
    cell = scene.aggregate.cell(step="PUT Uploads")
    assert cell.count_of("ok") == 10
    assert cell.latency["unknown"].min_ms > 50


def test_messages_are_counted_by_the_name_of_their_queue(url, client, queues):
    scene = Scene(order, services(Plain(), aws_url=url, resources={"Orders": queues["orders"]}))
    scene.arrive()
    (message,) = client("sqs").receive_message(QueueUrl=queues["orders"])["Messages"]

    assert list(anywhere(message["Body"])) == ["load-00000005-0000-00000001"]
    assert scene.aggregate.cell(step="send Orders").count_of("ok") == 1


def scripted(journey, *answers, sink=RESULTS):
    clock = Clock()
    transport = Scripted(clock, *answers)
    return Scene(journey, services(transport, clock=clock, resources={"Orders": "https://sqs/1/orders"}), sink=sink)


THROTTLED = (503, b"<Error><Code>SlowDown</Code></Error>")


@pytest.mark.parametrize("answer", [THROTTLED, (403, b""), (None, b"")])
def test_what_is_refused_is_no_lost_arrival(answer):
    scene = scripted(upload, answer, (200, b""))
    scene.arrive()
    scene.arrive()

    assert (scene.counts.decided, scene.counts.lost, scene.counts.withdrawn) == (1, 1, 1)


def test_a_service_that_refuses_is_a_throttle_of_the_service():
    scene = scripted(upload, THROTTLED)
    scene.arrive()

    assert scene.aggregate.cell(step="PUT Uploads").count_of("throttled", "service") == 1


def test_a_request_that_could_not_be_sent_is_no_lost_arrival():
    def journey(call):
        call.send_message("Orders", {call.correlate()})

    scene = scripted(journey)
    scene.arrive()
    assert scene.errors.count == 1
    assert scene.counts.withdrawn == 1


def test_what_was_taken_is_awaited_whatever_the_journey_does_then():
    def journey(call):
        call.put_object("Uploads", call.correlate())
        call.put_object("Uploads", "another")

    scene = scripted(journey, (200, b""), THROTTLED)
    scene.arrive()

    assert (scene.counts.lost, scene.counts.withdrawn) == (1, 0)


def test_an_id_of_the_targets_own_is_awaited_from_when_the_arrival_was_intended():
    def journey(call):
        call.send_message("Orders", "an order")
        assert call.correlate("order-17") == "order-17"
        call.put_object("Uploads", "other", check=False)

    scene = scripted(journey, (200, b"{}"), THROTTLED)
    scene.arrive(late_s=0.25)
    scene.pipeline.tracker.seen("order-17", scene.clock() + 1)

    assert scene.pipeline.tracker.estimates(scene.clock() + 9, also=[])["lost"].value == 0
    (second,) = scene.pipeline.tracker._decided(scene.clock() + 9, None)[0].course()
    assert second.sum_us == pytest.approx(1_250_000, abs=2)


def test_an_id_of_the_targets_own_is_awaited_whatever_comes_after():
    def journey(call):
        call.correlate("order-18")
        call.put_object("Uploads", "other")

    scene = scripted(journey, THROTTLED)
    scene.arrive()

    assert (scene.counts.lost, scene.counts.withdrawn) == (1, 0)


def test_a_scenario_without_a_sink_says_where_to_name_one():
    scene = scripted(upload, sink=None)
    scene.arrive()

    assert "Uploads has no sink" in scene.errors.kept[0]
    assert "sink = SqsSink('Results')" in scene.errors.kept[0]


@pytest.mark.parametrize("sink", ["Results", SqsSink])
def test_what_is_no_sink_is_refused(sink):
    with pytest.raises(InvalidParameterError, match="Scenario Uploads: sink is where effects show: SqsSink"):
        define("Uploads", {"arrival_rate": 1, "hold": 10, "sink": sink, "journey": upload})


def test_a_sink_that_was_never_read_decides_nothing():
    scene = scripted(upload, (200, b""))
    scene.arrive()
    estimates = estimates_of(scene.pipeline.tracker, [SINK])

    assert {str(each) for each in estimates.values()} == {"unknown: no sink could be read"}
    assert estimates_of(Tracker(), []) == {}
