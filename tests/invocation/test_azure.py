"""Azure functions invoked in process: what they get, what their caller sees, and how they fail."""

import asyncio
import importlib
import json
import logging
import os
import sys
import threading

import pytest

from pytest_serverless.app.azure import AzureSettings
from pytest_serverless.contexts.azure import make_azure_context
from pytest_serverless.errors import (
    InvalidParameterError,
    InvalidPayloadError,
    InvalidResponseError,
    InvocationError,
    MissingExtraError,
)
from pytest_serverless.events.azure import AzureEvents
from pytest_serverless.events.mint import Mint
from pytest_serverless.invocation.invoker import invoke as invoke_any

func = pytest.importorskip("azure.functions", reason="needs the extra azure")
corpus = importlib.import_module(".azure_corpus", __package__)
azure_events = AzureEvents(Mint(seed=0))


def invoke(handler, event, context=None, **options):
    return invoke_any(handler, event, context, provider="azure", **options)


def app():
    return func.FunctionApp()


# What the caller of an HTTP function sees


def test_a_response_is_rendered_as_the_host_does():
    response = invoke(corpus.response, azure_events.http.request(url="/api/response?name=Ada"))
    assert type(response) is func.HttpResponse
    assert (response.status_code, response.get_body()) == (201, b"Ada")
    assert dict(response.headers) == {"X-Custom": "1", "content-type": "text/html; charset=utf-8"}
    assert response.mimetype == "text/html"


def test_text_is_a_response_of_200():
    response = invoke(corpus.text, azure_events.http.request())
    assert (response.status_code, response.get_body()) == (200, b"plain text")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_each_cookie_is_a_header():
    response = invoke(corpus.cookies, azure_events.http.request())
    assert response.headers.getlist("Set-Cookie") == ["a=1; HttpOnly; Path=/", "b=2; Max-Age=60"]
    assert response.get_body() == b"\xff"


def test_the_payload_is_the_workers_response():
    outcome = invoke(corpus.outputs, azure_events.http.request(), check=False, request_id="id-1")
    assert json.loads(outcome.payload) == {
        "invocationId": "id-1",
        "result": {"status": "Success"},
        "outputData": [
            {"name": "many", "data": {"json": '{"id": "1", "body": "hello"}'}},
            {"name": "one", "data": {"string": "last"}},
        ],
        "returnValue": {"string": "sent"},
    }


def test_an_exception_is_the_functions_own_and_an_empty_500_to_the_caller():
    with pytest.raises(ValueError, match="bad request") as caught:
        invoke(corpus.raising, azure_events.http.request())
    assert caught.traceback[-1].name == "raising"
    outcome = invoke(corpus.raising, azure_events.http.request(), check=False)
    assert (outcome.status, outcome.value.status_code, outcome.value.get_body()) == ("error", 500, b"")
    assert json.loads(outcome.payload)["result"]["exception"]["message"] == "ValueError: bad request"
    assert outcome.failure.type == "ValueError"


@pytest.mark.parametrize(("name", "kind"), [("nothing", "NoneType"), ("a_dict", "dict")])
def test_what_is_no_response_fails_the_invocation(name, kind):
    handler = getattr(corpus, name)
    with pytest.raises(InvalidResponseError, match=rf"gave {kind} .* Return func.HttpResponse or str"):
        invoke(handler, azure_events.http.request())
    outcome = invoke(handler, azure_events.http.request(), check=False)
    assert (outcome.status, outcome.value.status_code) == ("error", 500)
    assert outcome.failure.type == "TypeError"


# What a function of a queue gets and gives


def test_a_queue_function_returns_nothing():
    outcome = invoke(corpus.message, azure_events.queue.message("hello"), check=False)
    assert (outcome.status, outcome.value) == ("success", None)


def test_what_return_sends_is_the_value():
    assert invoke(corpus.forward, azure_events.queue.message("hello")) == "HELLO"


def test_a_failure_is_reported_as_the_worker_does():
    outcome = invoke(corpus.by_id, azure_events.queue.message({"id": "order-1"}), check=False)
    assert outcome.value["message"] == "LookupError: order-1"
    assert "in by_id" in outcome.value["stackTrace"]


def test_a_value_without_a_return_binding_is_refused():
    with pytest.raises(InvalidResponseError, match=r"no \$return binding"):
        invoke(corpus.returning, azure_events.queue.message())


# The function's surroundings


def test_a_handler_may_be_named_or_given():
    event = azure_events.queue.message("hello")
    module = sys.modules[corpus.__name__]
    sys.modules["azure_corpus_by_name"] = module
    try:
        assert invoke("azure_corpus_by_name.forward", event) == "HELLO"
    finally:
        del sys.modules["azure_corpus_by_name"]


def test_a_plain_function_gets_the_event_and_a_context():
    def handler(context, req):
        return f"{req.method} {context.function_name} {context.function_directory}"

    response = invoke(handler, azure_events.http.request("PATCH"))
    assert response.get_body().decode() == f"PATCH handler {os.path.dirname(__file__)}"


def test_a_context_of_the_test_is_passed_on():
    def handler(msg, context):
        assert context.retry_context.retry_count == 2

    invoke(handler, azure_events.queue.message(), make_azure_context(retry_count=2, max_retry_count=3))


def test_threads_find_the_invocations_id_during_the_call_alone():
    seen = []

    def handler(msg, context):
        seen.append((context, context.thread_local_storage.invocation_id))

    invoke(handler, azure_events.queue.message(), request_id="id-1")
    context, during = seen[0]
    assert (during, context.thread_local_storage.invocation_id) == ("id-1", None)


def test_an_async_function_is_awaited_under_a_running_loop_too():
    event = azure_events.http.request("POST", body={"a": 1})

    async def test():
        return invoke(corpus.body, event, request_id="id-1")

    assert invoke(corpus.body, event, request_id="id-1").get_body() == b"1 body id-1"
    assert asyncio.run(test()).get_body() == b"1 body id-1"


def test_an_async_functions_exception_has_no_frames_of_the_loop():
    async def handler(msg):
        raise KeyError("x")

    with pytest.raises(KeyError) as caught:
        invoke(handler, azure_events.queue.message())
    assert "asyncio" not in {entry.path.parent.name for entry in caught.traceback}


def test_the_platforms_variables_are_set_and_taken_back():
    seen = {}

    def handler(msg):
        seen.update(os.environ)

    before = dict(os.environ)
    invoke(handler, azure_events.queue.message(), settings=AzureSettings(site="shop"), env={"MY_SETTING": "1"})
    assert dict(os.environ) == before
    wanted = {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "FUNCTIONS_EXTENSION_VERSION": "~4",
        "AzureWebJobsScriptRoot": "/home/site/wwwroot",
        "WEBSITE_SITE_NAME": "shop",
        "WEBSITE_HOSTNAME": "shop.azurewebsites.net",
        "MY_SETTING": "1",
    }
    assert {name: seen[name] for name in wanted} == wanted


def test_the_log_is_that_of_the_apps_log_stream():
    application = app()

    @application.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
    def handler(msg: func.QueueMessage) -> None:
        logging.getLogger("shop").warning("low stock")
        print("printed")
        raise ValueError("bad")

    log = invoke(handler, azure_events.queue.message(), request_id="id-1", check=False).log.splitlines()
    assert [line.partition(" ")[2] for line in log[:3]] == [
        "[Information] Executing 'Functions.handler' (Reason='New queue message detected on 'orders'.', Id=id-1)",
        "[Warning] low stock",
        "[Information] printed",
    ]
    assert "[Error] Executed 'Functions.handler' (Failed, Id=id-1, Duration=" in log[3]
    assert log[4:6] == ["Result: Failure", "Exception: ValueError: bad"]


def test_the_worker_logs_from_info_on():
    level = logging.getLogger().level

    def handler(msg):
        logging.info("told")
        logging.debug("not told")

    outcome = invoke(handler, azure_events.queue.message(), check=False)
    assert [line.message for line in outcome.lines] == ["told"]
    assert logging.getLogger().level == level


def test_input_bindings_get_what_the_test_gives_them():
    application = app()

    @application.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
    @application.generic_input_binding(arg_name="row", type="table")
    @application.queue_output(arg_name="$return", queue_name="done", connection="C")
    def handler(msg: func.QueueMessage, row: str) -> str:
        return f"{msg.get_body().decode()}: {row}"

    event = azure_events.queue.message("hello")
    assert invoke(handler, event, inputs={"row": {"json": '{"a": 1}'}}) == 'hello: {"a": 1}'
    with pytest.raises(InvocationError, match=r"input bindings without a value: row\. .*inputs="):
        invoke(handler, event)


# What Azure would not load, and what is no event of it


def test_parameters_and_bindings_must_agree():
    application = app()

    @application.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
    def surplus(msg, other): ...

    @application.queue_trigger(arg_name="message", queue_name="orders", connection="C")
    def missing(context): ...

    with pytest.raises(InvocationError, match="cannot load the function 'surplus': other declared in Python"):
        invoke(surplus, azure_events.queue.message())
    with pytest.raises(InvocationError, match="cannot load the function 'missing': message declared as bindings"):
        invoke(missing, azure_events.queue.message())


def test_annotations_must_go_with_their_bindings():
    application = app()

    @application.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
    def wrong_type(msg: func.HttpRequest): ...

    @application.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
    def out_of_input(msg: func.Out[str]): ...

    @application.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
    @application.queue_output(arg_name="out", queue_name="done", connection="C")
    def in_of_output(msg: func.QueueMessage, out: str): ...

    for handler, message in (
        (wrong_type, "msg is bound to a queueTrigger, which does not go with its annotation HttpRequest"),
        (out_of_input, "msg is an input, which is no func.Out"),
        (in_of_output, r"out is an output, so it is annotated as func\.Out"),
    ):
        with pytest.raises(InvocationError, match=message):
            invoke(handler, azure_events.queue.message())


def test_an_event_of_another_trigger_is_refused():
    with pytest.raises(InvalidPayloadError, match=r"'response' has a httpTrigger; the event is one of 'queueTrigger'"):
        invoke(corpus.response, azure_events.queue.message())


@pytest.mark.parametrize("event", [{"Records": []}, [], b"not json", {"at": object()}])
def test_something_else_is_no_event(event):
    with pytest.raises(InvalidPayloadError):
        invoke(corpus.message, event)


def test_a_plain_function_with_more_parameters_needs_decorators():
    with pytest.raises(InvocationError, match="has no decorators"):
        invoke(lambda req, out: None, azure_events.http.request())


def test_an_unknown_option_is_refused():
    with pytest.raises(InvalidParameterError, match="takes inputs, not input"):
        invoke(corpus.message, azure_events.queue.message(), input={})


def test_without_the_library_the_extra_is_named(monkeypatch):
    event = azure_events.queue.message()
    monkeypatch.setitem(sys.modules, "azure.functions", None)
    with pytest.raises(MissingExtraError, match=r"pytest-serverless-toolkit\[azure\]"):
        invoke(lambda msg: None, event)


def test_no_thread_is_left_behind():
    before = threading.active_count()
    invoke(corpus.message, azure_events.queue.message())
    assert threading.active_count() == before


def test_billing_starts_at_100_ms():
    assert invoke(corpus.message, azure_events.queue.message(), check=False).billed_ms == 100


def test_a_decorated_function_is_known_by_its_own_name_and_has_its_platforms_time():
    outcome = invoke(corpus.text, azure_events.http.request(), check=False)

    assert outcome.function.endswith("azure_corpus-text")
    assert outcome.memory_mb == 1536


def test_a_decorated_function_is_imported_anew_on_purpose(tmp_path, monkeypatch):
    (tmp_path / "counting_app.py").write_text(
        "import azure.functions as func\napp = func.FunctionApp()\nCALLS = []\n"
        "@app.route('count')\ndef count(req: func.HttpRequest) -> str:\n"
        "    CALLS.append(1)\n    return str(len(CALLS))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("counting_app")

    bodies = [invoke(module.count, azure_events.http.request(), cold=cold).get_body() for cold in (False, False, True)]

    assert bodies == [b"1", b"2", b"1"]
    del sys.modules["counting_app"]
