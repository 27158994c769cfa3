"""Schedules of EventBridge Scheduler: when they are due while time passes, what they send, and where failures end."""

import json
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import boto3
import pytest

from pytest_serverless import events
from pytest_serverless.errors import BackendError

MISSING = "arn:aws:sqs:us-east-1:123456789012:missing"

REST = """
    Echo:
      Type: AWS::Serverless::Function
      Properties: {CodeUri: src/, Runtime: python3.12, Handler: app.echo}
    Kept: {Type: AWS::SQS::Queue}
    Dead: {Type: AWS::SQS::Queue}
    Role:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Version: "2012-10-17"
          Statement: [{Effect: Allow, Principal: {Service: scheduler.amazonaws.com}, Action: sts:AssumeRole}]
"""

CODE = """
    import time

    def echo(event, context):
        return [event, time.time()]
"""


@pytest.fixture
def make(make_application):
    """Make an application with one schedule: `{Arn: !GetAtt Echo.Arn}` is its target unless another is given."""

    def make(expression, target="Arn: !GetAtt Echo.Arn", more="", rest=""):
        schedule = f"""
    Timer:
      Type: AWS::Scheduler::Schedule
      Properties:
        ScheduleExpression: {expression}
        FlexibleTimeWindow: {{Mode: "OFF"}}
        Target: {{RoleArn: !GetAtt Role.Arn, {target}}}
        {more}
        """
        return make_application(schedule.rstrip() + "\n" + REST.strip("\n") + rest, CODE)

    return make


def runs(shop):
    return [tuple(outcome.value) for outcome in shop.invocations("Echo")]


def times(shop, zone=timezone.utc):
    return [datetime.fromtimestamp(ran, zone) for _, ran in runs(shop)]


def in_(**span):
    """An `at` expression."""
    return f"at({datetime.now(timezone.utc) + timedelta(**span):%Y-%m-%dT%H:%M:%S})"


class TestWhen:
    def test_a_rate_fires_as_often_as_it_should(self, make):
        shop = make("rate(90 minutes)")
        assert shop.settle() == 0
        assert shop.advance(days=1) == 16
        event, ran = runs(shop)[0]
        assert events.check(event) == []
        assert (event["source"], event["detail-type"], event["detail"]) == ("aws.scheduler", "Scheduled Event", "{}")
        due = datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%S%z").timestamp()
        assert 0 <= ran - due < 1.5

    def test_a_cron_is_in_its_time_zone_in_winter_and_in_summer(self, make):
        """Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html (2026-11)."""
        berlin = ZoneInfo("Europe/Berlin")
        shop = make("cron(0 8 1 * ? *)", more="ScheduleExpressionTimezone: Europe/Berlin")
        shop.advance(days=400)
        found = times(shop, berlin)
        assert len(found) in (12, 13)  # as the months are long
        assert {(time.day, time.hour, time.minute) for time in found} == {(1, 8, 0)}
        assert {time.utcoffset() for time in found} == {timedelta(hours=1), timedelta(hours=2)}

    def test_one_time_fires_once(self, make):
        shop = make(in_(hours=3))
        assert shop.advance(hours=2) == 0
        assert shop.advance(hours=2) == 1
        assert shop.advance(days=400) == 0
        assert len(boto3.client("scheduler").list_schedules()["Schedules"]) == 1

    def test_one_time_may_be_deleted_when_it_is_over(self, make):
        shop = make(in_(hours=3), more="ActionAfterCompletion: DELETE")
        shop.ref("Timer")
        assert len(boto3.client("scheduler").list_schedules()["Schedules"]) == 1
        assert shop.advance(days=1) == 1
        assert boto3.client("scheduler").list_schedules()["Schedules"] == []

    def test_one_time_that_has_passed_never_fires(self, make):
        shop = make("at(2020-01-01T00:00:00)")
        assert shop.advance(days=30) == 0

    def test_nothing_is_due_before_the_start_or_after_the_end(self, make):
        now = datetime.now(timezone.utc).replace(microsecond=0, second=0)
        start, end = now + timedelta(hours=5), now + timedelta(hours=8, minutes=30)
        shop = make(
            "rate(1 hour)", more=f"StartDate: '{start:%Y-%m-%dT%H:%M:%SZ}'\n        EndDate: '{end:%Y-%m-%dT%H:%M:%SZ}'"
        )
        shop.advance(days=1)
        found = times(shop)
        assert [round((time - now) / timedelta(hours=1)) for time in found] == [5, 6, 7, 8]

    def test_one_that_is_disabled_never_fires(self, make):
        shop = make("rate(1 minute)", more="State: DISABLED")
        assert shop.advance(hours=5) == 0

    def test_one_that_is_enabled_again_does_not_catch_up(self, make):
        shop = make("cron(0 * * * ? *)")
        client, name = boto3.client("scheduler"), shop.ref("Timer")
        known = client.get_schedule(Name=name)
        settings = {key: known[key] for key in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
        client.update_schedule(**settings, State="DISABLED")
        assert shop.advance(hours=5) == 0
        client.update_schedule(**settings, State="ENABLED")
        assert shop.advance(hours=2) == 2

    def test_one_that_the_test_makes_is_due_at_once_and_then_at_its_rate(self, make):
        shop = make("rate(365 days)")
        role = shop.attribute("Role", "Arn")
        shop.advance(hours=1)
        boto3.client("scheduler").create_schedule(
            Name="mine",
            ScheduleExpression="rate(1 hour)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": shop.attribute("Echo", "Arn"), "RoleArn": role, "Input": '"mine"'},
        )
        assert shop.advance(hours=2) == 3
        boto3.client("scheduler").delete_schedule(Name="mine")
        assert shop.advance(hours=2) == 0


class TestWhat:
    def test_context_attributes_are_filled_in(self, make):
        """Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html."""
        given = {
            "arn": "<aws.scheduler.schedule-arn>",
            "time": "<aws.scheduler.scheduled-time>",
            "attempt": "<aws.scheduler.attempt-number>",
            "id": "<aws.scheduler.execution-id>",
        }
        shop = make("rate(1 day)", f"Arn: !GetAtt Echo.Arn, Input: '{json.dumps(given)}'")
        shop.advance(days=2)
        (first, ran), (second, _) = runs(shop)
        due = datetime.strptime(first["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        assert first["arn"] == shop.attribute("Timer", "Arn")
        assert abs(ran - due.timestamp()) < 2
        assert first["attempt"] == "1"
        assert first["id"] != second["id"]

    def test_a_fifo_queue_gets_the_group_of_the_target(self, make):
        fifo = "\n    Fifo: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, ContentBasedDeduplication: true}}\n"
        target = "Arn: !GetAtt Fifo.Arn, Input: hello, SqsParameters: {MessageGroupId: nightly}"
        shop = make("rate(1 hour)", target, rest=fifo)
        shop.advance(hours=1)
        [message] = shop.queue("Fifo").messages
        assert (message.body, message.group) == ("hello", "nightly")

    def test_a_bus_gets_an_event_of_the_targets_parameters(self, make):
        rest = """
    Bus: {Type: AWS::Events::EventBus, Properties: {Name: nightly}}
    Rule:
      Type: AWS::Events::Rule
      Properties:
        EventBusName: !Ref Bus
        EventPattern: {source: [com.shop]}
        Targets: [{Id: kept, Arn: !GetAtt Kept.Arn}]
        """
        parameters = "EventBridgeParameters: {Source: com.shop, DetailType: Night}"
        shop = make("rate(1 hour)", f"Arn: !GetAtt Bus.Arn, Input: '{{\"n\": 1}}', {parameters}", rest=rest)
        shop.advance(hours=1)
        [event] = shop.queue("Kept").json
        assert (event["source"], event["detail-type"], event["detail"]) == ("com.shop", "Night", {"n": 1})
        assert events.check(event) == []

    def test_any_api_may_be_called(self, make):
        """Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html (2026-11)."""
        target = """
            Arn: "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
            Input: !Sub '{"QueueUrl": "${Kept}", "MessageBody": "<aws.scheduler.attempt-number>"}'
        """
        shop = make("rate(1 hour)", target)
        shop.advance(hours=1)
        assert shop.queue("Kept").bodies == ["1"]


class TestFailures:
    """Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html (2026-11)."""

    def test_a_target_that_is_nowhere_is_named_with_its_line(self, make):
        shop = make("rate(1 hour)", f"Arn: {MISSING}, Input: hello")
        with pytest.raises(
            BackendError, match=rf"The schedule Timer \(.*template.yaml:\d+\) has a target, and there is no {MISSING}"
        ):
            shop.advance(hours=1)

    def test_an_operation_that_no_service_has_is_named(self, make):
        shop = make("rate(1 hour)", 'Arn: "arn:aws:scheduler:::aws-sdk:sqs:sendLetter", Input: "{}"')
        with pytest.raises(BackendError, match=r"has a target, and sqs has no operation sendLetter\."):
            shop.advance(hours=1)

    def test_what_goes_nowhere_is_a_dead_letter(self, make):
        shop = make("rate(1 hour)", f"Arn: {MISSING}, Input: hello, DeadLetterConfig: {{Arn: !GetAtt Dead.Arn}}")
        shop.advance(hours=1)
        [dead] = shop.queue("Dead").messages
        attributes = dict(dead.attributes)
        assert dead.body == "hello"
        assert len(attributes.pop("EXECUTION_ID")) == 16
        assert attributes.pop("SCHEDULED_TIME").endswith("Z")
        assert attributes == {
            "SCHEDULE_ARN": shop.attribute("Timer", "Arn"),
            "TARGET_ARN": MISSING,
            "ERROR_CODE": "AWS.SimpleQueueService.NonExistentQueue",
            "ERROR_MESSAGE": f"there is no {MISSING}",
            "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
            "RETRY_ATTEMPTS": "0",
            "IS_PAYLOAD_TRUNCATED": "false",
        }

    def test_each_retry_counts_in_the_input(self, make, monkeypatch):
        target = (
            'Arn: !GetAtt Kept.Arn, Input: "<aws.scheduler.attempt-number>", RetryPolicy: {MaximumRetryAttempts: 2}, '
            "DeadLetterConfig: {Arn: !GetAtt Dead.Arn}"
        )
        shop = make("rate(1 hour)", target)
        client = shop.aws.client("sqs")
        send, bodies = client.send_message, []

        def send_message(**given):
            if "-Kept-" in given["QueueUrl"]:
                bodies.append(given["MessageBody"])
                answer = {"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
                raise client.exceptions.ClientError(answer, "SendMessage")
            return send(**given)

        monkeypatch.setattr(client, "send_message", send_message)
        shop.advance(hours=1)
        shop.settle()
        assert bodies == ["1", "2", "3"]
        [dead] = shop.queue("Dead").messages
        assert dead.attributes["RETRY_ATTEMPTS"] == "2"
        assert dead.attributes["ERROR_CODE"] == "ThrottlingException"
