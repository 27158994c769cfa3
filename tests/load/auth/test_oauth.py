"""OAuth client credentials and the renewal of what they bring, by the examples of RFC 6749."""

from urllib.parse import parse_qsl

import pytest

from pytest_serverless.errors import CredentialsError, InvalidParameterError
from pytest_serverless.load.auth import ClientCredentials, Request, renew
from tests.load.auth.doubles import NOW, Server, jwt

URL = "https://server.example.com/token"
REQUEST = Request("GET", "https://api.example.com/")


def client(**options):
    return ClientCredentials(URL, "s6BhdRkqt3", "gX1fBat3bV", **options)


def good(token="2YotnFZFEjr1zCsicMWpAA", **more):
    return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600, **more}


def at(now_s):
    return lambda: now_s


def sent_at(credentials, now_s):
    return credentials.headers(REQUEST, now_s)["Authorization"]


def test_the_request_is_that_of_the_rfc():
    # RFC 6749, 4.4.2: the example of an access token request.
    server = Server(good())
    renew(client(), server, at(NOW))
    [sent] = server.sent
    assert (sent.method, sent.url, sent.body) == ("POST", URL, b"grant_type=client_credentials")
    assert sent.headers["Authorization"] == "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_the_secret_can_go_into_the_body_with_a_scope_and_what_else_a_server_wants():
    server = Server(good())
    renew(client(given_in="body", scope="a b", parameters={"audience": "https://x/?"}), server, at(NOW))
    assert dict(parse_qsl(server.sent[0].body.decode())) == {
        "grant_type": "client_credentials",
        "scope": "a b",
        "audience": "https://x/?",
        "client_id": "s6BhdRkqt3",
        "client_secret": "gX1fBat3bV",
    }
    assert "Authorization" not in server.sent[0].headers


def test_an_id_and_a_secret_are_form_encoded_before_they_are_put_together():
    # RFC 6749, 2.3.1 and appendix B.
    credentials = ClientCredentials(URL, "a:b", "c d+€")
    server = Server(good())
    renew(credentials, server, at(NOW))
    assert server.sent[0].headers["Authorization"] == "Basic YSUzQWI6YytkJTJCJUUyJTgyJUFD"


def test_a_token_is_sent_and_asked_for_once():
    credentials, server = client(), Server(good())
    assert renew(credentials, server, at(NOW)) == 1
    assert renew(credentials, server, at(NOW + 1)) == 0
    assert sent_at(credentials, NOW + 1) == "Bearer 2YotnFZFEjr1zCsicMWpAA"


def test_it_is_renewed_before_it_expires_and_used_meanwhile():
    credentials, server = client(), Server(good("first"), good("second"))
    renew(credentials, server, at(NOW))
    assert credentials.due(NOW + 3600 - 301) is None
    ask = credentials.due(NOW + 3600 - 300)
    assert sent_at(credentials, NOW + 3599) == "Bearer first"
    ask.answered(*server(ask.method, ask.url, ask.headers, ask.body), now_s=NOW + 3400)
    assert sent_at(credentials, NOW + 3400) == "Bearer second"


def test_only_one_request_is_under_way():
    credentials = client()
    ask = credentials.due(NOW)
    assert ask is not None
    assert credentials.due(NOW + 100) is None
    lost, again = ask, credentials.due(NOW + 120)
    assert again is not None
    again.answered(*Server(good("again"))("", "", {}, b""), now_s=NOW + 121)
    lost.answered(*Server(good("lost"))("", "", {}, b""), now_s=NOW + 122)
    again.failed("twice", now_s=NOW + 122)
    assert sent_at(credentials, NOW + 122) == "Bearer again"
    assert not credentials.trouble()


def test_failures_that_may_pass_are_tried_again_ever_more_slowly():
    credentials, now_s, pauses = client(), NOW, []
    for _ in range(9):
        ask = credentials.due(now_s)
        ask.answered(503, {}, b"busy", now_s=now_s)
        start = now_s
        while credentials._renewal._due_s > now_s:
            assert credentials.due(now_s) is None
            now_s += 1
        pauses.append(now_s - start)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    renew(credentials, Server(good()), at(now_s))
    assert not credentials.trouble()


def test_retry_after_is_kept_to():
    credentials = client()
    credentials.due(NOW).answered(429, {"Retry-After": "30"}, b"", now_s=NOW)
    assert credentials.due(NOW + 29) is None
    assert credentials.due(NOW + 30) is not None


def test_a_refusal_is_final_and_says_why():
    # RFC 6749, 5.2: the shape of an error.
    credentials = client()
    server = Server((401, {"error": "invalid_client", "error_description": "no gX1fBat3bV here"}))
    renew(credentials, server, at(NOW))
    with pytest.raises(CredentialsError) as caught:
        credentials.check(NOW)
    assert str(caught.value) == (
        "The access token of client 's6BhdRkqt3' could not be had: The token endpoint answered 401: "
        "invalid_client: no *** here"
    )
    assert caught.value.is_final
    assert credentials.due(NOW + 1e6) is None


def test_a_token_in_hand_is_used_to_its_end_whatever_fails():
    credentials = client()
    renew(credentials, Server(good("held"), OSError("unreachable")), at(NOW))
    renew(credentials, Server(OSError("unreachable")), at(NOW + 3400))
    assert "OSError: unreachable" in credentials.trouble()
    assert sent_at(credentials, NOW + 3599.9) == "Bearer held"
    with pytest.raises(CredentialsError, match="has expired and could not be renewed: no answer: OSError") as caught:
        credentials.headers(REQUEST, NOW + 3600)
    assert not caught.value.is_final


def test_without_an_answer_yet_nothing_is_sent():
    with pytest.raises(CredentialsError, match="no answer yet"):
        client().headers(REQUEST, NOW)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        # RFC 6749, 4.4.3: "example" is the type in its example; by 7.1 a type that is not understood is not used.
        (good(token_type="example"), "type 'example'"),
        (good(token_type=None), "type None"),
        (good(token=""), "without an access_token"),
        ((200, b"<html>"), "without an access_token"),
        ((200, [1]), "without an access_token"),
        ((404, b"<html>not here"), "answered 404: <html>not here"),
        ((502, b""), "answered 502: nothing"),
        (good(expires_in=0), "expired already"),
    ],
)
def test_an_answer_that_is_no_token_is_told(answer, said):
    credentials = client()
    renew(credentials, Server(answer), at(NOW))
    with pytest.raises(CredentialsError, match=said):
        credentials.headers(REQUEST, NOW)


def test_an_end_may_be_text_or_in_the_token_or_not_told():
    for answer, end in ((good(expires_in="60"), 60), (good(jwt(exp=NOW + 90), expires_in=None), 90)):
        credentials = client()
        renew(credentials, Server(answer), at(NOW))
        credentials.headers(REQUEST, NOW + end - 1)
        with pytest.raises(CredentialsError, match="expired"):
            credentials.headers(REQUEST, NOW + end)
    endless = client()
    renew(endless, Server(good(expires_in=None)), at(NOW))
    assert sent_at(endless, NOW + 1e9)
    assert endless.due(NOW + 1e9) is None


def test_a_sender_that_is_interrupted_does_not_block_the_next():
    credentials = client()
    with pytest.raises(KeyboardInterrupt):
        renew(credentials, Server(KeyboardInterrupt()), at(NOW))
    renew(credentials, Server(good()), at(NOW + 1))
    assert sent_at(credentials, NOW + 1)


@pytest.mark.parametrize("url", ["http://server.example.com/token", "server/token", "", "ftp://localhost/"])
def test_a_secret_never_travels_in_the_clear(url):
    with pytest.raises(InvalidParameterError, match="https only"):
        ClientCredentials(url, "id", "hidden-secret")


def test_bad_parameters_are_refused():
    with pytest.raises(InvalidParameterError, match="'header' or the 'body'"):
        client(given_in="query")
    with pytest.raises(CredentialsError, match="is empty"):
        ClientCredentials(URL, "id", "")
