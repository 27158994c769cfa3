import json

import pytest
from aws_lambda_powertools.utilities.data_classes import SNSEvent
from aws_lambda_powertools.utilities.parser.models import SnsModel, SnsNotificationModel
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.aws.sns import envelope_text
from pytest_serverless.events.mint import Mint

TEXT = st.text(st.characters(codec="utf-8"), min_size=1)
NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,20}(\.[A-Za-z0-9_-]{1,20}){0,2}", fullmatch=True).filter(
    lambda name: not name.lower().startswith(("aws.", "amazon."))
)
SCALARS = TEXT | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = SCALARS | st.binary(min_size=1) | st.lists(SCALARS | st.booleans() | st.none())


@pytest.fixture
def sns():
    return AwsEvents(Mint(seed=1, clock=FixedClock(1_795_000_000.25))).sns


def rules_of(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


def message_of(event):
    (record,) = event["Records"]
    return record["Sns"]


# Judged by AWS's own words and by other people's code.


def test_powertools_reads_every_property(sns):
    event = sns.notification("hi", topic="t", subject="About", attributes={"n": 1, "b": b"\x01"})

    SnsModel.model_validate(event)
    data = SNSEvent(event)
    (record,) = data.records
    assert data.sns_message == "hi"
    assert (record.event_version, record.event_source) == ("1.0", "aws:sns")
    assert record.event_subscription_arn.startswith("arn:aws:sns:us-east-1:123456789012:t:")
    message = record.sns
    assert (message.get_type, message.subject, message.message) == ("Notification", "About", "hi")
    assert message.topic_arn == "arn:aws:sns:us-east-1:123456789012:t"
    assert message.timestamp == "2026-11-18T11:06:40.250Z"
    assert message.signature_version == "1"
    assert len(message.signature) == 344
    assert message.signing_cert_url.startswith("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-")
    assert message.unsubscribe_url.endswith(record.event_subscription_arn)
    assert len(message.message_id) == 36
    assert (message.message_attributes["n"].get_type, message.message_attributes["n"].value) == ("Number", "1")
    assert (message.message_attributes["b"].get_type, message.message_attributes["b"].value) == ("Binary", "AQ==")


def test_powertools_reads_the_envelope(sns):
    envelope = sns.envelope("hi", subject="About", attributes={"a": "b"})

    assert SnsNotificationModel.model_validate(envelope).Message == "hi"


def documented():
    """AWS's example, with values of the right class where it has placeholders.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    """
    return {
        "Records": [
            {
                "EventVersion": "1.0",
                "EventSubscriptionArn": "arn:aws:sns:us-east-1:123456789012:sns-lambda:"
                "21be56ed-a058-49f5-8c98-aedd2564c486",
                "EventSource": "aws:sns",
                "Sns": {
                    "SignatureVersion": "1",
                    "Timestamp": "2019-01-02T12:45:07.000Z",
                    "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j65rg",
                    "SigningCertUrl": "https://sns.us-east-1.amazonaws.com/"
                    "SimpleNotificationService-ac565b8b1a6c5d002d285f9598aa1d9b.pem",
                    "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
                    "Message": "Hello from SNS!",
                    "MessageAttributes": {
                        "Test": {"Type": "String", "Value": "TestString"},
                        "TestBinary": {"Type": "Binary", "Value": "VGVzdEJpbmFyeQ=="},
                    },
                    "Type": "Notification",
                    "UnsubscribeUrl": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn="
                    "arn:aws:sns:us-east-1:123456789012:sns-lambda:21be56ed-a058-49f5-8c98-aedd2564c486",
                    "TopicArn": "arn:aws:sns:us-east-1:123456789012:sns-lambda",
                    "Subject": "TestInvoke",
                },
            }
        ]
    }


def test_the_documented_event_is_accepted():
    assert events.check(documented()) == []


def test_a_recorded_envelope_is_accepted():
    # aws-powertools/powertools-lambda-python: tests/events/snsSqsEvent.json, a recording of the service
    subscription = "arn:aws:sns:eu-west-1:231436140809:powertools265:15189ad7-870e-40e5-a7dd-a48898cd9f86"
    envelope = {
        "Type": "Notification",
        "MessageId": "d88d4479-6ec0-54fe-b63f-1cf9df4bb16e",
        "TopicArn": "arn:aws:sns:eu-west-1:231436140809:powertools265",
        "Message": '{"message": "hello world", "username": "lessa"}',
        "Timestamp": "2021-01-19T10:07:07.287Z",
        "SignatureVersion": "1",
        "Signature": "tEo2i6Lw6/Dr7Jdlulh0sXgnkF0idd3hqs8QZCorQpzkIWVOuu583NT0Gv0epuZD",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/"
        "SimpleNotificationService-010a507c1833636cd94bdb98bd93083a.pem",
        "UnsubscribeURL": f"https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}",
    }

    assert events.check(envelope) == []


def test_a_recorded_envelope_of_a_fifo_topic_is_accepted():
    # aws-powertools/powertools-lambda-python: tests/events/snsSqsFifoEvent.json, a recording of the service
    subscription = "arn:aws:sns:eu-west-1:231436140809:Test.fifo:bb81d3de-a0f9-46e4-b619-d3152a4d545f"
    envelope = {
        "Type": "Notification",
        "MessageId": "a7c9d2fa-77fa-5184-9de9-89391027cc7d",
        "SequenceNumber": "10000000000000004000",
        "TopicArn": "arn:aws:sns:eu-west-1:231436140809:Test.fifo",
        "Message": '{"message": "hello world", "username": "lessa"}',
        "Timestamp": "2022-10-14T13:35:25.419Z",
        "UnsubscribeURL": f"https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}",
    }

    assert events.check(envelope) == []
    assert list(AwsEvents().sns.envelope(topic="Test.fifo")) == list(envelope)


def test_an_envelope_is_written_as_sns_writes_it(sns):
    # the form of the bodies in aws-powertools/powertools-lambda-python: tests/events/snsSqsEvent.json
    envelope = sns.envelope('{"a": "ü/"}', subject="s", attributes={"one": "1", "two": 2})

    lines = envelope_text(envelope).split("\n")

    assert lines[:2] == ["{", '  "Type" : "Notification",']
    assert lines[3:6] == [
        '  "TopicArn" : "arn:aws:sns:us-east-1:123456789012:notifications",',
        '  "Subject" : "s",',
        r'  "Message" : "{\"a\": \"ü/\"}",',
    ]
    assert lines[-5:] == [
        '  "MessageAttributes" : {',
        '    "one" : {"Type":"String","Value":"1"},',
        '    "two" : {"Type":"Number","Value":"2"}',
        "  }",
        "}",
    ]
    assert json.loads("\n".join(lines)) == envelope


# The traps.


def test_a_record_says_null_where_there_is_no_subject(sns):
    event = sns.notification()

    assert message_of(event)["Subject"] is None
    assert message_of(event)["MessageAttributes"] == {}
    for key in ("Subject", "MessageAttributes"):
        without = json.loads(json.dumps(event))
        del message_of(without)[key]
        assert rules_of(without) == {(f"Records[0].Sns.{key}", "required")}


def test_an_envelope_leaves_out_what_there_is_not(sns):
    envelope = sns.envelope()

    assert "Subject" not in envelope
    assert "MessageAttributes" not in envelope
    assert rules_of(envelope | {"Subject": None}) == {("Subject", "subject")}
    assert rules_of(envelope | {"MessageAttributes": {}}) == {("MessageAttributes", "no-empty-attributes")}


def test_a_record_and_an_envelope_write_addresses_differently(sns):
    record, envelope = message_of(sns.notification()), sns.envelope()

    assert {"SigningCertUrl", "UnsubscribeUrl"} <= record.keys()
    assert {"SigningCertURL", "UnsubscribeURL"} <= envelope.keys()
    wrong = sns.notification()
    message_of(wrong)["SigningCertURL"] = message_of(wrong).pop("SigningCertUrl")
    assert rules_of(wrong) == {
        ("Records[0].Sns.SigningCertUrl", "required"),
        ("Records[0].Sns.SigningCertURL", "unknown-key"),
    }


@pytest.mark.parametrize(
    ("change", "path", "rule"),
    [
        ({"EventSubscriptionArn": "arn:aws:sns:us-east-1::ExampleTopic"}, "EventSubscriptionArn", "arn:sns"),
        ({"EventSource": "aws.sns"}, "EventSource", "const"),
        (
            {"EventSubscriptionArn": "arn:aws:sns:us-east-1:123456789012:other:21be56ed-a058-49f5-8c98-aedd2564c486"},
            "EventSubscriptionArn",
            "subscription-of-topic",
        ),
    ],
)
def test_a_wrong_record_is_told(change, path, rule):
    event = documented()
    event["Records"][0].update(change)

    assert (f"Records[0].{path}", rule) in rules_of(event)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"Timestamp": "1970-01-01T00:00:00Z"}, "time-milliseconds"),
        ({"Signature": "EXAMPLE"}, "base64"),
        ({"SigningCertUrl": "EXAMPLE"}, "certificate-url"),
        (
            {
                "SigningCertUrl": "https://sns.eu-west-1.amazonaws.com/"
                "SimpleNotificationService-ac565b8b1a6c5d002d285f9598aa1d9b.pem"
            },
            "region-of-topic",
        ),
        ({"UnsubscribeUrl": "EXAMPLE"}, "derived"),
        ({"MessageId": "1"}, "uuid"),
        ({"TopicArn": "arn:aws:sns:us-east-1:123456789012:sns-lambda.fifo"}, "arn:sns"),
        ({"Message": {"id": 1}}, "text"),
        ({"Message": ""}, "text"),
        ({"Subject": "two\nlines"}, "subject"),
        ({"MessageAttributes": None}, "object"),
    ],
)
def test_a_wrong_message_is_told(change, rule):
    event = documented()
    message_of(event).update(change)
    (name,) = change

    assert (f"Records[0].Sns.{name}", rule) in rules_of(event)


@pytest.mark.parametrize(
    "attribute",
    [
        {"Type": "Binary", "Value": "TestBinary"},
        {"Type": "Number", "Value": "seven"},
        {"Type": "Number", "Value": 7},
        {"Type": "string", "Value": "x"},
        {"DataType": "String", "StringValue": "x"},
    ],
    ids=json.dumps,
)
def test_an_attribute_that_sns_never_sends_is_told(attribute):
    event = documented()
    message_of(event)["MessageAttributes"] = {"a": attribute}

    assert any(path.startswith("Records[0].Sns.MessageAttributes.a.") for path, _ in rules_of(event))


def test_a_function_gets_one_message_at_a_time():
    event = documented()
    event["Records"] *= 2

    assert rules_of(event) == {("Records", "length")}


def test_only_a_standard_topics_envelope_is_signed(sns):
    envelope = sns.envelope(topic="t.fifo")

    assert rules_of(envelope | {"SignatureVersion": "1"}) == {("SignatureVersion", "absent")}
    assert rules_of(sns.envelope() | {"SequenceNumber": "1" * 20}) == {("SequenceNumber", "absent")}


def test_keys_are_in_the_order_of_the_wire(sns):
    (record,) = sns.notification()["Records"]

    assert list(record) == ["EventSource", "EventVersion", "EventSubscriptionArn", "Sns"]
    assert list(record["Sns"]) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertUrl",
        "UnsubscribeUrl",
        "MessageAttributes",
    ]


# Whatever a publisher can send.


@settings(deadline=None, max_examples=50, derandomize=True)
@given(TEXT, st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_message_and_attributes_make_an_accurate_event(message, attributes):
    sns = AwsEvents().sns
    event = sns.notification(message, attributes=attributes)

    assert message_of(event)["Message"] == message
    assert events.check(event) == []
    assert events.like(event) == event
    envelope = sns.envelope(message, attributes=attributes)
    assert events.check(envelope) == []
    assert json.loads(envelope_text(envelope)) == envelope


def test_a_list_is_a_string_array(sns):
    event = sns.notification(attributes={"tags": ["ü", 1, True, None]})

    assert message_of(event)["MessageAttributes"]["tags"] == {"Type": "String.Array", "Value": '["ü", 1, true, null]'}


def test_a_dict_is_published_as_json_with_its_unicode(sns):
    assert message_of(sns.notification({"grüße": "☃"}))["Message"] == '{"grüße":"☃"}'


def test_s3_publishes_with_its_own_subject(sns):
    # the subject in every notification of S3 that went through a topic
    s3 = AwsEvents().s3

    assert message_of(sns.notification(s3.object_created()))["Subject"] == "Amazon S3 Notification"
    assert message_of(sns.notification(s3.test_event()))["Subject"] == "Amazon S3 Notification"
    assert message_of(sns.notification(s3.object_created(), subject="mine"))["Subject"] == "mine"


def test_place_is_that_of_the_topic(sns):
    event = sns.notification(topic="arn:aws-cn:sns:cn-north-1:210987654321:t")

    assert message_of(event)["SigningCertUrl"].startswith("https://sns.cn-north-1.amazonaws.com.cn/")
    assert message_of(event)["UnsubscribeUrl"].startswith("https://sns.cn-north-1.amazonaws.com.cn/?Action=Unsubscribe")
    assert events.check(event) == []


def test_what_a_hand_written_notification_meant():
    event = events.like({"Records": [{"Sns": {"Message": "hi", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t"}}]})

    (record,) = event["Records"]
    assert record["Sns"]["Message"] == "hi"
    assert record["EventSubscriptionArn"].startswith("arn:aws:sns:eu-west-1:111122223333:t:")
    assert record["Sns"]["SigningCertUrl"].startswith("https://sns.eu-west-1.")
    assert events.check(event) == []


@pytest.mark.parametrize(
    ("variant", "parameters", "message"),
    [
        ("notification", {"topic": "t.fifo"}, "A FIFO topic cannot invoke a function"),
        ("notification", {"topic": "my topic"}, "A topic is given by its name"),
        ("envelope", {"topic": "arn:aws:sns"}, "got 'arn:aws:sns'"),
        ("notification", {"message": ""}, "text of 1 byte to 256 KiB"),
        ("notification", {"message": "\ud800"}, "text of 1 byte to 256 KiB"),
        ("notification", {"message": "x" * 262_145}, "text of 1 byte to 256 KiB"),
        ("notification", {"subject": "x" * 101}, "1 to 100 characters"),
        ("notification", {"subject": "two\nlines"}, "no control characters"),
        ("notification", {"attributes": {"a": True}}, "'a' takes text, a number, bytes or a list of scalars"),
        ("notification", {"attributes": {"a": [["x"]]}}, "list of scalars"),
        ("notification", {"attributes": {"a..b": "x"}}, "letters, digits"),
    ],
)
def test_what_sns_refuses_is_refused(sns, variant, parameters, message):
    with pytest.raises(InvalidParameterError) as caught:
        getattr(sns, variant)(**parameters)

    assert message in str(caught.value)
