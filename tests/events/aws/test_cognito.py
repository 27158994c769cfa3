"""Events of user pool triggers."""

import copy

import pytest

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint

# aws/aws-lambda-go, events/testdata/cognito-event-userpools-pretokengen-v2_0.json, its response as functions get it.
TOKENS_V2 = {
    "version": "2",
    "triggerSource": "TokenGeneration_Authentication",
    "region": "us-east-1",
    "userPoolId": "us-east-1_EXAMPLE",
    "userName": "testuser",
    "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "1example23456789"},
    "request": {
        "userAttributes": {
            "sub": "a36036a8-9061-424d-a737-56d57dae7bc6",
            "cognito:email_alias": "testuser@example.com",
            "cognito:user_status": "CONFIRMED",
            "email_verified": "true",
            "email": "testuser@example.com",
        },
        "groupConfiguration": {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None},
        "scopes": ["aws.cognito.signin.user.admin"],
    },
    "response": {"claimsAndScopeOverrideDetails": None},
}
# The form of events that functions have logged, with another pool and user: validationData is null, and there is no
# clientMetadata where the request had none.
SIGN_UP = {
    "version": "1",
    "region": "eu-central-1",
    "userPoolId": "eu-central-1_CMJ4OFEm7",
    "userName": "alice",
    "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "5uph94mbhj0849nc4d4icqspou"},
    "triggerSource": "PreSignUp_SignUp",
    "request": {"userAttributes": {"phone_number": "+306900000000", "email": "a@example.com"}, "validationData": None},
    "response": {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
}


@pytest.fixture
def cognito():
    return AwsEvents(Mint(seed=1, clock=FixedClock(1_795_000_000.25))).cognito


@pytest.mark.parametrize("event", [TOKENS_V2, SIGN_UP])
def test_documented_events_are_accepted(event):
    assert events.check(event) == []


def changed(event, path, value):
    event = copy.deepcopy(event)
    *outer, name = path.split(".")
    inner = event
    for part in outer:
        inner = inner[part]
    inner[name] = value
    return event


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (changed(SIGN_UP, "request.userAttributes.email_verified", True), "request.userAttributes.email_verified"),
        (changed(SIGN_UP, "version", 1), "version"),
        (changed(SIGN_UP, "region", "us-east-1"), "region"),
        (changed(SIGN_UP, "userPoolId", "users"), "userPoolId"),
        (changed(SIGN_UP, "triggerSource", "PreSignUp_Registration"), "triggerSource"),
        (changed(TOKENS_V2, "request.scopes", {"openid": True}), "request.scopes"),
        (changed(SIGN_UP, "request", {"userAttributes": {}}), "request.validationData"),
    ],
)
def test_what_the_service_never_sends_is_told(event, path):
    assert path in {violation.path for violation in events.check(event)}


def test_a_user_that_exists_has_an_id_and_a_status(cognito):
    attributes = cognito.post_confirmation()["request"]["userAttributes"]

    assert attributes["cognito:user_status"] == "CONFIRMED"
    assert "sub" in attributes
    assert "sub" not in cognito.pre_sign_up()["request"]["userAttributes"]


def test_an_administrators_request_has_no_client(cognito):
    assert cognito.pre_sign_up(source="AdminCreateUser")["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    invitation = cognito.custom_message(source="AdminCreateUser")
    assert invitation["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert invitation["request"]["usernameParameter"] == "{username}"


def test_the_region_is_the_pools(cognito):
    assert cognito.pre_sign_up(user_pool_id="eu-west-1_AbCdEf123")["region"] == "eu-west-1"
    assert cognito.pre_sign_up(region="eu-west-3")["userPoolId"].startswith("eu-west-3_")


def test_responses_wait_to_be_filled_in(cognito):
    assert cognito.custom_message()["response"] == {"smsMessage": None, "emailMessage": None, "emailSubject": None}
    assert cognito.define_auth_challenge()["response"] == {
        "challengeName": None,
        "issueTokens": None,
        "failAuthentication": None,
    }


def test_attributes_are_texts(cognito):
    with pytest.raises(InvalidParameterError, match="email_verified: expected text, got True"):
        cognito.pre_sign_up(attributes={"email_verified": True})
    with pytest.raises(InvalidParameterError, match="source takes"):
        cognito.pre_sign_up(source="Registration")


def test_a_hand_written_event_is_repaired():
    fixed = events.like(changed(SIGN_UP, "region", "us-east-1"))

    assert fixed["region"] == "eu-central-1"
