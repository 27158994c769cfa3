"""The region and account of an application: what is chosen, else what its template says."""

import boto3
import pytest

SERVICE = """
service: shop
provider:
  name: aws
  runtime: python3.13
  region: eu-west-1
functions:
  work:
    handler: app.handler
    events:
      - s3: {bucket: !Ref Uploads, existing: true}
      - sqs: {arn: !GetAtt Jobs.Arn}
resources:
  Resources:
    Uploads: {Type: AWS::S3::Bucket}
    Jobs: {Type: AWS::SQS::Queue}
    News: {Type: AWS::SNS::Topic}
"""

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Uploads: {Type: AWS::S3::Bucket}
  Jobs: {Type: AWS::SQS::Queue}
  News: {Type: AWS::SNS::Topic}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.handler
      Runtime: python3.13
      Events:
        Uploads: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: s3:ObjectCreated:*}}
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""

HANDLER = """
import os

def handler(event, context):
    regions = {record["awsRegion"] for record in event["Records"]}
    return sorted(regions | {os.environ["AWS_REGION"], context.invoked_function_arn.split(":")[3]})
"""


@pytest.fixture
def serverless_aws_region(request):
    """The region that a suite chooses; nobody chooses where it is the usual one."""
    return getattr(request, "param", "us-east-1")


@pytest.fixture
def serverless_aws_account():
    return "210987654321"


@pytest.fixture(params=["serverless.yml", "template.yaml"])
def shop(request, make_serverless, tmp_path):
    template = tmp_path / request.param
    template.write_text({"serverless.yml": SERVICE, "template.yaml": TEMPLATE}[request.param])
    (tmp_path / "app.py").write_text(HANDLER)
    return make_serverless(template)


def places(shop):
    """Return the regions of everything that an application and its functions are told."""
    boto3.client("s3").put_object(Bucket=shop.ref("Uploads"), Key="x", Body=b"")
    boto3.client("sqs").send_message(QueueUrl=shop.ref("Jobs"), MessageBody="x")
    assert shop.settle() == 2
    told = {region for outcome in shop.invocations() for region in outcome.value}
    return told | {shop.app.region, boto3.client("s3").meta.region_name, shop.attribute("Jobs", "Arn").split(":")[3]}


def test_an_application_is_where_its_template_says(shop):
    assert places(shop) == {"eu-west-1" if shop.app.template.stem == "serverless" else "us-east-1"}


@pytest.mark.parametrize("serverless_aws_region", ["ap-south-1"], indirect=True)
def test_a_region_that_is_chosen_is_that_of_all_applications(shop):
    assert places(shop) == {"ap-south-1"}


def test_an_account_that_is_chosen_is_that_of_the_application_and_of_its_services(shop):
    topic = shop.ref("News")

    assert topic.split(":")[4] == shop.attribute("Jobs", "Arn").split(":")[4] == "210987654321"
    assert [each["TopicArn"] for each in boto3.client("sns").list_topics()["Topics"]] == [topic]
    assert boto3.client("sts").get_caller_identity()["Account"] == "210987654321"


@pytest.mark.parametrize("serverless_aws_region", ["eu-north-1", "us-east-1"], indirect=True)
def test_mocked_services_without_an_application_are_in_the_chosen_place(aws_backend, serverless_aws_region):
    topic = boto3.client("sns").create_topic(Name="x")["TopicArn"]
    url = boto3.client("sqs").create_queue(QueueName="x")["QueueUrl"]

    assert topic == f"arn:aws:sns:{serverless_aws_region}:210987654321:x"
    assert url == f"https://sqs.{serverless_aws_region}.amazonaws.com/210987654321/x"


@pytest.fixture
def account_of_another_suite(monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")


def test_the_account_that_moto_was_told_of_is_not_that_of_our_services(account_of_another_suite, aws_backend):
    assert boto3.client("sts").get_caller_identity()["Account"] == "210987654321"


@pytest.mark.realtime
def test_the_usual_region_can_be_chosen_too(pytester):
    (pytester.path / "serverless.yml").write_text(SERVICE)
    pytester.makepyfile("def test(serverless): assert serverless.app.region == 'us-east-1'")

    pytester.runpytest_subprocess("--serverless-aws-region=us-east-1").assert_outcomes(passed=1)
