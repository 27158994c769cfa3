"""Who listens to what is read from the live services, whoever set it; what moto drops of it is kept."""

import datetime as dt
import json
import subprocess
import sys

import boto3
import pytest

from tests.backends.states import SERVICES

ACCOUNT = "us-east-1:123456789012"
FUNCTION = f"arn:aws:lambda:{ACCOUNT}:function:f"
QUEUE = f"arn:aws:sqs:{ACCOUNT}:dead"
ROLE = "arn:aws:iam::123456789012:role/r"
DEFAULT_BUS = f"arn:aws:events:{ACCOUNT}:event-bus/default"


@pytest.fixture
def topic(aws):
    return boto3.client("sns").create_topic(Name="news")["TopicArn"]


def subscribe(topic, endpoint=FUNCTION, protocol="lambda", **attributes):
    return boto3.client("sns").subscribe(
        TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]


def test_a_subscription_with_all_it_can_have(aws, topic):
    given = {
        "FilterPolicy": json.dumps({"order": {"kind": ["new"]}}),
        "FilterPolicyScope": "MessageBody",
        "RawMessageDelivery": "true",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": QUEUE}),
        "DeliveryPolicy": json.dumps({"healthyRetryPolicy": {"numRetries": 1}}),
        "SubscriptionRoleArn": ROLE,
        "ReplayPolicy": "{}",
    }
    arn = subscribe(topic, **given)

    [read] = aws.wiring.subscriptions(topic)
    assert (read.arn, read.topic, read.protocol, read.endpoint) == (arn, topic, "lambda", FUNCTION)
    assert read.owner == "123456789012"
    assert (read.filter_policy, read.filter_scope) == (given["FilterPolicy"], "MessageBody")
    assert (read.raw, read.dead_letter_queue, read.role) == (True, QUEUE, ROLE)
    assert read.delivery_policy == given["DeliveryPolicy"]
    answered = boto3.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert {name: answered[name] for name in given} == given


def test_a_subscription_that_is_changed_and_one_that_is_ended(aws, topic):
    sns, queue = boto3.client("sns"), f"arn:aws:sqs:{ACCOUNT}:q"
    kept, ended = subscribe(topic, queue, "sqs"), subscribe(topic)
    policy = {"AttributeName": "FilterPolicy", "AttributeValue": '{"a": ["b"]}'}
    raw = {"AttributeName": "RawMessageDelivery", "AttributeValue": "true"}

    [before, _] = aws.wiring.subscriptions(topic)
    sns.set_subscription_attributes(SubscriptionArn=kept, **policy)
    sns.set_subscription_attributes(SubscriptionArn=kept, **raw)
    sns.unsubscribe(SubscriptionArn=ended)

    assert (before.filter_policy, before.filter_scope, before.raw) == (None, "MessageAttributes", False)
    [after] = aws.wiring.subscriptions(topic)
    assert (after.arn, after.filter_policy, after.raw) == (kept, '{"a": ["b"]}', True)
    sns.set_subscription_attributes(SubscriptionArn=kept, AttributeName="FilterPolicy", AttributeValue="")
    sns.set_subscription_attributes(SubscriptionArn=kept, AttributeName="RawMessageDelivery", AttributeValue="false")
    [last] = aws.wiring.subscriptions(topic)
    assert (last.filter_policy, last.raw) == (None, False)


def test_topics_have_their_own_subscriptions(aws, topic):
    other = boto3.client("sns").create_topic(Name="news2")["TopicArn"]
    subscribe(other)

    assert aws.wiring.subscriptions(topic) == []


def test_a_policy_over_addresses_is_taken(aws, topic):
    # https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html, "IP address matching"
    policy = json.dumps({"source_ip": [{"cidr": "10.0.0.0/24"}], "kind": ["a", {"prefix": "b"}]})
    subscribe(topic, FilterPolicy=policy)

    assert [one.filter_policy for one in aws.wiring.subscriptions(topic)] == [policy]


def test_a_subscription_that_is_refused_leaves_nothing(aws, topic):
    subscribe(topic, "arn:aws:lambda:us-east-1:123456789012:function:other")
    sns = boto3.client("sns")

    with pytest.raises(sns.exceptions.InvalidParameterException, match="Unrecognized match type no-such"):
        subscribe(topic, FilterPolicy=json.dumps({"a": [{"no-such": "b"}]}))

    assert [one.endpoint.rpartition(":")[2] for one in aws.wiring.subscriptions(topic)] == ["other"]


TARGET = {
    "Id": "1",
    "Arn": FUNCTION,
    "RoleArn": ROLE,
    "InputTransformer": {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"id": <id>}'},
    "SqsParameters": {"MessageGroupId": "g"},
    "DeadLetterConfig": {"Arn": QUEUE},
    "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60},
}
"""A target with all that delivery goes by, as https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html."""


def test_rules_of_a_bus(aws):
    events = boto3.client("events")
    bus = events.create_event_bus(Name="orders")["EventBusArn"]
    pattern = (
        '{"source": [{"anything-but": {"wildcard": "a*"}}], "$or": [{"detail": {"x": [null]}}, {"region": ["b"]}]}'
    )
    arn = events.put_rule(Name="sold", EventBusName="orders", EventPattern=pattern, State="DISABLED")["RuleArn"]
    events.put_targets(Rule="sold", EventBusName="orders", Targets=[TARGET, {"Id": "2", "Arn": QUEUE, "Input": "{}"}])

    [read] = aws.wiring.rules(bus)
    assert (read.name, read.arn, read.bus, read.pattern) == ("sold", arn, bus, pattern)
    assert (read.state, read.schedule) == ("DISABLED", None)
    assert list(read.targets) == [TARGET, {"Id": "2", "Arn": QUEUE, "Input": "{}"}]
    assert aws.wiring.rules(DEFAULT_BUS) == []


def test_what_is_read_of_a_rule_stays_as_it_was(aws):
    events = boto3.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["a"]}')
    events.put_targets(Rule="r", Targets=[TARGET])
    [before] = aws.wiring.rules(DEFAULT_BUS)

    events.remove_targets(Rule="r", Ids=["1"])

    assert len(before.targets) == 1
    assert [len(one.targets) for one in aws.wiring.rules(DEFAULT_BUS)] == [0]


def test_rules_with_a_schedule(aws):
    events = boto3.client("events")
    events.put_rule(Name="pattern", EventPattern='{"source": ["a"]}')
    events.put_rule(Name="nightly", ScheduleExpression="cron(0 3 ? * MON-FRI *)")

    [read] = aws.wiring.scheduled_rules()
    assert (read.name, read.bus, read.schedule) == ("nightly", DEFAULT_BUS, "cron(0 3 ? * MON-FRI *)")
    assert (read.pattern, read.state) == (None, "ENABLED")


def test_a_rule_knows_when_it_was_put(aws, monkeypatch):
    events, times = boto3.client("events"), iter((1000.0, 1000.0, 2000.0, 2000.0))
    monkeypatch.setattr(type(aws._clock), "now", lambda self: next(times, 3000.0))
    events.put_rule(Name="r", ScheduleExpression="rate(1 hour)")
    [first] = aws.wiring.scheduled_rules()
    events.put_rule(Name="r", ScheduleExpression="rate(1 hour)")
    [second] = aws.wiring.scheduled_rules()

    assert 1000.0 <= first.made_at < second.made_at


def schedule(**more):
    return {
        "Name": "report",
        "ScheduleExpression": "cron(0 9 * * ? *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
        "StartDate": dt.datetime(2099, 1, 1, tzinfo=dt.timezone.utc),
        "EndDate": dt.datetime(2099, 2, 1, tzinfo=dt.timezone.utc),
        "ActionAfterCompletion": "DELETE",
        "State": "DISABLED",
        "Target": {
            "Arn": FUNCTION,
            "RoleArn": ROLE,
            "Input": '{"a": 1}',
            "DeadLetterConfig": {"Arn": QUEUE},
            "RetryPolicy": {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60},
        },
        **more,
    }


def test_a_schedule_with_all_it_can_have(aws):
    scheduler = boto3.client("scheduler")
    scheduler.create_schedule_group(Name="reports")
    arn = scheduler.create_schedule(**schedule(GroupName="reports"))["ScheduleArn"]

    [read] = aws.wiring.schedules()
    assert (read.name, read.arn, read.group) == ("report", arn, "reports")
    assert (read.expression, read.timezone) == ("cron(0 9 * * ? *)", "Europe/Berlin")
    assert (read.start, read.end) == (schedule()["StartDate"].timestamp(), schedule()["EndDate"].timestamp())
    assert (read.state, read.action_after_completion) == ("DISABLED", "DELETE")
    assert (read.flexible_window, read.target) == (schedule()["FlexibleTimeWindow"], schedule()["Target"])
    assert abs(read.made_at - aws._clock.now()) < 60


def test_an_update_of_a_schedule_replaces_all_of_it(aws):
    # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html: what is left out is its default
    scheduler = boto3.client("scheduler")
    scheduler.create_schedule(**schedule())
    least = {name: schedule()[name] for name in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}

    scheduler.update_schedule(**least)
    [read] = aws.wiring.schedules()
    assert (read.state, read.action_after_completion) == ("ENABLED", "NONE")
    assert (read.start, read.end, read.timezone) == (None, None, "UTC")
    scheduler.update_schedule(**least, ActionAfterCompletion="DELETE", State="DISABLED")

    answered = scheduler.get_schedule(Name="report")
    assert (answered["ActionAfterCompletion"], answered["State"]) == ("DELETE", "DISABLED")


def test_a_schedule_of_no_group_is_refused(aws):
    scheduler = boto3.client("scheduler")

    with pytest.raises(scheduler.exceptions.ResourceNotFoundException, match="Schedule group none does not exist"):
        scheduler.create_schedule(**schedule(GroupName="none"))


@pytest.fixture
def bucket(aws):
    boto3.client("s3").create_bucket(Bucket="uploads")
    return "uploads"


def notify(bucket, **configuration):
    boto3.client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    answer = boto3.client("s3").get_bucket_notification_configuration(Bucket=bucket)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_what_a_bucket_notifies(aws, bucket):
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".jpg"}]
    configuration = {
        "LambdaFunctionConfigurations": [
            {
                "Id": "one",
                "LambdaFunctionArn": FUNCTION,
                "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
                "Filter": {"Key": {"FilterRules": rules}},
            }
        ],
        "QueueConfigurations": [{"Id": "two", "QueueArn": QUEUE, "Events": ["s3:ObjectTagging:*"]}],
        "TopicConfigurations": [
            {"Id": "three", "TopicArn": f"arn:aws:sns:{ACCOUNT}:t", "Events": ["s3:ObjectAcl:Put"]}
        ],
        "EventBridgeConfiguration": {},
    }

    assert notify(bucket, **configuration) == configuration
    assert aws.wiring.bucket_notifications(bucket) == configuration
    assert notify(bucket) == {}
    assert aws.wiring.bucket_notifications(bucket) == {}


def test_a_bucket_that_tells_event_bridge_alone(aws, bucket):
    assert aws.wiring.bucket_notifications(bucket) == {}

    assert notify(bucket, EventBridgeConfiguration={}) == {"EventBridgeConfiguration": {}}
    assert aws.wiring.bucket_notifications(bucket) == {"EventBridgeConfiguration": {}}


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ([{"Name": "Prefix", "Value": "a & b/"}], [{"Name": "prefix", "Value": "a & b/"}]),
        ([{"Name": "prefix", "Value": ""}, {"Name": "Suffix", "Value": ".jpg"}], [{"Name": "suffix", "Value": ".jpg"}]),
        ([{"Name": "prefix", "Value": ""}], None),
        ([], None),
    ],
)
def test_filters_of_a_bucket_that_moto_alone_would_fail_on(aws, bucket, rules, kept):
    entry = {"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": rules}}}
    notify(bucket, QueueConfigurations=[entry])

    [read] = aws.wiring.bucket_notifications(bucket)["QueueConfigurations"]
    assert read.get("Filter") == (kept and {"Key": {"FilterRules": kept}})


def test_subscription_filters_of_a_log_group(aws):
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/app")
    where = {"logGroupName": "/app", "destinationArn": FUNCTION}
    logs.put_subscription_filter(**where, filterName="all", filterPattern="")
    logs.put_subscription_filter(**where, filterName="errors", filterPattern="ERROR")
    logs.put_subscription_filter(**where, filterName="errors", filterPattern="?ERROR ?WARN", roleArn=ROLE)

    read = aws.wiring.subscription_filters("/app")
    assert [(one.name, one.pattern, one.destination, one.role) for one in read] == [
        ("all", "", FUNCTION, None),
        ("errors", "?ERROR ?WARN", FUNCTION, ROLE),
    ]
    assert aws.wiring.subscription_filters(f"arn:aws:logs:{ACCOUNT}:log-group:/app:*") == read
    with pytest.raises(logs.exceptions.LimitExceededException):
        logs.put_subscription_filter(**where, filterName="third", filterPattern="")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.put_subscription_filter(**{**where, "logGroupName": "none"}, filterName="all", filterPattern="")


def test_triggers_of_a_user_pool(aws):
    cognito = boto3.client("cognito-idp")
    config = {"PreSignUp": FUNCTION, "PostConfirmation": FUNCTION}
    pool = cognito.create_user_pool(PoolName="users", LambdaConfig=config)["UserPool"]["Id"]

    assert aws.wiring.user_pool_triggers(pool) == config
    cognito.update_user_pool(UserPoolId=pool, LambdaConfig={"PreSignUp": FUNCTION})
    assert aws.wiring.user_pool_triggers(pool) == {"PreSignUp": FUNCTION}
    assert aws.wiring.user_pool_triggers("us-east-1_none") == {}


def test_which_resources_exist(aws, bucket, topic):
    boto3.client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    boto3.client("logs").create_log_group(logGroupName="/app/x")
    bus = boto3.client("events").create_event_bus(Name="orders")["EventBusArn"]
    SERVICES["dynamodb"]().make(aws.client)
    stream = boto3.client("dynamodb").describe_table(TableName="items")["Table"]["LatestStreamArn"]
    there = [
        topic,
        bus,
        f"arn:aws:kinesis:{ACCOUNT}:stream/clicks",
        "arn:aws:s3:::uploads",
        f"arn:aws:logs:{ACCOUNT}:log-group:/app/x",
        f"arn:aws:logs:{ACCOUNT}:log-group:/app/x:*",
        f"arn:aws:dynamodb:{ACCOUNT}:table/items",
        stream,
    ]

    assert [aws.wiring.exists(arn) for arn in there] == [True] * len(there)
    elsewhere = [arn.replace("us-east-1", "eu-west-1") for arn in there if "us-east-1" in arn]
    assert [aws.wiring.exists(arn) for arn in elsewhere] == [False] * len(elsewhere)
    assert not aws.wiring.exists("arn:aws:s3:::others")
    assert aws.wiring.exists(DEFAULT_BUS)


def test_what_is_not_asked_here_is_said_so(aws):
    with pytest.raises(ValueError, match=r"queue.*is not asked here: only of sns, events"):
        aws.wiring.exists(f"arn:aws:sqs:{ACCOUNT}:queue")


def test_to_read_calls_nobody(aws, topic, bucket):
    aws.journal.clear()

    aws.wiring.subscriptions(topic)
    aws.wiring.bucket_notifications(bucket)
    aws.wiring.exists(topic)

    assert list(aws.journal.calls) == []


@pytest.mark.realtime
def test_to_read_loads_no_service():
    script = f"""
import sys
from pytest_serverless.backends.aws import AwsBackend
backend = AwsBackend()
with backend.entered():
    wiring = backend.wiring
    print(wiring.subscriptions("arn:aws:sns:{ACCOUNT}:t"), wiring.rules("{DEFAULT_BUS}"), wiring.scheduled_rules())
    print(wiring.schedules(), wiring.bucket_notifications("b"), wiring.subscription_filters("g"))
    print(wiring.user_pool_triggers("p"), wiring.shards("arn:aws:kinesis:{ACCOUNT}:stream/s"), wiring.expire_items(0))
    print(wiring.exists("arn:aws:sns:{ACCOUNT}:t"), wiring.exists("{DEFAULT_BUS}"))
services = ("sns", "events", "scheduler", "s3", "logs", "cognitoidp", "kinesis", "dynamodb")
print([name for name in services if f"moto.{{name}}.models" in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert found.stdout.splitlines() == ["[] [] []", "[] {} []", "{} [] 0", "False True", "[]"]


def test_the_wiring_is_put_back_with_the_rest(own_backend):
    with own_backend.entered():
        topic = own_backend.client("sns").create_topic(Name="news")["TopicArn"]
        own_backend.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)
        own_backend.client("events").put_rule(Name="r", ScheduleExpression="rate(1 hour)")
        own_backend.take_snapshot()
        expected = own_backend.wiring.subscriptions(topic), own_backend.wiring.scheduled_rules()

    with own_backend.entered():
        own_backend.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
        own_backend.client("events").delete_rule(Name="r")
        assert len(own_backend.wiring.subscriptions(topic)) == 2

    with own_backend.entered():
        assert (own_backend.wiring.subscriptions(topic), own_backend.wiring.scheduled_rules()) == expected
