"""Topics of an application: to whom their messages go, and in which form."""

import boto3

from pytest_serverless import events

TEMPLATE = """
    News: {Type: AWS::SNS::Topic}
    Inbox: {Type: AWS::SQS::Queue}
    ToInbox:
      Type: AWS::SNS::Subscription
      Properties:
        TopicArn: !Ref News
        Protocol: sqs
        Endpoint: !GetAtt Inbox.Arn
        FilterPolicy: {kind: [urgent]}
    Tell:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.tell
        Events:
          News: {Type: SNS, Properties: {Topic: !Ref News}}
"""

CODE = """
    def tell(event, context):
        return event
"""


def publish(shop, message, kind):
    attributes = {"kind": {"DataType": "String", "StringValue": kind}}
    boto3.client("sns").publish(TopicArn=shop.ref("News"), Message=message, MessageAttributes=attributes)


def test_a_filter_policy_lets_through_what_it_names(make_application):
    shop = make_application(TEMPLATE, CODE)
    publish(shop, "one", "urgent")
    publish(shop, "two", "idle")

    assert shop.settle() == 2
    assert [body["Message"] for body in shop.queue("Inbox").json] == ["one"]
    assert [entry.what for entry in shop.timeline.of("dropped")] == ["filter policy"]
    assert all(events.check(outcome.value) == [] for outcome in shop.invocations("Tell"))
