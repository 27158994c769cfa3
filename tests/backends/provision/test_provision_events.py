import json

from tests.backends.provision.cloud import resource

FN = "arn:aws:lambda:us-east-1:123456789012:function:shop-Fn"
PATTERN = {"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}}


def test_a_rule_has_its_pattern_and_targets(cloud):
    target = {
        "Id": "fn",
        "Arn": FN,
        "InputPath": "$.detail",
        "RetryPolicy": {"MaximumRetryAttempts": "2"},
        "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead"},
    }
    made = cloud.make(resource("AWS::Events::Rule", "Big", EventPattern=PATTERN, Targets=[target], State="DISABLED"))

    events = cloud.client("events")
    read = events.describe_rule(Name=made.name)
    assert (read["Arn"], read["State"]) == (made.attributes["Arn"], "DISABLED")
    assert json.loads(read["EventPattern"]) == PATTERN
    (kept,) = events.list_targets_by_rule(Rule=made.name)["Targets"]
    assert kept == {**target, "RetryPolicy": {"MaximumRetryAttempts": 2}}


def test_a_scheduled_rule_has_its_expression(cloud):
    made = cloud.make(resource("AWS::Events::Rule", "Nightly", ScheduleExpression="rate(1 day)"))

    assert cloud.client("events").describe_rule(Name=made.name)["ScheduleExpression"] == "rate(1 day)"


def test_a_rule_of_another_bus_is_made_on_that_bus(cloud):
    bus = resource("AWS::Events::EventBus", "Bus", Name="orders")
    made = cloud.make(
        resource(
            "AWS::Events::Rule", "Rule", EventBusName="orders", EventPattern=PATTERN, Targets=[{"Id": "1", "Arn": FN}]
        ),
        bus,
    )

    events = cloud.client("events")
    name = made.name.rpartition("|")[2]
    assert made.name == f"orders|{name}"
    read = events.describe_rule(Name=name, EventBusName="orders")
    assert read["Arn"] == made.attributes["Arn"]
    assert len(events.list_targets_by_rule(Rule=name, EventBusName="orders")["Targets"]) == 1
    assert events.describe_event_bus(Name="orders")["Arn"] == bus.attributes["Arn"]


def test_bus_policies_are_put_on_their_bus(cloud):
    bus = resource("AWS::Events::EventBus", "Bus", Name="orders")
    allowed = resource(
        "AWS::Events::EventBusPolicy",
        "Open",
        EventBusName="orders",
        StatementId="Other",
        Action="events:PutEvents",
        Principal="111122223333",
    )
    cloud.make(bus, allowed)

    policy = json.loads(cloud.client("events").describe_event_bus(Name="orders")["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == ["Other"]


def test_a_bus_policy_written_as_a_statement_is_put(cloud):
    statement = {"Effect": "Allow", "Action": "events:PutEvents", "Principal": {"AWS": "111122223333"}, "Resource": "*"}
    bus = resource("AWS::Events::EventBus", "Bus", Name="orders")
    cloud.make(
        bus,
        resource("AWS::Events::EventBusPolicy", "Open", EventBusName="orders", StatementId="S", Statement=statement),
    )

    policy = json.loads(cloud.client("events").describe_event_bus(Name="orders")["Policy"])
    assert policy["Statement"] == [{"Sid": "S", **statement}]


def test_an_archive_is_described(cloud):
    bus = resource("AWS::Events::EventBus", "Bus", Name="orders")
    made = resource("AWS::Events::Archive", "Past", SourceArn=bus.arn, EventPattern=PATTERN, RetentionDays=3)
    cloud.make(bus, made)

    read = cloud.client("events").describe_archive(ArchiveName=made.name)
    assert (read["ArchiveArn"], read["EventSourceArn"], read["RetentionDays"]) == (made.attributes["Arn"], bus.arn, 3)


def test_a_schedule_is_in_its_group(cloud):
    group = resource("AWS::Scheduler::ScheduleGroup", "Group", Name="nightly")
    made = resource(
        "AWS::Scheduler::Schedule",
        "Night",
        GroupName="nightly",
        ScheduleExpression="cron(0 2 * * ? *)",
        ScheduleExpressionTimezone="Europe/Berlin",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": FN, "RoleArn": "arn:aws:iam::123456789012:role/r", "Input": {"a": 1}},
    )
    cloud.make(made, group)

    read = cloud.client("scheduler").get_schedule(Name=made.name, GroupName="nightly")
    assert read["Arn"] == made.attributes["Arn"]
    assert (read["ScheduleExpression"], read["ScheduleExpressionTimezone"]) == ("cron(0 2 * * ? *)", "Europe/Berlin")
    assert json.loads(read["Target"]["Input"]) == {"a": 1}


def test_a_schedule_without_a_group_is_in_the_default_one(cloud):
    made = cloud.make(
        resource(
            "AWS::Scheduler::Schedule",
            "Often",
            ScheduleExpression="rate(5 minutes)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": FN, "RoleArn": "arn:aws:iam::123456789012:role/r"},
        )
    )

    assert cloud.client("scheduler").get_schedule(Name=made.name)["Arn"] == made.attributes["Arn"]
