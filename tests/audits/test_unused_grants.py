"""What an application's roles grant beyond what its functions used."""

from pytest_serverless.app.model import Trigger
from tests.audits.shop import (
    DLQ,
    GET,
    HERE,
    PUT,
    QUEUE,
    TABLE,
    allow,
    app,
    judge,
    managed,
    policy,
    resource,
    statement_in,
)


def unused(application, *calls, **more):
    return [each for each in judge(application, *calls, **more) if each.severity == "warning"]


def test_a_statement_that_nothing_used_is_to_be_removed():
    (finding,) = unused(app(policy(allow("dynamodb:PutItem", TABLE), allow("sqs:SendMessage", QUEUE))), PUT)

    assert finding.message == "nothing used what statement 2 of Own grants the role FnRole"
    assert finding.suggestion.startswith("Remove it:\n")
    assert statement_in(finding)["Resource"] == {"Fn::GetAtt": ["Jobs", "Arn"]}


def test_a_statement_with_more_than_was_used_is_to_be_narrowed():
    indexes = f"{TABLE}/index/*"
    (finding,) = unused(app(policy(allow(["dynamodb:PutItem", "dynamodb:DeleteItem"], [TABLE, indexes], Sid="S"))), PUT)

    assert finding.message.endswith(f"more than was used: dynamodb:DeleteItem, {indexes}")
    assert statement_in(finding) == {
        "Effect": "Allow",
        "Action": "dynamodb:PutItem",
        "Resource": {"Fn::GetAtt": ["Orders", "Arn"]},
        "Sid": "S",
    }


def test_a_wildcard_is_to_be_replaced_by_what_was_used():
    (finding,) = unused(app(policy(allow("dynamodb:*", TABLE))), PUT, GET)

    assert statement_in(finding)["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem"]


def test_what_lambda_itself_uses_is_not_too_much():
    logs = policy(allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]), name="Logs")
    polled = policy(allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], QUEUE), name="Poll")
    trigger = Trigger(id="T", kind="sqs", function="Fn", source="Jobs")

    assert unused(app(logs, polled, triggers=[trigger])) == []
    assert len(unused(app(logs, polled))) == 1


def test_what_lambda_delivers_failures_to_is_not_too_much():
    application = app(
        policy(allow("sqs:SendMessage", DLQ)),
        more=[
            resource(
                "Fn", "AWS::Lambda::Function", f"arn:aws:lambda:{HERE}:function:fn", DeadLetterConfig={"TargetArn": DLQ}
            )
        ],
    )

    assert unused(application) == []
    assert len(unused(app(policy(allow("sqs:SendMessage", DLQ))))) == 1


def test_a_role_is_judged_only_when_all_its_functions_ran():
    application = app(policy(allow("sqs:SendMessage", QUEUE)), functions=["One", "Two"])

    assert judge(application, callers={"r1": "One"}) == ()
    (finding,) = judge(application, callers={"r1": "One", "r2": "Two"})
    assert finding.function == "One, Two"


def test_a_broad_managed_policy_is_to_be_replaced_by_what_was_used():
    full = managed("arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess")

    (finding,) = judge(app(full), PUT)

    assert (finding.severity, finding.rule) == ("warning", "permissions.broad")
    assert statement_in(finding)["Action"] == ["dynamodb:PutItem"]
    (finding,) = judge(app(full))
    assert finding.suggestion == "Detach it: nothing used it."


def test_execution_roles_are_for_lambda_and_are_not_too_broad():
    assert judge(app(managed("arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"))) == ()


def test_denies_and_what_they_except_are_no_grants():
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}

    assert judge(app(policy(deny))) == ()
