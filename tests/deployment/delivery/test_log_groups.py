"""Log groups of an application: what is written to them, to the destinations of their subscription filters."""

import gzip
import json
import time
from base64 import b64decode

import boto3
import pytest

from pytest_serverless import events
from pytest_serverless.errors import BackendError

TEMPLATE = """
    Work:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.work
        LoggingConfig: {LogGroup: !Ref WorkLog}
    WorkLog: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /app/work}}
    Alarm:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.alarm
        Events:
          Errors: {Type: CloudWatchLogs, Properties: {LogGroupName: !Ref WorkLog, FilterPattern: ERROR}}
    Access: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /web/access}}
    Slow:
      Type: AWS::Logs::SubscriptionFilter
      Properties:
        LogGroupName: !Ref Access
        FilterPattern: '[ip, path, ms > 1000]'
        DestinationArn: !GetAtt Clicks.Arn
        RoleArn: !GetAtt Role.Arn
    Orders:
      Type: AWS::Logs::SubscriptionFilter
      Properties:
        LogGroupName: !Ref Access
        FilterPattern: '{ $.order.total >= 100 }'
        DestinationArn: !GetAtt Lake.Arn
        RoleArn: !GetAtt Role.Arn
    Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
    Files: {Type: AWS::S3::Bucket}
    Lake:
      Type: AWS::KinesisFirehose::DeliveryStream
      Properties: {S3DestinationConfiguration: {BucketARN: !GetAtt Files.Arn, RoleARN: !GetAtt Role.Arn}}
    Role:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Version: "2012-10-17"
          Statement: [{Effect: Allow, Principal: {Service: logs.amazonaws.com}, Action: sts:AssumeRole}]
"""

CODE = """
    import logging

    def work(event, context):
        print("working on", event)
        if event == "crash":
            raise ValueError("it broke")
        if event == "log":
            logging.getLogger().error("ERROR of %s", event)

    def alarm(event, context):
        return event
"""


@pytest.fixture
def shop(make_application):
    return make_application(TEMPLATE, CODE)


def alarms(shop):
    """What the subscriber got, unpacked; each event is as the service sends it."""
    values = [outcome.value for outcome in shop.invocations("Alarm")]
    assert all(events.check(value) == [] for value in values)
    return [json.loads(gzip.decompress(b64decode(value["awslogs"]["data"]))) for value in values]


def write(shop, *messages, group="/web/access"):
    client = boto3.client("logs")
    shop.ref("Access")
    client.create_log_stream(logGroupName=group, logStreamName="web-1")
    now = round(time.time() * 1000)
    written = [{"timestamp": now, "message": message} for message in messages]
    client.put_log_events(logGroupName=group, logStreamName="web-1", logEvents=written)


def test_an_error_that_a_function_logs_reaches_the_subscriber(shop):
    shop.invoke("Work", "quiet")
    assert shop.settle() == 0
    shop.invoke("Work", "log")
    assert shop.settle() == 1
    [told] = alarms(shop)
    assert (told["logGroup"], told["messageType"]) == ("/app/work", "DATA_MESSAGE")
    assert told["logStream"].startswith("[$LATEST]")
    [event] = told["logEvents"]
    assert event["message"].endswith("ERROR of log\n")


def test_a_crash_is_one_event_with_its_traceback(shop):
    shop.invoke("Work", "crash", check=False)
    shop.settle()
    [event] = alarms(shop)[0]["logEvents"]
    assert event["message"].startswith("[ERROR] ValueError: it broke\nTraceback (most recent call last):\n")
    assert 'raise ValueError("it broke")' in event["message"]


def test_each_attempt_of_an_asynchronous_invocation_is_told(shop):
    boto3.client("lambda").invoke(FunctionName=shop.ref("Work"), InvocationType="Event", Payload=b'"crash"')
    with shop.expect_failures("Work", times=3):
        shop.settle()
    assert len(alarms(shop)) == 3
    assert len({told["logStream"] for told in alarms(shop)}) == 1


def test_a_pattern_of_fields_sends_what_it_found_in_a_line(shop):
    """Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html (2026-11)."""
    write(shop, "10.0.0.1 /slow 2500", "10.0.0.1 /fast 12", "one two")
    shop.settle()
    [record] = shop.stream("Clicks").records
    told = json.loads(gzip.decompress(record.data))
    assert (told["subscriptionFilters"], told["logStream"]) == ([shop.ref("Slow")], "web-1")
    [event] = told["logEvents"]
    assert event["message"] == "10.0.0.1 /slow 2500"
    assert event["extractedFields"] == {"ip": "10.0.0.1", "path": "/slow", "ms": "2500"}


def test_a_pattern_of_json_chooses_by_values(shop):
    dear, cheap = ({"order": {"total": total}} for total in (250, 5))
    write(shop, json.dumps(dear), json.dumps(cheap), "no JSON")
    shop.settle()
    [key] = shop.bucket("Files").keys
    kept = boto3.client("s3").get_object(Bucket=shop.ref("Files"), Key=key)["Body"].read()
    told = json.loads(gzip.decompress(kept))
    assert [json.loads(event["message"]) for event in told["logEvents"]] == [dear]


def test_events_of_one_call_come_together(shop):
    write(shop, "a /x 2000", "b /y 3000")
    shop.settle()
    [record] = shop.stream("Clicks").records
    told = json.loads(gzip.decompress(record.data))["logEvents"]
    assert [event["message"] for event in told] == ["a /x 2000", "b /y 3000"]
    assert [len(event["id"]) for event in told] == [56, 56]
    assert told[0]["id"] < told[1]["id"]


def test_a_filter_that_the_test_makes_takes_part(shop):
    shop.ref("Slow")
    boto3.client("logs").put_subscription_filter(
        logGroupName=shop.ref("WorkLog"),
        filterName="mine",
        filterPattern="working",
        destinationArn=shop.attribute("Clicks", "Arn"),
        roleArn=shop.attribute("Role", "Arn"),
    )
    shop.invoke("Work", "quiet")
    shop.settle()
    [record] = shop.stream("Clicks").records
    [event] = json.loads(gzip.decompress(record.data))["logEvents"]
    assert event["message"] == "working on quiet\n"


def test_a_destination_that_is_gone_is_named(shop):
    shop.ref("Slow")
    boto3.client("kinesis").delete_stream(StreamName=shop.ref("Clicks"))
    write(shop, "a /x 2000")
    with pytest.raises(
        BackendError,
        match=r"The log group Access \(.*template.yaml:\d+\) has the subscription filter .*, and there is no",
    ):
        shop.settle()
