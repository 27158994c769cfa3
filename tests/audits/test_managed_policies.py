"""AWS managed policies, held against moto's table of AWS's documents."""

import json

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from pytest_serverless.audits.iam_evaluate import evaluate
from pytest_serverless.audits.iam_patterns import Request
from pytest_serverless.audits.managed_policies import _documents, managed_policy

THEIRS = json.loads(aws_managed_policies_data)


def verdict(name, action, resource="*"):
    return evaluate(Request(action, resource, {}), identity=managed_policy(name)).verdict


@pytest.mark.parametrize("name", _documents())
def test_a_policy_has_the_statements_of_the_document(name):
    assert _documents()[name] == THEIRS[name]["Document"]["Statement"]
    assert managed_policy(f"arn:aws:iam::aws:policy{THEIRS[name]['Path']}{name}") == managed_policy(name)


def test_the_policies_that_functions_usually_have_are_known():
    for kind in ("Basic", "VPCAccess", "SQSQueue", "DynamoDB", "Kinesis", "MSK"):
        assert managed_policy(f"arn:aws:iam::aws:policy/service-role/AWSLambda{kind}ExecutionRole")
    assert len(_documents()) >= 15


def test_a_policy_allows_what_its_name_says():
    assert verdict("AWSLambdaBasicExecutionRole", "logs:PutLogEvents", "arn:aws:logs:us-east-1:1:x") == "allowed"
    assert verdict("AmazonS3ReadOnlyAccess", "s3:GetObject", "arn:aws:s3:::b/k") == "allowed"
    assert verdict("AmazonS3ReadOnlyAccess", "s3:PutObject", "arn:aws:s3:::b/k") == "denied"


def test_other_policies_are_unknown():
    assert managed_policy("arn:aws:iam::aws:policy/AWSSomethingNew") is None
    assert managed_policy("arn:aws:iam::123456789012:policy/AmazonS3FullAccess") is None


def test_policies_of_other_partitions_are_the_same():
    assert managed_policy("arn:aws-cn:iam::aws:policy/AmazonS3FullAccess") == managed_policy("AmazonS3FullAccess")
