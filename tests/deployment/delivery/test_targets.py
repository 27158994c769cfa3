"""What becomes of a thing that is sent, kind by kind of the target."""

import json

import boto3

ROLE = """
    Role:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Version: "2012-10-17"
          Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sts:AssumeRole}]
"""


def template(target, rest=""):
    return (
        f"""
    Rule:
      Type: AWS::Events::Rule
      Properties:
        EventPattern: {{source: [com.shop]}}
        Targets: [{{Id: it, {target}}}]
    """.rstrip(" ")
        + rest.strip("\n")
    )


def put(detail="{}"):
    entry = {"Source": "com.shop", "DetailType": "Done", "Detail": detail}
    boto3.client("events").put_events(Entries=[entry])


def test_a_target_that_is_not_modelled_is_told_in_the_timeline(make_application):
    arn = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
    shop = make_application(template(f"Arn: '{arn}'"))
    put()
    shop.settle()
    [dropped] = shop.timeline.of("dropped")
    assert dropped.what == "nothing is behind it here"
    assert shop.timeline.of("delivery") == []


def test_every_delivery_but_those_to_functions_is_in_the_timeline(make_application):
    shop = make_application(template("Arn: !GetAtt Kept.Arn", "\n    Kept: {Type: AWS::SQS::Queue}\n"))
    put()
    shop.settle()
    [entry] = shop.timeline.of("delivery")
    assert (entry.subject, entry.cause) == ("Kept", "rule Rule (com.shop: Done)")


def test_deliveries_are_no_calls_of_anybody(make_application):
    shop = make_application(template("Arn: !GetAtt Kept.Arn", "\n    Kept: {Type: AWS::SQS::Queue}\n"))
    put()
    shop.settle()
    assert len(shop.queue("Kept").bodies) == 1
    assert shop.calls("sqs", "SendMessage") == []


def test_a_log_group_gets_the_message_of_a_template_that_has_one(make_application):
    """Source: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_events_targets.LogGroupTargetInput.html."""
    paths = {"time": "$.time", "who": "$.detail.who"}
    written = {"InputPathsMap": paths, "InputTemplate": '{"timestamp": <time>, "message": <who>}'}
    logs = "\n    Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /aws/events/shop}}\n"
    shop = make_application(template(f"Arn: !GetAtt Logs.Arn, InputTransformer: {json.dumps(written)}", logs))
    put('{"who": "ann"}')
    shop.settle()
    found = boto3.client("logs").filter_log_events(logGroupName="/aws/events/shop")["events"]
    assert [event["message"] for event in found] == ["ann"]


def test_a_delivery_stream_gets_the_messages_of_a_topic_as_lines(make_application):
    """Source: https://docs.aws.amazon.com/sns/latest/dg/sns-firehose-as-subscriber.html (2026-11)."""
    lake = """
    News: {Type: AWS::SNS::Topic}
    Files: {Type: AWS::S3::Bucket}
    Lake:
      Type: AWS::KinesisFirehose::DeliveryStream
      Properties: {S3DestinationConfiguration: {BucketARN: !GetAtt Files.Arn, RoleARN: !GetAtt Role.Arn}}
    ToLake:
      Type: AWS::SNS::Subscription
      Properties:
        TopicArn: !Ref News
        Protocol: firehose
        Endpoint: !GetAtt Lake.Arn
        SubscriptionRoleArn: !GetAtt Role.Arn
        RawMessageDelivery: true
    """
    shop = make_application(lake.rstrip(" ") + ROLE.strip("\n"))
    boto3.client("sns").publish(TopicArn=shop.ref("News"), Message="one")
    shop.settle()
    [key] = shop.bucket("Files").keys
    kept = boto3.client("s3").get_object(Bucket=shop.ref("Files"), Key=key)["Body"].read()
    assert kept == b"one\n"
