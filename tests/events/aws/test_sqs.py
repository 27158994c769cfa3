import hashlib
import json

import boto3
import pytest
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes import SQSEvent
from aws_lambda_powertools.utilities.parser.models import SqsModel
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InconsistentEventError, InvalidParameterError
from pytest_serverless.events import ABSENT
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.aws.sqs_messages import md5_of_attributes
from pytest_serverless.events.mint import Mint

NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,20}(\.[A-Za-z0-9_-]{1,20}){0,2}", fullmatch=True).filter(
    lambda name: not name.lower().startswith(("aws.", "amazon."))
)
SENDABLE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"), min_size=1
)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture
def sqs():
    return AwsEvents(Mint(seed=1, clock=FixedClock(1_795_000_000.25))).sqs


@pytest.fixture
def queue(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("sqs", region_name="us-east-1")
        yield client, client.create_queue(QueueName="orders")["QueueUrl"]


def rules_of(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


def record_of(event):
    (record,) = event["Records"]
    return record


# Judged by AWS's own words and by other people's code.


def test_the_body_has_the_digest_that_aws_documents():
    # https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html: "Test message." has this md5OfBody
    event = AwsEvents().sqs.standard("Test message.")

    assert record_of(event)["md5OfBody"] == "e4e68fb7bd0e697a0ae8f1bb342846b3"


ATTRIBUTES = {"Text": "grüße", "Whole": 7, "Fraction": -1.5, "Blob": b"\x00\xff", "a.b-c_d": "x"}
SENT = {
    "Text": {"DataType": "String", "StringValue": "grüße"},
    "Whole": {"DataType": "Number", "StringValue": "7"},
    "Fraction": {"DataType": "Number", "StringValue": "-1.5"},
    "Blob": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    "a.b-c_d": {"DataType": "String", "StringValue": "x"},
}


@pytest.mark.parametrize("names", [[name] for name in ATTRIBUTES] + [list(ATTRIBUTES)], ids=", ".join)
def test_digests_are_those_that_a_queue_answers_with(queue, names):
    client, url = queue
    answer = client.send_message(
        QueueUrl=url, MessageBody="größe", MessageAttributes={name: SENT[name] for name in names}
    )

    record = record_of(AwsEvents().sqs.standard("größe", attributes={name: ATTRIBUTES[name] for name in names}))

    assert record["md5OfBody"] == answer["MD5OfMessageBody"]
    assert record["md5OfMessageAttributes"] == answer["MD5OfMessageAttributes"]


def test_a_label_is_part_of_the_digest_as_a_queue_has_it(queue):
    client, url = queue
    sent = {"price": {"DataType": "Number.float", "StringValue": "1.25"}}
    answer = client.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=sent)

    path = "Records[0].messageAttributes.price.dataType"
    event = AwsEvents().sqs.standard("x", attributes={"price": 1.25}, overrides={path: "Number.float"})

    assert record_of(event)["md5OfMessageAttributes"] == answer["MD5OfMessageAttributes"]
    assert events.check(event) == []


def test_powertools_reads_every_property(sqs):
    event = sqs.fifo(
        '{"id": 1}',
        group="g1",
        deduplication_id="d1",
        attributes={"n": 1, "b": b"\x01"},
        receive_count=3,
        trace_header="Root=1-67d5bc90-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1",
        overrides={"Records[0].attributes.DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:123456789012:o.fifo"},
    )

    SqsModel.model_validate(event)
    (record,) = SQSEvent(event).records
    assert record.json_body == {"id": 1}
    assert record.message_id == record_of(event)["messageId"]
    assert record.receipt_handle.startswith("AQEB")
    assert record.md5_of_body == hashlib.md5(b'{"id": 1}').hexdigest()
    assert record.event_source == "aws:sqs"
    assert record.event_source_arn == "arn:aws:sqs:us-east-1:123456789012:orders.fifo"
    assert record.queue_url == "https://sqs.us-east-1.amazonaws.com/123456789012/orders.fifo"
    assert record.aws_region == "us-east-1"
    assert record.attributes.approximate_receive_count == "3"
    assert record.attributes.sent_timestamp == "1795000000000"
    assert record.attributes.approximate_first_receive_timestamp == "1795000000250"
    assert record.attributes.sender_id.startswith("AIDA")
    assert record.attributes.message_group_id == "g1"
    assert record.attributes.message_deduplication_id == "d1"
    assert len(record.attributes.sequence_number) == 20
    assert record.attributes.aws_trace_header.startswith("Root=1-")
    assert record.attributes.dead_letter_queue_source_arn.endswith(":o.fifo")
    assert record.message_attributes["n"].string_value == "1"
    assert record.message_attributes["n"].data_type == "Number"
    assert record.message_attributes["b"].binary_value == "AQ=="


def test_powertools_batch_processor_tells_the_failed_message_by_its_id(sqs):
    processor = BatchProcessor(event_type=EventType.SQS)
    event = events.batch(*[sqs.standard(json.dumps({"n": n})) for n in (1, 0, 2)])

    def handle(record):
        return 1 / record.json_body["n"]

    answer = process_partial_response(event=event, record_handler=handle, processor=processor, context=None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][1]["messageId"]}]}


# AWS's own examples: the shapes of the page, with values of the right class where it has placeholders.
# https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html


def documented(body="Test message.", arn="arn:aws:sqs:us-east-2:123456789012:my-queue", **attributes):
    return {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a" * 8,
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1545082649183",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
            **attributes,
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode()).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": "us-east-2",
    }


def test_the_documented_standard_event_is_accepted():
    second = documented() | {"messageId": "2e1424d4-f796-459a-8184-9c92662be6da"}

    assert events.check({"Records": [documented(), second]}) == []


def test_the_documented_attribute_is_accepted():
    attribute = {"stringValue": "100", "stringListValues": [], "binaryListValues": [], "dataType": "Number"}
    record = documented() | {
        "messageAttributes": {"myAttribute": attribute},
        "md5OfMessageAttributes": md5_of_attributes({"myAttribute": attribute}),
    }

    assert events.check({"Records": [record]}) == []


def test_the_documented_fifo_event_is_accepted():
    record = documented(
        "Test message.",
        "arn:aws:sqs:us-east-2:123456789012:fifo.fifo",
        SequenceNumber="18849496460467696128",
        MessageGroupId="1",
        MessageDeduplicationId="1",
        SenderId="AIDAIO23YVJENQZJOL4VO",
    )

    assert events.check({"Records": [record]}) == []


@pytest.mark.parametrize(
    "sender", ["AROAJ23YVJENQZJOL4VO2:my-function", "AIDAIENQZJOLO23YVJ4VO", "events.amazonaws.com"]
)
def test_senders_that_sqs_names_are_accepted(sender):
    assert events.check({"Records": [documented(SenderId=sender)]}) == []


# The traps.


@pytest.mark.parametrize(
    ("change", "path", "rule"),
    [
        ({"md5OfBody": "0" * 32}, "md5OfBody", "derived"),
        ({"md5OfBody": "{md5}"}, "md5OfBody", "derived"),
        ({"receiptHandle": "MessageReceiptHandle"}, "receiptHandle", "receipt-handle"),
        ({"messageId": "1"}, "messageId", "uuid"),
        ({"awsRegion": "eu-west-1"}, "awsRegion", "derived"),
        ({"eventSource": "aws.sqs"}, "eventSource", "const"),
        ({"eventSourceARN": "arn:aws:sqs:us-east-2:my-queue"}, "eventSourceARN", "arn:sqs"),
        ({"md5OfMessageAttributes": ""}, "md5OfMessageAttributes", "derived"),
        ({"body": ""}, "body", "text"),
        ({"body": "a\x00b"}, "body", "text"),
        ({"body": {"id": 1}}, "body", "text"),
    ],
)
def test_a_wrong_field_is_told(change, path, rule):
    record = documented() | change

    assert (f"Records[0].{path}", rule) in rules_of({"Records": [record]})


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"ApproximateReceiveCount": 1}, "number-text"),
        ({"ApproximateReceiveCount": "0"}, "number-text"),
        ({"SentTimestamp": 1545082649183}, "epoch-ms-text"),
        ({"SentTimestamp": "1545082649"}, "epoch-ms-text"),
        ({"SenderId": "123456789012"}, "sender"),
        ({"SenderId": "me"}, "sender"),
        ({"ApproximateFirstReceiveTimestamp": "1545082649182"}, "received-after-sent"),
        ({"SequenceNumber": "18849496460467696128"}, "absent"),
        ({"MessageDeduplicationId": "1"}, "absent"),
    ],
)
def test_a_wrong_system_attribute_is_told(change, rule):
    (name,) = change

    assert (f"Records[0].attributes.{name}", rule) in rules_of({"Records": [documented(**change)]})


def test_a_wrong_digest_comes_with_the_right_one():
    (violation,) = events.check({"Records": [documented() | {"md5OfBody": "0" * 32}]})

    assert violation.fix == "e4e68fb7bd0e697a0ae8f1bb342846b3"


def test_a_fifo_queue_has_all_of_its_attributes():
    record = documented(arn="arn:aws:sqs:us-east-2:123456789012:my-queue.fifo")

    for name in ("SequenceNumber", "MessageGroupId", "MessageDeduplicationId"):
        assert (f"Records[0].attributes.{name}", "required") in rules_of({"Records": [record]})


def test_a_fair_queue_may_have_a_group(sqs):
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    event = sqs.standard(group="tenant-1")

    assert record_of(event)["attributes"]["MessageGroupId"] == "tenant-1"
    assert events.check(event) == []
    assert "MessageGroupId" not in record_of(sqs.standard())["attributes"]


@pytest.mark.parametrize(
    "attribute",
    [
        {"binaryValue": "base64Str", "stringListValues": [], "binaryListValues": [], "dataType": "Number"},
        {"stringValue": "seven", "stringListValues": [], "binaryListValues": [], "dataType": "Number"},
        {"stringValue": "7", "dataType": "Number"},
        {"stringValue": "", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        {"binaryValue": "/x", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
        {"stringValue": "x", "stringListValues": [], "binaryListValues": [], "dataType": "string"},
    ],
    ids=json.dumps,
)
def test_an_attribute_that_sqs_never_sends_is_told(attribute):
    record = documented() | {"messageAttributes": {"a": attribute}, "md5OfMessageAttributes": "0" * 32}

    assert any(path.startswith("Records[0].messageAttributes.a") for path, _ in rules_of({"Records": [record]}))


def test_the_digest_of_attributes_is_absent_unless_there_are_any(sqs):
    assert "md5OfMessageAttributes" not in record_of(sqs.standard())


def test_the_digest_of_attributes_is_null_with_a_batching_window(sqs):
    event = sqs.standard(batching_window=True)

    assert record_of(event)["md5OfMessageAttributes"] is None
    assert events.check(event) == []


def test_attributes_without_their_digest_are_told(sqs):
    event = sqs.standard(attributes={"a": "b"})
    del event["Records"][0]["md5OfMessageAttributes"]

    assert rules_of(event) == {("Records[0].md5OfMessageAttributes", "digest-of-attributes")}


def test_a_wrong_digest_of_attributes_comes_with_the_right_one(sqs):
    event = sqs.standard(attributes={"a": "b"})
    right = event["Records"][0]["md5OfMessageAttributes"]
    event["Records"][0]["md5OfMessageAttributes"] = None

    (violation,) = events.check(event)

    assert (violation.rule, violation.fix) == ("derived", right)


def test_a_redriven_message_names_the_queue_it_came_from(sqs):
    event = sqs.dead_letter(queue="dead", source_queue="alive")

    assert record_of(event)["attributes"]["DeadLetterQueueSourceArn"] == "arn:aws:sqs:us-east-1:123456789012:alive"
    assert record_of(event)["eventSourceARN"].endswith(":dead")
    assert events.check(event) == []


def test_a_redriven_fifo_message_keeps_its_group(sqs):
    event = sqs.dead_letter(queue="dead.fifo", source_queue="alive.fifo", group="g1")

    assert record_of(event)["attributes"]["MessageGroupId"] == "g1"
    assert events.check(event) == []


def test_a_batch_is_of_one_queue_and_each_message_is_in_it_once(sqs):
    one, other = record_of(sqs.standard()), record_of(sqs.standard(queue="other"))

    assert rules_of({"Records": [one, one]}) == {("Records", "unique-ids")}
    assert rules_of({"Records": [one, other]}) == {("Records", "one-queue")}


def test_a_fifo_batch_is_in_the_order_of_each_group(sqs):
    first, second, third = (record_of(sqs.fifo(group=group)) for group in "aba")

    assert events.check({"Records": [second, first, third]}) == []
    assert rules_of({"Records": [third, second, first]}) == {("Records", "fifo-order")}


def test_a_fifo_batch_has_ten_messages_at_most(sqs):
    records = [record_of(sqs.fifo()) for _ in range(11)]

    assert events.check({"Records": records[:10]}) == []
    assert rules_of({"Records": records}) == {("Records", "fifo-batch")}


def test_keys_are_in_the_order_of_the_wire(sqs):
    record = record_of(sqs.fifo(attributes={"a": "b"}, trace_header="Root=1-67d5bc90-0123456789abcdef01234567"))

    assert list(record) == [
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfMessageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    ]
    assert list(record["attributes"]) == [
        "ApproximateReceiveCount",
        "AWSTraceHeader",
        "SentTimestamp",
        "SequenceNumber",
        "MessageGroupId",
        "SenderId",
        "MessageDeduplicationId",
        "ApproximateFirstReceiveTimestamp",
    ]


# Whatever a sender can send.


@settings(deadline=None, max_examples=60, derandomize=True)
@given(SENDABLE, st.dictionaries(NAMES, SENDABLE | NUMBERS | st.binary(min_size=1), max_size=10), st.booleans())
def test_any_body_and_attributes_make_an_accurate_event(body, attributes, window):
    event = AwsEvents().sqs.standard(body, attributes=attributes, batching_window=window)

    assert record_of(event)["body"] == body
    assert events.check(event) == []
    assert events.like(event) == event


def test_a_dict_is_sent_as_json_with_its_unicode(sqs):
    event = sqs.standard({"grüße": "☃"})

    assert record_of(event)["body"] == '{"grüße":"☃"}'


def test_place_is_that_of_the_arn(sqs):
    event = sqs.standard(queue="arn:aws-cn:sqs:cn-north-1:210987654321:orders")

    assert record_of(event)["awsRegion"] == "cn-north-1"
    assert events.check(event) == []
    assert record_of(sqs.standard(region="cn-north-1"))["eventSourceARN"].startswith("arn:aws-cn:sqs:cn-north-1:")


def test_events_of_one_seed_are_the_same_and_those_of_one_mint_differ():
    def mint():
        return AwsEvents(Mint(seed=7, clock=FixedClock(1_795_000_000))).sqs

    sqs = mint()
    assert sqs.fifo() == mint().fifo()
    assert record_of(sqs.fifo())["messageId"] != record_of(sqs.fifo())["messageId"]


def test_what_a_hand_written_message_meant():
    event = events.like(
        {"Records": [{"body": "hello", "messageAttributes": {"n": {"dataType": "Number", "stringValue": "1"}}}]}
    )

    record = record_of(event)
    assert record["body"] == "hello"
    assert record["md5OfBody"] == hashlib.md5(b"hello").hexdigest()
    assert record["messageAttributes"]["n"]["stringListValues"] == []


# What cannot be sent.


@pytest.mark.parametrize(
    ("variant", "parameters", "message"),
    [
        ("standard", {"body": ""}, "Records[0].body: expected text of 1 byte to 1 MiB"),
        ("standard", {"body": "\ud800"}, "Records[0].body: expected text"),
        ("fifo", {"body": "\ud800"}, "Records[0].body: expected text"),
        ("standard", {"body": "x" * 1_048_577}, "1 MiB"),
        ("standard", {"queue": "orders.fifo"}, "must not end in .fifo"),
        ("standard", {"queue": "my orders"}, "eventSourceARN: expected an ARN"),
        ("fifo", {"queue": "orders"}, "must end in .fifo"),
        ("fifo", {"group": "a b"}, "MessageGroupId"),
        ("dead_letter", {"source_queue": "orders.fifo"}, "must not end in .fifo"),
        ("standard", {"receive_count": 0}, "ApproximateReceiveCount"),
        ("standard", {"sender": "me"}, "SenderId"),
        ("standard", {"attributes": {"a": True}}, "'a' takes text, a number or bytes"),
        ("standard", {"attributes": {"a": ""}}, "not empty; got ''"),
        ("standard", {"attributes": {"a": float("nan")}}, "got nan"),
        ("standard", {"attributes": {"a": ["x"]}}, "got ['x']"),
        ("standard", {"attributes": {"AWS.a": "x"}}, "not AWS. or Amazon."),
        ("standard", {"attributes": {"a b": "x"}}, "letters, digits"),
        ("standard", {"attributes": {str(n): n for n in range(11)}}, "10 attributes at most, got 11"),
        ("from_sns", {"queue": "orders.fifo"}, "standard topic 'notifications' cannot deliver"),
        ("from_sns", {"attributes": {str(n): n for n in range(11)}, "raw": True}, "SNS discards it"),
    ],
)
def test_what_sqs_refuses_is_refused(sqs, variant, parameters, message):
    with pytest.raises(InvalidParameterError) as caught:
        getattr(sqs, variant)(**parameters)

    assert message in str(caught.value)


def test_a_derived_field_is_not_overridden_by_accident(sqs):
    path = "Records[0].md5OfBody"
    with pytest.raises(InconsistentEventError, match="MD5 of body"):
        sqs.standard(overrides={path: "0" * 32})

    event = sqs.standard(overrides={path: "0" * 32, "Records[0].attributes.SenderId": ABSENT}, allow_inconsistent=True)
    assert rules_of(event) == {(path, "derived"), ("Records[0].attributes.SenderId", "required")}
