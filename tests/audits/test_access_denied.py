"""The answers to denied calls, read by botocore's own parsers, and by its clients."""

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.parsers import create_parser

from pytest_serverless.audits.access_denied import denial
from pytest_serverless.audits.iam_actions import Place
from pytest_serverless.audits.iam_grants import Grants
from pytest_serverless.audits.iam_policy import Caller, read_statements
from pytest_serverless.errors import InvalidParameterError

ACCOUNT = "123456789012"
USER = f"arn:aws:sts::{ACCOUNT}:assumed-role/checkout-role/checkout"
QUEUE = {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/jobs", "MessageBody": "x"}
QUEUE_ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
TABLE_ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders"
TOPIC_ARN = f"arn:aws:sns:us-east-1:{ACCOUNT}:t"
ITEM = {"TableName": "orders", "Item": {"pk": {"S": "1"}}}

SESSION = botocore.session.Session()


def grants(*statements, boundary=None):
    return Grants(
        caller=Caller(role_arn=f"arn:aws:iam::{ACCOUNT}:role/checkout-role", session_arn=USER),
        place=Place(),
        identity=read_statements(statements),
        boundary=None if boundary is None else read_statements(boundary),
    )


class _Raw:
    def __init__(self, body):
        self.body = body

    def stream(self):
        yield self.body


def call(service, operation, parameters, *, allowed=()):
    """Make a call as a user does, with the answer given where botocore would send: what a backend does with it."""
    client = SESSION.create_client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    model = client.meta.service_model
    denied = denial(
        service,
        operation,
        parameters,
        grants=grants(*allowed),
        protocol=model.resolved_protocol,
        metadata=model.metadata,
    )
    status, headers, body = denied.response("req-1")
    client.meta.events.register(
        "before-send", lambda request, **_: AWSResponse(request.url, status, headers, _Raw(body))
    )
    with pytest.raises(ClientError) as raised:
        getattr(client, botocore.xform_name(operation))(**parameters)
    return client, raised.value


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "status"),
    [
        ("dynamodb", "PutItem", ITEM, "AccessDeniedException", 400),
        ("kms", "Decrypt", {"CiphertextBlob": b"x", "KeyId": "1"}, "AccessDeniedException", 400),
        ("secretsmanager", "GetSecretValue", {"SecretId": "s"}, "AccessDeniedException", 400),
        ("ssm", "GetParameter", {"Name": "/a"}, "AccessDeniedException", 400),
        ("events", "PutEvents", {"Entries": [{"Source": "a"}]}, "AccessDeniedException", 400),
        ("stepfunctions", "StartExecution", {"stateMachineArn": "arn:aws:states:::x"}, "AccessDeniedException", 400),
        ("sqs", "SendMessage", QUEUE, "AccessDenied", 403),
        ("sns", "Publish", {"TopicArn": TOPIC_ARN, "Message": "m"}, "AuthorizationError", 403),
        (
            "sts",
            "AssumeRole",
            {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleSessionName": "xx"},
            "AccessDenied",
            403,
        ),
        ("lambda", "Invoke", {"FunctionName": "f"}, "AccessDeniedException", 403),
        ("scheduler", "GetSchedule", {"Name": "s"}, "AccessDeniedException", 403),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k"}, "AccessDenied", 403),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, "AccessDenied", 403),
        ("s3", "PutObject", {"Bucket": "b", "Key": "k&<\u00fc>"}, "AccessDenied", 403),
        ("ec2", "DescribeInstances", {}, "UnauthorizedOperation", 403),
    ],
)
def test_botocore_raises_the_services_own_error(service, operation, parameters, code, status):
    _, error = call(service, operation, parameters)

    assert error.response["Error"]["Code"] == code
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert error.response["Error"]["Message"].startswith(f"User: {USER} is not authorized to perform: ")


def test_the_error_of_a_query_compatible_service_keeps_the_code_it_had():
    _, error = call("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": []})

    assert error.response["Error"]["Code"] == "AccessDenied"


def test_a_head_request_has_an_answer_without_a_body():
    _, error = call("s3", "HeadObject", {"Bucket": "b", "Key": "k"})

    assert error.response["Error"] == {"Code": "403", "Message": "Forbidden"}


def test_the_error_is_of_the_class_that_the_client_has_for_it():
    client, error = call("sns", "Publish", {"TopicArn": TOPIC_ARN, "Message": "m"})

    assert isinstance(error, client.exceptions.AuthorizationErrorException)


@pytest.mark.parametrize("protocol", ["ec2", "json", "query", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"])
def test_every_protocol_is_read_by_botocores_parser(protocol):
    denied = denial("appsync", "GetGraphqlApi", {"apiId": "x" * 300}, grants=grants(), protocol=protocol)
    status, headers, body = denied.response("req-1")
    shape = SESSION.get_service_model("dynamodb").operation_model("PutItem").output_shape

    parsed = create_parser(protocol).parse({"status_code": status, "headers": headers, "body": body}, shape)

    assert parsed["Error"]["Code"] == denied.code
    assert parsed["Error"]["Message"] == denied.message
    assert parsed["ResponseMetadata"]["RequestId"] == "req-1"


def test_an_unknown_protocol_is_refused():
    with pytest.raises(InvalidParameterError, match="'soap' is no protocol of AWS's; there are ec2, json"):
        denial("s3", "GetObject", {"Bucket": "b", "Key": "k"}, grants=grants(), protocol="soap")


# The words: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html


def message(service, operation, parameters, *statements, protocol="json", **more):
    return denial(service, operation, parameters, grants=grants(*statements, **more), protocol=protocol).message


def test_the_message_of_what_nothing_allows():
    assert message("dynamodb", "PutItem", ITEM) == (
        f"User: {USER} is not authorized to perform: dynamodb:PutItem on resource: {TABLE_ARN} "
        "because no identity-based policy allows the dynamodb:PutItem action"
    )


def test_the_message_of_an_explicit_deny():
    deny = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}

    assert message("dynamodb", "PutItem", ITEM, deny).endswith(
        f"on resource: {TABLE_ARN} with an explicit deny in an identity-based policy"
    )


def test_the_messages_of_a_boundary():
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}

    assert message("dynamodb", "PutItem", ITEM, everything, boundary=[]).endswith(
        "because no permissions boundary allows the dynamodb:PutItem action"
    )
    assert message("dynamodb", "PutItem", ITEM, everything, boundary=[everything, deny]).endswith(
        "with an explicit deny in a permissions boundary"
    )


def test_services_have_their_own_spelling():
    """As reported in aws/serverless-application-model#3633 (SQS) and, for SNS, in control tower's issue #151."""
    assert f"perform: sqs:sendmessage on resource: {QUEUE_ARN} because" in message(
        "sqs", "SendMessageBatch", {**QUEUE, "Entries": []}
    )
    assert message("sqs", "SendMessage", QUEUE).endswith("allows the sqs:sendmessage action")
    topic = {"TopicArn": TOPIC_ARN, "Message": "m"}
    assert message("sns", "Publish", topic, protocol="query").endswith("allows the SNS:Publish action")
    assert 'on resource: "arn:aws:s3:::b/k" because' in message(
        "s3", "GetObject", {"Bucket": "b", "Key": "k"}, protocol="rest-xml"
    )


# Which calls are denied.


def test_an_allowed_call_is_not_denied():
    allow = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": TABLE_ARN}

    assert denial("dynamodb", "PutItem", ITEM, grants=grants(allow), protocol="json") is None
    assert denial("sts", "GetCallerIdentity", {}, grants=grants(), protocol="query") is None


def test_one_permission_that_is_missing_denies_the_call():
    allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
    copy = {"Bucket": "b", "Key": "k", "CopySource": "from/a"}

    denied = denial("s3", "CopyObject", copy, grants=grants(allow), protocol="rest-xml")

    assert "s3:GetObject" in denied.message


def test_what_is_not_evaluated_is_denied_and_told_apart():
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    allow = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*", "Condition": condition}

    denied = denial("dynamodb", "PutItem", ITEM, grants=grants(allow), protocol="json")

    assert denied.decision.verdict == "not_evaluated"
    assert "aws:PrincipalOrgID" in denied.decision.explanation
