"""An existing suite runs unchanged with the plugin installed: moto, fixtures of its own, asyncio, xdist, any order."""

import pytest

CONFTEST = """
import boto3
import pytest
from moto import mock_aws


@pytest.fixture
def aws_credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def s3(aws_credentials):
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1")


@pytest.fixture
def bucket(s3):
    s3.create_bucket(Bucket="reports")
    return "reports"


@pytest.fixture(scope="module")
def events():  # a name of the suite's own, whatever others call theirs
    return {"Records": [{"body": "hand-written", "eventSource": "aws:sqs"}]}


@pytest.fixture
def context():
    class Context:
        function_name = "mine"

    return Context()
"""

APPLICATION = """
import json
import os

import boto3

_table = None


def table():
    global _table
    if _table is None:
        _table = boto3.resource("dynamodb", region_name="us-east-1").Table(os.environ["TABLE"])
    return _table


class Report:
    def __init__(self, name, text):
        self.name = name
        self.text = text

    def save(self, bucket):
        client = boto3.client("s3", region_name="us-east-1")
        client.put_object(Bucket=bucket, Key=self.name, Body=self.text)


def handler(event, context):
    return {"statusCode": 200, "body": json.dumps([record["body"] for record in event["Records"]])}
"""

FIXTURES = """
from application import Report, handler


def test_a_report_is_saved(s3, bucket):
    Report("may", "good").save(bucket)
    assert s3.get_object(Bucket=bucket, Key="may")["Body"].read() == b"good"


def test_each_test_starts_empty(s3):
    assert s3.list_buckets()["Buckets"] == []


def test_a_hand_written_event_and_context(events, context):
    assert handler(events, context) == {"statusCode": 200, "body": '["hand-written"]'}
"""

DECORATORS = """
import os
import unittest

import boto3
from application import Report
from moto import mock_aws


@mock_aws
def test_a_decorated_function(aws_credentials):
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="decorated")
    Report("june", "better").save("decorated")
    assert client.get_object(Bucket="decorated", Key="june")["Body"].read() == b"better"


@mock_aws
class TestDecoratedClass:
    def test_queue(self, aws_credentials):
        sqs = boto3.client("sqs", region_name="us-east-1")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="one")
        assert [m["Body"] for m in sqs.receive_message(QueueUrl=url)["Messages"]] == ["one"]

    def test_nothing_is_left_of_the_other(self, aws_credentials):
        assert "QueueUrls" not in boto3.client("sqs", region_name="us-east-1").list_queues()


@mock_aws
class TestUnittest(unittest.TestCase):
    def setUp(self):
        self.topic = boto3.client("sns", region_name="us-east-1").create_topic(Name="news")["TopicArn"]

    def test_topic(self):
        assert self.topic == "arn:aws:sns:us-east-1:123456789012:news"


def test_raw_use(aws_credentials):
    mock = mock_aws()
    mock.start()
    try:
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="raw")
    finally:
        mock.stop()


def test_the_environment_is_as_the_suite_left_it():
    assert not [name for name in os.environ if name.startswith(("AWS_LAMBDA_", "LAMBDA_", "_X_AMZN"))]
"""

ASYNC = """
import asyncio

import pytest


@pytest.fixture
async def answer():
    await asyncio.sleep(0)
    return 42


@pytest.mark.asyncio
async def test_a_coroutine(answer):
    await asyncio.sleep(0)
    assert answer == 42


@pytest.mark.asyncio
@pytest.mark.parametrize("number", [1, 2, 3])
async def test_coroutines(number):
    assert await asyncio.gather(*[asyncio.sleep(0, result=number)]) == [number]
"""

OURS = """
import os

import boto3
import pytest
from moto import mock_aws
from pytest_serverless import events as serverless_events_module

from application import handler


def test_ours_beside_theirs(aws_events, lambda_context, events):
    event = aws_events.sqs.standard("accurate")
    assert handler(event, lambda_context)["body"] == '["accurate"]'
    assert serverless_events_module.check(event) == []


@mock_aws
def test_ours_inside_their_mock(invoke, aws_events, aws_credentials):
    def save(event, context):
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=os.environ["AWS_LAMBDA_FUNCTION_NAME"].lower())

    invoke(save, aws_events.sqs.standard(), name="Saver")
    assert [b["Name"] for b in boto3.client("s3", region_name="us-east-1").list_buckets()["Buckets"]] == ["saver"]


@pytest.mark.asyncio
async def test_ours_while_a_loop_runs(invoke, aws_events):
    assert invoke(handler, aws_events.sqs.standard("x"))["statusCode"] == 200
"""

SUITE = {"application": APPLICATION, "test_fixtures": FIXTURES, "test_decorators": DECORATORS, "test_async": ASYNC}
THEIRS, BOTH = 13, 16
OTHERS = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-W", "error::pytest.PytestWarning")


@pytest.fixture
def suite(pytester, monkeypatch):
    monkeypatch.delenv("PYTEST_ADDOPTS")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\nasyncio_mode = auto\n")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(**SUITE)
    return lambda *options: pytester.runpytest_subprocess(*OTHERS, *options)


@pytest.mark.realtime
def test_it_passes_without_the_plugin(suite):
    suite("-p", "no:serverless_toolkit").assert_outcomes(passed=THEIRS)


@pytest.mark.realtime
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_passes_with_the_plugin_in_random_order(suite, seed):
    suite("-p", "no:xdist", f"--randomly-seed={seed}").assert_outcomes(passed=THEIRS)


@pytest.mark.realtime
@pytest.mark.parametrize("distribution", ["load", "loadscope"])
def test_it_passes_with_the_plugin_under_xdist(suite, distribution):
    suite("-n", "2", "--dist", distribution).assert_outcomes(passed=THEIRS)


@pytest.mark.realtime
@pytest.mark.parametrize("seed", [4, 5, 6])
def test_it_passes_mixed_with_tests_that_use_ours(suite, pytester, seed):
    pytester.makepyfile(test_ours=OURS)

    suite("-p", "no:xdist", f"--randomly-seed={seed}").assert_outcomes(passed=BOTH)
