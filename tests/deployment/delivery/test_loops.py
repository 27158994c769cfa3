"""Applications that feed themselves: stopped where Lambda stops them, or by the bound of settle().

Which services Lambda follows a chain through, and for how long, is on
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html (2026-11).
"""

import json

import boto3
import pytest

from pytest_serverless.errors import UnexpectedFailureError

CODE = """
    import json
    import os

    import boto3

    left = [1_000_000]

    def through_sqs(event, context):
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody="again")

    def through_sns(event, context):
        boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Message="again")

    def through_s3(event, context):
        boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key="again", Body=b"x")

    def through_lambda(event, context):
        boto3.client("lambda").invoke(FunctionName=context.function_name, InvocationType="Event", Payload=b"{}")

    def nested(event, context):
        left[0] -= 1
        if left[0]:
            answer = boto3.client("lambda").invoke(FunctionName=context.function_name, Payload=b"{}")
            return answer["StatusCode"]

    def through_dynamodb(event, context):
        left[0] -= 1
        if left[0]:
            item = {"id": {"S": str(left[0])}}
            boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=item)

    def through_eventbridge(event, context):
        left[0] -= 1
        if left[0]:
            entry = {"Source": "shop", "DetailType": "again", "Detail": "{}"}
            boto3.client("events").put_events(Entries=[entry])
"""


def template(handler, event, more="", function=""):
    return f"""
        Loop:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.{handler}
            {function}
            Environment: {{Variables: {{{more[1]}}}}}
            Events: {{Again: {event}}}
        {more[0]}
    """


SQS = ("Queue: {Type: AWS::SQS::Queue}", "QUEUE: !Ref Queue")
WAYS = {
    "through_sqs": ("{Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}", SQS),
    "through_sns": (
        "{Type: SNS, Properties: {Topic: !Ref Topic}}",
        ("Topic: {Type: AWS::SNS::Topic}", "TOPIC: !Ref Topic"),
    ),
    "through_s3": (
        '{Type: S3, Properties: {Bucket: !Ref Bucket, Events: "s3:ObjectCreated:*"}}',
        ("Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: looping}}", "BUCKET: looping"),
    ),
}


def start(shop):
    boto3.client("lambda").invoke(FunctionName=shop.ref("Loop"), InvocationType="Event", Payload=b"{}")


@pytest.mark.parametrize("way", list(WAYS))
def test_a_chain_is_stopped_after_sixteen_invocations(make_application, way):
    shop = make_application(template(way, *WAYS[way]), CODE)
    start(shop)

    with pytest.raises(UnexpectedFailureError, match=r"feeds itself: Loop \(16 times\) → Loop .*RecursiveLoop: Allow"):
        shop.settle()

    assert len(shop.invocations("Loop")) == 16
    assert shop.timeline.of("dropped")[-1].what == "recursive loop"


def test_a_function_that_invokes_itself_is_stopped(make_application):
    shop = make_application(template("through_lambda", *WAYS["through_sqs"]), CODE)
    start(shop)

    with pytest.raises(UnexpectedFailureError, match=r"Loop \(16 times\) → Loop \(lambda:Invoke \(Event\)\)"):
        shop.settle()
    assert len(shop.invocations()) == 16


def test_the_error_shows_the_timeline(make_application):
    shop = make_application(template("through_sqs", *WAYS["through_sqs"]), CODE)
    start(shop)

    with pytest.raises(UnexpectedFailureError) as caught:
        shop.settle()
    assert str(caught.value).count("Loop  1 of Queue  ") == 16


def test_a_loop_over_two_functions_is_named(make_application):
    ping, pong = WAYS["through_sqs"], WAYS["through_sns"]
    text = f"""
        Ping:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.through_sns
            Environment: {{Variables: {{{pong[1][1]}}}}}
            Events: {{Again: {ping[0]}}}
        Pong:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.through_sqs
            Environment: {{Variables: {{{ping[1][1]}}}}}
            Events: {{Again: {pong[0]}}}
        {ping[1][0]}
        {pong[1][0]}
    """
    shop = make_application(text, CODE)
    boto3.client("sqs").send_message(QueueUrl=shop.ref("Queue"), MessageBody="start")

    with pytest.raises(
        UnexpectedFailureError, match="feeds itself: Ping → Pong → Ping → … → Pong → Ping → Pong → Ping"
    ):
        shop.settle()
    assert len(shop.invocations("Ping")) == 16


def test_a_loop_that_is_meant_goes_on(make_application):
    text = template("through_sqs", *WAYS["through_sqs"], function="RecursiveLoop: Allow")
    shop = make_application(text, CODE)
    start(shop)

    with pytest.raises(UnexpectedFailureError, match="gave up after 40 invocations"):
        shop.settle(most=40)


@pytest.mark.parametrize(
    ("handler", "event", "more"),
    [
        (
            "through_dynamodb",
            "{Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST}}",
            (
                "Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: looping, BillingMode: PAY_PER_REQUEST, "
                "AttributeDefinitions: [{AttributeName: id, AttributeType: S}], "
                "KeySchema: [{AttributeName: id, KeyType: HASH}], "
                "StreamSpecification: {StreamViewType: KEYS_ONLY}}}",
                "TABLE: looping",
            ),
        ),
        (
            "through_eventbridge",
            "{Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}",
            ("", ""),
        ),
    ],
)
class TestNotFollowed:
    def test_a_chain_that_lambda_does_not_follow_may_be_long(self, make_application, handler, event, more):
        shop = make_application(template(handler, event, more), CODE)
        shop.module("Loop").left[:] = [40]
        start(shop)

        assert shop.settle() == 40

    def test_it_is_bounded_by_what_settle_may_take(self, make_application, handler, event, more):
        shop = make_application(template(handler, event, more), CODE)
        start(shop)

        with pytest.raises(
            UnexpectedFailureError,
            match=r"feeds itself, something fails for ever \(.*a RedrivePolicy\), or it needs most=",
        ):
            shop.settle(most=50)


def test_retries_are_no_loop(make_application):
    shop = make_application(template("through_sqs", *WAYS["through_sqs"]), CODE)
    calls = []

    def fail(event, context):
        calls.append(event)
        raise RuntimeError("no")

    shop.module("Loop").through_sqs = fail
    boto3.client("sqs").send_message(QueueUrl=shop.ref("Queue"), MessageBody="x")

    with shop.expect_failures("Loop"), pytest.raises(UnexpectedFailureError, match="gave up after 20"):
        shop.settle(most=20)
    assert len(calls) == 21


def test_many_messages_of_one_function_are_no_loop(make_application):
    shop = make_application(template("through_sqs", *WAYS["through_sqs"]), CODE)
    shop.module("Loop").through_sqs = lambda event, context: None
    for number in range(300):
        boto3.client("sqs").send_message(QueueUrl=shop.ref("Queue"), MessageBody=json.dumps(number))

    assert shop.settle() == 30


def test_a_function_that_calls_itself_and_waits_is_stopped_too(make_application):
    shop = make_application(template("nested", *WAYS["through_sqs"]), CODE)

    with shop.expect_failures("Loop", times=1):
        assert shop.invoke("Loop") == 200
    [failed] = [outcome for outcome in shop.invocations("Loop") if not outcome.ok]
    assert failed.failure.type == "RecursiveInvocationException"
    assert len(shop.invocations("Loop")) == 17


def test_a_few_calls_of_itself_are_allowed(make_application):
    shop = make_application(template("nested", *WAYS["through_sqs"]), CODE)
    shop.module("Loop").left[:] = [10]

    assert shop.invoke("Loop") == 200
    assert len(shop.invocations("Loop")) == 10
