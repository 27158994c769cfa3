"""Pub/Sub messages as Eventarc sends them, and what the CloudEvents library makes of them."""

import json
from base64 import b64decode, b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.gcp import GcpEvents
from pytest_serverless.events.mint import Mint

cloudevents = pytest.importorskip("cloudevents.http", reason="needs the extra gcp")
gcp_events = GcpEvents(Mint(seed=0, clock=FixedClock(1_795_428_000.123)))
publish = gcp_events.pubsub.message_published


def rules(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


# A request that somebody received from Eventarc, its names replaced:
# https://github.com/googleapis/google-cloudevents/issues/151
RECORDED = {
    "method": "POST",
    "url": "/",
    "headers": {
        "accept-encoding": "gzip,deflate,br",
        "accept": "application/json",
        "ce-id": "1981947010177954",
        "ce-source": "//pubsub.googleapis.com/projects/some-project/topics/eventarc-us-central1-events-trigger-072",
        "ce-specversion": "1.0",
        "ce-time": "2021-02-05T04:06:14.109Z",
        "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
        "content-length": "323",
        "content-type": "application/json",
        "forwarded": 'for="203.0.113.9";proto=https',
        "from": "noreply@google.com",
        "host": "helloworld-events-abc-uc.a.run.app",
        "x-cloud-trace-context": "65088630f09e0a5359677a7429456db7/10948871334010811884",
        "x-forwarded-for": "203.0.113.9",
        "x-forwarded-proto": "https",
    },
    "body": {
        "message": {
            "data": "RG8gdGhhdCB0aGluZywgeW8hIEkgbG92ZSBpdA==",
            "messageId": "1981947010177954",
            "message_id": "1981947010177954",
            "publishTime": "2021-02-05T04:06:14.109Z",
            "publish_time": "2021-02-05T04:06:14.109Z",
        },
        "subscription": "projects/some-project/subscriptions/eventarc-us-central1-events-pubsub-trigger-sub-072",
    },
}


def test_a_recorded_request_is_accepted():
    assert events.check(RECORDED) == []
    assert gcp_events.decode(RECORDED)["id"] == "1981947010177954"


def test_ours_has_all_that_the_recorded_one_has_of_the_event():
    ours = publish()
    assert ours["body"].keys() == RECORDED["body"].keys()
    assert ours["body"]["message"].keys() == RECORDED["body"]["message"].keys()
    attributes = {name for name in RECORDED["headers"] if name.startswith("ce-")}
    assert {name for name in ours["headers"] if name.startswith("ce-")} == attributes


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_the_function_gets_the_librarys_own_event(mode):
    event = gcp_events.decode(
        publish({"total": 3}, topic="orders", project="acme-prod", attributes={"kind": "new"}, mode=mode)
    )
    assert type(event) is cloudevents.CloudEvent
    assert event["type"] == "google.cloud.pubsub.topic.v1.messagePublished"
    assert event["source"] == "//pubsub.googleapis.com/projects/acme-prod/topics/orders"
    assert event["id"] == event.data["message"]["messageId"]
    assert event["time"] == event.data["message"]["publishTime"] == "2026-11-23T10:00:00.123Z"
    assert "subject" not in event.get_attributes()
    assert json.loads(b64decode(event.data["message"]["data"])) == {"total": 3}
    assert event.data["message"]["attributes"] == {"kind": "new"}


def test_the_two_modes_say_the_same():
    binary, structured = (
        GcpEvents(Mint(seed=1, clock=FixedClock(1_795_428_000.0))).pubsub.message_published("x", mode=mode)
        for mode in ("binary", "structured")
    )
    assert gcp_events.decode(binary) == gcp_events.decode(structured)


def test_both_spellings_of_id_and_time_but_one_of_the_ordering_key():
    # https://github.com/googleapis/google-cloudevents/blob/main/testdata/google/events/cloud/pubsub/v1/MessagePublishedData-duplicatedFields.json
    message = publish("x", ordering_key="customer-1")["body"]["message"]
    assert message["messageId"] == message["message_id"]
    assert message["publishTime"] == message["publish_time"]
    assert message["orderingKey"] == "customer-1"
    assert "ordering_key" not in message


def test_the_delivery_attempt_is_sent_only_with_a_dead_letter_topic():
    assert "deliveryAttempt" not in publish()["body"]
    assert publish(delivery_attempt=2)["body"]["deliveryAttempt"] == 2


def test_a_whole_second_has_no_fraction():
    # Timestamps are written with 0, 3, 6 or 9 digits: https://protobuf.dev/programming-guides/json/
    event = GcpEvents(Mint(seed=0, clock=FixedClock(1_795_428_000.0))).pubsub.message_published()
    assert event["body"]["message"]["publishTime"] == "2026-11-23T10:00:00Z"
    assert events.check(event) == []


def test_an_overridden_id_is_the_id_everywhere():
    event = publish(overrides={"body.message.messageId": "42"})
    assert (event["body"]["message"]["message_id"], event["headers"]["ce-id"]) == ("42", "42")


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("body.message.message_id", "other", ("body.message.message_id", "derived")),
        ("body.message.publish_time", "2020-01-01T00:00:00.000Z", ("body.message.publish_time", "derived")),
        ("body.message.ordering_key", "k", ("body.message.ordering_key", "unknown-key")),
        ("body.message.data", "not base64!", ("body.message.data", "base64")),
        ("body.message.publishTime", "2020-01-01T00:00:00.123456Z", ("body.message.publishTime", "time-milliseconds")),
        ("body.deliveryAttempt", "1", ("body.deliveryAttempt", "whole-number")),
        ("body.subscription", "sub", ("body.subscription", "subscription")),
        ('headers["ce-source"]', "/projects/p/topics/t", ("headers.ce-source", "topic-source")),
        ('headers["ce-id"]', "1", ("headers.ce-id", "derived")),
    ],
)
def test_what_eventarc_never_sends_is_found(path, value, found):
    assert found in rules(publish(overrides={path: value}, allow_inconsistent=True))


def test_a_hand_written_event_is_put_right():
    event = events.like(
        {
            "method": "POST",
            "url": "/",
            "headers": {"ce-type": "google.cloud.pubsub.topic.v1.messagePublished", "ce-source": "sourceUrlHere"},
            "body": {"message": {"data": "aGk=", "messageId": "7", "publishTime": "2024-01-01T00:00:00.500Z"}},
        }
    )
    assert rules(event) == set()
    assert (event["headers"]["ce-id"], event["headers"]["ce-time"]) == ("7", "2024-01-01T00:00:00.500Z")
    assert event["body"]["message"]["data"] == "aGk="


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"data": None}, "data or attributes"),
        ({"data": "", "attributes": {}}, "data or attributes"),
        ({"topic": "my topic"}, "topics/TOPIC"),
        ({"project": "X"}, "projects/PROJECT"),
        ({"attributes": {"n": 1}}, "attributes"),
        ({"mode": "batch"}, "'binary' or 'structured'"),
        ({"delivery_attempt": 0}, "a whole number from 1"),
    ],
)
def test_parameters_that_make_no_message_are_refused(arguments, message):
    with pytest.raises(InvalidParameterError, match=message):
        publish(**arguments)


def test_a_message_may_be_attributes_alone():
    event = publish(None, attributes={"kind": "ping"})
    assert events.check(event) == []
    assert "data" not in event["body"]["message"]


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    data=st.one_of(st.text(min_size=1), st.binary(min_size=1), st.dictionaries(st.text(), st.text())),
    attributes=st.dictionaries(st.text(), st.text(), max_size=4),
    mode=st.sampled_from(["binary", "structured"]),
)
def test_any_text_keeps_every_rule_and_reaches_the_function(data, attributes, mode):
    event = publish(data, attributes=attributes, ordering_key="ключ", mode=mode)
    assert events.check(event) == []
    message = gcp_events.decode(event).data["message"]
    sent = data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else None
    assert (
        message["data"] == b64encode(sent).decode()
        if sent is not None
        else json.loads(b64decode(message["data"])) == data
    )
    assert message.get("attributes", {}) == attributes


def test_the_library_reads_the_body_as_we_write_it():
    event = publish("x", attributes={"name": "Zoë"})
    raw = json.dumps(event["body"], ensure_ascii=False).encode()
    assert cloudevents.from_http(event["headers"], raw).data == gcp_events.decode(event).data
