import base64
import json

import pytest
from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import extract_cloudwatch_logs_from_event
from aws_lambda_powertools.utilities.parser.models import KinesisDataStreamModel
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InconsistentEventError, InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint


@pytest.fixture
def kinesis():
    return AwsEvents(Mint(seed=1, clock=FixedClock(1_795_000_000.25))).kinesis


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.text() | st.binary(), st.text(min_size=1, max_size=256))
def test_any_data_and_key_make_an_accurate_event(data, key):
    event = AwsEvents().kinesis.record(data, partition_key=key)

    sent = base64.b64decode(event["Records"][0]["kinesis"]["data"])
    assert sent == (data.encode() if isinstance(data, str) else data)
    assert events.check(event) == []
    assert events.like(event) == event


def test_powertools_reads_every_property(kinesis):
    event = kinesis.tumbling_window({"n": "ü"}, shard=6, stream="lambda-stream", role="my-role")

    assert KinesisDataStreamModel.model_validate(event).Records[0].kinesis.data == '{"n":"ü"}'.encode()
    data = KinesisStreamEvent(event)
    (record,) = data.records
    assert record.kinesis.data_as_json() == {"n": "ü"}
    assert record.kinesis.approximate_arrival_timestamp == 1_795_000_000.25
    assert (record.kinesis.kinesis_schema_version, record.kinesis.partition_key) == ("1.0", "key")
    assert record.event_id == f"shardId-000000000006:{record.kinesis.sequence_number}"
    assert len(record.kinesis.sequence_number) == 56
    assert (record.event_name, record.event_source, record.event_version) == (
        "aws:kinesis:record",
        "aws:kinesis",
        "1.0",
    )
    assert record.invoke_identity_arn == "arn:aws:iam::123456789012:role/my-role"
    assert record.event_source_arn == data.event_source_arn
    assert record.event_source_arn == "arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream"
    assert record.aws_region == "us-east-1"
    assert data.shard_id == "shardId-000000000006"
    assert (data.state, data.is_final_invoke_for_window, data.is_window_terminated_early) == ({}, False, False)
    assert (data.window.start, data.window.end) == ("2026-11-18T11:06:00Z", "2026-11-18T11:08:00Z")


def test_log_events_are_carried_packed(kinesis):
    event = kinesis.cloudwatch_logs(["one", "two"], log_group="/app", shard=1)

    (logs,) = extract_cloudwatch_logs_from_event(KinesisStreamEvent(event))
    assert [log_event.message for log_event in logs.log_events] == ["one", "two"]
    assert logs.log_group == "/app"


def test_faults_in_carried_log_events_are_found(kinesis):
    event = kinesis.cloudwatch_logs(
        overrides={"Records[0].kinesis.data.logEvents[0].id": "eventId1"}, allow_inconsistent=True
    )

    assert [v.path for v in events.check(event)] == ["Records[0].kinesis.data > logEvents[0].id"]
    assert events.check(events.like(event)) == []


def test_gzip_of_something_else_is_just_data(kinesis):
    import gzip

    assert events.check(kinesis.record(gzip.compress(json.dumps({"mine": 1}).encode()))) == []


def test_the_event_id_follows_the_sequence_number_and_keeps_its_shard(kinesis):
    number = "49590338271490256608559692538361571095921575989136588898"

    event = kinesis.record(shard=6, overrides={"Records[0].kinesis.sequenceNumber": number})

    assert event["Records"][0]["eventID"] == f"shardId-000000000006:{number}"
    with pytest.raises(InconsistentEventError, match="derived: the shard"):
        kinesis.record(overrides={"Records[0].eventID": f"shardId-000000000006:{number}"})


# The example of https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html (2026-11).
DOCUMENTED = {
    "Records": [
        {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": "1",
                "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
                "data": "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
                "approximateArrivalTimestamp": 1607497475.000,
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-kinesis-role",
            "awsRegion": "us-east-1",
            "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream",
        }
    ],
    "window": {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"},
    "state": {"1": 282, "2": 715},
    "shardId": "shardId-000000000006",
    "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream",
    "isFinalInvokeForWindow": False,
    "isWindowTerminatedEarly": False,
}


def test_the_documented_event_is_accurate(kinesis):
    assert events.check(DOCUMENTED) == []
    assert events.like(DOCUMENTED) == DOCUMENTED
    without_records = {**DOCUMENTED, "Records": [], "isFinalInvokeForWindow": True}
    assert events.check(without_records) == []
    assert events.like(without_records) == without_records


def test_a_consumer_with_enhanced_fan_out_is_a_stream_too(kinesis):
    consumer = "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders/consumer/app:1607497475"

    event = kinesis.record(stream=consumer, role="arn:aws-cn:iam::123456789012:role/r", partition_key="k")

    assert events.check(event) == []
    assert event["Records"][0]["awsRegion"] == "cn-north-1"


def test_placeholders_of_samples_are_found_and_mended():
    event = {
        "Records": [
            {
                "eventID": "shardId-000000000002:1",
                "eventSource": "aws:kinesis",
                "eventSourceARN": "arn:aws:kinesis:EXAMPLE",
                "invokeIdentityArn": "arn:aws:iam::EXAMPLE",
                "kinesis": {"data": "hello", "sequenceNumber": "1", "approximateArrivalTimestamp": 1607497475000},
            }
        ]
    }

    found = {v.path.removeprefix("Records[0].") for v in events.check(event)}
    repaired = events.like(event)

    assert {"eventSourceARN", "invokeIdentityArn", "kinesis.data", "kinesis.sequenceNumber"} <= found
    assert events.check(repaired) == []
    assert repaired["Records"][0]["eventID"].startswith("shardId-000000000002:")
    assert repaired["Records"][0]["kinesis"]["approximateArrivalTimestamp"] == 1607497475


def test_records_rise_within_a_batch(kinesis):
    batch = events.batch(kinesis.record("a"), kinesis.record("b"))

    assert events.check(batch) == []
    assert [v.rule for v in events.check({"Records": batch["Records"][::-1]})] == ["sequence-order"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"shard": -1}, "numbered from 0"),
        ({"partition_key": ""}, "1 to 256"),
        ({"stream": "with space"}, "an ARN such as"),
        ({"data": 1}, "data takes str or bytes or dict, got 1"),
    ],
)
def test_bad_parameters_are_refused(kinesis, parameters, message):
    with pytest.raises(InvalidParameterError, match=message):
        kinesis.record(**parameters)
