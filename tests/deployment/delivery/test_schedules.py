"""Rules with a schedule: how often they fire while time passes, when they say it is, and what they send."""

import json
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import boto3
import pytest

from pytest_serverless import events

TEMPLATE = """
    Often:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.echo
        Events:
          Rate: {Type: Schedule, Properties: {Schedule: rate(6 hours)}}
    Nightly:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.echo
        Events:
          Cron: {Type: Schedule, Properties: {Schedule: "cron(30 2 * * ? *)", Input: '{"job": "clean"}'}}
          Never: {Type: Schedule, Properties: {Schedule: rate(1 minute), Enabled: false}}
    Counter:
      Type: AWS::Events::Rule
      Properties:
        ScheduleExpression: rate(1 hour)
        Targets: [{Id: queue, Arn: !GetAtt Ticks.Arn}]
    Ticks: {Type: AWS::SQS::Queue}
"""

CODE = """
    import time

    def echo(event, context):
        return [event, time.time()]
"""


@pytest.fixture
def shop(make_application):
    return make_application(TEMPLATE, CODE)


def runs(shop, function):
    """The events of a function, and the times at which it ran."""
    return [tuple(outcome.value) for outcome in shop.invocations(function)]


def seconds(event):
    return datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()


def test_settling_fires_nothing(shop):
    assert shop.settle() == 0
    assert shop.timeline.of("schedule") == []


def test_a_day_fires_each_schedule_as_often_as_it_should(shop):
    assert shop.advance(days=1) == 4 + 1
    assert len(runs(shop, "Often")) == 4
    assert len(runs(shop, "Nightly")) == 1
    assert len(shop.queue("Ticks").json) == 24


def test_a_second_day_goes_on_where_the_first_ended(shop):
    for _ in range(4):
        shop.advance(hours=12)
    assert len(runs(shop, "Often")) == 8
    assert len(runs(shop, "Nightly")) == 2
    assert len(shop.queue("Ticks").json) == 48


def test_the_event_is_of_the_rule_and_of_its_time(shop):
    shop.advance(days=1)
    values = runs(shop, "Often")
    assert all(events.check(event) == [] for event, _ in values)
    assert {event["detail-type"] for event, _ in values} == {"Scheduled Event"}
    assert all(0 <= ran - seconds(event) < 1.5 for event, ran in values)
    gaps = {seconds(later[0]) - seconds(earlier[0]) for earlier, later in pairwise(values)}
    assert gaps == {6 * 3600}
    [arn] = {arn for event, _ in values for arn in event["resources"]}
    assert ":rule/" in arn


def test_a_cron_is_at_its_time_of_day_with_its_input(shop):
    shop.advance(days=3)
    values = runs(shop, "Nightly")
    assert [event for event, _ in values] == [{"job": "clean"}] * 3
    times = [datetime.fromtimestamp(ran, timezone.utc) for _, ran in values]
    assert {(time.hour, time.minute) for time in times} == {(2, 30)}


def test_everything_happens_in_the_order_of_time(shop):
    shop.advance(days=2)
    times = [entry.time for entry in shop.timeline]
    assert times == sorted(times)
    assert {entry.kind for entry in shop.timeline} >= {"schedule", "invocation"}


def test_what_a_schedule_causes_is_done_before_time_goes_on(make_application):
    code = """
        import time

        seen = []

        def tick(event, context):
            import boto3
            import os
            boto3.client("sqs").send_message(QueueUrl=os.environ["JOBS"], MessageBody=event["time"])

        def work(event, context):
            return [record["body"] for record in event["Records"]] + [time.time()]
    """
    template = """
    Tick:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.tick
        Environment: {Variables: {JOBS: !Ref Jobs}}
        Events:
          Rate: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}
    Work:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.work
        Events:
          Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
    Jobs: {Type: AWS::SQS::Queue}
    """
    shop = make_application(template, code)
    shop.advance(hours=3.5)
    done = [outcome.value for outcome in shop.invocations("Work")]
    assert len(done) == 3
    assert all(ran - seconds({"time": sent}) < 60 for sent, ran in done)


def test_a_rule_that_the_test_makes_counts_from_then(shop):
    shop.advance(hours=1.5)
    client = boto3.client("events")
    client.put_rule(Name="mine", ScheduleExpression="rate(1 hour)")
    client.put_targets(Rule="mine", Targets=[{"Id": "1", "Arn": shop.attribute("Often", "Arn"), "Input": '"mine"'}])
    start = datetime.now(timezone.utc)
    shop.advance(hours=3)
    times = [datetime.fromtimestamp(ran, timezone.utc) for event, ran in runs(shop, "Often") if event == "mine"]
    assert len(times) == 3
    for number, time in enumerate(times, 1):
        assert abs(time - start - timedelta(hours=number)) < timedelta(seconds=5)


def test_a_rule_that_is_disabled_stops_and_goes_on_when_enabled(shop):
    client, name = boto3.client("events"), shop.ref("Counter")
    client.disable_rule(Name=name)
    shop.advance(hours=3)
    assert shop.queue("Ticks").bodies == []
    client.enable_rule(Name=name)
    shop.advance(hours=2)
    assert len(shop.queue("Ticks").bodies) == 2


def test_items_past_their_time_to_live_are_gone_and_the_stream_says_who_did_it(make_application):
    """Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html."""
    template = """
    Sessions:
      Type: AWS::DynamoDB::Table
      Properties:
        BillingMode: PAY_PER_REQUEST
        AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
        KeySchema: [{AttributeName: id, KeyType: HASH}]
        TimeToLiveSpecification: {AttributeName: ends, Enabled: true}
        StreamSpecification: {StreamViewType: OLD_IMAGE}
    Ended:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.echo
        Events:
          Stream:
            Type: DynamoDB
            Properties:
              Stream: !GetAtt Sessions.StreamArn
              StartingPosition: TRIM_HORIZON
              FilterCriteria:
                Filters: [{Pattern: '{"userIdentity": {"type": ["Service"]}}'}]
    """
    shop = make_application(template, CODE)
    table, now = boto3.resource("dynamodb").Table(shop.ref("Sessions")), int(datetime.now(timezone.utc).timestamp())
    table.put_item(Item={"id": "short", "ends": now + 600})
    table.put_item(Item={"id": "long", "ends": now + 7200})
    table.put_item(Item={"id": "kept"})
    table.delete_item(Key={"id": "kept"})
    assert shop.settle() == 0
    assert len(shop.table("Sessions").items) == 2

    assert shop.advance(minutes=30) == 1
    assert [item["id"] for item in shop.table("Sessions").items] == ["long"]
    event, _ = shop.invocations("Ended")[0].value
    assert events.check(event) == []
    [record] = event["Records"]
    assert record["eventName"] == "REMOVE"
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert record["dynamodb"]["OldImage"]["id"] == {"S": "short"}
    assert json.dumps(event).count("long") == 0
