"""Azure functions called by us and by the library that Azure's Python worker runs, over one corpus.

azure-functions-runtime 1.3.0 (https://pypi.org/project/azure-functions-runtime/) is for Python 3.13 and later.
"""

import asyncio
import importlib
import json
import types

import pytest

from pytest_serverless.clock import SYSTEM
from pytest_serverless.events.azure import AzureEvents
from pytest_serverless.events.azure.decoding import as_datum, trigger_metadata
from pytest_serverless.invocation.azure import AzureRuntime
from pytest_serverless.invocation.azure_bindings import as_json

native = pytest.importorskip(
    "azure_functions_runtime.native_invocation", reason="azure-functions-runtime is for Python 3.13 and later"
)

corpus = importlib.import_module(".azure_corpus", __package__)
azure_events = AzureEvents()
EVENTS = {
    **{name: azure_events.http.request("POST", f"/api/{name}?name=Ada", body={"a": 1}) for name in corpus.HTTP},
    **{
        name: azure_events.queue.message("hello", message_id="800ae4b3-bdd2-4c08-badd-f08e5a34b865")
        for name in corpus.QUEUE
    },
    "by_id": azure_events.queue.message({"id": "order-1"}),
}


class _Protos(types.SimpleNamespace):
    """What the worker's library asks of its protocol: bindings' directions, and records."""

    def __init__(self):
        record = types.SimpleNamespace
        binding = type("BindingInfo", (record,), {"in_": 0, "out": 1, "inout": 2, "undefined": 0})
        super().__init__(BindingInfo=binding, RpcFunctionMetadata=record, RpcRetryOptions=record)


@pytest.fixture(scope="module")
def worker():
    """Call a function of the corpus as the worker does: (ok, returned, outputs, exception)."""
    from azure_functions_runtime import handle_event, loader
    from azure_functions_runtime.bindings.meta import load_binding_registry
    from azure_functions_runtime.utils.threadpool import start_threadpool_executor, stop_threadpool_executor

    load_binding_registry()
    functions = corpus.app.get_functions()
    loader.process_indexed_function(_Protos(), handle_event._functions, functions, "/app")
    ids = {info.name: key for key, info in handle_event._functions._functions.items()}
    start_threadpool_executor()

    def call(name, event):
        parameter = "req" if name in corpus.HTTP else "msg"
        return asyncio.run(
            native.invocation_request_native(
                "id-1", ids[name], [(parameter, as_datum(event["data"]))], trigger_metadata(event)
            )
        )

    yield call
    stop_threadpool_executor()


def ours(name, event):
    runtime = AzureRuntime()
    function = runtime.function(name=name, handler=f"corpus.{name}")
    call = runtime.call(function, clock=SYSTEM, request_id="id-1", context=None, options={})
    try:
        result = runtime.bind(getattr(corpus, name), runtime.encode(event), call)()
        payload, _ = runtime.respond(result, call)
    except Exception as error:
        failure = runtime.describe("error", error, call)
        return False, None, {}, f"{failure.type}: {failure.message}"
    response = json.loads(payload)
    return True, response.get("returnValue"), {out["name"]: out["data"] for out in response["outputData"]}, None


@pytest.mark.parametrize("name", [*corpus.HTTP, *corpus.QUEUE])
def test_both_give_the_same_answer(worker, name):
    ok, returned, outputs, exception, trace = worker(name, EVENTS[name])
    told = trace.strip().splitlines()[-1] if exception else None
    assert ours(name, EVENTS[name]) == (
        ok,
        as_json(returned),
        {output: as_json(datum) for output, datum in outputs},
        told,
    )
