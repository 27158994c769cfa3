import subprocess
import sys
from pathlib import Path

import pytest

from pytest_serverless.app.model import Origin
from pytest_serverless.backends.moto.provision import Provisioned, missing, provision
from pytest_serverless.backends.moto.provision.table import PROVISIONERS, provisioner_of
from pytest_serverless.errors import BackendError, ProvisioningError
from tests.backends.provision.cloud import app, resource

KEYS = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


@pytest.mark.parametrize("kind", PROVISIONERS)
def test_every_type_of_the_table_has_a_function_that_makes_it(kind):
    assert callable(provisioner_of(kind))


def test_only_what_is_asked_for_is_made(cloud):
    whole = app(resource("AWS::SQS::Queue", "One"), resource("AWS::SQS::Queue", "Two"))

    assert provision(whole, cloud.client, {"Two"}).created == {"Two"}
    assert cloud.client("sqs").list_queues()["QueueUrls"] == [whole.resources["Two"].name]


def test_types_that_are_not_made_are_listed_once_with_what_does_not_work():
    whole = app(
        resource("AWS::RDS::DBInstance", "Db"),
        resource("AWS::RDS::DBInstance", "Replica"),
        resource("AWS::Pipes::Pipe", "Pipe"),
        resource("AWS::SQS::Queue", "Queue"),
        resource("AWS::Lambda::Permission", "Allowed"),
        resource("AWS::ApiGateway::RestApi", "Api"),
        resource("AWS::ApiGatewayV2::Route", "Route"),
        resource("AWS::CloudFormation::WaitConditionHandle", "Handle"),
    )

    assert [str(each) for each in missing(whole)] == [
        "AWS::Pipes::Pipe (Pipe): nothing flows through it",
        "AWS::RDS::DBInstance (Db, Replica): calls to RDS find nothing there",
    ]
    assert [each.type for each in missing(whole, {"Pipe", "Queue"})] == ["AWS::Pipes::Pipe"]


def test_what_is_missing_is_part_of_the_answer_and_stops_nothing(cloud):
    answer = provision(app(resource("Custom::Thing", "Odd"), resource("AWS::SQS::Queue", "Queue")), cloud.client)

    assert answer.created == {"Queue"}
    assert [each.ids for each in answer.missing] == [("Odd",)]


def test_one_provisioning_after_another_is_one_record(cloud):
    whole = app(
        resource("AWS::SQS::Queue", "One"),
        resource("AWS::SQS::Queue", "Two"),
        resource("Custom::Thing", "Odd"),
        resource("Custom::Thing", "Odder"),
    )

    both = provision(whole, cloud.client, {"One", "Odd"}) | provision(whole, cloud.client, {"Two", "Odd", "Odder"})
    assert both.created == {"One", "Two"}
    assert [each.ids for each in both.missing] == [("Odd", "Odder")]
    assert Provisioned() | both == both


def test_all_faults_are_told_together_with_their_places_and_properties(cloud):
    whole = app(
        resource("AWS::DynamoDB::Table", "Items", **{**KEYS, "BillingMode": "FREE"}),
        resource("AWS::S3::Bucket", "Uploads", VersioningConfiguration={"Status": ["On"]}, BucketName="NoGood_"),
        resource("AWS::SQS::Queue", "Fine"),
    )

    with pytest.raises(ProvisioningError) as raised:
        provision(whole, cloud.client)

    table, bucket = raised.value.faults
    assert (table.id, table.property, table.origin) == ("Items", "BillingMode", Origin(Path("template.yaml"), 7))
    assert (bucket.id, bucket.type) == ("Uploads", "AWS::S3::Bucket")
    assert "2 resources of 'shop'" in str(raised.value)
    assert "template.yaml:7: Items (AWS::DynamoDB::Table), BillingMode: " in str(raised.value)
    assert isinstance(raised.value, BackendError)
    assert len(cloud.client("sqs").list_queues()["QueueUrls"]) == 1


def test_a_setting_that_is_refused_names_its_property(cloud):
    bucket = resource("AWS::S3::Bucket", "Uploads", VersioningConfiguration={"Status": {"a": 1}})

    with pytest.raises(ProvisioningError, match="VersioningConfiguration: "):
        provision(app(bucket), cloud.client)


def test_a_property_that_is_not_there_is_named(cloud):
    with pytest.raises(ProvisioningError, match=r"Policy \(AWS::S3::BucketPolicy\): it has no 'Bucket'"):
        provision(app(resource("AWS::S3::BucketPolicy", "Policy")), cloud.client)


def test_an_unused_library_is_not_imported():
    """Moto's parts for CloudFormation, SSM and IAM take long to import."""
    script = """
import sys, boto3
from moto import mock_aws
from tests.backends.provision.cloud import app, resource
from pytest_serverless.backends.moto.provision import provision
assert not any(name.startswith("moto.s3") for name in sys.modules)
with mock_aws():
    whole = app(resource("AWS::S3::Bucket", "B"), resource("AWS::SNS::Topic", "T"))
    provision(whole, boto3.Session("a", "b", region_name="us-east-1").client)
slow = {"moto.cloudformation", "moto.ssm", "moto.ec2", "moto.apigateway", "moto.awslambda.models"}
print(sorted(slow & set(sys.modules)))
"""
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=root, check=False)

    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
