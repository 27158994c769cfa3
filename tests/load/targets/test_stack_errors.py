"""What is said where a stack cannot be read."""

import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("boto3")

import botocore.credentials
import botocore.exceptions

from pytest_serverless.errors import (
    CredentialsError,
    InvalidParameterError,
    MissingExtraError,
    ServerlessError,
    UnknownNameError,
)
from pytest_serverless.load.targets import account_of, reach_stack
from tests.load.targets.recorded import WHEN, Error, Recorded, answers_of, resource

FUNCTION = resource("Checkout", "AWS::Lambda::Function", "shop-Checkout-1a2b3c")


def reach(name="shop", *, resources=(FUNCTION,), **answers):
    return reach_stack(name, session=Recorded(answers_of(list(resources), **answers)).session)


def summary(name, **facts):
    return {"StackName": name, "CreationTime": WHEN, "StackStatus": "CREATE_COMPLETE", **facts}


NO_SUCH = Error("ValidationError", "Stack with id shpo does not exist")


def test_a_stack_that_there_is_not_is_told_with_where_it_was_looked_for_and_names_like_it():
    listed = [summary("shop"), summary("billing"), summary("shpo-1", ParentId="arn:aws:x", RootId="arn:aws:x")]

    with pytest.raises(UnknownNameError) as error:
        reach("shpo", DescribeStacks=NO_SUCH, ListStacks={"StackSummaries": listed})

    said = "There is no stack in eu-west-1 of the account 123456789012 named 'shpo'. Did you mean 'shop'?"
    assert str(error.value) == said


def test_where_names_cannot_be_listed_that_is_no_error_of_its_own():
    with pytest.raises(UnknownNameError, match="There are: none"):
        reach("shpo", DescribeStacks=NO_SUCH, ListStacks=Error("AccessDenied", "not authorized", 403))


@pytest.mark.parametrize(
    ("operation", "code", "action"),
    [
        ("DescribeStacks", "AccessDenied", "cloudformation:DescribeStacks"),
        ("ListStackResources", "AccessDenied", "cloudformation:ListStackResources"),
        ("GetFunctionConcurrency", "AccessDeniedException", "lambda:GetFunctionConcurrency"),
        ("ListProvisionedConcurrencyConfigs", "AccessDeniedException", "lambda:ListProvisionedConcurrencyConfigs"),
    ],
)
def test_the_action_that_is_missing_is_named(operation, code, action):
    said = "User: arn:aws:iam::123456789012:user/tester is not authorized"

    with pytest.raises(CredentialsError, match=rf"takes {action}, which is not allowed.*user/tester.*--policy --stack"):
        reach(**{operation: Error(code, said, 403)})


def test_reading_an_api_takes_one_action_of_api_gateway():
    api = resource("Api", "AWS::ApiGateway::RestApi", "a1b2c3d4e5")

    with pytest.raises(CredentialsError, match="takes apigateway:GET,"):
        reach(resources=[api], GetRestApi=Error("AccessDeniedException", "", 403))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ExpiredToken", 403),
        ("InvalidClientTokenId", 403),
        ("SignatureDoesNotMatch", 403),
        ("ExpiredTokenException", 400),
    ],
)
def test_credentials_that_do_not_hold_are_told_as_such(code, status):
    with pytest.raises(CredentialsError, match=r"does not take these credentials.*AWS_PROFILE"):
        reach(GetCallerIdentity=Error(code, "The security token is not valid", status))


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (botocore.exceptions.NoCredentialsError(), CredentialsError, "Unable to locate credentials.*AWS_PROFILE"),
        (
            botocore.exceptions.UnauthorizedSSOTokenError(),
            CredentialsError,
            "SSO session associated with this profile has expired.*AWS_PROFILE",
        ),
        (
            botocore.exceptions.EndpointConnectionError(endpoint_url="https://sts.eu-west-9.amazonaws.com"),
            ServerlessError,
            "cannot be reached in eu-west-1.*Is the region right",
        ),
    ],
)
def test_what_keeps_a_call_from_being_made_is_told_with_what_to_do(raised, kind, said):
    with pytest.raises(kind, match=said):
        reach(GetCallerIdentity=raised)


def test_any_other_error_of_a_service_is_told_in_its_words():
    with pytest.raises(ServerlessError, match=r"cloudformation:DescribeStacks in eu-west-1:.*InternalFailure.*Sorry"):
        reach(DescribeStacks=Error("InternalFailure", "Sorry", 500))


@pytest.fixture
def nothing_set(monkeypatch, tmp_path):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


def test_without_a_region_nothing_is_asked(nothing_set):
    with pytest.raises(InvalidParameterError, match=r"There is no AWS region.*AWS_REGION"):
        reach_stack("shop")


def test_an_account_is_asked_for_wherever_it_is(nothing_set, monkeypatch):
    session = Recorded(answers_of([])).session
    monkeypatch.setattr(type(session), "region_name", None)

    assert account_of(session) == "123456789012"


def test_a_profile_that_there_is_not_is_told(nothing_set):
    with pytest.raises(InvalidParameterError, match=r"The config profile \(stagign\) could not be found"):
        reach_stack("shop", profile="stagign", region="eu-west-1")


def test_no_name_is_no_stack():
    with pytest.raises(InvalidParameterError, match="names no stack"):
        reach_stack("  ")


def test_the_extra_is_named_where_boto3_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)

    with pytest.raises(MissingExtraError, match=r"Reading a stack from AWS needs 'boto3'.*\[aws\]"):
        reach_stack("shop", region="eu-west-1")


def test_an_account_is_told_by_its_credentials():
    assert account_of(Recorded(answers_of([])).session) == "123456789012"

    with pytest.raises(CredentialsError, match="does not take these credentials"):
        account_of(Recorded(answers_of([], GetCallerIdentity=Error("InvalidClientTokenId", "", 403))).session)


def test_an_account_is_asked_for_with_the_keys_of_whoever_signs(monkeypatch):
    made, keys = [], botocore.credentials.Credentials("AKIDEXAMPLE", "secret", "token")
    boto3 = SimpleNamespace(Session=lambda **given: made.append(given) or Recorded(answers_of([])).session)
    monkeypatch.setitem(sys.modules, "boto3", boto3)

    assert account_of(provider=keys) == "123456789012"

    frozen = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    assert made == [dict(zip(frozen, ("AKIDEXAMPLE", "secret", "token"), strict=True))]


def test_keys_that_cannot_be_had_are_told_without_them():
    class Expired:
        def get_frozen_credentials(self):
            raise RuntimeError("token SECRET")

    with pytest.raises(CredentialsError, match="credentials of the run cannot be had: RuntimeError") as error:
        account_of(provider=Expired())
    assert "SECRET" not in str(error.value)
