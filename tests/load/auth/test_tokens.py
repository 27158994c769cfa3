"""Bearer tokens from the environment or a file, Google's ID tokens, and what a JWT says of itself."""

import math
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import CredentialsError, InvalidParameterError
from pytest_serverless.load.auth import BearerToken, GoogleIdToken, Request, renew
from pytest_serverless.load.auth.tokens import claims, expires_s
from tests.load.auth.doubles import NOW, Server, jwt

REQUEST = Request("GET", "https://api.example.com/")


def sent(credentials, now_s=NOW, header="Authorization"):
    return credentials.headers(REQUEST, now_s)[header]


def test_the_example_of_the_rfc():
    # RFC 7519, 3.1.
    token = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
        "LmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    assert claims(token) == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert expires_s(token) == 1300819380


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.one_of(st.text(), st.builds("{}.{}.{}".format, st.text(), st.text("eyJ9_-=", max_size=12), st.text())))
def test_what_is_no_jwt_never_expires(text):
    assert expires_s(text) == math.inf


@pytest.mark.parametrize("exp", [None, "soon", True, [1]])
def test_a_jwt_with_no_end_that_is_a_number_never_expires(exp):
    assert expires_s(jwt(exp=exp)) == math.inf


def test_a_given_token_is_sent():
    assert sent(BearerToken(" abc\n")) == "Bearer abc"
    assert sent(BearerToken("Bearer abc")) == "Bearer abc"
    assert sent(BearerToken("abc", header="X-Serverless-Authorization"), header="X-Serverless-Authorization")


def test_a_variable_is_read_once_a_token_is_there_and_again_when_it_expires():
    environment = {}
    credentials = BearerToken(variable="TOKEN", environment=environment)
    with pytest.raises(CredentialsError, match=r"\(\$TOKEN\) is not there, or empty"):
        sent(credentials)
    environment["TOKEN"] = jwt(exp=NOW + 10)
    assert sent(credentials) == f"Bearer {jwt(exp=NOW + 10)}"
    environment["TOKEN"] = jwt(exp=NOW + 20)
    assert sent(credentials, NOW + 10) == f"Bearer {jwt(exp=NOW + 20)}"
    with pytest.raises(CredentialsError, match=r"\(\$TOKEN\) expired at 2026-09-21 14:13:40Z"):
        sent(credentials, NOW + 20)


def test_a_file_is_read_again_when_it_has_changed(tmp_path, monkeypatch):
    file = tmp_path / "token"
    file.write_text("first\n")
    credentials = BearerToken(file=file)
    assert sent(credentials) == "Bearer first"
    file.write_text("other\n")
    os.utime(file, ns=(1, 1))
    assert sent(credentials) == "Bearer first"  # a request does not look
    renew(credentials, Server(), lambda: NOW)
    assert sent(credentials) == "Bearer other"
    monkeypatch.setattr(type(file), "read_text", lambda self: pytest.fail("it has not changed"))
    renew(credentials, Server(), lambda: NOW)
    assert not credentials.trouble()


def test_an_expired_token_is_looked_for_in_the_file_at_once(tmp_path):
    file = tmp_path / "token"
    file.write_text(jwt(exp=NOW + 10))
    credentials = BearerToken(file=str(file))
    sent(credentials)
    with pytest.raises(CredentialsError, match="expired at"):
        sent(credentials, NOW + 10)
    file.write_text(jwt(exp=NOW + 4000))
    assert sent(credentials, NOW + 10) == f"Bearer {jwt(exp=NOW + 4000)}"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "not there, or empty"), (b"a b", "more than a token"), ("tökén".encode(), "more than a token")],
)
def test_a_file_that_is_being_written_leaves_the_last_token_in_use(tmp_path, content, said):
    file = tmp_path / "token"
    file.write_text("held")
    credentials = BearerToken(file=file)
    sent(credentials)
    file.write_bytes(content)
    os.utime(file, ns=(2, 2))
    credentials.due(NOW)
    assert sent(credentials) == "Bearer held"
    assert said in credentials.trouble()
    file.unlink()
    credentials.due(NOW)
    assert sent(credentials) == "Bearer held"
    assert "cannot be read: No such file" in credentials.trouble()


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name, said in (("missing", "No such file"), ("binary", "it is not text"), (".", "directory")):
        with pytest.raises(CredentialsError, match=said):
            BearerToken(file=tmp_path / name).check(NOW)


@pytest.mark.parametrize("given", [{}, {"variable": "A", "file": "b"}, {"token": "a", "variable": "B"}])
def test_a_token_has_one_place(given):
    with pytest.raises(InvalidParameterError, match="name just one"):
        BearerToken(**given)


def test_google_is_asked_as_its_documentation_says():
    # https://docs.cloud.google.com/compute/docs/instances/verifying-instance-identity (2026-11).
    credentials = GoogleIdToken("https://f-abc.a.run.app")
    token = jwt(aud="https://f-abc.a.run.app", exp=NOW + 3600)
    server = Server((200, token.encode()))
    renew(credentials, server, lambda: NOW)
    [ask] = server.sent
    assert (ask.method, ask.headers, ask.body) == ("GET", {"Metadata-Flavor": "Google"}, b"")
    assert ask.url == (
        "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity"
        "?audience=https%3A%2F%2Ff-abc.a.run.app&format=full"
    )
    assert sent(credentials) == f"Bearer {token}"
    assert credentials.due(NOW + 3299) is None
    assert credentials.due(NOW + 3300) is not None


def test_a_token_that_google_hands_out_again_is_not_asked_for_all_the_time():
    credentials = GoogleIdToken("https://f")
    server = Server(*[(200, jwt(exp=NOW + 3600).encode())] * 1000)
    count = sum(renew(credentials, server, lambda at=at: NOW + 3300 + at) for at in range(299))
    assert count <= 5
    assert sent(credentials, NOW + 3599)


@pytest.mark.parametrize(
    ("answer", "said"), [((404, b"no account"), "404: no account"), ((200, b"<html>"), "no ID token")]
)
def test_what_is_no_metadata_server_is_told(answer, said):
    credentials = GoogleIdToken("https://f")
    renew(credentials, Server(answer), lambda: NOW)
    with pytest.raises(CredentialsError, match=said):
        credentials.check(NOW)


def test_no_token_is_printed(tmp_path):
    file = tmp_path / "token"
    file.write_text("hidden-token")
    google = GoogleIdToken("https://f")
    renew(google, Server((200, jwt(exp=NOW + 9).encode())), lambda: NOW)
    given = [BearerToken("hidden-token"), BearerToken(file=file), google]
    for credentials in given:
        credentials.check(NOW)
        assert credentials.secrets()
        assert not [secret for secret in credentials.secrets() if secret in repr(credentials) + credentials.trouble()]
    with pytest.raises(CredentialsError) as caught:
        google.check(NOW + 10)
    assert "eyJ" not in str(caught.value) + repr(google._renewal)
