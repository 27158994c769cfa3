"""Every change is told once, after the call that made it has succeeded; moto delivers nothing itself."""

import base64
import hashlib
import json
import subprocess
import sys
import time

import boto3
import pytest

from pytest_serverless.errors import BackendError
from tests.backends.states import package, role


@pytest.mark.realtime
def test_a_service_that_is_loaded_by_its_first_call_tells_of_it():
    script = """
from pytest_serverless.backends.aws import AwsBackend
backend, changes = AwsBackend(), []
backend.on_change(changes.append)
with backend.entered():
    topic = backend.client("sns").create_topic(Name="news")["TopicArn"]
    backend.client("sns").publish(TopicArn=topic, Message="m")
print([change.kind for change in changes])
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert found.stdout.strip() == "['sns:Publish']"


@pytest.fixture
def topic(aws):
    arn = boto3.client("sns").create_topic(Name="news")["TopicArn"]
    boto3.client("sns").subscribe(TopicArn=arn, Protocol="https", Endpoint="https://unreachable.example.com/")
    boto3.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:none")
    return arn


def test_a_message_that_is_published_goes_to_nobody_but_us(topic, changes):
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    answer = boto3.client("sns").publish(TopicArn=topic, Message="hello", Subject="s", MessageAttributes=attributes)

    [change] = changes
    assert (change.kind, change.resource) == ("sns:Publish", topic)
    assert change.details["message_id"] == answer["MessageId"]
    assert (change.details["message"], change.details["subject"]) == ("hello", "s")
    assert change.details["attributes"]["kind"] == {"DataType": "String", "StringValue": "x"}


def test_messages_that_are_published_together(topic, changes):
    entries = [{"Id": str(number), "Message": f"m{number}"} for number in range(3)]
    boto3.client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)

    assert [one.details["message"] for one in changes] == ["m0", "m1", "m2"]


def test_a_message_to_a_fifo_topic(aws, changes):
    fifo = {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
    arn = boto3.client("sns").create_topic(Name="news.fifo", Attributes=fifo)["TopicArn"]
    boto3.client("sns").publish(TopicArn=arn, Message="m", MessageGroupId="g", MessageDeduplicationId="d")

    assert (changes[0].details["group_id"], changes[0].details["deduplication_id"]) == ("g", "d")


def test_events_that_are_put(aws, changes):
    events = boto3.client("events")
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:none"}])
    good = {"Source": "shop", "DetailType": "Sold", "Detail": '{"price": 3}', "Resources": ["arn:a"]}

    answer = events.put_events(Entries=[good, {**good, "Detail": "no JSON"}])

    [change] = changes
    assert answer["FailedEntryCount"] == 1
    assert change.resource == "arn:aws:events:us-east-1:123456789012:event-bus/default"
    assert change.details["id"] == answer["Entries"][0]["EventId"]
    assert change.details["detail"] == '{"price": 3}'
    assert (change.details["source"], change.details["detail_type"]) == ("shop", "Sold")


def test_attributes_of_a_message_are_as_the_api_has_them(topic, changes):
    attributes = {
        "text": {"DataType": "String", "StringValue": "x"},
        "number": {"DataType": "Number", "StringValue": "1.50"},
        "list": {"DataType": "String.Array", "StringValue": '["a", 1]'},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\xff\x00"},
    }
    entry = {"Id": "1", "Message": '{"default": "d", "sqs": "q"}', "MessageStructure": "json", "Subject": "s"}
    sns = boto3.client("sns")
    sns.publish(TopicArn=topic, Message="hello", MessageAttributes=attributes)
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{**entry, "MessageAttributes": attributes}])

    assert [change.details["attributes"] for change in changes] == [attributes, attributes]
    assert [change.details["structure"] for change in changes] == [None, "json"]
    assert (changes[1].details["message"], changes[1].details["subject"]) == (entry["Message"], "s")


def test_a_topic_makes_the_deduplication_id_of_the_content(aws, changes):
    # https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html: the SHA-256 of the body
    sns, fifo = boto3.client("sns"), {"FifoTopic": "true"}
    by_content = sns.create_topic(Name="a.fifo", Attributes={**fifo, "ContentBasedDeduplication": "true"})["TopicArn"]
    entry = {"Message": "m", "MessageGroupId": "g"}
    sns.publish(TopicArn=by_content, **entry)
    sns.publish_batch(TopicArn=by_content, PublishBatchRequestEntries=[{"Id": "1", **entry}])
    sns.publish(TopicArn=by_content, **entry, MessageDeduplicationId="own")

    digest = hashlib.sha256(b"m").hexdigest()
    assert [change.details["deduplication_id"] for change in changes] == [digest, digest, "own"]
    assert [change.details["is_fifo"] for change in changes] == [True] * 3


def test_messages_that_a_topic_refuses(aws, changes):
    sns = boto3.client("sns")
    fifo = sns.create_topic(Name="a.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.publish(TopicArn=fifo, Message="m", MessageGroupId="g")
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.publish(TopicArn="arn:aws:sns:us-east-1:123456789012:none", Message="m")
    entries = [{"Id": "1", "Message": "m", "MessageGroupId": "g"}]
    entries.append({**entries[0], "Id": "2", "MessageDeduplicationId": "d"})
    answer = sns.publish_batch(TopicArn=fifo, PublishBatchRequestEntries=entries)

    assert [one["Id"] for one in answer["Failed"]] == ["1"]
    assert [change.details["deduplication_id"] for change in changes] == ["d"]


def test_events_for_a_bus_by_its_name_and_by_its_arn(aws, changes):
    events = boto3.client("events")
    arn = events.create_event_bus(Name="orders")["EventBusArn"]
    event = {"Source": "shop", "DetailType": "Sold", "Detail": "{}"}
    events.put_events(Entries=[{**event, "EventBusName": "orders"}, {**event, "EventBusName": arn}, event])

    default = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    assert [change.resource for change in changes] == [arn, arn, default]


@pytest.fixture
def table(aws):
    boto3.client("dynamodb").create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    return boto3.resource("dynamodb").Table("items")


def test_items_before_and_after(table, changes):
    table.put_item(Item={"id": "1", "n": 1})
    table.update_item(Key={"id": "1"}, UpdateExpression="SET n = :n", ExpressionAttributeValues={":n": 2})
    table.delete_item(Key={"id": "1"})

    one, two = {"id": {"S": "1"}, "n": {"N": "1"}}, {"id": {"S": "1"}, "n": {"N": "2"}}
    assert [(change.kind, change.details["old_image"], change.details["new_image"]) for change in changes] == [
        ("dynamodb:INSERT", None, one),
        ("dynamodb:MODIFY", one, two),
        ("dynamodb:REMOVE", two, None),
    ]
    assert {str(change.details["keys"]) for change in changes} == {"{'id': {'S': '1'}}"}
    assert changes[0].details["stream"] == table.latest_stream_arn
    numbers = [int(change.details["sequence_number"]) for change in changes]
    assert numbers == sorted(set(numbers))


def test_a_write_that_changes_nothing_tells_nothing(table, changes):
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html: no record without a change
    table.put_item(Item={"id": "1"})
    table.put_item(Item={"id": "1"})
    table.delete_item(Key={"id": "never there"})

    assert [change.kind for change in changes] == ["dynamodb:INSERT"]


def test_items_that_are_written_together(table, changes):
    with table.batch_writer() as batch:
        batch.put_item(Item={"id": "1"})
        batch.put_item(Item={"id": "2"})

    assert [change.details["new_image"]["id"]["S"] for change in changes] == ["1", "2"]


def test_a_transaction_that_fails_tells_nothing(table, changes):
    client = table.meta.client
    put = {"Put": {"TableName": "items", "Item": {"id": "1"}}}
    check = {
        "ConditionCheck": {"TableName": "items", "Key": {"id": "2"}, "ConditionExpression": "attribute_exists(id)"}
    }

    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=[put, check])

    assert changes == []


def test_records_of_a_stream(aws, changes):
    kinesis = boto3.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.put_record(StreamName="clicks", Data=b"one", PartitionKey="a")
    kinesis.put_records(StreamName="clicks", Records=[{"Data": b"two", "PartitionKey": "b"}])

    assert [base64.b64decode(change.details["data"]) for change in changes] == [b"one", b"two"]
    assert [change.details["partition_key"] for change in changes] == ["a", "b"]
    assert {change.resource for change in changes} == {"arn:aws:kinesis:us-east-1:123456789012:stream/clicks"}


def test_lines_of_a_log(aws, changes):
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/app")
    logs.create_log_stream(logGroupName="/app", logStreamName="s")
    now = int(time.time() * 1000)
    logs.put_log_events(logGroupName="/app", logStreamName="s", logEvents=[{"timestamp": now, "message": "m"}])
    logs.put_log_events(logGroupName="/app", logStreamName="s", logEvents=[{"timestamp": 1, "message": "too old"}])

    [change] = changes
    assert (change.kind, change.details["log_group"]) == ("logs:PutLogEvents", "/app")
    assert [(one["timestamp"], one["message"]) for one in change.details["events"]] == [(now, "m")]


@pytest.fixture
def function(aws):
    boto3.client("lambda").create_function(
        FunctionName="f", Runtime="python3.12", Role=role(aws.client), Handler="app.h", Code={"ZipFile": package()}
    )
    return "arn:aws:lambda:us-east-1:123456789012:function:f"


def test_moto_runs_no_function(function):
    with pytest.raises(BackendError, match=r"Function 'f' exists in the mocked Lambda.*Declare it in the template"):
        boto3.client("lambda").invoke(FunctionName="f")


def test_a_function_that_does_not_exist_is_answered_as_lambda_does(aws):
    client = boto3.client("lambda")

    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName="none")


def test_an_event_source_mapping_delivers_nothing(function, table, changes):
    source = {"EventSourceArn": table.latest_stream_arn, "StartingPosition": "LATEST"}
    boto3.client("lambda").create_event_source_mapping(FunctionName="f", **source)

    table.put_item(Item={"id": "1"})

    assert [change.kind for change in changes] == ["dynamodb:INSERT"]


def test_a_mock_of_the_user_inside_delivers_as_moto_does_and_tells_us_nothing(aws, changes):
    from moto import mock_aws

    with mock_aws():
        sns, sqs = boto3.client("sns"), boto3.client("sqs")
        topic, queue = sns.create_topic(Name="t")["TopicArn"], sqs.create_queue(QueueName="q")["QueueUrl"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:q")
        sns.publish(TopicArn=topic, Message="m")

        assert len(sqs.receive_message(QueueUrl=queue)["Messages"]) == 1
    assert changes == []
