"""Requests as bytes: what is written, and what is refused because it would be another request."""

import http.client
import io
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.drivers.wire import encoded, origin_of, place, request_bytes
from pytest_serverless.load.signing.sigv4 import _host

ORIGIN = origin_of("https://example.com/")


def head_of(method="GET", target="/", headers=None, body=b"", origin=ORIGIN):
    head = request_bytes(method, origin, target, headers or {}, body).partition(b"\r\n\r\n")[0]
    first, *lines = head.split(b"\r\n")
    return first.decode(), dict(line.decode("latin-1").split(": ", 1) for line in lines)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com", ("https://example.com", "/")),
        ("https://example.com/a/b?c=d/e", ("https://example.com", "/a/b?c=d/e")),
        ("http://example.com:8080/#top", ("http://example.com:8080", "/")),
        ("https://example.com?a=1", ("https://example.com", "/?a=1")),
        ("https://example.com?a=http://b/", ("https://example.com", "/?a=http://b/")),
        ("https://example.com#a/b", ("https://example.com", "/")),
        ("http://[::1]:80/x", ("http://[::1]:80", "/x")),
    ],
)
def test_a_url_is_split_into_where_and_what(url, expected):
    assert place(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://Example.COM",
        "https://example.com:443",
        "http://example.com:443",
        "http://127.0.0.1:8080",
        "http://[::1]",
    ],
)
def test_the_host_is_named_as_it_is_signed(url):
    assert origin_of(url).named == _host(url)


@pytest.mark.parametrize(
    "url", ["example.com", "ftp://example.com", "/path", "", "http://", "http://a:b:c", "http://[a"]
)
def test_what_is_no_whole_url_is_refused(url):
    with pytest.raises(InvalidParameterError, match="URL"):
        origin_of(url)


def test_a_password_in_a_url_is_refused_and_not_shown():
    with pytest.raises(InvalidParameterError) as caught:
        origin_of("https://me:hunter2@example.com/")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(InvalidParameterError) as caught:
        origin_of("ftp://me:hunter2@example.com/")
    assert "hunter2" not in str(caught.value)


def test_a_request_has_its_host_and_its_agent():
    first, headers = head_of("GET", "/a?b=c", {"Accept": "text/plain"})
    assert first == "GET /a?b=c HTTP/1.1"
    assert headers.pop("User-Agent").startswith("pytest-serverless/")
    assert headers == {"Host": "example.com", "Accept": "text/plain"}


def test_host_and_agent_are_replaced_in_any_case():
    _, headers = head_of(headers={"host": "other.example", "user-agent": "me"})
    assert headers == {"host": "other.example", "user-agent": "me"}


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [("POST", b"", "0"), ("POST", b"\xff" * 9, "9"), ("GET", b"", None), ("DELETE", b"x", "1")],
)
def test_the_length_is_the_body_s(method, body, length):
    assert head_of(method, body=body)[1].get("Content-Length") == length


def test_a_length_that_is_given_is_not_believed():
    _, headers = head_of("POST", headers={"content-length": "99", "Transfer-Encoding": "chunked"}, body=b"abc")
    assert headers["Content-Length"] == "3"
    assert not {"content-length", "Transfer-Encoding"} & set(headers)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"headers": {"X-Name": "a\r\nX-Other: b"}}, "X-Name"),
        ({"headers": {"X-Name": "a\nb"}}, "X-Name"),
        ({"headers": {"X-Ok": "ok", "X\rName": "a"}}, "X\\rName"),
        ({"headers": {"X-Name": "\N{SNOWMAN}"}}, "X-Name"),
        ({"target": "/a b"}, "percent-encoded"),
        ({"target": "/a\r\nX: y"}, "percent-encoded"),
        ({"target": "/\N{SNOWMAN}"}, "percent-encoded"),
        ({"method": "GET /other HTTP/1.1\r\nX:"}, "method"),
        ({"method": ""}, "method"),
    ],
)
def test_what_would_be_another_request_is_refused(request_, said):
    with pytest.raises(InvalidParameterError) as caught:
        head_of(**request_)
    assert said in str(caught.value)


def test_the_value_of_a_header_that_is_refused_is_not_shown():
    with pytest.raises(InvalidParameterError) as caught:
        head_of(headers={"Authorization": "Bearer hunter2\r\n"})
    assert "hunter2" not in str(caught.value)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.text(max_size=40))
def test_any_text_becomes_a_url_that_can_be_sent(text):
    target = encoded(f"https://example.com/{text}").removeprefix("https://example.com")
    first, _, _ = request_bytes("GET", ORIGIN, target, {}, b"").partition(b"\r\n")
    assert first.split(b" ") == [b"GET", target.encode(), b"HTTP/1.1"]


def test_what_is_encoded_is_not_encoded_again():
    assert encoded("https://example.com/a%20b?c=%C3%A9") == "https://example.com/a%20b?c=%C3%A9"
    assert encoded("https://example.com/a b?c=é") == "https://example.com/a%20b?c=%C3%A9"


@settings(deadline=None, max_examples=100, derandomize=True)
@given(
    st.dictionaries(st.from_regex(r"X-[A-Za-z]{1,9}", fullmatch=True), st.text(max_size=30), max_size=4), st.binary()
)
def test_the_standard_library_reads_what_was_meant_or_nothing_is_sent(headers, body):
    try:
        message = request_bytes("POST", ORIGIN, "/path", headers, body)
    except InvalidParameterError:
        return
    file = io.BytesIO(message)
    file.readline()
    read = http.client.parse_headers(file)
    assert len(read) == len(headers) + 3
    assert file.read(int(read["Content-Length"])) == body
    assert not file.read()


def test_an_origin_is_told_by_host_and_port():
    assert str(origin_of("https://example.com/x")) == "example.com:443"
    assert urlsplit("https://example.com").hostname == origin_of("https://EXAMPLE.com").host
