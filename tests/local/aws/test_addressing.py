"""Which URL of AWS a request is for that came to one address."""

import pytest

from pytest_serverless.local.aws.addressing import aws_url, scope_of
from pytest_serverless.local.wire.messages import Asked

SERVICES = (
    *("apigateway", "appconfig", "athena", "cloudwatch", "cognito-idp", "dynamodb", "ecr", "events", "firehose", "iam"),
    *("iot-data", "kinesis", "kms", "lambda", "logs", "s3", "sagemaker", "scheduler", "secretsmanager", "ses", "sesv2"),
    *("sns", "sqs", "ssm", "stepfunctions", "sts", "xray"),
)


def asked(target="/", *, signed=None, body=b"", method="GET", **headers):
    pairs = [("Host", "127.0.0.1:4000"), *((name.replace("_", "-"), value) for name, value in headers.items())]
    if "Host" in headers:
        del pairs[0]
    if signed:
        credential = f"AWS4-HMAC-SHA256 Credential=AKID/20261101/{signed}/aws4_request, SignedHeaders=host, Signature=0"
        pairs.append(("Authorization", credential))
    return Asked(method, target, pairs, body)


@pytest.mark.parametrize(
    ("signed", "url"),
    [
        ("eu-west-1/sqs", "https://sqs.eu-west-1.amazonaws.com/"),
        ("us-east-1/iam", "https://iam.us-east-1.amazonaws.com/"),
        ("eu-west-1/memorydb", "https://memory-db.eu-west-1.amazonaws.com/"),
        ("us-east-1/budgets", "https://budgets.amazonaws.com/"),
        ("cn-north-1/sns", "https://sns.cn-north-1.amazonaws.com.cn/"),
        ("eu-west-1/s3", "https://s3.eu-west-1.amazonaws.com/"),
    ],
)
def test_the_signature_says_the_service_and_the_region(signed, url):
    assert aws_url(asked(signed=signed), "us-east-1") == url


def test_the_target_tells_streams_from_tables():
    for target, host in (("DynamoDB_20120810.GetItem", "dynamodb"), ("DynamoDBStreams_2012.X", "streams.dynamodb")):
        request = asked(signed="us-west-2/dynamodb", X_Amz_Target=target)
        assert aws_url(request, "us-east-1") == f"https://{host}.us-west-2.amazonaws.com/"


def test_a_presigned_url_says_it_in_its_query():
    target = "/bucket/a%20b?X-Amz-Algorithm=AWS4&X-Amz-Credential=AKID%2F20261101%2Feu-west-1%2Fs3%2Faws4_request"

    assert aws_url(asked(target), "us-east-1") == f"https://s3.eu-west-1.amazonaws.com{target}"


def test_who_signs_for_all_regions_names_none():
    header = "AWS4-ECDSA-P256-SHA256 Credential=AKID/20261101/s3/aws4_request, SignedHeaders=host, Signature=0"

    assert scope_of(asked(Authorization=header)) == ("s3", "us-east-1", "AKID")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("pictures.localhost:4000", "pictures.s3.eu-west-1"),
        ("my.pictures.s3.localhost", "my.pictures.s3.eu-west-1"),
        ("localhost:4000", "s3.eu-west-1"),
        ("s3.localhost:4000", "s3.eu-west-1"),
        ("[::1]:4000", "s3.eu-west-1"),
    ],
)
def test_a_bucket_may_stand_in_the_host(host, expected):
    request = asked("/key", signed="eu-west-1/s3", Host=host)

    assert aws_url(request, "us-east-1") == f"https://{expected}.amazonaws.com/key"


def test_a_host_of_aws_is_taken_at_its_word():
    assert aws_url(asked("/k?x=1", Host="b.s3.amazonaws.com"), "us-east-1") == "https://b.s3.amazonaws.com/k?x=1"


@pytest.mark.parametrize(
    ("request_", "host"),
    [
        (asked("/bucket/key"), "s3"),
        (asked("/bucket/key?AWSAccessKeyId=a&Signature=b&Expires=1"), "s3"),
        (asked(X_Amz_Target="AWSCognitoIdentityProviderService.InitiateAuth"), "cognito-idp"),
        (asked("/eu-west-1_abc/.well-known/jwks.json"), "cognito-idp"),
        (asked("/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15"), "sts"),
        (asked("/123456789012/jobs?Action=ReceiveMessage"), "sqs"),
    ],
)
def test_what_is_not_signed_is_known_by_what_it_asks(request_, host):
    assert aws_url(request_, "eu-west-1").startswith(f"https://{host}.eu-west-1.amazonaws.com/")


def test_every_service_that_is_mocked_is_found_by_what_clients_sign_for():
    import boto3

    from pytest_serverless.backends.moto.dispatch import service_of

    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="eu-west-1")
    lost = []
    for service in SERVICES:
        client = session.client(service)
        meta = client.meta
        given = aws_url(asked(signed=f"eu-west-1/{meta.service_model.signing_name}"), "us-east-1")
        if service_of(given) != service_of(f"{meta.endpoint_url}/"):
            lost.append((service, given, meta.endpoint_url))
        client.close()

    assert not lost
