import pytest

from pytest_serverless.app.aws import HttpRoute
from pytest_serverless.app.model import Policy, Trigger
from pytest_serverless.backends.moto.provision import reachable
from tests.backends.provision.cloud import app, function, lambda_function, resource

ROLE = resource("AWS::IAM::Role", "FnRole")
ITEMS = resource("AWS::DynamoDB::Table", "Items", TableName="items")
OTHERS = resource("AWS::DynamoDB::Table", "Others", TableName="items-archive")
DEAD = resource("AWS::SQS::Queue", "Dead")
ORDERS = resource("AWS::SQS::Queue", "Orders", RedrivePolicy={"deadLetterTargetArn": DEAD.arn, "maxReceiveCount": 3})
NOTICES = resource("AWS::SNS::Topic", "Notices")
UPLOADS = resource("AWS::S3::Bucket", "Uploads", BucketName="uploads")


def reached(*resources, environment=None, statements=(), triggers=(), policies=(), functions=(), role="FnRole"):
    asked = function(role=role, environment=environment or {})
    given = (Policy(principal="FnRole", name="p", statements=tuple(statements)), *policies)
    whole = app(ROLE, *resources, functions=[asked, *functions], triggers=triggers, policies=given)
    return reachable(whole, ["Fn"])


def allow(*actions, on="*"):
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def test_what_the_environment_names_is_reached_and_no_more():
    assert reached(ITEMS, OTHERS, UPLOADS, environment={"TABLE": "items"}) == {"Items"}


@pytest.mark.parametrize("value", [ORDERS.name, ORDERS.arn, ORDERS.attributes["QueueName"], f"x={ORDERS.arn};y"])
def test_a_resource_is_known_by_its_url_arn_or_name(value):
    assert reached(ORDERS, DEAD, environment={"Q": value}) == {"Orders", "Dead"}


def test_a_name_within_a_longer_name_is_another_resource():
    assert reached(ITEMS, OTHERS, environment={"TABLE": "items-archive"}) == {"Others"}


@pytest.mark.parametrize("value", ["items-archive", "old-items", "old_items", "items2"])
def test_a_name_within_the_name_of_something_else_is_not_the_resource(value):
    assert reached(ITEMS, environment={"TABLE": value}) == set()


def test_what_a_policy_names_is_reached():
    statements = [allow("dynamodb:GetItem", on=[ITEMS.arn, f"{ITEMS.arn}/index/*"])]

    assert reached(ITEMS, OTHERS, statements=statements) == {"Items"}


def test_a_wildcard_reaches_what_it_matches_of_the_services_of_its_actions():
    assert reached(ITEMS, OTHERS, UPLOADS, statements=[allow("dynamodb:*")]) == {"Items", "Others"}
    assert reached(ITEMS, OTHERS, UPLOADS, statements=[allow("s3:GetObject", on="arn:aws:s3:::up*/*")]) == {"Uploads"}
    assert reached(ITEMS, UPLOADS, statements=[allow("*")]) == {"Items", "Uploads", "FnRole"}


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "dynamodb:GetItem", "NotResource": "arn:aws:s3:::uploads"},
    ],
)
def test_all_but_some_are_taken_for_all(statement):
    assert "Items" in reached(ITEMS, statements=[statement])


def test_a_denial_reaches_nothing():
    assert reached(ITEMS, statements=[{**allow("dynamodb:*"), "Effect": "Deny"}]) == set()


def test_writing_the_log_does_not_reach_log_groups():
    group = resource("AWS::Logs::LogGroup", "Log")

    assert reached(group, statements=[allow("logs:CreateLogStream", "logs:PutLogEvents")]) == set()
    assert reached(group, statements=[allow("logs:FilterLogEvents")]) == {"Log"}


def test_a_triggers_source_and_its_dead_letter_queue_are_reached():
    polled = Trigger(id="t", kind="sqs", function="Fn", source="Orders", settings={"Queue": ORDERS.arn})

    assert reached(ORDERS, DEAD, ITEMS, triggers=(polled,)) == {"Orders", "Dead"}


def test_where_a_failed_batch_goes_is_reached():
    settings = {"DestinationConfig": {"OnFailure": {"Destination": DEAD.arn}}}
    polled = Trigger(id="t", kind="dynamodb", function="Fn", source="Items", settings=settings)

    assert reached(ITEMS, DEAD, triggers=(polled,)) == {"Items", "Dead"}


def test_a_topic_leads_to_its_subscribers():
    subscription = resource("AWS::SNS::Subscription", "Sub", TopicArn=NOTICES.arn, Protocol="sqs", Endpoint=ORDERS.arn)

    found = reached(NOTICES, ORDERS, DEAD, subscription, environment={"TOPIC": NOTICES.arn})
    assert found == {"Notices", "Sub", "Orders", "Dead"}


def test_a_bucket_leads_to_what_it_notifies_and_to_its_policy():
    bucket = resource(
        "AWS::S3::Bucket",
        "Inbox",
        BucketName="inbox",
        NotificationConfiguration={"QueueConfigurations": [{"Event": "s3:*", "Queue": ORDERS.arn}]},
    )
    policy = resource("AWS::S3::BucketPolicy", "Policy", Bucket="inbox", PolicyDocument={})

    assert reached(bucket, policy, ORDERS, DEAD, environment={"B": "inbox"}) == {"Inbox", "Policy", "Orders", "Dead"}


def test_a_function_that_is_set_off_leads_to_what_it_touches():
    second = function("Second", role="SecondRole", environment={"TABLE": "items"})
    heard = Trigger(id="t", kind="sqs", function="Second", source=ORDERS.arn)
    policies = (Policy(principal="SecondRole", name="p", statements=()),)

    found = reached(
        ORDERS, DEAD, ITEMS, environment={"Q": ORDERS.name}, triggers=(heard,), functions=[second], policies=policies
    )
    assert found == {"Orders", "Dead", "Items"}


SECOND = lambda_function("Second")


@pytest.mark.parametrize(
    "told",
    [
        {"environment": {"NEXT": "shop-Second"}},
        {"statements": [allow("lambda:InvokeFunction", on=SECOND.arn)]},
        {"statements": [allow("lambda:InvokeFunction")]},
    ],
)
def test_a_function_that_is_invoked_leads_to_what_it_touches_and_need_not_be_described(told):
    second = function("Second", role="SecondRole", environment={"TABLE": "items"})
    policies = (Policy(principal="SecondRole", name="p", statements=()),)

    assert reached(ITEMS, SECOND, functions=[second], policies=policies, **told) == {"Items"}


def test_a_function_that_is_managed_is_described_with_what_feeds_it():
    second = function("Second", role="SecondRole")
    policies = (Policy(principal="SecondRole", name="p", statements=()),)
    mapping = resource("AWS::Lambda::EventSourceMapping", "Map", FunctionName="shop-Second", EventSourceArn=ORDERS.arn)

    found = reached(
        SECOND, mapping, functions=[second], policies=policies, statements=[allow("lambda:*", on=SECOND.arn)]
    )
    assert found == {"Second", "Map"}


def test_an_api_does_not_lead_to_its_other_functions():
    api = resource("AWS::ApiGateway::RestApi", "Api")
    second = function("Second", role="FnRole", environment={"TABLE": "items"})
    routes = tuple(
        Trigger(id=each, kind="rest_api", function=each, source="Api", settings=HttpRoute(front="rest_api", api="Api"))
        for each in ("Fn", "Second")
    )

    assert reached(api, ITEMS, functions=[second], triggers=routes) == set()


RULE = resource(
    "AWS::Events::Rule", "Rule", EventPattern={"source": ["shop"]}, Targets=[{"Id": "1", "Arn": ORDERS.arn}]
)


@pytest.mark.parametrize("on", ["*", "arn:aws:events:us-east-1:123456789012:event-bus/default"])
def test_whoever_puts_events_on_the_default_bus_reaches_its_rules(on):
    found = reached(RULE, ORDERS, DEAD, statements=[allow("events:PutEvents", on=on)])

    assert found == {"Rule", "Orders", "Dead"}


def test_a_bucket_that_tells_event_bridge_reaches_the_rules_of_the_default_bus():
    bucket = resource(
        "AWS::S3::Bucket", "B", BucketName="told", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )

    assert reached(bucket, RULE, ORDERS, DEAD, environment={"B": "told"}) == {"B", "Rule", "Orders", "Dead"}


def test_a_bus_leads_to_its_own_rules_alone():
    bus = resource("AWS::Events::EventBus", "Bus", Name="orders-bus")
    own = resource("AWS::Events::Rule", "Own", EventBusName="orders-bus", EventPattern={"source": ["shop"]})

    assert reached(bus, own, RULE, ORDERS, DEAD, environment={"BUS": "orders-bus"}) == {"Bus", "Own"}


def test_what_only_starts_the_function_is_not_needed():
    schedule = resource("AWS::Scheduler::Schedule", "Nightly")
    timed = Trigger(id="t", kind="scheduler", function="Fn", source="Nightly")

    assert reached(schedule, RULE, triggers=(timed,)) == set()


def test_a_state_machine_does_not_bring_its_role():
    machine = resource("AWS::StepFunctions::StateMachine", "Flow", RoleArn=ROLE.arn)

    assert reached(machine, environment={"FLOW": machine.name}) == {"Flow"}


def test_a_role_that_is_assumed_is_reached():
    other = resource("AWS::IAM::Role", "Other")

    assert reached(other, statements=[allow("sts:AssumeRole", on=other.arn)]) == {"Other"}


def test_of_a_function_with_a_role_from_elsewhere_nothing_is_known():
    group = resource("AWS::Logs::LogGroup", "Log")

    assert reached(ITEMS, UPLOADS, group, role="arn:aws:iam::123456789012:role/given") == {"Items", "Uploads"}


def test_resources_that_refer_to_each_other_are_reached_once():
    first = resource("AWS::SQS::Queue", "One", QueueName="one", RedriveAllowPolicy={"sourceQueueArns": ["two"]})
    second = resource("AWS::SQS::Queue", "Two", QueueName="two", RedrivePolicy={"deadLetterTargetArn": first.arn})

    assert reached(first, second, environment={"Q": "two"}) == {"One", "Two"}


def test_a_resource_is_reached_by_itself_with_what_it_leads_to():
    heard = Trigger(id="t", kind="sqs", function="Fn", source="Orders")
    policies = (Policy(principal="FnRole", name="p", statements=()),)
    whole = app(
        *(ROLE, ORDERS, DEAD, ITEMS),
        functions=[function(role="FnRole", environment={"TABLE": "items"})],
        triggers=(heard,),
        policies=policies,
    )

    assert reachable(whole, ["Orders"]) == {"Orders", "Dead", "Items"}


def managed(name):
    arn = f"arn:aws:iam::aws:policy/{name}"
    return Policy(principal="FnRole", name=name, statements=(), managed=arn)


def test_a_policy_that_only_aws_knows_may_allow_anything():
    assert reached(ITEMS, policies=(managed("AmazonDynamoDBFullAccess"),)) == {"Items"}


@pytest.mark.parametrize(
    "name",
    [
        "service-role/AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaSQSQueueExecutionRole",
        "AWSXRayDaemonWriteAccess",
    ],
)
def test_a_policy_that_lets_a_function_do_its_work_reaches_nothing(name):
    assert reached(ITEMS, policies=(managed(name),)) == set()


def test_a_boundary_allows_nothing():
    boundary = Policy(principal="FnRole", name="b", statements=(allow("dynamodb:*"),), kind="boundary")

    assert reached(ITEMS, policies=(boundary,)) == set()


def test_a_subscription_filter_reaches_the_log_group_that_it_is_of():
    group = resource("AWS::Logs::LogGroup", "Access", LogGroupName="/web/access")
    errors = resource("AWS::Logs::SubscriptionFilter", "Errors", LogGroupName="/web/access", FilterPattern="ERROR")

    assert reachable(app(group, errors), ["Errors"]) == {"Access", "Errors"}


@pytest.mark.parametrize("type_", ["AWS::Lambda::Alias", "AWS::Lambda::Version"])
def test_an_alias_or_a_version_reaches_the_function_that_it_is_of(type_):
    named = resource(type_, "Live", FunctionName="shop-Second", Name="live")

    assert reachable(app(SECOND, named, functions=[function("Second")]), ["Live"]) == {"Live", "Second"}
