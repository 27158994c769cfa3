"""HTTP triggers of Azure: what the host sends, and what the worker's own converter makes of it."""

import json
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.errors import InconsistentEventError, InvalidParameterError
from pytest_serverless.events.azure import AzureEvents
from pytest_serverless.events.mint import Mint

HttpRequest = pytest.importorskip("azure.functions.http", reason="needs the extra azure").HttpRequest
azure_events = AzureEvents(Mint(seed=0))


def rules(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


def http_of(event):
    return event["data"]["http"]


def test_the_function_gets_the_librarys_own_request():
    request = azure_events.decode(
        azure_events.http.request(
            "POST", "/api/orders/5", query={"name": "Ada"}, body={"total": 3}, route_params={"id": 5}
        )
    )
    assert type(request) is HttpRequest
    assert (request.method, request.url) == ("POST", "https://test-app.azurewebsites.net/api/orders/5?name=Ada")
    assert (dict(request.params), dict(request.route_params)) == ({"name": "Ada"}, {"id": "5"})
    assert request.get_json() == {"total": 3}
    assert request.headers["Content-Type"] == "application/json"


def test_an_event_is_a_request_as_the_host_sends_it():
    event = azure_events.http.request(
        "PUT", "https://shop.example/api/x?a=1", body=b"\x00\xff", headers={"Accept": "*/*"}
    )
    http = http_of(event)
    assert event["trigger"] == "httpTrigger"
    assert http["body"] == {"bytes": b64encode(b"\x00\xff").decode()}
    assert {name: http["headers"][name] for name in ("host", "accept", "content-length", "content-type")} == {
        "host": "shop.example",
        "accept": "*/*",
        "content-length": "2",
        "content-type": "application/octet-stream",
    }


# What `ToRpcHttp` does with queries, headers and bodies:
# https://github.com/Azure/azure-functions-host/blob/dev/src/WebJobs.Script.Grpc/MessageExtensions/GrpcMessageConversionExtensions.cs


@pytest.mark.parametrize(
    ("query", "delivered"),
    [
        ("a=1&a=2", {"a": "1,2"}),
        ("a=&b=2", {"b": "2"}),
        ("a", {}),
        ("a=1&A=2", {"a": "1,2"}),
        ("q=tom+%26%20jerry", {"q": "tom & jerry"}),
    ],
)
def test_repeated_query_parameters_are_joined_and_empty_ones_dropped(query, delivered):
    event = azure_events.http.request(url=f"/api/x?{query}")
    assert dict(azure_events.decode(event).params) == delivered
    assert http_of(event)["url"].endswith(f"?{query}")


def test_header_names_are_lower_case_and_several_values_joined():
    event = azure_events.http.request(headers={"Accept": ["text/html", "text/plain"], "X-Empty": ""})
    assert http_of(event)["headers"]["accept"] == "text/html,text/plain"
    assert http_of(event)["headers"]["x-empty"] == ""
    assert azure_events.decode(event).headers["ACCEPT"] == "text/html,text/plain"


@pytest.mark.parametrize("body", [None, "", b""])
def test_a_request_without_a_body_has_none(body):
    event = azure_events.http.request("POST", body=body)
    assert "body" not in http_of(event)
    assert "content-length" not in http_of(event)["headers"]
    request = azure_events.decode(event)
    assert request.get_body() == b""
    with pytest.raises(ValueError, match="HTTP request does not contain valid JSON data"):
        request.get_json()


def test_an_overridden_body_is_measured_anew():
    event = azure_events.http.request(
        "POST", body="short", overrides={"data.http.body.bytes": b64encode(b"much longer").decode()}
    )
    assert http_of(event)["headers"]["content-length"] == "11"
    with pytest.raises(InconsistentEventError, match="the bytes in body"):
        azure_events.http.request("POST", body="x", overrides={'data.http.headers["content-length"]': "7"})


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ('headers["X-Upper"]', "1", ("data.http.headers.X-Upper", "key:header-name")),
        ("headers.host", "elsewhere.example", ("data.http.headers.host", "derived")),
        ("query", {"a": "2"}, ("data.http.query", "derived")),
        ("query", {"a": ["1"]}, ("data.http.query.a", "text")),
        ("method", "post", ("data.http.method", "method")),
        ("url", "/api/x", ("data.http.url", "url")),
        ("params", {"id": 5}, ("data.http.params.id", "text")),
        ("body", {"string": "text"}, ("data.http.body.string", "unknown-key")),
    ],
)
def test_what_the_host_never_sends_is_found(path, value, found):
    event = azure_events.http.request(
        "POST", "/api/x?a=1", body="b", overrides={f"data.http.{path}": value}, allow_inconsistent=True
    )
    assert found in rules(event)


def test_a_body_without_content_length_would_have_been_dropped():
    event = azure_events.http.request("POST", body="b")
    del http_of(event)["headers"]["content-length"]
    assert rules(event) == {("data.http.headers.content-length", "required")}


def test_a_hand_written_request_is_put_right():
    event = events.like(
        {
            "trigger": "httpTrigger",
            "data": {
                "http": {
                    "method": "post",
                    "url": "https://shop.azurewebsites.net/api/x?a=1&a=2",
                    "headers": {"Content-Type": "application/json"},
                    "body": {"bytes": b64encode(b"{}").decode()},
                }
            },
        }
    )
    assert rules(event) == set()
    http = http_of(event)
    assert (http["method"], http["query"]) == ("POST", {"a": "1,2"})
    assert (http["headers"]["content-type"], http["headers"]["content-length"]) == ("application/json", "2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "get it"}, "an HTTP method"),
        ({"url": "ftp://x/y"}, "an absolute URL"),
        ({"url": "api/hello"}, "an absolute URL"),
        ({"headers": {"a b": "1"}}, "a header name"),
        ({"headers": {"x": "1\r\ny: 2"}}, "one line"),
        ({"body": 5}, "body takes"),
        ({"body": {"at": object()}}, "events are JSON"),
        ({"body": "\ud800"}, "UTF-8"),
        ({"route": {}}, "route_params"),
    ],
)
def test_parameters_that_make_no_request_are_refused(arguments, message):
    with pytest.raises(InvalidParameterError, match=message):
        azure_events.http.request(**arguments)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    path=st.text(),
    query=st.dictionaries(st.text(), st.one_of(st.text(), st.lists(st.text(), max_size=3)), max_size=4),
    body=st.one_of(st.none(), st.text(), st.binary(), st.dictionaries(st.text(), st.text(), max_size=3)),
    route=st.dictionaries(st.text(), st.text(), max_size=3),
)
def test_any_text_keeps_every_rule_and_reaches_the_function(path, query, body, route):
    event = azure_events.http.request("POST", f"/api/{path}", query=query, body=body, route_params=route)
    assert events.check(event) == []
    assert json.loads(json.dumps(event)) == event
    request = azure_events.decode(event)
    assert dict(request.route_params) == route
    if isinstance(body, dict):
        assert request.get_json() == body
    elif body is not None:
        assert request.get_body() == (body if isinstance(body, bytes) else body.encode())
