"""What a template says of who listens to what is read from the services whole, as delivery goes by it."""

import json
from contextlib import contextmanager

import pytest

from pytest_serverless.backends.aws import AwsBackend
from pytest_serverless.backends.moto.provision import provision
from tests.backends.provision.cloud import app, lambda_function, resource

ACCOUNT = "us-east-1:123456789012"
FUNCTION = f"arn:aws:lambda:{ACCOUNT}:function:shop-Fn"
QUEUE = f"arn:aws:sqs:{ACCOUNT}:dead"
ROLE = "arn:aws:iam::123456789012:role/r"


@pytest.fixture(scope="module")
def backend():
    made = AwsBackend()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def wired(backend):
    """Make an application of resources, and give what is wired in it."""

    @contextmanager
    def entered(*resources):
        with backend.entered():
            provision(app(*resources), backend.client)
            yield backend.wiring

    return entered


def test_a_subscription(wired):
    topic = resource("AWS::SNS::Topic", "Notices")
    made = resource(
        "AWS::SNS::Subscription",
        TopicArn=topic.arn,
        Protocol="lambda",
        Endpoint=FUNCTION,
        FilterPolicy={"order": {"source_ip": [{"cidr": "10.0.0.0/8"}]}},
        FilterPolicyScope="MessageBody",
        RawMessageDelivery=True,
        RedrivePolicy={"deadLetterTargetArn": QUEUE},
        SubscriptionRoleArn=ROLE,
        ReplayPolicy={"PointType": "Timestamp"},
    )

    with wired(topic, made) as wiring:
        [read] = wiring.subscriptions(topic.arn)

    assert (read.arn, read.protocol, read.endpoint) == (made.arn, "lambda", FUNCTION)
    assert json.loads(read.filter_policy) == made.properties["FilterPolicy"]
    assert (read.filter_scope, read.raw, read.dead_letter_queue, read.role) == ("MessageBody", True, QUEUE, ROLE)


def test_a_subscription_that_stands_in_its_topic(wired):
    topic = resource("AWS::SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": FUNCTION}])

    with wired(topic) as wiring:
        [read] = wiring.subscriptions(topic.arn)

    assert (read.endpoint, read.filter_policy, read.raw) == (FUNCTION, None, False)


def test_a_rule_with_its_targets(wired):
    target = {
        "Id": "one",
        "Arn": FUNCTION,
        "InputTransformer": {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"id": <id>}'},
        "RetryPolicy": {"MaximumRetryAttempts": "2", "MaximumEventAgeInSeconds": 60},
        "DeadLetterConfig": {"Arn": QUEUE},
        "SqsParameters": {"MessageGroupId": "g"},
    }
    bus = resource("AWS::Events::EventBus", "Bus", Name="orders")
    pattern = {"source": ["shop"], "$or": [{"detail": {"x": [1]}}, {"detail": {"y": [None]}}]}
    made = resource("AWS::Events::Rule", EventBusName="orders", EventPattern=pattern, Targets=[target])

    with wired(bus, made) as wiring:
        [read] = wiring.rules(bus.arn)

    assert json.loads(read.pattern) == pattern
    numbers = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}
    assert list(read.targets) == [{**target, "RetryPolicy": numbers}]


def test_a_rule_with_a_schedule(wired):
    made = resource("AWS::Events::Rule", ScheduleExpression="rate(5 minutes)", State="DISABLED")

    with wired(made) as wiring:
        [read] = wiring.scheduled_rules()

    assert (read.schedule, read.state, read.arn) == ("rate(5 minutes)", "DISABLED", made.attributes["Arn"])
    assert read.made_at is not None


def test_a_schedule_of_a_group(wired):
    target = {
        "Arn": FUNCTION,
        "RoleArn": ROLE,
        "Input": '{"a": 1}',
        "RetryPolicy": {"MaximumRetryAttempts": 1},
        "DeadLetterConfig": {"Arn": QUEUE},
    }
    group = resource("AWS::Scheduler::ScheduleGroup", "Reports", Name="reports")
    made = resource(
        "AWS::Scheduler::Schedule",
        Name="nightly",
        GroupName="reports",
        ScheduleExpression="cron(0 3 * * ? *)",
        ScheduleExpressionTimezone="Europe/Berlin",
        StartDate="2099-01-01T00:00:00Z",
        EndDate="2099-02-01T00:00:00Z",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": "5"},
        State="DISABLED",
        Target=target,
    )

    with wired(group, made) as wiring:
        [read] = wiring.schedules()

    assert (read.name, read.group, read.timezone) == ("nightly", "reports", "Europe/Berlin")
    assert (read.expression, read.state) == ("cron(0 3 * * ? *)", "DISABLED")
    assert (read.start, read.end) == (4070908800, 4073587200)
    assert read.flexible_window == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    assert (read.target, read.action_after_completion) == (target, "NONE")


def test_a_bucket(wired):
    rules = [{"Name": "Prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".jpg"}]
    made = resource(
        "AWS::S3::Bucket",
        BucketName="uploads",
        NotificationConfiguration={
            "LambdaConfigurations": [
                {"Event": "s3:ObjectCreated:*", "Function": FUNCTION, "Filter": {"S3Key": {"Rules": rules}}}
            ],
            "QueueConfigurations": [{"Event": "s3:ObjectRemoved:*", "Queue": QUEUE}],
            "TopicConfigurations": [{"Event": "s3:ObjectTagging:*", "Topic": f"arn:aws:sns:{ACCOUNT}:t"}],
            "EventBridgeConfiguration": {"EventBridgeEnabled": True},
        },
    )

    with wired(made) as wiring:
        read = wiring.bucket_notifications("uploads")

    [function] = read["LambdaFunctionConfigurations"]
    assert (function["LambdaFunctionArn"], function["Events"]) == (FUNCTION, ["s3:ObjectCreated:*"])
    assert [(one["Name"], one["Value"]) for one in function["Filter"]["Key"]["FilterRules"]] == [
        ("prefix", "in/"),
        ("suffix", ".jpg"),
    ]
    assert [one["QueueArn"] for one in read["QueueConfigurations"]] == [QUEUE]
    assert len(read["TopicConfigurations"]) == 1
    assert read["EventBridgeConfiguration"] == {}


def test_a_subscription_filter(wired):
    group = resource("AWS::Logs::LogGroup", "Logs", LogGroupName="/app")
    made = resource(
        "AWS::Logs::SubscriptionFilter",
        LogGroupName="/app",
        FilterPattern="ERROR",
        DestinationArn=FUNCTION,
        FilterName="errors",
    )

    with wired(group, made) as wiring:
        [read] = wiring.subscription_filters("/app")

    assert (read.name, read.pattern, read.destination) == ("errors", "ERROR", FUNCTION)


def test_a_user_pool(wired):
    made = resource("AWS::Cognito::UserPool", LambdaConfig={"PreSignUp": FUNCTION})

    with wired(lambda_function(), made) as wiring:
        assert wiring.user_pool_triggers(made.name) == {"PreSignUp": FUNCTION}


def test_a_table_with_a_stream_and_a_time_to_live(wired, backend):
    made = resource(
        "AWS::DynamoDB::Table",
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamViewType": "OLD_IMAGE"},
        TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True},
    )

    with wired(made) as wiring:
        backend.client("dynamodb").put_item(TableName="items", Item={"id": {"S": "1"}, "expires": {"N": "1000000"}})
        stream = made.attributes["StreamArn"]
        assert (wiring.exists(stream), len(wiring.shards(stream))) == (True, 1)
        assert wiring.expire_items(1_000_000) == 1


def test_a_stream(wired):
    made = resource("AWS::Kinesis::Stream", Name="clicks", ShardCount=2)

    with wired(made) as wiring:
        assert [shard.is_open for shard in wiring.shards(made.attributes["Arn"])] == [True, True]
