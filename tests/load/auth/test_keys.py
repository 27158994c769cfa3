"""Keys that stay as they are, and AWS signatures with keys that do not."""

from types import SimpleNamespace

import pytest
from botocore.credentials import Credentials as BotoCredentials

from pytest_serverless.errors import CredentialsError
from pytest_serverless.load.auth import ApiKey, AwsSignature, FunctionKey, Request
from pytest_serverless.load.signing import Keys, Signer
from tests.load.auth.doubles import NOW

REQUEST = Request("POST", "https://abc.execute-api.eu-west-1.amazonaws.com/live/orders?a=1", {"Accept": "*/*"}, b"{}")


class Provider:
    def __init__(self, *given):
        self.given = list(given)

    def get_frozen_credentials(self):
        found = self.given.pop(0) if len(self.given) > 1 else self.given[0]
        if isinstance(found, Exception):
            raise found
        return SimpleNamespace(**dict(zip(("access_key", "secret_key", "token"), found, strict=True)))


def test_an_api_key_goes_into_its_header():
    assert ApiKey("hidden\n").headers(REQUEST, NOW) == {"x-api-key": "hidden"}
    assert ApiKey("hidden", header="X-Key").headers(REQUEST, NOW) == {"X-Key": "hidden"}
    assert ApiKey("hidden").url("https://h/?a=1") == "https://h/?a=1"
    assert ApiKey("hidden").due(NOW) is None


def test_a_function_key_goes_into_its_header():
    key = FunctionKey("hid/den==")
    assert key.headers(REQUEST, NOW) == {"x-functions-key": "hid/den=="}
    assert key.url("https://h/?a=1") == "https://h/?a=1"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h/api/f", "https://h/api/f?code=hid%2Fden%3D%3D"),
        ("https://h/api/f?", "https://h/api/f?code=hid%2Fden%3D%3D"),
        ("https://h/api/f?a=1", "https://h/api/f?a=1&code=hid%2Fden%3D%3D"),
        ("https://h/api/f?a=1&#top", "https://h/api/f?a=1&code=hid%2Fden%3D%3D#top"),
    ],
)
def test_a_function_key_may_go_into_the_query(url, expected):
    key = FunctionKey("hid/den==", in_query=True)
    assert key.url(url) == expected
    assert key.headers(REQUEST, NOW) == {}


@pytest.mark.parametrize("made", [ApiKey, FunctionKey])
def test_a_key_that_no_header_takes_is_refused_unquoted(made):
    for key, said in (("", "is empty"), (" \n", "is empty"), ("hid\nden", "no header takes"), ("hiddén", "no header")):
        with pytest.raises(CredentialsError, match=said) as caught:
            made(key)
        assert "hid" not in str(caught.value)


def test_a_request_is_signed_with_the_keys_of_botocore():
    credentials = AwsSignature("execute-api", "eu-west-1", BotoCredentials("AKID", "hidden", "hidden-token"))
    expected = Signer("execute-api", "eu-west-1").sign(
        "POST", REQUEST.url, REQUEST.headers, b"{}", keys=Keys("AKID", "hidden", "hidden-token"), now_s=NOW
    )
    assert credentials.headers(REQUEST, NOW) == expected
    assert expected["X-Amz-Security-Token"] == "hidden-token"


def test_keys_are_renewed_beside_the_requests_and_not_within_one():
    provider = Provider(("A", "hidden-1", None), ("B", "hidden-2", "hidden-3"))
    credentials = AwsSignature("lambda", "eu-west-1", provider)
    assert "Credential=A/" in credentials.headers(REQUEST, NOW)["Authorization"]
    assert "Credential=A/" in credentials.headers(REQUEST, NOW + 1)["Authorization"]
    assert credentials.due(NOW + 1) is None
    assert "Credential=B/" in credentials.headers(REQUEST, NOW + 1)["Authorization"]


def test_a_provider_that_fails_later_leaves_its_last_keys_in_use():
    credentials = AwsSignature(
        "lambda", "eu-west-1", Provider(("A", "hidden-1", None), RuntimeError("no hidden-1"), ("", "", None))
    )
    credentials.check(NOW)
    for said in ("RuntimeError: no ***", "the provider has no keys"):
        credentials.due(NOW)
        assert credentials.trouble() == said
        assert credentials.headers(REQUEST, NOW)


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        (None, "Name a profile"),
        (Provider(RuntimeError("expired")), "RuntimeError: expired"),
        (Provider(("", "", None)), "has no keys"),
    ],
)
def test_without_keys_nothing_is_sent(provider, said):
    with pytest.raises(CredentialsError, match=said):
        AwsSignature("lambda", "eu-west-1", provider).check(NOW)


def test_no_key_is_printed():
    signature = AwsSignature("lambda", "eu-west-1", BotoCredentials("AKID", "hidden-1", "hidden-2"))
    signature.check(NOW)
    given = [ApiKey("hidden"), FunctionKey("hidden"), FunctionKey("hidden", in_query=True), signature]
    assert not [each for each in given if "hidden" in repr(each) + str(each)]
    assert [list(each.secrets()) for each in given] == [["hidden"]] * 3 + [["hidden-1", "hidden-2"]]
    secret = Request("GET", "https://h/?code=hidden", {"x-api-key": "hidden"}, b"hidden")
    assert "hidden" not in repr(secret)
