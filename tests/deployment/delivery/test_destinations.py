"""Where an asynchronous invocation is reported: destinations of every kind, and dead letters."""

import json

import boto3
import pytest

from pytest_serverless import events
from pytest_serverless.errors import BackendError

CODE = """
    fail = []

    def work(event, context):
        if fail:
            raise RuntimeError(fail.pop(0))
        return {"done": event}

    def note(event, context):
        return event
"""


def template(config="", function="", more=""):
    return f"""
        Queue: {{Type: AWS::SQS::Queue}}
        Topic: {{Type: AWS::SNS::Topic}}
        Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: shop}}}}
        Bucket: {{Type: AWS::S3::Bucket}}
        Work:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.work
            {function}
            EventInvokeConfig: {{MaximumRetryAttempts: 0{config}}}
        Note:
          Type: AWS::Serverless::Function
          Properties: {{CodeUri: src/, Runtime: python3.12, Handler: app.note}}
        {more}
    """


KINDS = {
    "SQS": "!GetAtt Queue.Arn",
    "SNS": "!Ref Topic",
    "Lambda": "!GetAtt Note.Arn",
    "EventBridge": "!GetAtt Bus.Arn",
    "S3Bucket": "!GetAtt Bucket.Arn",
}


def destination(outcome, kind):
    return f", DestinationConfig: {{{outcome}: {{Type: {kind}, Destination: {KINDS[kind]}}}}}"


def nowhere(kind, rest):
    return f", DestinationConfig: {{OnFailure: {{Type: {kind}, Destination: 'arn:aws:{rest}'}}}}"


def invoke(shop, n=1):
    payload = json.dumps({"n": n})
    boto3.client("lambda").invoke(FunctionName=shop.ref("Work"), InvocationType="Event", Payload=payload)


def told(shop, kind):
    """Return what the destination was told."""
    if kind == "SQS":
        return shop.queue("Queue").json
    if kind == "SNS":
        return shop.topic("Topic").json
    if kind == "Lambda":
        return [outcome.value for outcome in shop.invocations("Note")]
    if kind == "S3Bucket":
        client, name = boto3.client("s3"), shop.ref("Bucket")
        bodies = [client.get_object(Bucket=name, Key=key)["Body"].read() for key in shop.bucket("Bucket").keys]
        return [json.loads(body) for body in bodies]
    return [event.detail for event in shop.bus("Bus").events]


@pytest.mark.parametrize("kind", ["SQS", "SNS", "Lambda", "EventBridge"])
def test_a_success_is_told(make_application, kind):
    shop = make_application(template(destination("OnSuccess", kind)), CODE)
    invoke(shop)

    shop.settle()

    [record] = told(shop, kind)
    # The form is that of https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (2026-11).
    assert events.check(record) == []
    assert record["requestContext"]["condition"] == "Success"
    assert record["requestContext"]["requestId"] == shop.invocations("Work")[0].request_id
    assert record["requestContext"]["functionArn"] == shop.attribute("Work", "Arn") + ":$LATEST"
    assert (record["requestPayload"], record["responsePayload"]) == ({"n": 1}, {"done": {"n": 1}})
    assert shop.timeline.of("delivery")[0].what == "Success"


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_failure_is_told(make_application, kind):
    shop = make_application(template(destination("OnFailure", kind)), CODE)
    shop.module("Work").fail[:] = ["no"]
    invoke(shop)

    with shop.expect_failures("Work", times=1):
        shop.settle()

    [record] = told(shop, kind)
    assert events.check(record) == []
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorMessage"] == "no"
    [entry] = shop.timeline.of("dead letter")
    assert (entry.cause, entry.what) == ("destination of Work", "RetriesExhausted")


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_success_is_not_told_where_failures_are(make_application, kind):
    shop = make_application(template(destination("OnFailure", kind)), CODE)
    invoke(shop)

    shop.settle()

    assert told(shop, kind) == []


def test_a_bus_gets_an_event_of_lambda(make_application):
    more = """Rule:
          Type: AWS::Events::Rule
          Properties:
            EventBusName: !Ref Bus
            EventPattern: {source: [lambda], detail-type: [Lambda Function Invocation Result - Success]}
            Targets: [{Id: one, Arn: !GetAtt Queue.Arn}]
    """
    shop = make_application(template(destination("OnSuccess", "EventBridge"), more=more), CODE)
    invoke(shop)

    shop.settle()

    [event] = shop.queue("Queue").json
    assert event["resources"] == [shop.attribute("Bus", "Arn"), shop.attribute("Work", "Arn") + ":$LATEST"]
    assert event["detail"]["requestPayload"] == {"n": 1}


def test_a_bucket_keeps_a_failure_under_its_day(make_application):
    shop = make_application(template(destination("OnFailure", "S3Bucket")), CODE)
    shop.module("Work").fail[:] = ["no"]
    invoke(shop)

    with shop.expect_failures("Work", times=1):
        shop.settle()

    [key] = shop.bucket("Bucket").keys
    assert key.startswith(f"aws/lambda/async/{shop.ref('Work')}/")


@pytest.mark.parametrize(("kind", "arn"), [("SQS", "!GetAtt Queue.Arn"), ("SNS", "!Ref Topic")])
def test_a_dead_letter_is_the_event_with_three_attributes(make_application, kind, arn):
    function = f"DeadLetterQueue: {{Type: {kind}, TargetArn: {arn}}}"
    shop = make_application(template(function=function), CODE)
    shop.module("Work").fail[:] = ["no"]
    url = shop.ref("Queue")
    if kind == "SNS":
        target = shop.attribute("Queue", "Arn")
        raw = {"RawMessageDelivery": "true"}
        boto3.client("sns").subscribe(TopicArn=shop.ref("Topic"), Protocol="sqs", Endpoint=target, Attributes=raw)
    invoke(shop)

    with shop.expect_failures("Work", times=1):
        shop.settle()

    [message] = boto3.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"]) == {"n": 1}
    attributes = {name: (each["DataType"], each["StringValue"]) for name, each in message["MessageAttributes"].items()}
    assert attributes == {
        "RequestID": ("String", shop.invocations("Work")[0].request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "no"),
    }


def test_a_destination_and_a_dead_letter_queue_are_both_told(make_application):
    function = "DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Queue.Arn}"
    shop = make_application(template(destination("OnFailure", "SNS"), function), CODE)
    shop.module("Work").fail[:] = ["no"]
    invoke(shop)

    with shop.expect_failures("Work", times=1):
        shop.settle()

    assert shop.queue("Queue").json == [{"n": 1}]
    assert shop.topic("Topic").json[0]["requestPayload"] == {"n": 1}


def test_zero_reserved_concurrency_ends_at_the_destination_untried(make_application):
    shop = make_application(template(destination("OnFailure", "SQS"), "ReservedConcurrentExecutions: 0"), CODE)
    invoke(shop)

    assert shop.settle() == 0

    [record] = shop.queue("Queue").json
    assert events.check(record) == []
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert record["requestContext"]["approximateInvokeCount"] == 0


def test_a_queue_that_sam_makes_for_a_destination_is_told(make_application):
    config = ", DestinationConfig: {OnSuccess: {Type: SQS}}"
    shop = make_application(template(config), CODE)
    invoke(shop)

    shop.settle()

    [made] = [id_ for id_, each in shop.app.resources.items() if each.type == "AWS::SQS::Queue" and id_ != "Queue"]
    assert len(shop.queue(made).json) == 1


def test_a_function_that_is_told_fails_for_itself(make_application):
    shop = make_application(template(destination("OnSuccess", "Lambda")), CODE)
    shop.module("Note").note = lambda event, context: 1 / 0
    invoke(shop)

    with shop.expect_failures("Note", times=3):
        shop.settle()

    assert shop.invocations("Work")[0].ok


@pytest.mark.parametrize(
    ("config", "function", "message"),
    [
        (nowhere("SQS", "sqs:us-east-1:123456789012:nowhere"), "", "has a destination, and there is no .*nowhere"),
        (
            nowhere("EventBridge", "events:us-east-1:123456789012:event-bus/nowhere"),
            "",
            "has a destination, and there is no .*event-bus/nowhere",
        ),
        (
            "",
            "DeadLetterQueue: {Type: SQS, TargetArn: 'arn:aws:sqs:us-east-1:123456789012:nowhere'}",
            "has a dead-letter queue, and there is no .*nowhere",
        ),
    ],
)
def test_what_is_reported_to_must_be_there(make_application, config, function, message):
    shop = make_application(template(config, function), CODE)
    shop.module("Work").fail[:] = ["down"]
    invoke(shop)

    said = rf"The function Work \(.*template\.yaml:\d+\) {message}\. Declare it"
    with shop.expect_failures("Work"), pytest.raises(BackendError, match=said):
        shop.settle()
