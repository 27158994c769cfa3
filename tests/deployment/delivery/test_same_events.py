"""With a time of its own, a test gives its functions the same events at each run, to the byte."""

import textwrap

import pytest

pytest.importorskip("moto")

TEMPLATE = """
    Transform: AWS::Serverless-2016-10-31
    Resources:
      Uploads: {Type: AWS::S3::Bucket, Properties: {BucketName: uploads}}
      Jobs:
        Type: AWS::SQS::Queue
        Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}
      Dead: {Type: AWS::SQS::Queue}
      News: {Type: AWS::SNS::Topic}
      Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 2}}
      Items:
        Type: AWS::DynamoDB::Table
        Properties:
          BillingMode: PAY_PER_REQUEST
          AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
          KeySchema: [{AttributeName: id, KeyType: HASH}]
          StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      Keep:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.13
          CodeUri: src/
          Handler: keep.keep
          EventInvokeConfig:
            DestinationConfig: {OnSuccess: {Type: SQS, Destination: !GetAtt Dead.Arn}}
          Events:
            Uploads: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: "s3:ObjectCreated:*"}}
            Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
            News: {Type: SNS, Properties: {Topic: !Ref News}}
            Clicks: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: TRIM_HORIZON}}
            Items: {Type: DynamoDB, Properties: {Stream: !GetAtt Items.StreamArn, StartingPosition: TRIM_HORIZON}}
            Placed: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}
            EachMinute: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}
            Nightly: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute)}}
            Get: {Type: HttpApi, Properties: {Path: /items, Method: get}}
"""
CODE = """
    import json
    import os

    def keep(event, context):
        with open(os.environ["KEPT"], "a") as file:
            file.write(json.dumps([context.aws_request_id, event]) + "\\n")
        if "fail" in str(event):
            raise ValueError("failed")
        return {"statusCode": 200}
"""
TEST = """
    import os

    import boto3

    def test_another(serverless):
        boto3.client("sns").publish(TopicArn=serverless.ref("News"), Message="of another test")
        boto3.client("s3").put_object(Bucket=serverless.ref("Uploads"), Key="k", Body=b"x")
        serverless.settle()
        os.remove(KEPT)

    def test_all_of_it(serverless):
        boto3.client("s3").put_object(Bucket=serverless.ref("Uploads"), Key="a b", Body=b"x")
        for body in ("one", "fail"):
            boto3.client("sqs").send_message(QueueUrl=serverless.ref("Jobs"), MessageBody=body)
        boto3.client("sns").publish(TopicArn=serverless.ref("News"), Message="new", Subject="s")
        for key in "abc":
            boto3.client("kinesis").put_record(StreamName=serverless.ref("Clicks"), Data=key, PartitionKey=key)
            boto3.client("dynamodb").put_item(TableName=serverless.ref("Items"), Item={"id": {"S": key}})
        boto3.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": "{}"}])
        serverless.request("GET", "/items", params={"q": "1"})
        with serverless.expect_failures("Keep"):
            serverless.settle()
            serverless.advance(minutes=2)
        with open(KEPT, "a") as file:
            for message in serverless.queue("Dead").messages:
                file.write(f"{message}\\n")
            file.write(str(serverless.timeline))
"""


CHOSEN = "--serverless-now=2026-11-23T10:00:00Z"


@pytest.fixture
def run(pytester, monkeypatch):
    """Run the test, and return what its function got and what else there was."""
    pytester.makefile(".yaml", template=textwrap.dedent(TEMPLATE))
    (pytester.mkdir("src") / "keep.py").write_text(textwrap.dedent(CODE))

    def run(name, *options):
        kept = pytester.path / name
        monkeypatch.setenv("KEPT", str(kept))
        pytester.makepyfile(f"KEPT = {str(kept)!r}\n" + textwrap.dedent(TEST))
        assert pytester.runpytest_inprocess(*options).ret == 0
        return kept.read_text().splitlines()

    return run


def test_two_runs_are_the_same(run):
    first, second = run("first", CHOSEN, "-k", "all"), run("second", CHOSEN, "-k", "all")

    assert len(first) > 15
    assert first == second


def test_whatever_ran_before(run):
    assert run("first", CHOSEN, "-k", "all") == run("second", CHOSEN)


def test_the_seed_makes_others(run):
    first, second = run("first", CHOSEN), run("second", CHOSEN, "--serverless-seed=1")

    assert len(first) == len(second)
    assert first != second
