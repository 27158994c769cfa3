"""What was published on a topic and put on a bus."""

import datetime as dt
import json

import pytest


@pytest.fixture
def publish(backend, ref):
    return lambda id_, message, **more: backend.client("sns").publish(TopicArn=ref(id_), Message=message, **more)


@pytest.fixture
def put(backend):
    def put(detail_type, detail, bus="shop", **more):
        entry = {"Source": "orders", "DetailType": detail_type, "Detail": json.dumps(detail), "EventBusName": bus}
        backend.client("events").put_events(Entries=[{**entry, **more}])

    return put


def test_what_was_published_on_a_topic_is_there_in_order(serverless, publish):
    publish("News", "first", Subject="s")
    publish("Alarms", "elsewhere")
    publish("News", '{"n": 2}')

    topic = serverless.topic("News")

    assert topic.bodies == ["first", '{"n": 2}']
    assert [message.subject for message in topic.messages] == ["s", None]
    assert (len(topic), topic.one(json={"n": 2}).message) == (2, '{"n": 2}')


def test_a_topics_message_has_its_attributes(serverless, publish, backend, ref):
    attributes = {
        "text": {"DataType": "String", "StringValue": "t"},
        "number": {"DataType": "Number", "StringValue": "1.5"},
        "list": {"DataType": "String.Array", "StringValue": '["a", 1, null]'},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    publish("News", "one", MessageAttributes=attributes)
    entry = {"Id": "1", "Message": "two", "MessageAttributes": attributes}
    backend.client("sns").publish_batch(TopicArn=ref("News"), PublishBatchRequestEntries=[entry])

    expected = {"text": "t", "number": 1.5, "list": ["a", 1, None], "raw": b"\x00\xff"}
    assert [message.attributes for message in serverless.topic("News").messages] == [expected, expected]


def test_a_message_with_texts_for_protocols_has_them_apart(serverless, publish):
    texts = {"default": "all", "sqs": "queues"}
    publish("News", json.dumps(texts), MessageStructure="json")

    message = serverless.topic("News").one()

    assert (message.message, message.by_protocol) == ("all", {"sqs": "queues"})


@pytest.mark.parametrize("message", ["no json", '["a list"]', '{"sqs": "no default"}'])
def test_a_message_that_lacks_its_default_text_is_shown_as_it_is(serverless, publish, message):
    publish("News", message, MessageStructure="json")

    assert serverless.topic("News").bodies == [message]


def test_a_topics_repr_is_a_table(serverless, publish):
    publish("News", "hello", Subject="greeting")

    assert repr(serverless.topic("News")) == ("<topic News: 1 message\n  subject     message\n  'greeting'  'hello'>")


def test_events_are_there_as_the_rules_see_them(serverless, put):
    when = dt.datetime(2026, 11, 2, 3, 4, 5, tzinfo=dt.timezone.utc)
    put("OrderPlaced", {"order": {"id": 7}}, Time=when, Resources=["arn:aws:s3:::b"])
    put("OrderPaid", {"order": {"id": 7}})

    bus = serverless.bus("Shop")
    event = bus.events[0]

    assert (event.source, event.detail_type, event.detail) == ("orders", "OrderPlaced", {"order": {"id": 7}})
    assert (event.resources, event.time) == (("arn:aws:s3:::b",), when.timestamp())
    assert (event.account, event.region) == ("123456789012", "us-east-1")
    assert [event.detail_type for event in bus.events] == ["OrderPlaced", "OrderPaid"]
    assert bus.details("OrderPaid") == [{"order": {"id": 7}}]
    assert len(bus.details()) == 2


def test_the_accounts_own_bus_is_called_default(serverless, put):
    put("OrderPlaced", {}, bus="default")

    assert serverless.bus().one().source == "orders"
    assert len(serverless.bus("default")) == 1
    assert not serverless.bus("Shop")


def test_an_event_is_found_by_a_part_of_its_detail(serverless, put):
    put("OrderPlaced", {"order": {"id": 7, "total": 3}})
    put("OrderPlaced", {"order": {"id": 8, "total": 3}})

    assert serverless.bus("Shop").one(detail={"order": {"id": 8}}).detail["order"]["total"] == 3


def test_looking_at_topics_and_buses_is_not_noticed(serverless, publish, put, noticed):
    publish("News", "a")
    put("OrderPlaced", {})
    before = noticed()

    assert (len(serverless.topic("News")), len(serverless.bus("Shop"))) == (1, 1)
    assert noticed() == before
