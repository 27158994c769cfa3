"""One small application, whose tests are in this folder."""

import textwrap

import pytest

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    CodeUri: src/
    Runtime: python3.12
    Environment:
      Variables: {TABLE: !Ref Items, JOBS: !Ref Jobs, NEWS: !Ref News}
Resources:
  Uploads: {Type: AWS::S3::Bucket}
  Items: {Type: AWS::Serverless::SimpleTable}
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Failures.Arn, maxReceiveCount: 3}}
  Failures: {Type: AWS::SQS::Queue}
  News: {Type: AWS::SNS::Topic}
  Forgotten: {Type: AWS::S3::Bucket}
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.resize
      Policies:
        - DynamoDBWritePolicy: {TableName: !Ref Items}
      Events:
        Upload:
          Type: S3
          Properties:
            Bucket: !Ref Uploads
            Events: s3:ObjectCreated:*
            Filter: {S3Key: {Rules: [{Name: suffix, Value: .jpg}]}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.work
      Policies:
        - DynamoDBCrudPolicy: {TableName: !Ref Items}
      Events:
        Queue:
          Type: SQS
          Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 2, FunctionResponseTypes: [ReportBatchItemFailures]}
  Tell:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.tell
      Events:
        News: {Type: SNS, Properties: {Topic: !Ref News}}
  Get:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.get
      Policies:
        - DynamoDBReadPolicy: {TableName: !Ref Items}
      Events:
        Api: {Type: Api, Properties: {Path: "/items/{id}", Method: get}}
  Ask:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.ask
      Environment:
        Variables: {WORKER: !Ref Work}
"""

CODE = """
import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
seen = []


def resize(event, context):
    for record in event["Records"]:
        table.put_item(Item={"id": record["s3"]["object"]["key"]})
    boto3.client("sqs").send_message(QueueUrl=os.environ["JOBS"], MessageBody="resized")
    return len(event["Records"])


def work(event, context):
    failed = []
    for record in event["Records"]:
        if record["body"] == "crash":
            raise RuntimeError("crashed")
        if record["body"] == "bad":
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            table.put_item(Item={"id": record["body"]})
    return {"batchItemFailures": failed}


def tell(event, context):
    [record] = event["Records"]
    return [record["Sns"]["Message"], record["Sns"]["Subject"], record["Sns"]["MessageAttributes"]]


def get(event, context):
    item = table.get_item(Key={"id": event["pathParameters"]["id"]}).get("Item")
    if event["pathParameters"]["id"] == "crash":
        raise RuntimeError("crashed")
    return {"statusCode": 200 if item else 404, "body": json.dumps(item)}


def ask(event, context):
    answer = boto3.client("lambda").invoke(
        FunctionName=os.environ["WORKER"], Payload=json.dumps(event), LogType="Tail", **event.get("how", {})
    )
    return [answer["StatusCode"], answer.get("FunctionError"), answer["Payload"].read().decode()]
"""


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The application in a folder of its own."""
    pytest.importorskip("moto")
    folder = tmp_path_factory.mktemp("template") / "shop"
    (folder / "src").mkdir(parents=True)
    (folder / "template.yaml").write_text(textwrap.dedent(TEMPLATE))
    (folder / "src/app.py").write_text(CODE)
    return folder / "template.yaml"


@pytest.fixture
def shop(make_serverless, template):
    return make_serverless(template)
