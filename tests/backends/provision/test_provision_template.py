"""From a file to resources: what references were resolved to is what there is."""

import textwrap

import boto3
import pytest
from moto import mock_aws

from pytest_serverless.backends.moto.provision import provision, reachable
from pytest_serverless.templates.load import load

SERVICE = """\
service: shop
provider:
  name: aws
  runtime: python3.13
  iam:
    role:
      statements:
        - Effect: Allow
          Action: [dynamodb:PutItem]
          Resource: !GetAtt Items.Arn
functions:
  order:
    handler: app.order
    environment:
      TABLE: !Ref Items
      KEY: !Ref Secret
    events:
      - sqs: {arn: !GetAtt Orders.Arn, batchSize: 3}
  resize:
    handler: app.resize
    events:
      - s3: {bucket: shop-uploads, event: "s3:ObjectCreated:*"}
  hello:
    handler: app.hello
    events:
      - httpApi: "GET /hello"
resources:
  Resources:
    Items:
      Type: AWS::DynamoDB::Table
      Properties:
        BillingMode: PAY_PER_REQUEST
        AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
        KeySchema: [{AttributeName: id, KeyType: HASH}]
    Dead: {Type: AWS::SQS::Queue}
    Orders:
      Type: AWS::SQS::Queue
      Properties:
        VisibilityTimeout: "30"
        RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}
    Secret:
      Type: AWS::SecretsManager::Secret
      Properties: {GenerateSecretString: {PasswordLength: 20}}
    Unused: {Type: AWS::SNS::Topic}
"""


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "serverless.yml"
    path.write_text(textwrap.dedent(SERVICE), encoding="utf-8")
    (tmp_path / "app.py").write_text("", encoding="utf-8")
    return load(path)


SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    Properties: {BucketName: shop-uploads}
  Items: {Type: AWS::Serverless::SimpleTable}
  Notices: {Type: AWS::SNS::Topic}
  Orders: {Type: AWS::SQS::Queue}
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {TABLE: !Ref Items}}
      Policies:
        - DynamoDBCrudPolicy: {TableName: !Ref Items}
        - S3ReadPolicy: {BucketName: shop-uploads}
      Events:
        Upload: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: "s3:ObjectCreated:*"}}
        Notice: {Type: SNS, Properties: {Topic: !Ref Notices}}
        Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 4}}
        Timer: {Type: Schedule, Properties: {Schedule: rate(5 minutes)}}
        Web: {Type: HttpApi, Properties: {Path: /x, Method: get}}
"""


@pytest.fixture
def sam(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(SAM, encoding="utf-8")
    (tmp_path / "app.py").write_text("", encoding="utf-8")
    return load(path)


@pytest.fixture
def session():
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield boto3.Session("testing", "testing", region_name="us-east-1")


def test_the_whole_application_is_made(shop, session):
    made = provision(shop, session.client)

    assert made.missing == ()
    environment = shop.functions["OrderLambdaFunction"].environment
    session.client("dynamodb").put_item(TableName=environment["TABLE"], Item={"id": {"S": "1"}})
    value = session.client("secretsmanager").get_secret_value(SecretId=environment["KEY"])
    assert (value["ARN"], len(value["SecretString"])) == (environment["KEY"], 20)
    (mapping,) = session.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert (mapping["EventSourceArn"], mapping["BatchSize"]) == (shop.resources["Orders"].arn, 3)
    role = shop.resources["IamRoleLambdaExecution"]
    assert session.client("iam").get_role(RoleName=role.name)["Role"]["Arn"] == role.arn


def test_a_functions_part_of_it_is_made(shop, session):
    ids = reachable(shop, ["OrderLambdaFunction"])

    assert ids == {"Items", "Orders", "Dead", "Secret"}
    assert provision(shop, session.client, ids).created == ids


def test_a_function_that_touches_nothing_has_its_role_alone(shop):
    assert "Unused" not in reachable(shop, ["HelloLambdaFunction"])


def test_the_bucket_of_an_event_is_reached(shop):
    assert "S3BucketShopuploads" in reachable(shop, ["ResizeLambdaFunction"])


def test_what_sam_makes_of_a_function_is_made(sam, session):
    made = provision(sam, session.client)

    assert made.missing == ()
    arn = sam.resources["Resize"].arn
    notified = session.client("s3").get_bucket_notification_configuration(Bucket="shop-uploads")
    assert [each["LambdaFunctionArn"] for each in notified["LambdaFunctionConfigurations"]] == [arn]
    (subscription,) = session.client("sns").list_subscriptions()["Subscriptions"]
    assert (subscription["SubscriptionArn"], subscription["Endpoint"]) == (sam.resources["ResizeNotice"].name, arn)
    (mapping,) = session.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert (mapping["UUID"], mapping["BatchSize"]) == (sam.resources["ResizeOrder"].name, 4)
    (target,) = session.client("events").list_targets_by_rule(Rule=sam.resources["ResizeTimer"].name)["Targets"]
    assert target["Arn"] == arn
    role = session.client("iam").get_role(RoleName=sam.resources["ResizeRole"].name)["Role"]
    assert session.client("lambda").get_function(FunctionName=arn)["Configuration"]["Role"] == role["Arn"]


def test_a_sam_functions_resources_are_reached_and_what_starts_it_is_not_made(sam):
    assert reachable(sam, ["Resize"]) == {"Uploads", "Items", "Notices", "ResizeNotice", "Orders"}
