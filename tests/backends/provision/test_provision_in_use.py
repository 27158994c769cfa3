"""In the mock that tests use, with our own queues in it: what was made is there in every test, under the same ids."""

import json

import pytest

from pytest_serverless.backends.aws import AwsBackend
from pytest_serverless.backends.moto.provision import provision
from pytest_serverless.backends.sqs import SqsBackend
from tests.backends.provision.cloud import app, lambda_function, resource

KEYS = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "s",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "*",
        }
    ],
}
DEAD = resource("AWS::SQS::Queue", "Dead", FifoQueue=True)
ORDERS = resource(
    "AWS::SQS::Queue",
    "Orders",
    FifoQueue=True,
    ContentBasedDeduplication="true",
    VisibilityTimeout=45,
    RedrivePolicy={"deadLetterTargetArn": DEAD.arn, "maxReceiveCount": "3"},
    Tags=[{"Key": "team", "Value": "shop"}],
)
QUEUE_POLICY = resource("AWS::SQS::QueuePolicy", "OrdersPolicy", Queues=[ORDERS.name], PolicyDocument=ALLOWED)
NOTICES = resource("AWS::SNS::Topic", "Notices", FifoTopic=True)
HEARD = resource("AWS::SNS::Subscription", "Heard", TopicArn=NOTICES.arn, Protocol="sqs", Endpoint=ORDERS.arn)
UPLOADS = resource(
    "AWS::S3::Bucket",
    "Uploads",
    NotificationConfiguration={
        "QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": ORDERS.arn}],
        "TopicConfigurations": [{"Event": "s3:ObjectRemoved:*", "Topic": NOTICES.arn}],
    },
)
ITEMS = resource("AWS::DynamoDB::Table", "Items", **KEYS, StreamSpecification={"StreamViewType": "NEW_IMAGE"})
SECRET = resource("AWS::SecretsManager::Secret", "Secret", SecretString="s3cret")
KEY = resource("AWS::KMS::Key", "Key", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
PEOPLE = resource("AWS::Cognito::UserPool", "People")
ROLE = resource("AWS::IAM::Role", "Role", AssumeRolePolicyDocument=ALLOWED)
MAPPING = resource("AWS::Lambda::EventSourceMapping", "Map", FunctionName="shop-Fn", EventSourceArn=ORDERS.arn)
SHOP = app(
    *(QUEUE_POLICY, ORDERS, DEAD, HEARD, NOTICES, UPLOADS, ITEMS, SECRET, KEY, PEOPLE, ROLE, MAPPING, lambda_function())
)


@pytest.fixture(scope="module")
def changes():
    return []


@pytest.fixture(scope="module")
def stack(changes):
    backend, sqs = AwsBackend(), SqsBackend()
    backend.start()
    backend.route("sqs", sqs.respond, sqs)
    backend.on_change(changes.append)
    with backend.entered("making"):
        provision(SHOP, backend.client)
        backend.take_snapshot()
    yield backend
    backend.stop()


@pytest.fixture
def client(stack):
    with stack.entered("a test"):
        yield stack.client


def test_the_ids_are_the_templates(client):
    found = {
        "stream": client("dynamodb").describe_table(TableName=ITEMS.name)["Table"]["LatestStreamArn"],
        "secret": client("secretsmanager").get_secret_value(SecretId=SECRET.name)["ARN"],
        "key": client("kms").describe_key(KeyId=KEY.name)["KeyMetadata"]["Arn"],
        "pool": client("cognito-idp").describe_user_pool(UserPoolId=PEOPLE.name)["UserPool"]["Arn"],
        "role": client("iam").get_role(RoleName=ROLE.name)["Role"]["RoleId"],
        "subscription": client("sns").list_subscriptions()["Subscriptions"][0]["SubscriptionArn"],
        "mapping": client("lambda").get_event_source_mapping(UUID=MAPPING.name)["EventSourceArn"],
    }

    assert found == {
        "stream": ITEMS.attributes["StreamArn"],
        "secret": SECRET.name,
        "key": KEY.arn,
        "pool": PEOPLE.arn,
        "role": ROLE.attributes["RoleId"],
        "subscription": HEARD.name,
        "mapping": ORDERS.arn,
    }


@pytest.mark.parametrize("_again", range(2))
def test_what_a_test_changes_is_there_again_in_the_next(client, _again):
    assert client("secretsmanager").get_secret_value(SecretId=SECRET.name)["SecretString"] == "s3cret"
    client("secretsmanager").delete_secret(SecretId=SECRET.name, ForceDeleteWithoutRecovery=True)
    client("sns").unsubscribe(SubscriptionArn=HEARD.name)
    client("lambda").delete_event_source_mapping(UUID=MAPPING.name)


def test_our_own_queues_have_what_the_template_says(client):
    sqs = client("sqs")
    read = sqs.get_queue_attributes(QueueUrl=ORDERS.name, AttributeNames=["All"])["Attributes"]

    assert read["QueueArn"] == ORDERS.arn
    assert (read["FifoQueue"], read["ContentBasedDeduplication"], read["VisibilityTimeout"]) == ("true", "true", "45")
    assert json.loads(read["RedrivePolicy"])["deadLetterTargetArn"] == DEAD.arn
    assert json.loads(read["Policy"])["Statement"][0]["Sid"] == "s"
    assert sqs.list_queue_tags(QueueUrl=ORDERS.name)["Tags"] == {"team": "shop"}


def test_nobody_was_sent_anything(client, changes):
    assert "Messages" not in client("sqs").receive_message(QueueUrl=ORDERS.name)
    assert not [each for each in changes if each.kind in ("sns:Publish", "sqs:SendMessage")]
