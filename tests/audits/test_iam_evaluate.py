"""IAM's evaluation logic, by probes that mocks are known to fail, and by AWS's documented examples."""

import pytest

from pytest_serverless.audits.iam_actions import Place, requests_of
from pytest_serverless.audits.iam_evaluate import evaluate
from pytest_serverless.audits.iam_patterns import Request
from pytest_serverless.audits.iam_policy import Caller, read_statement, read_statements
from pytest_serverless.errors import InvalidParameterError

ACCOUNT = "123456789012"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:resize"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234"
ROLE = Caller(
    account=ACCOUNT,
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/app/checkout",
    session_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/checkout/fn",
)


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {**allow(action, resource, **more), "Effect": "Deny"}


def verdict(action, resource, *statements, context=None, **more):
    request = Request(action, resource, context or {})
    return evaluate(request, identity=read_statements(statements), caller=ROLE, **more).verdict


def verdicts(service, operation, parameters, *statements):
    requests = requests_of(service, operation, parameters, Place())
    return {evaluate(request, identity=read_statements(statements)).verdict for request in requests}


# The thirteen probes of least privilege: five that any engine should pass, and eight that moto's fails.


def test_probe_an_action_is_allowed_on_every_resource():
    assert verdict("dynamodb:PutItem", TABLE, allow("dynamodb:PutItem")) == "allowed"


def test_probe_what_no_statement_allows_is_denied():
    assert verdict("dynamodb:DeleteItem", TABLE, allow("dynamodb:PutItem")) == "denied"


def test_probe_an_explicit_deny_wins_over_any_allow():
    assert verdict("dynamodb:PutItem", TABLE, allow("dynamodb:*"), deny("dynamodb:PutItem")) == "denied"


def test_probe_a_wildcard_allows_every_action_of_a_service_and_of_no_other():
    assert verdict("dynamodb:PutItem", TABLE, allow("dynamodb:*")) == "allowed"
    assert verdict("sqs:SendMessage", QUEUE, allow("dynamodb:*")) == "denied"


def test_probe_an_object_in_an_allowed_bucket_is_allowed():
    policy = allow("s3:PutObject", "arn:aws:s3:::bkt/*")

    assert verdict("s3:PutObject", "arn:aws:s3:::bkt/a/b.jpg", policy) == "allowed"
    assert verdict("s3:PutObject", "arn:aws:s3:::bkt-2/a/b.jpg", policy) == "denied"


def test_probe_the_exact_arn_of_a_table_is_allowed():
    assert verdicts("dynamodb", "PutItem", {"TableName": "orders", "Item": {}}, allow("dynamodb:PutItem", TABLE)) == {
        "allowed"
    }
    assert verdicts("dynamodb", "PutItem", {"TableName": "other", "Item": {}}, allow("dynamodb:PutItem", TABLE)) == {
        "denied"
    }


def test_probe_an_action_in_lower_case_is_allowed():
    assert verdict("dynamodb:PutItem", TABLE, allow("dynamodb:putitem")) == "allowed"


def test_probe_a_question_mark_stands_for_one_character():
    assert verdict("dynamodb:GetItem", TABLE, allow("dynamodb:?etItem")) == "allowed"
    assert verdict("dynamodb:GetItem", TABLE, allow("dynamodb:GetItem", TABLE.replace("orders", "order?"))) == "allowed"
    assert verdict("dynamodb:GetItem", TABLE, allow("dynamodb:?GetItem")) == "denied"


def test_probe_a_deny_whose_condition_does_not_hold_denies_nothing():
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}
    here = {"aws:requestedregion": ("us-east-1",)}

    assert verdict("dynamodb:GetItem", TABLE, allow("*"), deny("*", Condition=elsewhere), context=here) == "allowed"
    assert (
        verdict(
            "dynamodb:GetItem",
            TABLE,
            allow("*"),
            deny("*", Condition=elsewhere),
            context={"aws:requestedregion": ("eu-west-1",)},
        )
        == "denied"
    )


def test_probe_a_deny_of_all_but_a_resource_denies_every_other():
    others = {"Effect": "Deny", "Action": "dynamodb:*", "NotResource": TABLE}

    assert verdict("dynamodb:GetItem", TABLE, allow("*"), others) == "allowed"
    assert verdict("dynamodb:GetItem", TABLE.replace("orders", "secrets"), allow("*"), others) == "denied"


def test_probe_a_batch_of_messages_takes_the_permission_to_send_one():
    parameters = {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/jobs", "Entries": []}

    assert verdicts("sqs", "SendMessageBatch", parameters, allow("sqs:SendMessage", QUEUE)) == {"allowed"}
    assert verdicts("sqs", "SendMessageBatch", parameters, allow("sqs:SendMessageBatch", QUEUE)) == {"denied"}


def test_probe_a_transaction_takes_the_permission_of_each_item():
    parameters = {
        "TransactItems": [
            {"Put": {"TableName": "orders", "Item": {}}},
            {"ConditionCheck": {"TableName": "orders", "Key": {}}},
        ]
    }

    both = allow(["dynamodb:PutItem", "dynamodb:ConditionCheckItem"], TABLE)
    assert verdicts("dynamodb", "TransactWriteItems", parameters, both) == {"allowed"}
    assert verdicts("dynamodb", "TransactWriteItems", parameters, allow("dynamodb:PutItem", TABLE)) == {
        "allowed",
        "denied",
    }


def test_probe_invoke_takes_the_permission_to_invoke_a_function():
    parameters = {"FunctionName": "resize"}

    assert verdicts("lambda", "Invoke", parameters, allow("lambda:InvokeFunction", FUNCTION)) == {"allowed"}
    assert verdicts("lambda", "Invoke", parameters, allow("lambda:Invoke", FUNCTION)) == {"denied"}


# Not(Action), Not(Resource), ARNs.


def test_not_action_allows_every_other_action():
    policy = {"Effect": "Allow", "NotAction": ["iam:*", "dynamodb:Delete*"], "Resource": "*"}

    assert verdict("dynamodb:GetItem", TABLE, policy) == "allowed"
    assert verdict("dynamodb:DeleteTable", TABLE, policy) == "denied"


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("arn:aws:sqs:*:*:jobs", True),
        ("arn:aws:sqs:us-east-1:*", True),  # what is missing at the end may be anything
        ("arn:aws:sqs", True),
        ("arn:aws:sqs:*:jobs", False),  # each part is matched for itself
        ("arn:aws:sqs:us-*-1:123456789012:j*", True),
        ("arn:aws:sqs:us-east-1:123456789012:JOBS", False),
        ("arn:aws:sns:*:*:jobs", False),
    ],
)
def test_the_parts_of_an_arn_are_matched_one_by_one(pattern, matches):
    assert verdict("sqs:SendMessage", QUEUE, allow("sqs:*", pattern)) == ("allowed" if matches else "denied")


def test_a_wildcard_does_not_reach_over_the_colon_after_its_part():
    assert verdict("lambda:InvokeFunction", FUNCTION, allow("lambda:*", "arn:aws:lambda:*:function:resize")) == "denied"
    assert verdict("lambda:InvokeFunction", FUNCTION, allow("lambda:*", "arn:aws:lambda:*:*:function:*")) == "allowed"


def test_the_last_part_of_an_arn_is_matched_across_colons_and_slashes():
    stream = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/app:log-stream:2026/11/23"

    assert verdict("logs:PutLogEvents", stream, allow("logs:*", "arn:aws:logs:*:*:log-group:/app:*")) == "allowed"


def test_an_action_without_resources_takes_a_policy_for_all_resources():
    assert verdict("dynamodb:ListTables", "*", allow("dynamodb:ListTables")) == "allowed"
    assert verdict("dynamodb:ListTables", "*", allow("dynamodb:ListTables", TABLE)) == "denied"


# Policy variables: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html


def test_a_variable_is_replaced_by_the_requests_value():
    home = allow("s3:GetObject", "arn:aws:s3:::b/${aws:PrincipalTag/team, 'nobody'}/*")

    def of(team):
        return {"aws:principaltag/team": team}

    assert verdict("s3:GetObject", "arn:aws:s3:::b/red/x", home, context=of(("red",))) == "allowed"
    assert verdict("s3:GetObject", "arn:aws:s3:::b/blue/x", home, context=of(("red",))) == "denied"
    assert verdict("s3:GetObject", "arn:aws:s3:::b/nobody/x", home, context=of(())) == "allowed"


def test_a_variable_that_the_request_has_not_matches_nothing():
    home = allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*")

    assert verdict("s3:GetObject", "arn:aws:s3:::b/x/y", home, context={"aws:username": ()}) == "denied"


def test_a_variable_of_unknown_value_is_not_evaluated():
    home = allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*")

    assert verdict("s3:GetObject", "arn:aws:s3:::b/x/y", home) == "not_evaluated"


def test_wildcards_in_a_variables_value_stand_for_themselves():
    home = allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*")

    assert verdict("s3:GetObject", "arn:aws:s3:::b/anna/y", home, context={"aws:username": ("*",)}) == "denied"
    assert verdict("s3:GetObject", "arn:aws:s3:::b/*/y", home, context={"aws:username": ("*",)}) == "allowed"
    assert verdict("s3:GetObject", "arn:aws:s3:::b/a*", allow("s3:*", "arn:aws:s3:::b/a${*}")) == "allowed"
    assert verdict("s3:GetObject", "arn:aws:s3:::b/ab", allow("s3:*", "arn:aws:s3:::b/a${*}")) == "denied"


# What is unknown is never allowed.

UNKNOWN = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}


def test_an_allow_on_an_unknown_key_is_not_evaluated():
    decision = evaluate(
        Request("sqs:SendMessage", QUEUE, {}), identity=read_statements([allow("sqs:*", Sid="Org", Condition=UNKNOWN)])
    )

    assert decision.verdict == "not_evaluated"
    assert not decision.allowed
    assert "aws:PrincipalOrgID" in decision.explanation
    assert "statement 1 (Org)" in decision.explanation


def test_a_deny_on_an_unknown_key_leaves_nothing_allowed():
    assert verdict("sqs:SendMessage", QUEUE, allow("sqs:*"), deny("sqs:*", Condition=UNKNOWN)) == "not_evaluated"


def test_an_unknown_key_does_not_matter_where_the_rest_decides():
    conditional = allow("sqs:*", Condition=UNKNOWN)

    assert verdict("sqs:SendMessage", QUEUE, conditional, allow("sqs:SendMessage")) == "allowed"
    assert verdict("sqs:SendMessage", QUEUE, conditional, deny("sqs:*")) == "denied"
    assert verdict("dynamodb:GetItem", TABLE, conditional) == "denied"
    assert verdict("sqs:SendMessage", QUEUE, deny("sqs:*", Condition=UNKNOWN)) == "denied"


def test_an_unknown_resource_is_allowed_only_by_a_policy_for_all():
    assert verdict("ses:SendEmail", None, allow("ses:SendEmail")) == "allowed"
    assert verdict("ses:SendEmail", None, allow("ses:SendEmail", "arn:aws:ses:*:*:identity/a.b")) == "not_evaluated"


def test_a_resource_that_nobody_resolved_is_not_evaluated():
    unresolved = allow("sqs:SendMessage", [{"Fn::GetAtt": ["Jobs", "Arn"]}])

    assert verdict("sqs:SendMessage", QUEUE, unresolved) == "not_evaluated"


# Permissions boundaries: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html


def test_a_boundary_limits_what_a_role_is_allowed():
    boundary = read_statements([allow("s3:*")])

    assert verdict("s3:GetObject", "arn:aws:s3:::b/k", allow("*"), boundary=boundary) == "allowed"
    assert verdict("sqs:SendMessage", QUEUE, allow("*"), boundary=boundary) == "denied"
    assert verdict("s3:GetObject", "arn:aws:s3:::b/k", allow("sqs:*"), boundary=boundary) == "denied"
    decision = evaluate(
        Request("sqs:SendMessage", QUEUE, {}), identity=read_statements([allow("*")]), boundary=boundary
    )
    assert decision.kind == "permissions boundary"
    assert decision.explanation.endswith("no permissions boundary allows it.")


# Resources' policies: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html


def granted(principal, *, identity=(), effect="Allow", action="sqs:SendMessage", resource=QUEUE, key="Principal"):
    policy = read_statements([{"Effect": effect, key: principal, "Action": action, "Resource": "*"}])
    request = Request(action, resource, {})
    return evaluate(request, identity=read_statements(identity), resource=policy, caller=ROLE).verdict


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": [ROLE.role_arn]}, {"AWS": ROLE.session_arn}])
def test_a_resources_policy_alone_lets_a_role_of_its_account_in(principal):
    assert granted(principal) == "allowed"


@pytest.mark.parametrize("principal", [{"AWS": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}])
def test_an_account_as_principal_leaves_the_decision_to_the_roles_policies(principal):
    assert granted(principal, identity=[allow("sqs:*")]) == "allowed"
    # The role's own policies say nothing: documented as "delegates authority to the account".
    assert granted(principal) == "denied"


@pytest.mark.parametrize(
    "principal",
    [{"AWS": "arn:aws:iam::123456789012:role/other"}, {"AWS": "999999999999"}, {"Service": "sns.amazonaws.com"}],
)
def test_others_as_principals_are_not_the_caller(principal):
    assert granted(principal) == "denied"


def test_a_resources_policy_denies_whom_it_names_whatever_its_role_allows():
    assert granted({"AWS": ACCOUNT}, effect="Deny", identity=[allow("*")]) == "denied"
    assert granted({"AWS": ROLE.role_arn}, effect="Deny", identity=[allow("*")], key="NotPrincipal") == "allowed"
    assert granted({"AWS": "999999999999"}, effect="Deny", identity=[allow("*")], key="NotPrincipal") == "denied"


def test_a_deny_of_all_but_some_denies_everybody_with_a_boundary():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html, the box "Important"."""
    but_me = {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE.role_arn}, "Action": "*", "Resource": "*"}
    everything = read_statements([allow("*")])
    more = {"identity": everything, "resource": read_statements([but_me]), "caller": ROLE}
    request = Request("sqs:SendMessage", QUEUE, {})

    assert evaluate(request, **more).verdict == "allowed"
    assert evaluate(request, **more, boundary=everything).verdict == "denied"


def test_a_service_is_let_in_by_the_resources_policy_with_its_conditions():
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION,
        "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::uploads"}},
    }

    def decide(source, service="s3.amazonaws.com"):
        return evaluate(
            Request("lambda:InvokeFunction", FUNCTION, {"aws:sourcearn": (source,)}),
            identity=(),
            resource=read_statements([statement]),
            caller=Caller(service=service),
        ).verdict

    assert decide("arn:aws:s3:::uploads") == "allowed"
    assert decide("arn:aws:s3:::other") == "denied"
    assert decide("arn:aws:s3:::uploads", "sns.amazonaws.com") == "denied"


def test_a_keys_policy_has_to_allow_or_hand_the_decision_to_the_account():
    """https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html."""
    decrypt = [allow("kms:Decrypt")]
    kms = {"action": "kms:Decrypt", "resource": KEY}

    assert granted({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, identity=decrypt, **kms) == "allowed"
    assert granted({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, **kms) == "denied"
    assert granted({"AWS": ROLE.role_arn}, **kms) == "allowed"
    assert granted({"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}, identity=decrypt, **kms) == "denied"


# What IAM refuses, and how decisions are told.


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ({"Effect": "allow", "Action": "*", "Resource": "*"}, "its Effect is 'allow'"),
        ({"Effect": "Allow", "Resource": "*"}, "either Action or NotAction"),
        ({"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}, "either Action or NotAction"),
        (allow("*", Condition={"StringEqual": {"a": "b"}}), "Did you mean 'StringEquals'"),
        (allow("*", Condition={"ForSomeValues:StringEquals": {"a": "b"}}), "'ForAllValues' or 'ForAnyValue'"),
    ],
)
def test_a_statement_that_iam_refuses_says_which_and_why(statement, said):
    with pytest.raises(InvalidParameterError, match="IAM would refuse statement 3 of Orders") as error:
        read_statement(statement, policy="Orders", number=3)

    assert said.lower() in str(error.value).lower()


def test_a_decision_names_the_statement_that_made_it():
    def decide(*statements):
        return evaluate(Request("sqs:SendMessage", QUEUE, {}), identity=read_statements(statements, policy="Jobs"))

    assert decide(allow("sqs:*")).explanation == f"sqs:SendMessage on {QUEUE} is allowed by statement 1 of Jobs."
    assert decide(allow("*"), deny("sqs:*", Sid="No")).explanation == (
        f"sqs:SendMessage on {QUEUE} is denied: "
        "statement 2 (No) of Jobs, an identity-based policy, denies it explicitly."
    )
    assert decide().explanation == f"sqs:SendMessage on {QUEUE} is denied: no identity-based policy allows it."


def test_a_policy_document_is_read_with_one_statement_or_many():
    assert len(read_statements({"Version": "2012-10-17", "Statement": allow("*")})) == 1
    assert [each.number for each in read_statements({"Statement": [allow("*"), deny("*")]})] == [1, 2]
