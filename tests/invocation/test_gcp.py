"""Google functions invoked in process: what they get, what their caller sees, and how they fail."""

import asyncio
import importlib
import logging
import os
import sys

import pytest

from pytest_serverless.app.gcp import GcpSettings
from pytest_serverless.errors import InvalidParameterError, InvalidPayloadError, InvocationError, MissingExtraError
from pytest_serverless.events.gcp import GcpEvents
from pytest_serverless.events.gcp.decoding import content_of
from pytest_serverless.events.mint import Mint
from pytest_serverless.invocation.invoker import invoke as invoke_any

functions_framework = pytest.importorskip("functions_framework", reason="needs the extra gcp")
_function_registry = functions_framework._function_registry
flask = functions_framework.flask
corpus = importlib.import_module(".gcp_corpus", __package__)
gcp_events = GcpEvents(Mint(seed=0))
REQUEST = gcp_events.http.request("POST", "/a/b?name=Ada%20L", body={"a": "ü"})
EVENT = gcp_events.pubsub.message_published({"total": 3}, attributes={"kind": "new"})


def invoke(handler, event, **options):
    return invoke_any(handler, event, provider="gcp", **options)


# Held to `functions_framework.create_app`, which serves the same file to a client of Flask or Starlette


@pytest.fixture
def framework(monkeypatch):
    """Return a function's own web application, as Google Cloud starts it; what that leaves behind is taken away."""
    for name in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setitem(sys.modules, "gcp_corpus", None)
    monkeypatch.setattr(functions_framework, "errorhandler", functions_framework.errorhandler)

    def create(name, signature=None):
        return functions_framework.create_app(name, corpus.__file__, signature)

    yield create
    for name in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
        os.environ.pop(name, None)


def answer(response):
    headers = sorted((name.lower(), value) for name, value in response.headers if name.lower() != "date")
    return response.status_code, response.get_data(), headers


def served(app, event):
    return answer(
        app.test_client().open(
            event["url"], method=event["method"], headers=event["headers"], data=content_of(event), base_url="http://x"
        )
    )


@pytest.mark.parametrize("name", corpus.HTTP)
def test_a_request_gets_the_frameworks_answer(framework, name):
    outcome = invoke(getattr(corpus, name), REQUEST, check=False)
    assert answer(outcome.value) == served(framework(name), REQUEST)
    assert outcome.payload == outcome.value.get_data()


@pytest.mark.parametrize("path", ["/robots.txt", "/favicon.ico", "/", "/x/../y"])
def test_paths_are_routed_as_by_the_framework(framework, path):
    event = gcp_events.http.request("GET", path)
    assert answer(invoke(corpus.text, event)) == served(framework("text"), event)


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_an_event_reaches_the_function_as_by_the_framework(framework, monkeypatch, mode):
    event = gcp_events.pubsub.message_published({"total": 3}, mode=mode)
    monkeypatch.setattr(corpus, "received", [])
    outcome = invoke(corpus.event, event, check=False)
    app = framework("event")
    assert served(app, event)[:2] == (200, outcome.payload) == (200, b"OK")
    assert corpus.received == sys.modules["gcp_corpus"].received != []


@pytest.mark.parametrize(("name", "status"), [("raising_event", 500), ("aborting_event", 503)])
def test_an_event_that_is_not_taken_is_a_failure(framework, name, status):
    outcome = invoke(getattr(corpus, name), EVENT, check=False)
    theirs = served(framework(name), EVENT)
    assert (outcome.ok, theirs[0]) == (False, status)
    if status == 500:
        assert answer(outcome.value) == theirs


@pytest.mark.parametrize("event", [REQUEST, gcp_events.http.request("GET", "/"), gcp_events.http.request("POST", "/")])
def test_a_request_without_an_event_is_refused_as_by_the_framework(framework, event):
    status = served(framework("event"), event)[0]
    with pytest.raises(InvocationError, match=f"the answer is {status} "):
        invoke(corpus.event, event)


@pytest.mark.parametrize("name", corpus.ASYNC)
def test_an_async_function_gets_a_starlette_request_and_the_frameworks_answer(framework, name):
    app = framework(name)
    assert type(app).__name__ == "Starlette"
    assert answer(invoke(getattr(corpus, name), REQUEST)) == asyncio.run(_asgi(app, REQUEST))


async def _asgi(app, event):
    path, _, query = event["url"].partition("?")
    scope = {
        "type": "http",
        "method": event["method"],
        "scheme": "http",
        "path": path,
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in event["headers"].items()],
        "server": ("x", 80),
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": content_of(event)}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    headers = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    return answer(flask.Response(b"".join(m["body"] for m in sent[1:]), status=sent[0]["status"], headers=headers))


def test_an_async_function_gets_events(monkeypatch):
    monkeypatch.setattr(corpus, "received", [])
    assert invoke(corpus.async_event, EVENT) is None
    assert corpus.received[0][1]["message"]["attributes"] == {"kind": "new"}


# What the test sees


def test_the_value_is_a_flask_response():
    response = invoke(corpus.a_dict, REQUEST)
    assert type(response) is flask.Response
    assert response.get_json() == {"a": [{"a": "ü"}], "b": 1}


def test_a_function_of_events_gives_nothing():
    assert invoke(corpus.event, EVENT) is None


@pytest.mark.parametrize("name", ["raising", "async_raising"])
def test_an_exception_is_the_functions_own_without_the_web_servers_frames(name):
    with pytest.raises(ValueError, match="bad request") as caught:
        invoke(getattr(corpus, name), REQUEST)
    assert [entry.name for entry in caught.traceback][-1] == name
    assert not {entry.path.parent.name for entry in caught.traceback} & {"flask", "werkzeug", "asyncio"}


def test_a_failure_says_nothing_to_the_caller_and_all_to_the_log():
    outcome = invoke(corpus.raising, REQUEST, check=False, name="shop")
    assert (outcome.status, outcome.value.status_code) == ("error", 500)
    assert outcome.value.headers["X-Google-Status"] == "crash"
    assert b"bad request" not in outcome.payload
    assert outcome.log.startswith("E  shop  ")
    assert "ValueError: bad request" in outcome.log
    assert "in raising" in outcome.log


def test_the_decorator_overrules_the_deployment_and_that_the_event():
    def plain(argument):
        return type(argument).__name__

    assert invoke(plain, EVENT, settings=GcpSettings(signature="http")).get_data() == b"Request"
    assert invoke(plain, EVENT) is None
    assert invoke(corpus.text, EVENT, settings=GcpSettings(signature="cloudevent")).status_code == 200


def test_a_background_event_is_made_a_cloud_event():
    # The form that the first generation sent: https://github.com/GoogleCloudPlatform/functions-framework-conformance/blob/main/docs/mapping.md
    seen = []

    def handler(event):
        seen.append(event)

    legacy = gcp_events.http.request(
        "POST",
        body={
            "context": {
                "eventId": "1",
                "timestamp": "2026-11-23T10:00:00.000Z",
                "eventType": "google.pubsub.topic.publish",
                "resource": {
                    "service": "pubsub.googleapis.com",
                    "name": "projects/p/topics/t",
                    "type": "type.googleapis.com/google.pubsub.v1.PubsubMessage",
                },
            },
            "data": {"data": "aGk="},
        },
    )
    invoke(handler, legacy, settings=GcpSettings(signature="cloudevent"))
    assert (seen[0]["id"], seen[0].data["message"]["data"]) == ("1", "aGk=")


def test_the_platforms_variables_are_set_and_everything_is_taken_back():
    seen = {}

    def handler(request):
        seen.update(os.environ)
        return ""

    before = dict(os.environ), dict(_function_registry.REGISTRY_MAP), sys.path[:], set(sys.modules)
    invoke(handler, REQUEST, name="shop")
    assert (dict(os.environ), dict(_function_registry.REGISTRY_MAP), sys.path, set(sys.modules)) == before
    wanted = {"K_SERVICE": "shop", "K_CONFIGURATION": "shop", "K_REVISION": "shop-00001-abc", "PORT": "8080"}
    assert {name: seen[name] for name in wanted} == wanted
    assert "FUNCTION_SIGNATURE_TYPE" not in seen


def test_the_log_has_the_lines_with_their_severity():
    def handler(request):
        logging.getLogger("shop").warning("low stock")
        print("printed")
        return ""

    lines = invoke(handler, REQUEST, check=False, name="shop").log.splitlines()
    assert [(line[0], line.split("  ")[-1]) for line in lines] == [("W", "low stock"), (" ", "printed")]


def test_time_is_billed_in_steps_of_100_ms():
    assert invoke(corpus.text, REQUEST, check=False).billed_ms == 100


# What cannot be


def test_an_async_function_without_the_async_decorator_would_not_be_awaited():
    async def forgotten(request): ...

    with pytest.raises(InvocationError, match=r"'forgotten' is async.*functions_framework\.aio\.http"):
        invoke(forgotten, REQUEST)


def test_only_functions_are_served():
    class Handler:
        def __call__(self, request): ...

    with pytest.raises(InvocationError, match="serves plain functions, and this is Handler"):
        invoke(Handler(), REQUEST)


def test_a_typed_function_is_refused(monkeypatch):
    def typed(argument): ...

    monkeypatch.setitem(_function_registry.REGISTRY_MAP, "typed", "typed")
    with pytest.raises(InvocationError, match="the signature 'typed'"):
        invoke(typed, REQUEST)


@pytest.mark.parametrize("event", [{"Records": []}, [], b"not json", {"at": object()}])
def test_something_else_is_no_event(event):
    with pytest.raises(InvalidPayloadError):
        invoke(corpus.text, event)


def test_there_is_no_context_and_there_are_no_options():
    with pytest.raises(InvalidParameterError, match="leave context out"):
        invoke_any(corpus.text, REQUEST, object(), provider="gcp")
    with pytest.raises(InvalidParameterError, match="no parameter qualifier"):
        invoke(corpus.text, REQUEST, qualifier="1")


def test_without_the_framework_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "functions_framework._function_registry", None)
    with pytest.raises(MissingExtraError, match=r"pytest-serverless-toolkit\[gcp\]"):
        invoke(lambda request: "", REQUEST)
