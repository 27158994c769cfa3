"""Resources that a test or a handler calls by the names that the template gives them, without asking for `ref`."""

import boto3
import pytest

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Invoices: {Type: AWS::S3::Bucket, Properties: {BucketName: invoices}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Items: {Type: AWS::Serverless::SimpleTable, Properties: {TableName: items}}
  Others: {Type: AWS::Serverless::SimpleTable, Properties: {TableName: others}}
  Shop: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  News: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {Name: clicks, ShardCount: 1}}
  Key: {Type: AWS::SecretsManager::Secret, Properties: {Name: key, SecretString: open}}
  Colour: {Type: AWS::SSM::Parameter, Properties: {Name: /shop/colour, Type: String, Value: red}}
  Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop/log}}
  Bill:
    Type: AWS::Serverless::Function
    Properties: {Handler: named_app.bill, Runtime: python3.12, CodeUri: src/}
"""
CODE = """
import boto3

def bill(event, context):
    boto3.client("s3").put_object(Bucket="invoices", Key="7", Body=b"")
"""
ENTRY = {"Source": "a", "DetailType": "b", "Detail": "{}"}
KEY = {"id": {"S": "1"}}


@pytest.fixture
def named(make_serverless, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/named_app.py").write_text(CODE)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return make_serverless(tmp_path / "template.yaml")


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("s3", "put_object", {"Bucket": "invoices", "Key": "a/b", "Body": b""}),
        ("sqs", "get_queue_url", {"QueueName": "jobs"}),
        ("dynamodb", "put_item", {"TableName": "items", "Item": KEY}),
        ("events", "put_events", {"Entries": [{**ENTRY, "EventBusName": "shop"}]}),
        ("events", "put_events", {"Entries": [ENTRY, {**ENTRY, "EventBusName": "shop"}]}),
        ("sns", "publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:news", "Message": "x"}),
        ("kinesis", "put_record", {"StreamName": "clicks", "Data": b"x", "PartitionKey": "1"}),
        ("secretsmanager", "get_secret_value", {"SecretId": "key"}),
        ("ssm", "get_parameter", {"Name": "/shop/colour"}),
        ("logs", "create_log_stream", {"logGroupName": "/shop/log", "logStreamName": "x"}),
        ("dynamodb", "batch_get_item", {"RequestItems": {"items": {"Keys": [KEY]}, "others": {"Keys": [KEY]}}}),
    ],
)
@pytest.mark.usefixtures("named")
def test_a_resource_is_there_for_a_call_that_names_it(service, operation, parameters):
    getattr(boto3.client(service), operation)(**parameters)


def test_a_handler_finds_what_only_its_code_names(named):
    named.invoke("Bill")

    assert named.bucket("Invoices").keys == ["7"]


def test_making_it_is_not_among_the_calls(named):
    boto3.client("s3").put_object(Bucket="invoices", Key="7", Body=b"")

    assert [(call.service, call.operation) for call in named.calls()] == [("s3", "PutObject")]
