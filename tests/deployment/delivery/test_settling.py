"""How far deliveries go, what is left, and that an error in between leaves the application as it should be."""

import boto3
import pytest

from pytest_serverless.errors import UnexpectedFailureError

TEMPLATE = """
    Jobs: {Type: AWS::SQS::Queue}
    Steps: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, ContentBasedDeduplication: true}}
    Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
    Work:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.work
        Events:
          Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 1}}
          Steps: {Type: SQS, Properties: {Queue: !GetAtt Steps.Arn}}
          Clicks: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: TRIM_HORIZON}}
"""
CODE = """
    stop = []

    def work(event, context):
        if stop:
            raise stop.pop()
"""


@pytest.fixture
def shop(make_application):
    return make_application(TEMPLATE, CODE)


def into_jobs(shop):
    boto3.client("sqs").send_message(QueueUrl=shop.ref("Jobs"), MessageBody="x")


def into_steps(shop):
    boto3.client("sqs").send_message(QueueUrl=shop.ref("Steps"), MessageBody="x", MessageGroupId="g")


def into_clicks(shop):
    boto3.client("kinesis").put_record(StreamName=shop.ref("Clicks"), Data=b"x", PartitionKey="k")


WAYS = [into_jobs, into_steps, into_clicks]


@pytest.mark.parametrize("cause", WAYS)
@pytest.mark.parametrize("kind", [KeyboardInterrupt, pytest.fail.Exception])
def test_what_ends_a_handler_from_outside_leaves_its_batch_to_the_next_time(shop, cause, kind):
    shop.module("Work").stop[:] = [kind("enough")]
    cause(shop)

    with pytest.raises(kind):
        shop.settle()
    assert shop.settle() == 1
    assert [outcome.ok for outcome in shop.invocations()][-1:] == [True]


def test_settle_counts_what_it_took(shop):
    for _ in range(3):
        into_jobs(shop)

    assert (shop.settle(), shop.settle()) == (3, 0)


def test_the_bound_can_be_chosen_and_settling_goes_on_afterwards(shop):
    for _ in range(5):
        into_jobs(shop)

    with pytest.raises(UnexpectedFailureError, match=r"settle\(\) gave up after 2 invocations"):
        shop.settle(most=2)
    assert shop.settle() == 2
    assert shop.queue("Jobs").bodies == []


def test_what_is_not_due_within_a_day_is_left_and_said(make_application):
    text = TEMPLATE.replace(
        "{Type: AWS::SQS::Queue}", "{Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 43200}}"
    )
    shop = make_application(text, CODE)
    shop.module("Work").stop[:] = [RuntimeError("1"), RuntimeError("2"), RuntimeError("3")]
    into_jobs(shop)

    with shop.expect_failures("Work", times=2):
        shop.settle()

    [left] = shop.timeline.of("left")
    assert (left.subject, left.cause) == ("Jobs: messages for Work", "settle()")
    with shop.expect_failures("Work", times=1):
        shop.advance(hours=12)
    assert shop.timeline.of("invocation")[-1].after_s == pytest.approx(86_400, abs=2)


def test_a_message_that_is_left_comes_with_advance(shop):
    boto3.client("sqs").send_message(QueueUrl=shop.ref("Jobs"), MessageBody="x", DelaySeconds=900)

    assert shop.advance(minutes=14) == 0
    assert shop.advance(minutes=2) == 1


def test_advance_is_bounded_as_well(shop):
    into_jobs(shop)
    shop.module("Work").stop[:] = [RuntimeError("no")] * 100

    with shop.expect_failures("Work"), pytest.raises(UnexpectedFailureError, match=r"advance\(\) gave up after 10"):
        shop.advance(days=1, most=10)
