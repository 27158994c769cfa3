"""A stack that was deployed to somebody else's model of CloudFormation."""

import json

import pytest

pytest.importorskip("moto")
pytest.importorskip("openapi_spec_validator")  # moto needs it for API Gateway
import boto3
from moto import mock_aws

from pytest_serverless.load.results import TargetFunction
from pytest_serverless.load.targets import reach_stack

URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/checkout/invocations"
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
BELOW = {
    "Resources": {
        "Items": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "items",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        }
    }
}
TEMPLATE = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUST]}},
        },
        "Checkout": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": "def handler(event, context): pass"},
                "Handler": "index.handler",
                "Runtime": "python3.12",
                "MemorySize": 512,
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "ReservedConcurrentExecutions": 5,
            },
        },
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}},
        "Root": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
                "HttpMethod": "GET",
                "AuthorizationType": "AWS_IAM",
                "Integration": {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": URI},
            },
        },
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "DependsOn": "Root",
            "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "dev"},
        },
        "Orders": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}},
        "Data": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": "https://s3.amazonaws.com/templates/below.json"},
        },
    }
}


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with mock_aws():
        made = boto3.Session(region_name="us-east-1")
        # What moto has not: it is answered as by a function that has none.
        made.events.register(
            "before-call.lambda.ListProvisionedConcurrencyConfigs",
            lambda **_: (type("Http", (), {"status_code": 200}), {"ProvisionedConcurrencyConfigs": []}),
        )
        s3 = made.client("s3")
        s3.create_bucket(Bucket="templates")
        s3.put_object(Bucket="templates", Key="below.json", Body=json.dumps(BELOW))
        made.client("cloudformation").create_stack(
            StackName="shop",
            TemplateBody=json.dumps(TEMPLATE),
            Tags=[{"Key": "stage", "Value": "test"}],
            Capabilities=["CAPABILITY_IAM"],
        )
        yield made


def test_a_stack_is_found_with_its_api_and_its_function(session):
    reached = reach_stack("shop", session=session)

    name = reached.functions["Checkout"]
    assert session.client("lambda").get_function(FunctionName=name)["Configuration"]["Handler"] == "index.handler"
    assert reached.measured.functions == (
        TargetFunction(name=name, runtime="python3.12", architecture="x86_64", memory_mb=512, reserved=5),
    )
    api = session.client("apigateway").get_rest_apis()["items"][0]["id"]
    assert reached.urls == {"Api": f"https://{api}.execute-api.us-east-1.amazonaws.com/dev"}
    assert reached.notes == ("Api asks all requests for credentials: AWS_IAM, so sign them.",)
    assert session.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"] == reached.resources["Orders"]
    assert reached.resources["Data.Items"] == "items"
    assert (reached.account, reached.tags) == ("123456789012", {"stage": "test"})
