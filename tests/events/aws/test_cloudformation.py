"""Requests about custom resources."""

import copy

import pytest

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InconsistentEventError, InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.aws.cloudformation import as_texts
from pytest_serverless.events.mint import Mint

TOKEN = "arn:aws:lambda:us-east-1:123456789012:function:make"
# The form of (2026-11):
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes-update.html
UPDATE = {
    "RequestType": "Update",
    "ServiceToken": TOKEN,
    "ResponseURL": "http://pre-signed-S3-url-for-response",
    "StackId": "arn:aws:cloudformation:us-west-2:123456789012:stack/mystack/4b5b8e20-a1f1-11e5-8c1c-50a68a0e32ba",
    "RequestId": "9a2d1b60-3c5e-4c8e-9f0a-0e0e0e0e0e0e",
    "LogicalResourceId": "MyTestResource",
    "PhysicalResourceId": "unique id for this resource",
    "ResourceType": "Custom::TestResource",
    "ResourceProperties": {"ServiceToken": TOKEN, "StackName": "new", "List": ["1", "2"]},
    "OldResourceProperties": {"ServiceToken": TOKEN, "StackName": "old", "List": ["1"]},
}


@pytest.fixture
def cloudformation():
    return AwsEvents(Mint(seed=1, clock=FixedClock(1_795_000_000.25))).cloudformation


def test_documented_requests_are_accepted():
    create = {key: UPDATE[key] for key in UPDATE if key not in ("PhysicalResourceId", "OldResourceProperties")}

    assert events.check(UPDATE) == []
    assert events.check({**create, "RequestType": "Create"}) == []


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("ResourceProperties", {"ServiceToken": TOKEN, "Count": 1}, "ResourceProperties.Count"),
        ("ResourceProperties", {"ServiceToken": TOKEN, "Deep": {"On": True}}, "ResourceProperties.Deep"),
        ("ResourceProperties", {"StackName": "new"}, "ResourceProperties.ServiceToken"),
        ("ResourceType", "TestResource", "ResourceType"),
        ("ServiceToken", "make", "ServiceToken"),
    ],
)
def test_what_the_service_never_sends_is_told(name, value, path):
    assert path in {violation.path for violation in events.check({**copy.deepcopy(UPDATE), name: value})}


def test_properties_are_sent_as_texts(cloudformation):
    event = cloudformation.create({"Size": 3, "On": True, "Rates": [1.5], "Deep": {"N": 0}, "None": None})

    properties = dict(event["ResourceProperties"])
    assert properties.pop("ServiceToken") == event["ServiceToken"]
    assert properties == {"Size": "3", "On": "true", "Rates": ["1.5"], "Deep": {"N": "0"}}
    assert as_texts(False) == "false"


def test_a_request_to_make_one_has_no_id_yet(cloudformation):
    assert "PhysicalResourceId" not in cloudformation.create()
    assert cloudformation.update(physical_id="t-1")["PhysicalResourceId"] == "t-1"
    assert cloudformation.update(old_properties={"A": 1})["OldResourceProperties"]["A"] == "1"
    assert "OldResourceProperties" not in cloudformation.delete()


def test_the_url_is_the_regions(cloudformation):
    url = cloudformation.create(region="eu-west-1")["ResponseURL"]

    assert url.startswith(
        "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/arn%3Aaws"
    )


def test_a_wrong_type_is_refused_and_the_token_of_the_properties_follows(cloudformation):
    with pytest.raises(InvalidParameterError, match="ResourceType: expected Custom::Name"):
        cloudformation.create(resource_type="Seed")
    with pytest.raises(InconsistentEventError):
        cloudformation.create(overrides={"ResourceProperties.ServiceToken": TOKEN})
