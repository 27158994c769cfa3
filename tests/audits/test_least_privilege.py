"""What an application's roles lack, by the calls that its functions made."""

import pytest

from pytest_serverless.app.model import App, Function, Origin, Resource
from pytest_serverless.audits.least_privilege import least_privilege
from pytest_serverless.outcome import BackendCall
from tests.audits.shop import (
    ACCOUNT,
    BUCKET,
    GET,
    HERE,
    KEY,
    PUT,
    TABLE,
    TEMPLATE,
    TOPIC,
    allow,
    app,
    judge,
    managed,
    policy,
    resource,
    statement_in,
)


def test_a_role_that_grants_what_is_used_and_no_more_has_no_findings():
    assert judge(app(policy(allow(["dynamodb:PutItem", "dynamodb:GetItem"], TABLE))), PUT, GET) == ()


# What is missing.


def test_a_call_that_would_be_denied_is_found_with_the_statement_to_add():
    (finding,) = judge(app(policy(allow("dynamodb:GetItem", TABLE))), PUT, GET)

    assert (finding.severity, finding.rule, finding.function) == ("error", "permissions.missing", "Fn")
    assert finding.message == (
        f"Fn calls dynamodb:PutItem on {TABLE}, which no identity-based policy of its role FnRole allows"
    )
    assert statement_in(finding) == {
        "Effect": "Allow",
        "Action": ["dynamodb:PutItem"],
        "Resource": {"Fn::GetAtt": ["Orders", "Arn"]},
    }


def test_the_statement_to_add_ends_the_finding():
    application = app(policy(allow("dynamodb:GetItem", TABLE)))
    (finding,) = judge(application, PUT, GET)
    added = {**statement_in(finding), "Resource": TABLE}

    assert judge(app(policy(allow("dynamodb:GetItem", TABLE), added)), PUT, GET) == ()


def test_actions_on_one_resource_are_one_finding_and_each_is_told_once():
    (finding,) = judge(app(), PUT, GET, PUT)

    assert statement_in(finding)["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem"]


@pytest.mark.parametrize(
    ("call", "written"),
    [
        (("s3", "GetObject", {"Bucket": "shop-uploads", "Key": "a/b.jpg"}), {"Fn::Sub": "${Uploads.Arn}/*"}),
        (("s3", "ListObjectsV2", {"Bucket": "shop-uploads"}), {"Fn::GetAtt": ["Uploads", "Arn"]}),
        (("sns", "Publish", {"TopicArn": TOPIC, "Message": "m"}), {"Ref": "Notices"}),
        (
            ("dynamodb", "Query", {"TableName": "shop-Orders-1a", "IndexName": "i"}),
            {"Fn::Sub": "${Orders.Arn}/index/i"},
        ),
        (("s3", "GetObject", {"Bucket": "elsewhere", "Key": "k"}), "arn:aws:s3:::elsewhere/*"),
        (("dynamodb", "ListTables", {}), "*"),
    ],
)
def test_resources_are_written_as_the_template_names_them(call, written):
    (finding,) = judge(app(), call)

    assert statement_in(finding)["Resource"] == written


def test_objects_of_one_bucket_are_one_finding():
    calls = [("s3", "GetObject", {"Bucket": "shop-uploads", "Key": key}) for key in ("a", "b", "c")]

    (finding,) = judge(app(), *calls)

    assert statement_in(finding)["Resource"] == {"Fn::Sub": "${Uploads.Arn}/*"}


def test_an_explicit_deny_is_found_with_the_statement_that_denies():
    deny = {"Effect": "Deny", "Action": "dynamodb:PutItem", "Resource": "*", "Sid": "ReadOnly"}

    (finding,) = judge(app(policy(allow("dynamodb:PutItem", TABLE), deny)), PUT)

    assert "which statement 2 (ReadOnly) of Own denies" in finding.message
    assert finding.origin == Origin(TEMPLATE, 7)
    assert '"Effect": "Allow"' not in finding.suggestion


def test_a_boundary_that_does_not_allow_is_told():
    boundary = policy(allow("s3:*"), name="Limit", kind="boundary")

    (finding,) = judge(app(policy(allow("dynamodb:PutItem", TABLE)), boundary), PUT)

    assert "no permissions boundary of its role" in finding.message
    assert finding.suggestion.startswith("Add to the permissions boundary:")


def test_the_calls_of_the_test_itself_are_nobodys():
    call = BackendCall(time=0.0, service=PUT[0], operation=PUT[1], parameters=PUT[2], request_id=None)

    assert least_privilege(app(), [call], {"r1": "Fn"}) == ()


def test_each_function_is_judged_by_its_own_calls():
    application = app(policy(allow("dynamodb:GetItem", TABLE)), functions=["One", "Two"])
    calls = [
        BackendCall(time=0.0, service=what[0], operation=what[1], parameters=what[2], request_id=request)
        for request, what in (("r1", GET), ("r2", PUT))
    ]

    (finding,) = least_privilege(application, calls, {"r1": "One", "r2": "Two"})

    assert finding.function == "Two"


# Resources' policies, managed policies, keys and secrets.


def test_a_resources_policy_lets_the_role_in():
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/shop-FnRole"},
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/*",
    }
    get = ("s3", "GetObject", {"Bucket": "shop-uploads", "Key": "k"})

    assert judge(app(policy(statement, principal="Uploads", kind="resource")), get) == ()
    (finding,) = judge(
        app(policy({**statement, "Effect": "Deny"}, allow("s3:*"), principal="Uploads", kind="resource")), get
    )
    assert finding.rule == "permissions.missing"


def test_a_managed_policy_grants_what_its_document_says():
    logs = managed("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    write = ("logs", "CreateLogStream", {"logGroupName": "g", "logStreamName": "s"})

    assert judge(app(logs), write) == ()


def test_an_unknown_managed_policy_leaves_open_what_nothing_else_allows():
    application = app(policy(allow("dynamodb:GetItem", TABLE)), managed("arn:aws:iam::123456789012:policy/Ours"))

    (finding,) = judge(application, PUT, GET)

    assert (finding.severity, finding.rule) == ("note", "permissions.not-evaluated")
    assert "what Ours may allow is not known here" in finding.message


def test_an_unknown_boundary_leaves_everything_open():
    application = app(policy(allow("dynamodb:PutItem", TABLE)), managed("arn:aws:iam::1:policy/Limit", kind="boundary"))

    (finding,) = judge(application, PUT)

    assert "permissions boundary Limit" in finding.message


def test_a_role_outside_of_the_template_is_not_judged():
    application = app()
    function = Function(
        id="Fn", name="fn", provider="aws", handler="a.b", timeout_s=3, memory_mb=128, role="arn:aws:iam::1:role/r"
    )

    (finding,) = judge(
        App(name="x", provider="aws", template=TEMPLATE, functions={"Fn": function}, resources=application.resources),
        PUT,
    )

    assert finding.rule == "permissions.not-evaluated"
    assert "the role arn:aws:iam::1:role/r" in finding.message


def test_an_alias_stands_for_its_key():
    more = [
        resource("Key", "AWS::KMS::Key", KEY),
        Resource(
            id="Alias",
            type="AWS::KMS::Alias",
            name="alias/app",
            properties={"AliasName": "alias/app", "TargetKeyId": "1234"},
        ),
    ]
    encrypt = ("kms", "Encrypt", {"KeyId": "alias/app", "Plaintext": b"x"})

    assert judge(app(policy(allow("kms:Encrypt", KEY)), more=more), encrypt) == ()


def test_a_secret_of_the_template_is_known_by_its_name():
    arn = f"arn:aws:secretsmanager:{HERE}:secret:shop/db-AbCdEf"
    more = [resource("Db", "AWS::SecretsManager::Secret", arn, Name="shop/db")]

    assert (
        judge(
            app(policy(allow("secretsmanager:GetSecretValue", arn)), more=more),
            ("secretsmanager", "GetSecretValue", {"SecretId": "shop/db"}),
        )
        == ()
    )


# What is not evaluated.


def test_an_unknown_condition_key_is_a_note_that_names_it():
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}

    (finding,) = judge(app(policy(allow("dynamodb:PutItem", TABLE, Condition=condition))), PUT)

    assert finding.severity == "note"
    assert finding.suggestion == "Give the value of aws:PrincipalOrgID where the tests run."


def test_a_value_that_is_given_decides():
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    application = app(policy(allow("dynamodb:PutItem", TABLE, Condition=condition)))

    assert judge(application, PUT, context={"aws:PrincipalOrgID": "o-1"}) == ()
    (finding,) = [
        each for each in judge(application, PUT, context={"aws:PrincipalOrgID": "o-2"}) if each.severity == "error"
    ]
    assert finding.rule == "permissions.missing"


@pytest.mark.parametrize(("key", "rule"), [("1", None), ("2", "permissions.missing")])
def test_partition_keys_are_judged_by_the_tables_schema(key, rule):
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["1"]}}
    call = ("dynamodb", "PutItem", {"TableName": "shop-Orders-1a", "Item": {"pk": {"S": key}, "x": {"S": "y"}}})

    findings = judge(app(policy(allow("dynamodb:PutItem", TABLE, Condition=condition))), call)

    assert [each.rule for each in findings if each.severity == "error"] == ([rule] if rule else [])


def test_a_call_that_is_denied_is_told_whatever_was_allowed_before_and_after():
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["1"]}}
    other = ("dynamodb", "PutItem", {"TableName": "shop-Orders-1a", "Item": {"pk": {"S": "2"}}})

    findings = judge(app(policy(allow("dynamodb:PutItem", TABLE, Condition=condition))), PUT, other, PUT)

    (finding,) = findings
    assert finding.rule == "permissions.missing"
    # To allow every item would take the condition away.
    assert "its condition on dynamodb:LeadingKeys does not hold" in finding.suggestion


@pytest.mark.parametrize(
    "condition",
    [
        {"ArnEquals": {"lambda:SourceFunctionArn": f"arn:aws:lambda:{HERE}:function:fn"}},
        {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/shop-*"}},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringEquals": {"aws:RequestedRegion": "us-east-1", "aws:PrincipalAccount": ACCOUNT}},
        {"Null": {"aws:username": "true"}},
    ],
)
def test_what_is_known_of_every_call_of_a_function_is_evaluated(condition):
    assert judge(app(policy(allow("dynamodb:PutItem", TABLE, Condition=condition))), PUT) == ()


def test_an_operation_that_the_table_does_not_know_is_not_evaluated():
    start = ("ec2", "StartInstances", {"InstanceIds": ["i"]})

    (found,) = judge(app(policy(allow("ec2:StartInstances", "arn:aws:ec2:*:*:instance/i"))), start)
    assert found.rule == "permissions.not-evaluated"
    assert judge(app(policy(allow("ec2:StartInstances"))), start) == ()
    (found,) = judge(app(), start)
    assert found.rule == "permissions.missing"


def test_a_statement_that_iam_would_refuse_is_a_finding():
    (finding,) = judge(app(policy({"Effect": "allow", "Action": "*", "Resource": "*"})), PUT)

    assert (finding.severity, finding.rule) == ("error", "permissions.invalid")
    assert "template.yaml:7" in finding.message
