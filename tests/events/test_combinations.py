"""Events inside events, several events in one, and events that somebody got wrong in one place."""

import copy
import hashlib
import itertools
import json

import pytest
from aws_lambda_powertools.utilities.data_classes import S3Event, SQSEvent
from aws_lambda_powertools.utilities.parser.models import S3SqsEventNotificationModel
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InvalidParameterError, UnrecognisedEventError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint

KEYS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=200
)
SOURCES = ("s3", "sns", "sqs", "eventbridge", "scheduler")


@pytest.fixture
def aws():
    return AwsEvents(Mint(seed=1, clock=FixedClock(1_795_000_000.25)))


def paths_of(event):
    return {violation.path for violation in events.check(event)}


def body_of(event):
    (record,) = event["Records"]
    return record["body"]


def spoiled(s3):
    event = s3.object_created()
    event["Records"][0]["s3"]["object"]["key"] = "tom & jerry.jpg"
    return event


# Events inside events.


def test_s3_in_sns_in_sqs(aws):
    notification = aws.s3.object_created("uploads", "tom & jerry.jpg")

    event = aws.sqs.from_sns(notification, topic="uploads", queue="resize")

    envelope = json.loads(body_of(event))
    assert envelope["TopicArn"] == "arn:aws:sns:us-east-1:123456789012:uploads"
    assert envelope["Subject"] == "Amazon S3 Notification"
    assert json.loads(envelope["Message"]) == notification
    assert event["Records"][0]["md5OfBody"] == hashlib.md5(body_of(event).encode()).hexdigest()
    assert events.check(event) == []
    (record,) = SQSEvent(event).records
    assert record.decoded_nested_sns_event.message == envelope["Message"]


def test_s3_in_sqs(aws):
    event = aws.sqs.standard(aws.s3.object_created("uploads", "tom & jerry.jpg"))

    assert events.check(event) == []
    S3SqsEventNotificationModel.model_validate(event)
    (record,) = SQSEvent(event).records
    assert isinstance(record.decoded_nested_s3_event, S3Event)
    assert record.decoded_nested_s3_event.object_key == "tom & jerry.jpg"


def test_the_test_event_of_s3_in_sqs(aws):
    assert events.check(aws.sqs.standard(aws.s3.test_event())) == []
    assert events.check(aws.sqs.from_sns(aws.s3.test_event())) == []


def test_eventbridge_in_sqs(aws):
    for inner in (aws.eventbridge.custom(), aws.eventbridge.s3_object_created(), aws.scheduler.default_input()):
        event = aws.sqs.standard(inner)
        assert json.loads(body_of(event)) == inner
        assert events.check(event) == []


def test_s3_in_sns(aws):
    assert events.check(aws.sns.notification(aws.s3.object_created())) == []


def test_raw_delivery_puts_message_and_attributes_into_the_queues_message(aws):
    attributes = {"s": "ü", "n": 1, "b": b"\x01", "l": ["x", 2]}

    event = aws.sqs.from_sns(aws.s3.object_created(), raw=True, attributes=attributes)

    (record,) = event["Records"]
    assert json.loads(record["body"]).keys() == {"Records"}
    found = {
        name: (a["dataType"], a.get("stringValue", a.get("binaryValue")))
        for name, a in record["messageAttributes"].items()
    }
    assert found == {
        "s": ("String", "ü"),
        "n": ("Number", "1"),
        "b": ("Binary", "AQ=="),
        "l": ("String.Array", '["x", 2]'),
    }
    assert events.check(event) == []
    same = AwsEvents().sqs.standard("x", attributes={"s": "ü", "n": 1, "b": b"\x01"})["Records"][0]["messageAttributes"]
    assert {name: record["messageAttributes"][name] for name in "snb"} == same


def test_wrapped_delivery_keeps_attributes_in_the_envelope(aws):
    (record,) = aws.sqs.from_sns("x", attributes={"n": 1})["Records"]

    assert record["messageAttributes"] == {}
    assert json.loads(record["body"])["MessageAttributes"] == {"n": {"Type": "Number", "Value": "1"}}


def test_a_fifo_topic_delivers_to_a_fifo_queue(aws):
    event = aws.sqs.from_sns("x", topic="orders.fifo", queue="ship.fifo", group="g1")

    (record,) = event["Records"]
    assert record["attributes"]["MessageGroupId"] == "g1"
    assert record["attributes"]["MessageDeduplicationId"] == hashlib.sha256(b"x").hexdigest()
    assert "Signature" not in json.loads(record["body"])
    assert events.check(event) == []


def test_a_fifo_topic_delivers_to_a_standard_queue_too(aws):
    event = aws.sqs.from_sns("x", topic="orders.fifo", queue="archive")

    assert "SequenceNumber" not in event["Records"][0]["attributes"]
    assert events.check(event) == []


def test_a_topic_may_be_of_another_region_than_the_queue(aws):
    event = aws.sqs.from_sns("x", topic="arn:aws:sns:eu-west-1:210987654321:t", region="us-west-2")

    assert event["Records"][0]["awsRegion"] == "us-west-2"
    assert json.loads(body_of(event))["TopicArn"] == "arn:aws:sns:eu-west-1:210987654321:t"
    assert events.check(event) == []


@pytest.mark.parametrize(
    ("wrap", "path"),
    [
        (lambda aws, inner: aws.sqs.standard(inner), "Records[0].body > Records[0].s3.object.key"),
        (lambda aws, inner: aws.sqs.from_sns(inner, raw=True), "Records[0].body > Records[0].s3.object.key"),
        (lambda aws, inner: aws.sqs.from_sns(inner), "Records[0].body > Message > Records[0].s3.object.key"),
        (lambda aws, inner: aws.sns.notification(inner), "Records[0].Sns.Message > Records[0].s3.object.key"),
        (lambda aws, inner: aws.sns.envelope(inner), "Message > Records[0].s3.object.key"),
    ],
)
def test_a_broken_event_inside_is_told_with_its_path(aws, wrap, path):
    assert paths_of(wrap(aws, spoiled(aws.s3))) == {path}


def test_a_broken_envelope_inside_is_told(aws):
    envelope = aws.sns.envelope()
    del envelope["SigningCertURL"]

    assert paths_of(aws.sqs.standard(envelope)) == {"Records[0].body > SigningCertURL"}


def test_json_of_the_senders_own_is_left_alone(aws):
    for body in (
        '{"Records": []}',
        '{"id": 1}',
        "{not json",
        "[1]",
        '{"Records": [{"id": 1}]}',
        '{"source": "web", "detail": 1}',
    ):
        assert events.check(aws.sqs.standard(body)) == []


@settings(deadline=None, max_examples=40, derandomize=True)
@given(KEYS)
def test_any_key_goes_through_topic_and_queue(key):
    aws = AwsEvents()

    event = aws.sqs.from_sns(aws.s3.object_created(key=key))

    (record,) = SQSEvent(event).records
    inner = S3Event(json.loads(record.decoded_nested_sns_event.message))
    assert inner.object_key == key
    assert events.check(event) == []


# Several events in one.


def test_a_batch_has_the_records_of_all_in_order(aws):
    parts = [aws.sqs.standard(str(number)) for number in range(3)]

    batch = events.batch(*parts)

    assert [record["body"] for record in batch["Records"]] == ["0", "1", "2"]
    assert events.check(batch) == []
    batch["Records"][0]["body"] = "changed"
    assert body_of(parts[0]) == "0"


def test_batches_of_batches(aws):
    batch = events.batch(events.batch(aws.sqs.fifo(), aws.sqs.fifo()), aws.sqs.fifo())

    assert len(batch["Records"]) == 3
    assert events.check(batch) == []


def test_a_batch_of_events_that_hold_events(aws):
    batch = events.batch(aws.sqs.from_sns(aws.s3.object_created()), aws.sqs.from_sns(spoiled(aws.s3)))

    assert paths_of(batch) == {"Records[1].body > Message > Records[0].s3.object.key"}


def test_objects_of_one_bucket_can_be_batched(aws):
    assert events.check(events.batch(aws.s3.object_created(key="a"), aws.s3.object_removed(key="b"))) == []


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (lambda aws: [], "at least one event"),
        (lambda aws: [aws.sqs.standard(), aws.sqs.standard(queue="other")], "A batch is of one source"),
        (lambda aws: [aws.sqs.standard(), aws.s3.object_created()], "A batch is of one source"),
        (lambda aws: [aws.s3.object_created("uploads"), aws.s3.object_created("other")], "A batch is of one source"),
        (lambda aws: [aws.sns.notification(), aws.sns.notification()], "one message at a time"),
        (lambda aws: [aws.eventbridge.custom()], "this one has version, id"),
        (lambda aws: [{"Records": [{"cf": {}}]}], "come one at a time; they have cf"),
        (lambda aws: [aws.sqs.standard()] * 2, "is in the batch twice"),
        (lambda aws: [aws.sqs.fifo() for _ in range(11)], "10 messages at most, got 11"),
    ],
)
def test_what_no_source_batches_is_refused(aws, parts, message):
    with pytest.raises(InvalidParameterError) as caught:
        events.batch(*parts(aws))

    assert message in str(caught.value)


# Events that somebody got wrong in one place.


def places(node, at=()):
    """Yield the way to everything inside a JSON value."""
    if at:
        yield at
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in inner:
        yield from places(value, (*at, step))


def changed(event, way, value):
    event = copy.deepcopy(event)
    *outer, last = way
    target = event
    for step in outer:
        target = target[step]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return event


@pytest.mark.parametrize("name", [t.name for t in events.catalog() if t.source in SOURCES and t.provider == "aws"])
def test_an_event_that_is_wrong_in_one_place_can_be_put_right(name):
    accurate = events.build(name)
    for way, value in itertools.product(places(accurate), (..., None, "", "?", 0, [], {})):
        wrong = changed(accurate, way, value)
        try:
            meant = events.like(wrong)
        except UnrecognisedEventError:
            continue
        assert events.check(meant) == [], f"{way} = {value!r}"
