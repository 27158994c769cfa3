import json

import pytest
from aws_lambda_powertools.utilities.parser.models import DynamoDBStreamLambdaOnFailureDestinationModel

from pytest_serverless import events
from pytest_serverless.errors import InconsistentEventError, InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint


@pytest.fixture
def aws():
    return AwsEvents(Mint(seed=1))


# A record that a failed function's topic sent by mail, published in 2021 with its account masked.
RECORDED_ASYNC = {
    "version": "1.0",
    "timestamp": "2021-07-28T14:40:37.927Z",
    "requestContext": {
        "requestId": "baee8a49-2f15-453f-bacc-fe769b392b43",
        "functionArn": "arn:aws:lambda:ap-northeast-1:123456789012:function:notify-pattern-3:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    },
    "requestPayload": {},
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    "responsePayload": {"errorMessage": "division by zero", "errorType": "ZeroDivisionError", "stackTrace": []},
}
# https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html (2026-11), its request id made hex.
DOCUMENTED_KINESIS = {
    "requestContext": {
        "requestId": "c9b8fa9f-5a7f-4aaa-af9c-0c604cde93a5",
        "functionArn": "arn:aws:lambda:us-east-2:123456789012:function:myfunction",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 1,
    },
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    "version": "1.0",
    "timestamp": "2019-11-14T00:38:06.021Z",
    "KinesisBatchInfo": {
        "shardId": "shardId-000000000001",
        "startSequenceNumber": "49601189658422359378836298521827638475320189012309704722",
        "endSequenceNumber": "49601189658422359378836298522902373528957594348623495186",
        "approximateArrivalOfFirstRecord": "2019-11-14T00:38:04.835Z",
        "approximateArrivalOfLastRecord": "2019-11-14T00:38:05.580Z",
        "batchSize": 500,
        "streamArn": "arn:aws:kinesis:us-east-2:123456789012:stream/mystream",
    },
}
# A record published in 2025 by its reader, masked parts filled in.
RECORDED_DYNAMODB = {
    "requestContext": {
        "requestId": "12a8a0fa-f8d2-4d42-a6e3-72bae7d1e2f9",
        "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:stream-handler",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 4,
    },
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    "version": "1.0",
    "timestamp": "2025-06-05T18:22:26.479Z",
    "DDBStreamBatchInfo": {
        "shardId": "shardId-10101010101010101010-10101010",
        "startSequenceNumber": "202328600001712385967261751",
        "endSequenceNumber": "202328600001712385967261751",
        "approximateArrivalOfFirstRecord": "2025-06-05T18:21:49Z",
        "approximateArrivalOfLastRecord": "2025-06-05T18:21:49Z",
        "batchSize": 1,
        "streamArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/table/stream/2025-04-23T13:37:16.991",
    },
}


@pytest.mark.parametrize("record", [RECORDED_ASYNC, DOCUMENTED_KINESIS, RECORDED_DYNAMODB])
def test_records_of_the_service_are_accurate(record):
    assert events.check(record) == []
    assert events.like(record) == record


def keys_of(value):
    return {name: keys_of(inner) for name, inner in value.items()} if isinstance(value, dict) else None


def test_records_have_the_keys_of_the_services(aws):
    assert keys_of(aws.destinations.failure(response=RECORDED_ASYNC["responsePayload"])) == keys_of(RECORDED_ASYNC)
    assert keys_of(aws.destinations.kinesis_failure()) == keys_of(DOCUMENTED_KINESIS)
    assert keys_of(aws.destinations.dynamodb_failure()) == keys_of(RECORDED_DYNAMODB)


def test_a_success_has_what_was_asked_and_what_was_returned(aws):
    record = aws.destinations.success({"n": 1}, response=None, function="pay", qualifier="live", executed_version="7")

    assert (record["requestPayload"], record["responsePayload"]) == ({"n": 1}, None)
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "7"}
    assert record["requestContext"]["functionArn"] == "arn:aws:lambda:us-east-1:123456789012:function:pay:live"
    assert record["requestContext"]["approximateInvokeCount"] == 1


@pytest.mark.parametrize(
    ("parameters", "response_context", "count", "has_payload"),
    [
        ({}, {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}, 3, True),
        (
            {"condition": "EventAgeExceeded", "invoke_count": 2},
            {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            2,
            True,
        ),
        ({"condition": "EventAgeExceeded", "throttled": True}, {"statusCode": 429}, 3, False),
        ({"condition": "ZeroReservedConcurrency"}, None, 0, False),
    ],
)
def test_the_condition_decides_what_a_failure_tells(aws, parameters, response_context, count, has_payload):
    record = aws.destinations.failure({"n": 1}, **parameters)

    assert record.get("responseContext") == response_context
    assert record["requestContext"]["approximateInvokeCount"] == count
    assert ("responsePayload" in record) is has_payload
    assert events.check(record) == []
    assert events.like(record) == record


def test_powertools_reads_a_failed_batch_of_a_dynamodb_stream(aws):
    batch = events.batch(aws.dynamodb.insert(), aws.dynamodb.remove())

    model = DynamoDBStreamLambdaOnFailureDestinationModel.model_validate(
        aws.destinations.dynamodb_failure(batch, error=False)
    )

    info = model.ddb_stream_batch_info
    assert info.batch_size == 2
    assert info.start_sequence_number == batch["Records"][0]["dynamodb"]["SequenceNumber"]
    assert info.end_sequence_number == batch["Records"][1]["dynamodb"]["SequenceNumber"]
    assert info.stream_arn == batch["Records"][0]["eventSourceARN"]
    assert model.response_context.function_error is None


def test_the_shard_is_the_one_of_the_batch(aws):
    window = aws.dynamodb.insert(window_seconds=60)

    assert aws.destinations.dynamodb_failure(window)["DDBStreamBatchInfo"]["shardId"] == window["shardId"]
    kinesis = aws.destinations.kinesis_failure(aws.kinesis.record(shard=4))
    assert kinesis["KinesisBatchInfo"]["shardId"] == "shardId-000000000004"


@pytest.mark.parametrize("variant", ["dynamodb_failure", "kinesis_failure"])
def test_only_a_bucket_is_given_the_batch(aws, variant):
    build = getattr(aws.destinations, variant)

    assert "payload" not in build(destination="queue")
    assert "payload" not in build(destination="topic")
    record = build(destination="bucket")
    assert events.check(json.loads(record["payload"])) == []
    assert events.check({**record, "payload": json.loads(record["payload"])}) == []


@pytest.mark.parametrize("variant", ["dynamodb_failure", "kinesis_failure"])
def test_what_a_record_tells_of_its_payload_is_held_against_it(aws, variant):
    record = getattr(aws.destinations, variant)(destination="bucket")
    info = next(name for name in record if name.endswith("BatchInfo"))
    record[info]["batchSize"] = 9

    assert [(v.path, v.rule) for v in events.check(record)] == [(info, "batch")]
    repaired = events.like(record)
    assert events.check(repaired) == []
    assert repaired[info]["batchSize"] == 1


def test_faults_of_the_batch_in_a_payload_are_found(aws):
    record = aws.destinations.dynamodb_failure(destination="bucket")
    batch = json.loads(record["payload"])
    batch["Records"][0]["dynamodb"]["SizeBytes"] = 1

    faults = events.check({**record, "payload": json.dumps(batch)})

    assert [v.path for v in faults] == ["payload > Records[0].dynamodb.SizeBytes"]


def test_a_batch_that_was_never_run_has_no_response(aws):
    record = aws.destinations.kinesis_failure(never_run=True, condition="RecordAgeExceeded", invoke_count=1)

    assert "responseContext" not in record
    assert events.check(record) == []


def test_a_record_travels_in_a_queue(aws):
    record = aws.destinations.failure({"n": 1})
    wrong = {**record, "version": "2"}

    assert events.check(aws.sqs.standard(record)) == []
    assert [v.path for v in events.check(aws.sqs.standard(wrong))] == ["Records[0].body > version"]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda d: d.failure(throttled=True), "EventAgeExceeded, not as RetriesExhausted"),
        (lambda d: d.failure(condition="Success"), "takes 'RetriesExhausted'"),
        (lambda d: d.kinesis_failure(never_run=True), "RecordAgeExceeded, not as RetryAttemptsExhausted"),
        (lambda d: d.kinesis_failure({"Records": []}), "an event of aws.kinesis"),
        (lambda d: d.dynamodb_failure({"Records": [{"kinesis": {}}]}), "an event of aws.dynamodb"),
        (lambda d: d.success(function="arn:aws:lambda:us-east-1:123456789012:function:f"), "an ARN such as"),
    ],
)
def test_bad_parameters_are_refused(aws, build, message):
    with pytest.raises(InvalidParameterError, match=message):
        build(aws.destinations)


def test_an_error_cannot_be_added_to_a_success(aws):
    with pytest.raises(InconsistentEventError, match="functionError cannot be overridden"):
        aws.destinations.success(overrides={"responseContext.functionError": "Unhandled"})
