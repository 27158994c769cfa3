"""What tools read of functions, judged by the SDK."""

import pytest

pytest.importorskip("boto3")
pytest.importorskip("httptools")

from botocore.exceptions import ClientError

from pytest_serverless.app.model import Resource
from tests.local.surfaces.serving import FakePlatform, alias, app, function, serving, version

pytestmark = pytest.mark.realtime


@pytest.fixture(scope="module")
def client():
    properties = {"ReservedConcurrentExecutions": 5, "Description": "Does it", "Architectures": ["arm64"]}
    resources = [
        Resource(id="Fn", type="AWS::Lambda::Function", name="shop-Fn", properties=properties),
        Resource(id="Role", type="AWS::IAM::Role", name="role", arn="arn:aws:iam::123456789012:role/role"),
        version(),
        alias("live"),
    ]
    first = function(role="Role", environment={"TABLE": "items"}, memory_mb=512)
    others = [function(f"Other{number:02}") for number in range(59)]
    with serving(FakePlatform(app(first, *others, resources=resources))) as surfaces:
        yield surfaces.client()


ARN = "arn:aws:lambda:us-east-1:123456789012:function:shop-Fn"


def test_a_function_is_told(client):
    told = client.get_function(FunctionName="shop-Fn")

    configuration = told["Configuration"]
    alone = client.get_function_configuration(FunctionName=ARN)
    assert {**alone, "ResponseMetadata": None} == {**configuration, "ResponseMetadata": None}
    assert (configuration["FunctionName"], configuration["FunctionArn"]) == ("shop-Fn", ARN)
    assert (configuration["Timeout"], configuration["MemorySize"]) == (3, 512)
    assert configuration["Role"] == "arn:aws:iam::123456789012:role/role"
    assert configuration["Environment"] == {"Variables": {"TABLE": "items"}}
    assert (configuration["Description"], configuration["Architectures"]) == ("Does it", ["arm64"])
    assert told["Concurrency"] == {"ReservedConcurrentExecutions": 5}


def test_an_alias_is_told_with_its_version(client):
    told = client.get_function_configuration(FunctionName="shop-Fn", Qualifier="live")

    assert (told["FunctionArn"], told["Version"]) == (f"{ARN}:live", "1")


def test_a_waiter_finds_a_function_active(client):
    client.get_waiter("function_active_v2").wait(FunctionName="shop-Fn", WaiterConfig={"MaxAttempts": 1})


def test_functions_are_listed_page_by_page(client):
    pages = list(client.get_paginator("list_functions").paginate())

    assert [len(page["Functions"]) for page in pages] == [50, 10]
    assert pages[0]["Functions"][0]["FunctionArn"] == ARN
    assert len(client.list_functions(MaxItems=3)["Functions"]) == 3


def test_the_concurrency_of_a_function_and_of_the_account_is_told(client):
    assert client.get_function_concurrency(FunctionName="shop-Fn")["ReservedConcurrentExecutions"] == 5
    assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName="shop-Other01")
    limit = client.get_account_settings()["AccountLimit"]
    assert (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]) == (1000, 995)


def test_a_function_that_is_not_there_is_not_found(client):
    with pytest.raises(client.exceptions.ResourceNotFoundException, match=r"function:nothing$"):
        client.get_function(FunctionName="nothing")


def test_what_is_not_supported_says_what_is(client):
    with pytest.raises(ClientError, match="InvokeWithResponseStream, GetFunction") as caught:
        client.delete_function(FunctionName="shop-Fn")

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
