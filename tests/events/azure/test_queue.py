"""Queue triggers of Azure: what the host sends, and what the worker's own converter makes of it."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.azure import AzureEvents
from pytest_serverless.events.mint import Mint

QueueMessage = pytest.importorskip("azure.functions.queue", reason="needs the extra azure").QueueMessage
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=timezone.utc)
azure_events = AzureEvents(Mint(seed=0, clock=FixedClock(NOW.timestamp())))


def rules(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


def test_the_function_gets_the_librarys_own_message():
    message = azure_events.decode(azure_events.queue.message("hello", dequeue_count=3))
    assert type(message) is QueueMessage
    assert (message.get_body(), message.dequeue_count) == (b"hello", 3)
    assert message.insertion_time <= NOW < message.time_next_visible == NOW + timedelta(minutes=10)
    assert message.expiration_time == message.insertion_time + timedelta(days=7)
    assert message.id
    assert message.pop_receipt


def test_values_that_are_not_text_are_sent_as_json_text():
    metadata = azure_events.queue.message("hello")["trigger_metadata"]
    assert metadata["DequeueCount"] == {"json": "1"}
    assert metadata["InsertionTime"] == {"json": '"2026-11-23T09:59:59+00:00"'}
    assert metadata["QueueTrigger"] == {"string": "hello"}


def test_the_documented_example_is_accepted():
    # The metadata that the host sends a worker, from
    # https://learn.microsoft.com/azure/azure-functions/functions-custom-handlers#bindings-example (2026-11); as the
    # host encodes it for the Python worker, which is not sent `sys`.
    documented = {
        "DequeueCount": 1,
        "ExpirationTime": "2019-10-16T17:58:31+00:00",
        "Id": "800ae4b3-bdd2-4c08-badd-f08e5a34b865",
        "InsertionTime": "2019-10-09T17:58:31+00:00",
        "NextVisibleTime": "2019-10-09T18:08:32+00:00",
        "PopReceipt": "AgAAAAMAAAAAAAAAAgtnj8x+1QE=",
    }
    texts = ("Id", "PopReceipt")
    body = '{ message: "Message sent" }'
    metadata = {name: {"string": v} if name in texts else {"json": json.dumps(v)} for name, v in documented.items()}
    event = {
        "trigger": "queueTrigger",
        "data": {"string": body},
        "trigger_metadata": {"QueueTrigger": {"string": body}, **metadata},
    }
    assert events.check(event) == []
    message = azure_events.decode(event)
    assert (message.id, message.dequeue_count) == (documented["Id"], 1)
    assert message.time_next_visible == datetime(2019, 10, 9, 18, 8, 32, tzinfo=timezone.utc)


def test_seven_digits_of_a_second_are_cut_by_the_library():
    event = azure_events.queue.message(
        overrides={"trigger_metadata.InsertionTime.json": '"2026-11-23T09:59:59.1234567+00:00"'}
    )
    assert azure_events.decode(event).insertion_time.microsecond == 123456


# The properties of a JSON body take the place of the message's own:
# https://github.com/Azure/azure-functions-python-library/issues/49 (open, 2026-11)


@pytest.mark.parametrize("name", ["id", "Id", "ID"])
def test_an_id_in_the_body_hides_the_messages_own(name):
    event = azure_events.queue.message({name: "order-1"}, message_id="6e3ba5d6-30b2-4dd7-8a2b-6f4c6ea7b3a5")
    assert azure_events.decode(event).id == "order-1"


def test_lists_and_null_in_the_body_hide_nothing():
    event = azure_events.queue.message(
        {"id": None, "popReceipt": [1]}, message_id="6e3ba5d6-30b2-4dd7-8a2b-6f4c6ea7b3a5"
    )
    assert azure_events.decode(event).id == "6e3ba5d6-30b2-4dd7-8a2b-6f4c6ea7b3a5"
    assert azure_events.decode(event).pop_receipt != "1"


@pytest.mark.parametrize(
    ("value", "delivered"),
    [
        (5, "5"),
        (1.5, "1.5"),
        (1234567.0, "1234567"),
        (1e20, "1E+20"),
        (True, "True"),
        ("2024-01-02T03:04:05Z", "01/02/2024 03:04:05"),
        ("2024-01-02T03:04:05.678+02:00", "01/02/2024 01:04:05"),
        ("2024-99-02T03:04:05", "2024-99-02T03:04:05"),
    ],
)
def test_a_property_of_the_body_arrives_as_dotnet_writes_it(value, delivered):
    # (string)JToken of Newtonsoft.Json: Convert.ToString in the invariant culture; ISO times were parsed before.
    assert azure_events.decode(azure_events.queue.message({"id": value})).id == delivered


def test_a_count_in_the_body_that_is_no_number_fails_as_it_does_in_azure():
    with pytest.raises(ValueError, match="DequeueCount"):
        azure_events.decode(azure_events.queue.message({"dequeueCount": "many"}))


def test_bytes_that_are_no_text_have_no_queue_trigger_entry():
    event = azure_events.queue.message(b"\xff\x00")
    assert "QueueTrigger" not in event["trigger_metadata"]
    assert azure_events.decode(event).get_body() == b"\xff\x00"
    assert azure_events.queue.message(b"text")["trigger_metadata"]["QueueTrigger"] == {"string": "text"}


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("DequeueCount", {"int": 1}, "required"),
        ("DequeueCount", {"string": "1"}, "json"),
        ("DequeueCount", {"json": "0"}, "json-number"),
        ("InsertionTime", {"string": "2026-11-23T09:59:59+00:00"}, "json"),
        ("InsertionTime", {"json": "2026-11-23T09:59:59+00:00"}, "json-time"),
        ("ExpirationTime", {"json": '"2020-11-23T09:59:59+00:00"'}, "expires-after-insertion"),
        ("Id", {"string": "msg-1"}, "uuid"),
        ("QueueTrigger", {"string": "other"}, "derived"),
    ],
)
def test_what_the_host_never_sends_is_found(name, value, rule):
    event = azure_events.queue.message("hello")
    event["trigger_metadata"][name] = value
    assert rule in {found for _, found in rules(event)}


def test_a_hand_written_message_keeps_its_number():
    event = events.like(
        {"trigger": "queueTrigger", "data": {"string": "hi"}, "trigger_metadata": {"DequeueCount": {"int": 4}}}
    )
    assert rules(event) == set()
    assert azure_events.decode(event).dequeue_count == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"body": None}, "body takes"),
        ({"body": "\ud800"}, "surrogate"),
        ({"dequeue_count": 0}, "a number from 1"),
        ({"dequeue_count": "2"}, "dequeue_count takes int"),
        ({"count": 1}, "dequeue_count"),
    ],
)
def test_parameters_that_make_no_message_are_refused(arguments, message):
    with pytest.raises(InvalidParameterError, match=message):
        azure_events.queue.message(**arguments)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(body=st.one_of(st.text(), st.binary(), st.dictionaries(st.text(), st.one_of(st.text(), st.floats(), st.none()))))
def test_any_body_keeps_every_rule_and_reaches_the_function(body):
    if isinstance(body, dict):
        body = {
            name: None if value != value or value in (float("inf"), float("-inf")) else value
            for name, value in body.items()
        }
        body.pop("dequeueCount", None)
    event = azure_events.queue.message(body)
    assert events.check(event) == []
    message = azure_events.decode(event)
    if isinstance(body, dict):
        assert message.get_json() == body
    else:
        assert message.get_body() == (body if isinstance(body, bytes) else body.encode())
