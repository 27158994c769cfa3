"""Requests as tests write them, responses as tests read them."""

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.web.headers import Headers
from pytest_serverless.web.request import Request
from pytest_serverless.web.response import Response


def test_headers_are_found_in_any_case_and_keep_their_spelling():
    headers = Headers({"X-Trace": "a", "Accept": ["text/html", "text/plain"]})

    assert headers["x-trace"] == "a"
    assert headers["ACCEPT"] == "text/html, text/plain"
    assert list(headers) == ["X-Trace", "Accept"]
    assert "accept" in headers
    assert "cookie" not in headers
    assert headers.get("cookie") is None


def test_headers_that_differ_in_case_are_one():
    headers = Headers([("Set-Cookie", "a=1"), ("set-cookie", "b=2")])

    assert headers.get_list("Set-Cookie") == ["a=1", "b=2"]
    assert len(headers) == 1
    assert headers.grouped() == {"Set-Cookie": ["a=1", "b=2"]}


def test_headers_are_equal_whatever_their_case():
    assert Headers({"A": "1"}) == Headers({"a": "1"}) == {"a": "1"}
    assert Headers({"A": "1"}) != Headers({"A": "2"})


@pytest.mark.parametrize("wrong", [{"X-Count": 1}, {"X-Count": ["a", 1]}, {1: "a"}])
def test_a_header_is_text(wrong):
    with pytest.raises(InvalidParameterError, match="takes a text or a list of texts"):
        Headers(wrong)


def test_json_is_a_body_with_its_content_type():
    request = Request.make("post", "/items", json={"name": "Täglich"})

    assert request.method == "POST"
    assert request.body == '{"name":"Täglich"}'.encode()
    assert request.content_type == "application/json"


def test_a_mapping_as_data_is_a_form():
    request = Request.make("POST", "/", data={"name": "tom & jerry", "tag": ["a", "b"]})

    assert request.body == b"name=tom+%26+jerry&tag=a&tag=b"
    assert request.content_type == "application/x-www-form-urlencoded"


def test_text_and_bytes_are_sent_as_they_are():
    assert Request.make("POST", "/", data="grüß").body == "grüß".encode()
    assert Request.make("POST", "/", data=b"\xff").body == b"\xff"
    assert Request.make("POST", "/", data=b"\xff").content_type == "application/octet-stream"


def test_a_given_content_type_stays():
    request = Request.make("POST", "/", json=[1], headers={"content-type": "application/vnd.api+json"})

    assert request.headers.get_list("Content-Type") == ["application/vnd.api+json"]


def test_a_url_is_taken_apart():
    request = Request.make("GET", "https://example.com:8443/a b?x=ü#top", params={"n": [1, True], "q": "a&b"})

    assert request.host == "example.com"
    assert request.path == "/a%20b"
    assert request.query == "x=%C3%BC&n=1&n=true&q=a%26b"
    assert request.target == "/a%20b?x=%C3%BC&n=1&n=true&q=a%26b"


def test_a_url_without_a_path_asks_the_root():
    assert Request.make("GET", "https://example.com").path == "/"
    assert Request.make("GET", "https://example.com?a=1").target == "/?a=1"


def test_what_is_encoded_stays_so():
    assert Request.make("GET", "/a%2Fb/100%?q=%20").target == "/a%2Fb/100%25?q=%20"


def test_cookies_make_one_header():
    assert Request.make("GET", "/", cookies={"a": "1", "b": "2"}).headers["Cookie"] == "a=1; b=2"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "FETCH"}, "method is 'GET'"),
        ({"url": "items"}, "Did you mean '/items'"),
        ({"json": {}, "data": b"x"}, "given twice: as json= and as data="),
        ({"cookies": {"a": "1"}, "headers": {"Cookie": "b=2"}}, "Cookies are given twice"),
        ({"json": {1j}}, "cannot be sent as JSON"),
        ({"params": {"a": object()}}, "params: a value is a text"),
        ({"url": "/\ud800"}, "no text in UTF-8"),
        ({"params": {"a": "\ud800"}}, "no text in UTF-8"),
        ({"data": 5}, "data is a text, bytes"),
    ],
)
def test_what_no_client_could_send_is_refused(wrong, message):
    with pytest.raises(InvalidParameterError, match=message):
        Request.make(**{"method": "GET", "url": "/", **wrong})


@given(st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=5), min_size=1, max_size=3), max_size=4))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_werkzeug_reads_the_parameters_that_were_given(params):
    read = EnvironBuilder(query_string=Request.make("GET", "/", params=params).query).get_request().args

    assert read.to_dict(flat=False) == params


def test_a_response_is_read_as_a_client_reads_it():
    response = Response(
        status=201,
        headers=Headers([("Content-Type", "text/plain; charset=latin-1"), ("Set-Cookie", "a=1; Path=/; Secure")]),
        body="grüß".encode("latin-1"),
    )

    assert response.ok
    assert response.text == "grüß"
    assert response.cookies == {"a": "1"}
    assert not Response(status=404).ok
    assert Response(status=200, body=b'{"a": [1]}').json() == {"a": [1]}


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_compressed_body_is_read_unpacked(encoding, pack):
    response = Response(status=200, headers=Headers({"Content-Encoding": encoding}), body=pack(b"[1, 2]"))

    assert response.content == b"[1, 2]"
    assert response.json() == [1, 2]


def test_a_response_shows_why_the_gateway_gave_it():
    assert "no route" in repr(Response(status=404, reason="no route"))
