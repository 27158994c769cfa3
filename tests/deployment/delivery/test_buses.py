"""Event buses of an application: which rules match, what their targets get, and what becomes of failures."""

import json

import boto3
import pytest

from pytest_serverless import events
from pytest_serverless.errors import BackendError, InvalidParameterError, InvalidPatternError

TEMPLATE = """
    Shop: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
    Audit: {Type: AWS::Events::EventBus, Properties: {Name: audit}}
    Large:
      Type: AWS::Events::Rule
      Properties:
        EventBusName: !Ref Shop
        EventPattern: {source: [com.shop], detail: {total: [{numeric: [">=", 100]}]}}
        Targets:
          - {Id: tell, Arn: !GetAtt Tell.Arn}
          - {Id: keep, Arn: !GetAtt Kept.Arn}
    Off:
      Type: AWS::Events::Rule
      Properties:
        EventBusName: !Ref Shop
        State: DISABLED
        EventPattern: {source: [com.shop]}
        Targets: [{Id: keep, Arn: !GetAtt Kept.Arn}]
    Forward:
      Type: AWS::Events::Rule
      Properties:
        EventBusName: !Ref Shop
        EventPattern: {source: [com.shop]}
        Targets: [{Id: audit, Arn: !GetAtt Audit.Arn}]
    Audited:
      Type: AWS::Events::Rule
      Properties:
        EventBusName: !Ref Audit
        EventPattern: {account: [!Ref "AWS::AccountId"]}
        Targets: [{Id: keep, Arn: !GetAtt Trail.Arn}]
    Old: {Type: AWS::Events::Archive, Properties: {SourceArn: !GetAtt Shop.Arn}}
    Kept: {Type: AWS::SQS::Queue}
    Trail: {Type: AWS::SQS::Queue}
    Tell:
      Type: AWS::Serverless::Function
      Properties: {CodeUri: src/, Runtime: python3.12, Handler: app.tell}
"""

CODE = """
    def tell(event, context):
        return event
"""


def put(source="com.shop", detail_type="Order Placed", bus="shop", **detail):
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "EventBusName": bus}
    [answer] = boto3.client("events").put_events(Entries=[entry])["Entries"]
    return answer["EventId"]


class TestRules:
    @pytest.fixture
    def shop(self, make_application):
        shop = make_application(TEMPLATE, CODE)
        shop.ref("Shop")
        return shop

    def test_an_event_that_no_rule_matches_is_shown_as_dropped(self, shop):
        put(source="com.shpo", total=100)
        put(source="com.shop", bus="audit")
        shop.settle()

        dropped = [(entry.subject, entry.cause, entry.what) for entry in shop.timeline.of("dropped")]
        assert dropped == [("Shop", "com.shpo: Order Placed", "none of its 2 rules matches")]

    def test_every_target_of_a_rule_that_matches_gets_the_event(self, shop):
        id_ = put(total=100, items=["a"])
        put(total=99)
        put(source="com.other", total=500)
        shop.settle()

        [outcome] = shop.invocations("Tell")
        [kept] = shop.queue("Kept").json
        assert kept == outcome.value
        assert events.check(kept) == []
        assert (kept["id"], kept["detail-type"], kept["detail"]) == (
            id_,
            "Order Placed",
            {"total": 100, "items": ["a"]},
        )

    def test_a_rule_that_is_disabled_does_nothing_until_it_is_enabled(self, shop):
        put(total=1)
        shop.settle()
        assert shop.queue("Kept").bodies == []

        boto3.client("events").enable_rule(Name=shop.ref("Off").rpartition("|")[2], EventBusName="shop")
        put(total=2)
        shop.settle()
        assert [event["detail"] for event in shop.queue("Kept").json] == [{"total": 2}]

    def test_one_bus_hands_an_event_on_to_another(self, shop):
        id_ = put(total=1)
        shop.settle()
        [event] = shop.queue("Trail").json
        assert (event["id"], event["source"]) == (id_, "com.shop")

    def test_another_bus_hears_nothing(self, shop):
        put(bus="default", total=1000)
        assert shop.settle() == 0
        assert shop.queue("Kept").bodies == []

    def test_the_order_of_the_senders_is_kept(self, shop):
        for total in (100, 300, 200):
            put(total=total)
        shop.settle()
        assert [event["detail"]["total"] for event in shop.queue("Kept").json] == [100, 300, 200]

    def test_a_time_of_the_sender_stands(self, shop):
        entry = {"Source": "com.shop", "DetailType": "x", "Detail": '{"total": 200}', "EventBusName": "shop"}
        boto3.client("events").put_events(Entries=[{**entry, "Time": 1_700_000_000, "Resources": ["arn:x"]}])
        shop.settle()
        [event] = shop.queue("Kept").json
        assert (event["time"], event["resources"]) == ("2023-11-14T22:13:20Z", ["arn:x"])

    def test_a_rule_that_the_test_makes_takes_part(self, shop):
        client = boto3.client("events")
        client.put_rule(Name="mine", EventPattern=json.dumps({"detail-type": [{"prefix": "Order"}]}))
        client.put_targets(Rule="mine", Targets=[{"Id": "1", "Arn": shop.attribute("Kept", "Arn")}])
        put(bus="default")
        put(bus="default", detail_type="Refund")
        shop.settle()
        assert [event["detail-type"] for event in shop.queue("Kept").json] == ["Order Placed"]

        client.remove_targets(Rule="mine", Ids=["1"])
        put(bus="default")
        shop.settle()
        assert len(shop.queue("Kept").json) == 1


def rule(target, pattern="{source: [com.shop]}"):
    return f"""
    Rule:
      Type: AWS::Events::Rule
      Properties:
        EventPattern: {pattern}
        Targets:
          - {target}
    Kept: {{Type: AWS::SQS::Queue}}
    Dead: {{Type: AWS::SQS::Queue}}
    """


def to_queue(**more):
    return {"Id": "kept", "Arn": {"Fn::GetAtt": ["Kept", "Arn"]}, **more}


def with_dead_letters(arn, **more):
    return {"Id": "it", "Arn": arn, "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Dead", "Arn"]}}, **more}


class TestInput:
    @pytest.mark.parametrize(
        ("settings", "body"),
        [
            ({"InputPath": "$.detail.order"}, '{"id":7}'),
            ({"Input": '{"fixed": true}'}, '{"fixed":true}'),
            (
                {
                    "InputTransformer": {
                        "InputPathsMap": {"id": "$.detail.order.id"},
                        "InputTemplate": '{"order": <id>}',
                    }
                },
                '{"order":7}',
            ),
            (
                {"InputTransformer": {"InputPathsMap": {"s": "$.source"}, "InputTemplate": '"order of <s>"'}},
                '"order of com.shop"',
            ),
        ],
        ids=["path", "constant", "object", "text"],
    )
    def test_a_target_gets_what_its_settings_make_of_the_event(self, make_application, settings, body):
        """Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html (2026-11)."""
        shop = make_application(rule(json.dumps(to_queue(**settings))))
        put(bus="default", order={"id": 7})
        shop.settle()
        assert shop.queue("Kept").bodies == [body]

    def test_a_template_knows_its_rule(self, make_application):
        transformer = {"InputTemplate": '{"rule": "<aws.events.rule-name>", "whole": <aws.events.event.json>}'}
        shop = make_application(rule(json.dumps(to_queue(InputTransformer=transformer))))
        id_ = put(bus="default", order=1)
        shop.settle()
        [made] = shop.queue("Kept").json
        assert made["rule"] == shop.ref("Rule")
        assert made["whole"]["id"] == id_


class TestTargets:
    def test_a_fifo_queue_gets_the_group_of_the_target(self, make_application):
        target = {
            "Id": "fifo",
            "Arn": {"Fn::GetAtt": ["Fifo", "Arn"]},
            "SqsParameters": {"MessageGroupId": "orders"},
        }
        fifo = """
    Fifo: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, ContentBasedDeduplication: true}}
        """
        shop = make_application(rule(json.dumps(target)) + fifo.strip("\n "))
        put(bus="default", n=1)
        put(bus="default", n=2)
        shop.settle()
        assert [message.group for message in shop.queue("Fifo").messages] == ["orders", "orders"]

    OTHERS = """
    Rule:
      Type: AWS::Events::Rule
      Properties:
        EventPattern: {source: [com.shop]}
        Targets:
          - {Id: stream, Arn: !GetAtt Clicks.Arn, RoleArn: !GetAtt Role.Arn,
             KinesisParameters: {PartitionKeyPath: $.detail.user}}
          - {Id: firehose, Arn: !GetAtt Lake.Arn, RoleArn: !GetAtt Role.Arn}
          - {Id: states, Arn: !Ref Machine, RoleArn: !GetAtt Role.Arn}
          - {Id: logs, Arn: !GetAtt Logs.Arn}
          - {Id: topic, Arn: !Ref News}
    Role:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Version: "2012-10-17"
          Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sts:AssumeRole}]
    Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 2}}
    Files: {Type: AWS::S3::Bucket}
    Lake:
      Type: AWS::KinesisFirehose::DeliveryStream
      Properties: {S3DestinationConfiguration: {BucketARN: !GetAtt Files.Arn, RoleARN: !GetAtt Role.Arn}}
    Machine:
      Type: AWS::StepFunctions::StateMachine
      Properties:
        RoleArn: !GetAtt Role.Arn
        DefinitionString: '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
    Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /aws/events/shop}}
    News: {Type: AWS::SNS::Topic}
    """

    def test_streams_state_machines_log_groups_and_topics_get_the_event(self, make_application):
        shop = make_application(self.OTHERS)
        id_ = put(bus="default", user="ann")
        shop.settle()

        [record] = shop.stream("Clicks").records
        assert (json.loads(record.data)["id"], record.partition_key) == (id_, "ann")
        [message] = shop.topic("News").messages
        assert message.json["id"] == id_
        states, logs, s3 = (boto3.client(name) for name in ("stepfunctions", "logs", "s3"))
        [run] = states.list_executions(stateMachineArn=shop.ref("Machine"))["executions"]
        started = states.describe_execution(executionArn=run["executionArn"])["input"]
        assert json.loads(started)["id"] == id_
        [stream] = logs.describe_log_streams(logGroupName="/aws/events/shop")["logStreams"]
        lines = logs.get_log_events(logGroupName="/aws/events/shop", logStreamName=stream["logStreamName"])["events"]
        assert [json.loads(line["message"])["id"] for line in lines] == [id_]
        [key] = shop.bucket("Files").keys
        kept = s3.get_object(Bucket=shop.ref("Files"), Key=key)["Body"].read()
        assert json.loads(kept)["id"] == id_
        assert kept.endswith(b"}"), "EventBridge puts no newline between records"


class TestFailures:
    """Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html and eb-rule-retry-policy.html
    beside it (2026-11).
    """

    MISSING = "arn:aws:sqs:us-east-1:123456789012:missing"

    def test_a_target_that_does_not_exist_is_named_with_its_line(self, make_application):
        shop = make_application(rule(json.dumps({"Id": "lost", "Arn": self.MISSING})))
        put(bus="default")
        with pytest.raises(
            BackendError,
            match=rf"The rule Rule \(.*template.yaml:\d+\) has the target lost, and there is no {self.MISSING}",
        ):
            shop.settle()

    @pytest.mark.parametrize("arn", [MISSING, "arn:aws:lambda:us-east-1:123456789012:function:missing"])
    def test_what_goes_nowhere_is_a_dead_letter_at_once(self, make_application, arn):
        shop = make_application(rule(json.dumps(with_dead_letters(arn, InputPath="$.detail"))))
        id_ = put(bus="default", n=1)
        shop.settle()
        [dead] = shop.queue("Dead").messages
        assert (dead.json["id"], dead.json["detail"]) == (id_, {"n": 1})
        assert dead.attributes == {
            "RULE_ARN": shop.attribute("Rule", "Arn"),
            "TARGET_ARN": arn,
            "ERROR_CODE": "NO_RESOURCE",
            "ERROR_MESSAGE": f"there is no {arn}",
            "RETRY_ATTEMPTS": "0",
        }
        assert shop.timeline.of("retry") == []

    @pytest.mark.parametrize("kind", ["function", "state machine"])
    def test_a_text_is_no_input_for_a_function_or_state_machine(self, make_application, kind):
        transformer = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '"a" "<n>"'}
        target = {"function": {"Fn::GetAtt": ["Tell", "Arn"]}, "state machine": {"Ref": "Machine"}}[kind]
        more = """
    Machine:
      Type: AWS::StepFunctions::StateMachine
      Properties:
        RoleArn: arn:aws:iam::123456789012:role/any
        DefinitionString: '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
    Tell:
      Type: AWS::Serverless::Function
      Properties: {CodeUri: src/, Runtime: python3.12, Handler: app.tell}
        """
        text = rule(json.dumps(with_dead_letters(target, InputTransformer=transformer)))
        shop = make_application(text + more.strip("\n "), CODE)
        put(bus="default", n=1)
        assert shop.settle() == 0
        assert [dead.attributes["ERROR_CODE"] for dead in shop.queue("Dead").messages] == ["INVALID_JSON"]

    def failing(self, shop, monkeypatch, times):
        """Let SendMessage to `Kept` be answered with 503 that often."""
        client, answers = shop.aws.client("sqs"), [503] * times
        send = client.send_message

        def send_message(**given):
            if "-Kept-" in given["QueueUrl"] and answers:
                metadata = {"ResponseMetadata": {"HTTPStatusCode": answers.pop()}}
                error = {"Error": {"Code": "ServiceUnavailable", "Message": "later"}, **metadata}
                raise client.exceptions.ClientError(error, "SendMessage")
            return send(**given)

        monkeypatch.setattr(client, "send_message", send_message)

    def test_a_target_that_fails_for_a_while_gets_the_event_later(self, make_application, monkeypatch):
        shop = make_application(rule(json.dumps(to_queue())))
        self.failing(shop, monkeypatch, times=3)
        put(bus="default", n=1)
        shop.settle()
        assert [event["detail"] for event in shop.queue("Kept").json] == [{"n": 1}]
        assert [entry.what for entry in shop.timeline.of("retry")] == ["again in 1 s", "again in 2 s", "again in 4 s"]

    @pytest.mark.parametrize(
        ("policy", "condition", "attempts"),
        [
            ({"MaximumRetryAttempts": 2}, "MaximumRetryAttempts", "2"),
            ({"MaximumRetryAttempts": 0}, "MaximumRetryAttempts", "0"),
            ({"MaximumEventAgeInSeconds": 60}, "MaximumEventAgeInSeconds", "5"),
        ],
    )
    def test_retries_end_with_a_dead_letter_that_says_why(
        self, make_application, monkeypatch, policy, condition, attempts
    ):
        target = {**with_dead_letters({"Fn::GetAtt": ["Kept", "Arn"]}), "RetryPolicy": policy}
        shop = make_application(rule(json.dumps(target)))
        self.failing(shop, monkeypatch, times=1000)
        put(bus="default")
        shop.settle()
        [dead] = shop.queue("Dead").messages
        assert dead.attributes["EXHAUSTED_RETRY_CONDITION"] == condition
        assert dead.attributes["RETRY_ATTEMPTS"] == attempts
        assert dead.attributes["ERROR_CODE"] == "INTERNAL_ERROR"

    def test_by_default_a_target_is_tried_for_a_day(self, make_application, monkeypatch):
        shop = make_application(rule(json.dumps(with_dead_letters({"Fn::GetAtt": ["Kept", "Arn"]}))))
        self.failing(shop, monkeypatch, times=1000)
        put(bus="default")
        shop.advance(days=2)
        assert len(shop.timeline.of("retry")) == 185
        assert len(shop.queue("Dead").messages) == 1

    def test_without_dead_letters_an_event_is_dropped_after_its_retries(self, make_application, monkeypatch):
        shop = make_application(rule(json.dumps(to_queue(RetryPolicy={"MaximumRetryAttempts": 1}))))
        self.failing(shop, monkeypatch, times=1000)
        put(bus="default")
        shop.settle()
        [dropped] = shop.timeline.of("dropped")
        assert (dropped.subject, dropped.cause) == ("Kept", "rule Rule (com.shop: Order Placed)")

    def test_a_dead_letter_queue_that_is_gone_is_named(self, make_application):
        shop = make_application(rule(json.dumps(with_dead_letters(self.MISSING))))
        shop.ref("Rule")
        boto3.client("sqs").delete_queue(QueueUrl=shop.ref("Dead"))
        put(bus="default")
        with pytest.raises(BackendError, match=r"The rule Rule \(.*\) has a dead-letter queue, and there is no arn:"):
            shop.settle()


class TestBusesAmongThemselves:
    LOOP = """
    One: {Type: AWS::Events::EventBus, Properties: {Name: one}}
    Two: {Type: AWS::Events::EventBus, Properties: {Name: two}}
    There:
      Type: AWS::Events::Rule
      Properties:
        EventBusName: !Ref One
        EventPattern: {source: [com.shop]}
        Targets: [{Id: two, Arn: !GetAtt Two.Arn}]
    Back:
      Type: AWS::Events::Rule
      Properties:
        EventBusName: !Ref Two
        EventPattern: {source: [com.shop]}
        Targets: [{Id: one, Arn: !GetAtt One.Arn}]
    """

    def test_an_event_comes_to_each_once(self, make_application):
        shop = make_application(self.LOOP)
        shop.ref("One")
        put(bus="one")
        shop.settle()
        assert [len(shop.bus(name).events) for name in ("One", "Two")] == [1, 1]
        assert [entry.subject for entry in shop.timeline.of("dropped")] == ["One"]

    ABSENT = "arn:aws:events:us-east-1:123456789012:event-bus/absent"

    def test_one_that_does_not_exist_is_named(self, make_application):
        shop = make_application(rule(json.dumps({"Id": "on", "Arn": self.ABSENT})))
        put(bus="default")
        with pytest.raises(BackendError, match=f"has the target on, and there is no {self.ABSENT}"):
            shop.settle()

    def test_what_it_should_have_got_may_be_a_dead_letter(self, make_application):
        shop = make_application(rule(json.dumps(with_dead_letters(self.ABSENT))))
        put(bus="default")
        shop.settle()
        [dead] = shop.queue("Dead").messages
        assert (dead.attributes["ERROR_CODE"], dead.attributes["RETRY_ATTEMPTS"]) == ("NO_RESOURCE", "0")


class TestMistakes:
    """What the mock takes and EventBridge would not: the error comes with the first event, and says whose it is."""

    def test_a_template_with_an_unknown_variable(self, make_application):
        shop = make_application(rule(json.dumps(to_queue())))
        target = {"Id": "kept", "Arn": shop.attribute("Kept", "Arn"), "InputTransformer": {"InputTemplate": "<what>"}}
        boto3.client("events").put_targets(Rule=shop.ref("Rule"), Targets=[target])
        put(bus="default")
        with pytest.raises(InvalidParameterError, match=r"template.yaml:\d+: rule Rule: .*invalid placeholder what"):
            shop.settle()

    def test_a_pattern_with_an_unknown_operator(self, make_application):
        shop = make_application(rule(json.dumps(to_queue())))
        pattern = json.dumps({"source": [{"sounds-like": "shop"}]})
        boto3.client("events").put_rule(Name=shop.ref("Rule"), EventPattern=pattern)
        put(bus="default")
        with pytest.raises(InvalidPatternError, match=r"template.yaml:\d+: rule Rule: .*sounds-like"):
            shop.settle()


def test_a_handler_may_put_events(make_application):
    code = """
        import json

        import boto3

        def first(event, context):
            entry = {"Source": "com.shop", "DetailType": "Second", "Detail": json.dumps(event)}
            return boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]

        def second(event, context):
            return event["detail"]
    """
    functions = """
    First:
      Type: AWS::Serverless::Function
      Properties: {CodeUri: src/, Runtime: python3.12, Handler: app.first}
    Second:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.second
        Events:
          Rule: {Type: EventBridgeRule, Properties: {Pattern: {detail-type: [Second]}}}
    """
    shop = make_application(functions, code)
    assert shop.invoke("First", {"order": 7}) == 0
    assert shop.settle() == 1
    assert [outcome.value for outcome in shop.invocations("Second")] == [{"order": 7}]


def test_a_function_that_fails_is_tried_by_lambda_and_not_by_the_rule(make_application):
    functions = """
    Tell:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.tell
        Events:
          Rule: {Type: EventBridgeRule, Properties: {Pattern: {source: [com.shop]}}}
    """
    shop = make_application(functions, "def tell(event, context):\n    raise ValueError('no')")
    put(bus="default")
    with shop.expect_failures("Tell", times=3):
        shop.settle()


def test_an_entry_that_the_bus_refuses_is_not_delivered(make_application):
    shop = make_application(rule(json.dumps(to_queue())))
    entry = {"Source": "com.shop", "DetailType": "x", "Detail": "no JSON"}
    answer = boto3.client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 1
    shop.settle()
    assert shop.queue("Kept").bodies == []


def test_an_event_for_a_bus_that_is_not_there_is_taken_and_dropped(make_application):
    """As recorded of the service: https://github.com/aws/aws-cli/issues/9186."""
    shop = make_application("Events: {Type: AWS::Events::EventBus, Properties: {Name: shop}}")
    entry = {"Source": "shop", "DetailType": "Sold", "Detail": "{}"}

    answer = boto3.client("events").put_events(
        Entries=[{**entry, "EventBusName": "absent"}, entry, {**entry, "EventBusName": "absent", "Source": ""}]
    )

    assert [sorted(each) for each in answer["Entries"]] == [["EventId"], ["EventId"], ["ErrorCode", "ErrorMessage"]]
    assert (answer["FailedEntryCount"], shop.settle()) == (1, 0)
    assert [(entry.subject, entry.what) for entry in shop.timeline.of("dropped")] == [
        ("absent", "there is no such bus")
    ]
