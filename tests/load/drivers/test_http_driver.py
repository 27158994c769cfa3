"""The HTTP driver over a transport that only remembers."""

import pytest

from pytest_serverless.errors import CredentialsError, InvalidParameterError
from pytest_serverless.load.auth import ApiKey, FunctionKey
from pytest_serverless.load.auth.credentials import Standing
from pytest_serverless.load.classes import Classifier
from pytest_serverless.load.drivers.http_driver import HttpDriver

BASE = "https://api.example.com/staging/"
PROBE = "v1;instance=4f1c;n=1;init_start=10.0;init_end=10.25;type=on-demand;ms=1.5;now=11.0"


def driver(transport, credentials=None, path="http_api", **settings):
    return HttpDriver(transport, BASE, Classifier(path), credentials, **settings)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("/items", "https://api.example.com/staging/items"),
        ("items", "https://api.example.com/staging/items"),
        ("", "https://api.example.com/staging"),
        ("?a=1", "https://api.example.com/staging?a=1"),
        ("/", "https://api.example.com/staging/"),
        ("/caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait", "https://api.example.com/staging/caf%C3%A9%20au%20lait"),
        ("https://other.example/x", "https://other.example/x"),
        ("HTTPS://other.example/x", "HTTPS://other.example/x"),
    ],
)
def test_addresses_are_below_the_base_or_whole(remembering, address, url):
    transport = remembering()
    driver(transport).send("GET", address, {})
    assert transport.sent[0][1] == url


@pytest.mark.parametrize("base", ["api.example.com", "", "https://me:hunter2@example.com"])
def test_a_base_that_is_none_is_refused_at_once(remembering, base):
    with pytest.raises(InvalidParameterError, match="URL") as caught:
        HttpDriver(remembering(), base, Classifier("http"))
    assert "hunter2" not in str(caught.value)


def test_the_path_is_that_of_the_table(remembering):
    assert driver(remembering(), path="cloud_run").path == "cloud_run"


def test_what_is_sent_is_what_was_given(remembering):
    transport = remembering()
    driver(transport).send("PUT", "/x", {"X-A": "1"}, b"body")
    assert transport.sent == [("PUT", "https://api.example.com/staging/x", {"X-A": "1"}, b"body")]


def test_credentials_replace_headers_of_the_same_name_in_any_case(remembering):
    transport = remembering()
    driver(transport, ApiKey("secret-key")).send("GET", "/", {"X-API-Key": "old", "Accept": "*/*"})
    assert transport.sent[0][2] == {"Accept": "*/*", "x-api-key": "secret-key"}


def test_credentials_may_be_in_the_query(remembering):
    transport = remembering()
    driver(transport, FunctionKey("k/1", in_query=True)).send("GET", "/a?b=c", {})
    assert transport.sent[0][1].endswith("/a?b=c&code=k%2F1")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.example.com/elsewhere", True),
        ("https://second.example.com/x", True),
        ("https://API.example.com:443/x", True),
        ("https://other.example/x", False),
        ("http://api.example.com/x", False),
        ("https://api.example.com:8443/x", False),
        ("https://api.example.com.evil.example/x", False),
        ("https://api.example.com@evil.example/x", False),
    ],
)
def test_credentials_are_shown_to_no_other_origin(remembering, url, shown):
    transport = remembering()
    trusting = driver(transport, ApiKey("t0ken-secret"), trusted=["https://second.example.com/a"])
    trusting.send("GET", url, {})
    assert ("t0ken-secret" in str(transport.sent)) is shown


def test_each_source_has_its_own_credentials(remembering):
    class PerUser(Standing):
        def headers(self, request, now_s):
            return {"X-User": str(request.source)}

    transport = remembering()
    for source in (0, 7):
        driver(transport, PerUser()).send("GET", "/", {}, source=source)
    assert [headers["X-User"] for _, _, headers, _ in transport.sent] == ["0", "7"]


def test_without_credentials_that_hold_nothing_is_sent(remembering):
    class Lapsed(Standing):
        def headers(self, request, now_s):
            raise CredentialsError("the token has expired")

    transport = remembering()
    sent = driver(transport, Lapsed()).send("GET", "/", {})
    assert not transport.sent
    assert (sent.exchange.status, sent.exchange.wire_attempts) == (None, 0)
    assert sent.verdict == ("failed", "credentials", "ours", False)
    assert "expired" in str(sent.exchange.error)


@pytest.mark.parametrize(
    ("status", "headers", "verdict"),
    [
        (200, {}, ("ok", "")),
        (302, {"location": "/login"}, ("ok", "")),
        (302, {"location": "https://login.example.com/"}, ("failed", "redirect")),
        (301, {"location": "http://api.example.com/staging/x"}, ("failed", "redirect")),
        (304, {}, ("ok", "")),
        (401, {}, ("refused", "unauthorized")),
    ],
)
def test_answers_are_judged_by_the_table_and_redirects_by_where_they_lead(remembering, status, headers, verdict):
    sent = driver(remembering(status, headers), path="rest_api").send("GET", "/x", {})
    assert (sent.verdict.kind, sent.verdict.reason) == verdict


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (ConnectionRefusedError(111, "refused"), ("failed", "refused", "target")),
        (TimeoutError("slow"), ("failed", "timeout", "target")),
        (OSError(24, "Too many open files"), ("failed", "generator", "ours")),
        (OSError(99, "Cannot assign requested address"), ("failed", "generator", "ours")),
        (InvalidParameterError("a header of two lines"), ("failed", "generator", "ours")),
    ],
)
def test_no_answer_is_the_target_s_doing_or_our_own(remembering, error, verdict):
    sent = driver(remembering(None, error=error)).send("GET", "/x", {})
    assert sent.verdict[:3] == verdict


def test_the_probe_s_header_is_evidence_by_our_clock(remembering):
    sent = driver(remembering(200, {"x-serverless-probe": PROBE})).send("GET", "/x", {})
    assert (sent.evidence.source, sent.evidence.instance, sent.evidence.invocation) == ("probe", "4f1c", 1)
    assert sent.evidence.init_ended_s == pytest.approx(10.25 + 100.5 - 11.0)


def test_without_the_probe_there_is_no_evidence(remembering):
    assert driver(remembering(200, {"content-type": "text/plain"})).send("GET", "/x", {}).evidence is None
