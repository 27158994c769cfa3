"""The context of Azure functions, held to the library that Azure's worker runs."""

import threading
import uuid

import pytest

from pytest_serverless.contexts.azure import RpcException, make_azure_context


def test_a_context_without_policy_and_trace_has_empty_ones():
    context = make_azure_context(function_name="hello")
    assert (context.retry_context.retry_count, context.retry_context.max_retry_count) == (0, 0)
    assert context.retry_context.rpc_exception is None
    trace = context.trace_context
    assert (trace.trace_parent, trace.trace_state, trace.attributes) == ("", "", {})
    assert (trace.Traceparent, trace.Tracestate, trace.Attributes) == ("", "", {})
    assert uuid.UUID(context.invocation_id).version == 4


def test_it_is_what_was_asked_for():
    context = make_azure_context(
        function_name="work",
        function_directory="/app",
        invocation_id="id-1",
        trace_parent="00-1-2-01",
        trace_state="a=b",
        trace_attributes={"ProcessId": "7"},
        retry_count=1,
        max_retry_count=3,
        rpc_exception=RpcException(message="ValueError: bad"),
    )
    assert (context.function_name, context.function_directory, context.invocation_id) == ("work", "/app", "id-1")
    assert (context.trace_context.trace_parent, context.trace_context.Tracestate) == ("00-1-2-01", "a=b")
    assert context.trace_context.attributes == {"ProcessId": "7"}
    assert (context.retry_context.retry_count, context.retry_context.max_retry_count) == (1, 3)
    assert context.retry_context.rpc_exception.message == "ValueError: bad"


def test_it_is_no_context_of_the_library_as_the_workers_is_none():
    functions = pytest.importorskip("azure.functions", reason="needs the extra azure")
    assert not isinstance(make_azure_context(), functions.Context)


def test_thread_local_storage_is_one_for_all_contexts_of_a_thread():
    one, other = make_azure_context(), make_azure_context()
    one.thread_local_storage.invocation_id = "id-1"
    seen = []
    thread = threading.Thread(target=lambda: seen.append(getattr(one.thread_local_storage, "invocation_id", None)))
    thread.start()
    thread.join()
    assert other.thread_local_storage.invocation_id == "id-1"
    assert seen == [None]
    one.thread_local_storage.invocation_id = None


def test_it_has_the_attributes_of_the_workers_own():
    theirs = pytest.importorskip(
        "azure_functions_runtime.bindings.context", reason="azure-functions-runtime is for Python 3.13 and later"
    )
    retry = pytest.importorskip("azure_functions_runtime.bindings.retrycontext")
    trace = pytest.importorskip("azure_functions_runtime.bindings.tracecontext")
    ours = make_azure_context()

    def public(thing):
        return {name for name in dir(thing) if not name.startswith("_")}

    assert public(ours) == public(theirs.Context)
    assert public(ours.trace_context) == public(trace.TraceContext)
    assert public(ours.retry_context) == public(retry.RetryContext(0, 0, None))
    assert public(RpcException()) == public(retry.RpcException)
