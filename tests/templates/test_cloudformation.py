"""Plain CloudFormation: functions, what calls them, and who may do what."""

from functools import cache
from pathlib import Path

import pytest

from pytest_serverless.app.aws import HttpRoute, LambdaSettings
from pytest_serverless.templates import load

FOLDER = Path(__file__).parents[2] / "fixtures/templates/cloudformation"
FN = "arn:aws:lambda:us-east-1:123456789012:function:worker"


@cache
def app():
    return load(FOLDER / "wiring.yaml", stack="demo")


def triggers(kind):
    return {trigger.id: trigger for trigger in app().triggers if trigger.kind == kind}


def test_a_function_is_set_up_as_the_template_says():
    function = app().functions["Fn"]

    assert (function.name, function.handler, function.timeout_s, function.memory_mb) == (
        "worker",
        "app.handler",
        20,
        512,
    )
    assert function.code == FOLDER / "src"
    assert function.role == "Role"
    assert function.environment == {"QUEUE": app().resources["Queue"].name, "COUNT": "3", "ON": "true"}
    assert function.settings == LambdaSettings(runtime="python3.12", log_format="JSON", log_group="/shop/worker")
    assert function.origin.line == 5


def test_every_resource_is_kept_functions_and_unknown_types_among_them():
    assert {"Fn", "Cluster", "Balancer", "Attached"} <= app().resources.keys()
    assert app().resources["Cluster"].properties["NodeType"] == "x"


def test_a_resource_has_its_physical_name_among_its_properties():
    queue = app().resources["Queue"]

    assert queue.properties["QueueName"] == queue.attributes["QueueName"]
    assert queue.name == f"https://sqs.us-east-1.amazonaws.com/123456789012/{queue.properties['QueueName']}"
    assert queue.arn == f"arn:aws:sqs:us-east-1:123456789012:{queue.properties['QueueName']}"


@pytest.mark.parametrize(
    ("kind", "sources"),
    [
        ("sqs", {"FromQueue": "Queue"}),
        ("sns", {"FromTopic": "Topic", "TopicSubscription": "Topic"}),
        ("s3", {"BucketNotification": "Bucket", "BucketNotification2": "Bucket"}),
        ("eventbridge", {"FromBus": "Bus", "FromBus3": "Bus"}),
        ("schedule", {"Daily": None}),
        ("scheduler", {"Hourly": None}),
        ("cloudwatch_logs", {"Lines": "/other"}),
        ("cognito", {"PoolPreSignUp": "Pool", "PoolCustomSMSSender": "Pool"}),
        ("iot", {"Sensors": None}),
        ("ses", {"Mails": None}),
        ("firehose", {"Delivery": "Delivery"}),
        ("appsync", {"Resolver": None}),
        ("websocket", {"Connect": "Chat"}),
    ],
)
def test_what_calls_the_function_is_found_with_its_source(kind, sources):
    found = triggers(kind)

    assert {trigger.id: trigger.source for trigger in found.values()} == sources
    assert {trigger.function for trigger in found.values()} == {"Fn"}


def test_settings_of_triggers_are_the_resolved_properties():
    assert triggers("sqs")["FromQueue"].settings["BatchSize"] == 3
    assert triggers("s3")["BucketNotification"].settings["Filter"]["S3Key"]["Rules"] == [
        {"Name": "prefix", "Value": "in/"}
    ]
    assert triggers("s3")["BucketNotification2"].settings["Function"] == f"{FN}:live"
    assert triggers("eventbridge")["FromBus"].settings["Target"] == {"Id": "a", "Arn": FN, "InputPath": "$.detail"}
    assert triggers("eventbridge")["FromBus"].settings["EventPattern"] == {"source": ["shop"]}
    assert triggers("cognito")["PoolPreSignUp"].settings == {"Trigger": "PreSignUp"}
    assert triggers("websocket")["Connect"].settings["RouteKey"] == "$connect"


CORS = {"allow_origins": ["*"], "allow_methods": ["GET", "OPTIONS"], "allow_credentials": True}
REST = {
    "front": "rest_api",
    "api": "Api",
    "stage": "v1",
    "stage_variables": {"colour": "blue"},
    "binary_types": ("image/png",),
}
WEB = {"front": "http_api", "api": "Http", "payload_format": "2.0", "cors": {"allow_origins": ["*"], "max_age": 5}}
ALB = {"front": "alb", "api": "Listener", "multi_value_headers": True}


@pytest.mark.parametrize(
    ("kind", "routes"),
    [
        (
            "rest_api",
            [
                HttpRoute(**REST, method="GET", path="/items/{id}", authorizer="iam", api_key_required=True, cors=CORS),
                HttpRoute(**REST, method="ANY", path="/"),
            ],
        ),
        (
            "http_api",
            [
                HttpRoute(**WEB, method="POST", path="/items", authorizer="jwt"),
                HttpRoute(**WEB),
                HttpRoute(front="http_api", api="Quick", payload_format="2.0"),
            ],
        ),
        (
            "function_url",
            [
                HttpRoute(
                    front="function_url",
                    api="Url",
                    payload_format="2.0",
                    authorizer="iam",
                    cors={"allow_origins": ["https://a.example.com"], "allow_credentials": True},
                )
            ],
        ),
        (
            "alb",
            [
                HttpRoute(**ALB, method="GET", path="/a"),
                HttpRoute(**ALB, method="HEAD", path="/a"),
                HttpRoute(**ALB, path="/b/*"),
                HttpRoute(**ALB, path="*"),
            ],
        ),
    ],
)
def test_routes_are_found_in_the_order_in_which_they_are_tried(kind, routes):
    assert [trigger.settings for trigger in app().triggers if trigger.kind == kind] == routes


def test_what_is_not_looked_at_is_noted():
    notes = " ".join(note.text for note in app().notes)

    assert "Second asks for host-header, which is not looked at here." in notes
    assert "Cluster.Endpoint.Address (AWS::Redshift::Cluster) is known only where it is deployed" in notes


def policies(principal, kind):
    return {
        policy.name: policy.managed or [dict(statement) for statement in policy.statements]
        for policy in app().policies
        if (policy.principal, policy.kind) == (principal, kind)
    }


def test_a_role_may_do_what_its_policies_say_however_they_are_attached():
    queue = app().resources["Queue"].arn

    assert policies("Role", "identity") == {
        "send": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue}],
        "attached": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}],
        "Shared": [{"Effect": "Allow", "Action": "sns:*", "Resource": "*"}],
        "service-role/AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    }
    assert policies("Role", "boundary") == {"Boundary": "arn:aws:iam::123456789012:policy/Boundary"}


def test_a_queue_and_a_function_have_their_own_policies():
    queue = app().resources["Queue"].arn

    assert policies("Queue", "resource") == {
        "QueuePolicy": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue}]
    }
    (statement,) = policies("Fn", "resource")["Permission"]
    del statement["Sid"]
    # The form that GetPolicy answers: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": FN,
        "Condition": {
            "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::pictures"},
            "StringEquals": {"AWS:SourceAccount": "123456789012"},
        },
    }


def test_a_permission_may_be_about_an_alias_and_for_an_account():
    (statement,) = policies("Fn", "resource")["OfAlias"]

    assert (statement["Principal"], statement["Resource"]) == ({"AWS": "111122223333"}, f"{FN}:live")


def test_outputs_are_resolved():
    assert app().outputs["Url"] == app().resources["Url"].attributes["FunctionUrl"]


def test_the_same_names_come_out_each_time_and_others_for_another_stack():
    again = load(FOLDER / "wiring.yaml", stack="demo", parameters={})
    other = load(FOLDER / "wiring.yaml", stack="other")

    assert again.resources["Queue"] == app().resources["Queue"]
    assert other.resources["Queue"].name != app().resources["Queue"].name
    assert other.resources["Api"].name != app().resources["Api"].name


def test_region_and_account_are_in_every_arn():
    app = load(FOLDER / "wiring.yaml", region="cn-north-1", account="111122223333")

    assert app.resources["Queue"].arn.startswith("arn:aws-cn:sqs:cn-north-1:111122223333:")
    assert app.resources["Queue"].name.startswith("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/")
    assert (app.functions["Fn"].settings.region, app.functions["Fn"].settings.account) == ("cn-north-1", "111122223333")


def test_what_comes_out_is_plain():
    def check(value):
        assert type(value) in (dict, list, str, int, float, bool, type(None)), type(value)
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(item)

    for resource in app().resources.values():
        check(resource.properties)
        check(dict(resource.attributes))
    for trigger in app().triggers:
        if not isinstance(trigger.settings, HttpRoute):
            check(trigger.settings)
    for policy in app().policies:
        check([dict(statement) for statement in policy.statements])
