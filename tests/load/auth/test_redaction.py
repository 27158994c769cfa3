"""Secrets do not come through, whatever they stand in."""

import base64
import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.load.auth import redact
from tests.load.auth.doubles import jwt

secrets = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=30).filter(lambda s: "*" not in s)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(secrets, st.text(max_size=10))
def test_a_known_secret_is_found_however_it_is_encoded(secret, around):
    forms = [
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps({"q": secret}),
        repr([secret]),
        urlencode({"q": secret}),
        base64.b64encode(secret.encode()).decode(),
    ]
    for form in forms:
        assert form not in redact(f"{around}|{form}|{around}", [secret])


def test_a_secret_within_another_does_not_leave_the_rest_of_it():
    assert redact("abcdefgh", ["cdef", "abcdefgh"]) == "***"


def test_one_that_is_too_short_is_not_looked_for():
    assert redact("a banana", ["a", ""]) == "a banana"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hidden-token.of/any+kind=",
        "authorization: Basic hiddenhidden==",
        "sent 'Bearer hidden1' and more",
        "x-api-key: hiddenhidden",
        "X-Functions-Key:hiddenhidden",
        "https://h/api/f?code=hiddenhidden&a=1",
        "https://h/?a=1&X-Amz-Signature=hidden&X-Amz-Security-Token=hidden",
        "grant_type=client_credentials&client_secret=hidden",
        "Credential=AKID, SignedHeaders=host, Signature=hidden",
        '{"access_token": "hidden", "expires_in": 1}',
        '{"RefreshToken":"hid\\"hidden"}',
        "{'Password': 'hidden', 'SECRET_HASH': 'hidden'}",
        "Cookie: session=hidden; other=hidden",
    ],
)
def test_what_is_secret_by_its_name_is_hidden(text):
    redacted = redact(text)
    assert "hidden" not in redacted
    assert "***" in redacted


def test_a_jwt_is_hidden_wherever_it_is():
    assert redact(f"got {jwt(sub='a')}, no more") == "got ***, no more"


@pytest.mark.parametrize(
    "text",
    [
        "The function answered 500: Internal Server Error",
        "https://h/orders/1?page=2&decode=3&zip_code=4",
        "exit code: 3, a basic test of password rules",
        '{"message": "Forbidden", "statusCode": 403}',
        "status code=",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redact(text) == text


def test_to_redact_twice_changes_nothing():
    text = f"Authorization: Bearer {jwt(a=1)}\n?code=hidden&x-api-key=hidden\n" + '{"password": "hidden"}'
    assert redact(redact(text)) == redact(text)


def test_it_takes_no_longer_for_text_that_almost_looks_secret():
    for text in ("'password': '" + "\\" * 50_000, "code=" * 20_000, "eyJ" * 30_000, "eyJaaaaaa." * 10_000):
        redact(text)  # a pattern that tries all ways would not come back
