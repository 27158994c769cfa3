"""Where an event comes from, and wrong places."""

import pytest

from pytest_serverless import AwsEvents, events
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.place import Place, region_of


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arns_are_of_the_regions_partition(region, partition):
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html (2026-11)
    [record] = AwsEvents().sqs.standard("x", queue="q", region=region)["Records"]

    assert record["eventSourceARN"] == f"arn:{partition}:sqs:{region}:123456789012:q"
    assert record["awsRegion"] == region


def test_a_call_may_name_another_place_than_the_default():
    aws = AwsEvents(place=Place("210987654321", "eu-west-1"))

    [record] = aws.sqs.standard("x", queue="q", account="111122223333")["Records"]

    assert record["eventSourceARN"] == "arn:aws:sqs:eu-west-1:111122223333:q"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"account": "1234"}, "An AWS account is 12 digits as text, got '1234'"),
        ({"region": "Frankfurt"}, "'Frankfurt' is not an AWS region"),
    ],
)
def test_a_wrong_place_is_named(parameters, message):
    with pytest.raises(InvalidParameterError, match=message):
        AwsEvents().sqs.standard("x", **parameters)


def test_an_arn_without_a_region_has_none():
    with pytest.raises(ValueError, match="names no region"):
        region_of("arn:aws:s3:::bucket")


def test_a_queue_of_another_kind_of_arn_is_a_violation_of_its_own():
    event = AwsEvents().sqs.standard("x")
    event["Records"][0]["eventSourceARN"] = "arn:aws:s3:::bucket"

    assert [v.path for v in events.check(event)] == ["Records[0].eventSourceARN"]


def test_the_root_user_may_have_signed_a_request():
    event = AwsEvents().rest_api.iam(caller="arn:aws:iam::123456789012:root")

    assert event["requestContext"]["identity"]["user"] == "123456789012"
    assert events.check(event) == []


def test_a_load_balancers_query_is_repaired_from_either_form():
    event = AwsEvents().alb.request(query={"a": ["1", "2"]}, multi_value=True)
    event["headers"] = {"host": "example.com"}
    del event["multiValueHeaders"]

    repaired = events.like(event)

    assert events.check(repaired) == []
    assert repaired["queryStringParameters"] == {"a": "2"}


def test_a_function_urls_account_is_that_of_its_signer():
    event = AwsEvents().function_url.iam()
    event["requestContext"]["accountId"] = "?"
    event["requestContext"]["authorizer"]["iam"]["accountId"] = "111122223333"

    assert events.like(event)["requestContext"]["accountId"] == "111122223333"


def test_a_stage_that_a_path_lacks_is_put_before_it():
    event = AwsEvents().http_api.payload_1("GET", "/orders", stage="dev")
    event["path"] = "/orders"

    assert events.like(event)["path"] == "/dev/orders"


def test_a_hand_written_path_in_the_context_is_taken():
    repaired = events.like({"version": "2.0", "requestContext": {"http": {"method": "GET", "path": "/orders"}}})

    assert repaired["rawPath"] == "/orders"


def test_a_header_without_values_is_left_out():
    event = AwsEvents().http_api.request("GET", "/", headers={"x-none": []}, cookies={})

    assert "x-none" not in event["headers"]
    assert "cookies" not in event


def test_text_that_only_claims_to_be_base64_is_text():
    event = AwsEvents().rest_api.request("POST", "/", body="caf\u00e9!", headers={"content-type": "text/plain"})
    event["isBase64Encoded"] = True

    repaired = events.like(event)

    assert (repaired["body"], repaired["isBase64Encoded"]) == ("caf\u00e9!", False)
