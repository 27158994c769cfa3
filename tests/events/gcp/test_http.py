"""Requests to HTTP functions of Google Cloud, and what Flask makes of them."""

import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.errors import InvalidParameterError, InvalidPayloadError, MissingExtraError
from pytest_serverless.events.gcp import GcpEvents
from pytest_serverless.events.mint import Mint

flask = pytest.importorskip("flask", reason="needs the extra gcp")
gcp_events = GcpEvents(Mint(seed=0))


def rules(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


def test_the_function_gets_a_flask_request():
    request = gcp_events.decode(
        gcp_events.http.request("POST", "/greet", query={"name": ["Ada", "Tom & Jerry"]}, body={"a": "ü"})
    )
    assert type(request) is flask.Request
    assert (request.method, request.path) == ("POST", "/greet")
    assert request.args.getlist("name") == ["Ada", "Tom & Jerry"]
    assert request.get_json() == {"a": "ü"}
    assert request.content_length == len('{"a":"ü"}'.encode())


def test_the_platforms_headers_are_there():
    # https://cloud.google.com/functions/docs/reference/headers (2026-11)
    request = gcp_events.decode(gcp_events.http.request())
    trace, _, span = request.headers["X-Cloud-Trace-Context"].removesuffix(";o=1").partition("/")
    assert request.headers["traceparent"] == f"00-{trace}-{int(span):016x}-01"
    assert request.headers["X-Forwarded-Proto"] == "https"
    assert len(request.headers["Function-Execution-Id"]) == 12
    assert request.scheme == "http"  # TLS ends before the container


def test_a_body_of_bytes_arrives_as_it_is():
    event = gcp_events.http.request("POST", body=b"\xff\x00", headers={"Content-Type": "image/png"})
    request = gcp_events.decode(event)
    assert (request.get_data(), request.mimetype) == (b"\xff\x00", "image/png")
    assert "body" not in event


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ('headers["X-Upper"]', "1", ("headers.X-Upper", "key:header-name")),
        ("headers.traceparent", "00-1-2-3", ("headers.traceparent", "traceparent")),
        ("body_base64", "aGk=", ("body_base64", "one-body")),
        ("method", "post", ("method", "method")),
        ("body", {"a": 1}, ("body", "text")),
    ],
)
def test_what_is_no_request_is_found(path, value, found):
    event = gcp_events.http.request("POST", body="b", overrides={path: value}, allow_inconsistent=True)
    assert found in rules(event)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "get it"}, "an HTTP method"),
        ({"url": "https://x.example/"}, "a path"),
        ({"headers": {"x": "1\n"}}, "one line"),
        ({"body": 5}, "body takes"),
        ({"path": "/"}, "no parameter 'path'"),
    ],
)
def test_parameters_that_make_no_request_are_refused(arguments, message):
    with pytest.raises(InvalidParameterError, match=message):
        gcp_events.http.request(**arguments)


@pytest.mark.parametrize("event", [{}, {"Records": []}, None, "text"])
def test_something_else_is_not_decoded(event):
    with pytest.raises(InvalidPayloadError, match="has method, url, headers"):
        gcp_events.decode(event)


@pytest.mark.parametrize("missing", ["flask", "werkzeug.test"])
def test_without_the_framework_the_extra_is_named(monkeypatch, missing):
    event = gcp_events.http.request()
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match=r"pytest-serverless-toolkit\[gcp\]"):
        gcp_events.decode(event)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    path=st.text(),
    query=st.dictionaries(st.text(), st.one_of(st.text(), st.lists(st.text(), max_size=3)), max_size=4),
    body=st.one_of(st.none(), st.text(), st.binary(), st.dictionaries(st.text(), st.text(), max_size=3)),
)
def test_any_text_keeps_every_rule_and_reaches_the_function(path, query, body):
    event = gcp_events.http.request("POST", f"/{path}", query=query, body=body)
    assert events.check(event) == []
    assert json.loads(json.dumps(event)) == event
    request = gcp_events.decode(event)
    for name, value in query.items():
        wanted = [value] if isinstance(value, str) else value
        assert request.args.getlist(name)[-len(wanted) :] == wanted or not wanted
    if isinstance(body, dict):
        assert request.get_json() == body or not body
    elif body is not None:
        assert request.get_data() == (body if isinstance(body, bytes) else body.encode())
