"""The context object of Azure Functions' Python worker.

Attributes and values are those of azure-functions-runtime 1.3.0, the library that the worker runs (2026-11). The
worker's context is no `azure.functions.Context`, although functions are annotated with it; and its retry context has
`rpc_exception` where that interface promises `exception`.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["AzureContext", "RetryContext", "RpcException", "TraceContext", "make_azure_context"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcException:
    """Why the attempt before this one failed."""

    source: str = ""
    stack_trace: str = ""
    message: str = ""


@dataclass(slots=True)
class RetryContext:
    """Which attempt this is, by the function's retry policy; both are 0 without one."""

    retry_count: int
    max_retry_count: int
    rpc_exception: RpcException | None


class TraceContext:
    """The W3C trace context of the invocation; empty text where there is none."""

    def __init__(self, trace_parent: str, trace_state: str, attributes: Mapping[str, str]) -> None:
        self.trace_parent = self.Traceparent = trace_parent
        self.trace_state = self.Tracestate = trace_state
        self.attributes = self.Attributes = dict(attributes)


_thread_local = threading.local()


class AzureContext:
    """What a function is told about its invocation.

    `thread_local_storage` is one for the whole process; its `invocation_id` links what a thread logs to an invocation.
    """

    def __init__(
        self,
        function_name: str,
        function_directory: str,
        invocation_id: str,
        trace_context: TraceContext,
        retry_context: RetryContext,
    ) -> None:
        self._function_name = function_name
        self._function_directory = function_directory
        self._invocation_id = invocation_id
        self._trace_context = trace_context
        self._retry_context = retry_context

    @property
    def invocation_id(self) -> str:
        """The invocation's id, a UUID."""
        return self._invocation_id

    @property
    def function_name(self) -> str:
        """The function's name in the app."""
        return self._function_name

    @property
    def function_directory(self) -> str:
        """The folder of the function's module."""
        return self._function_directory

    @property
    def thread_local_storage(self) -> threading.local:
        """Storage of the current thread, with `invocation_id`."""
        return _thread_local

    @property
    def trace_context(self) -> TraceContext:
        """The trace that the invocation belongs to."""
        return self._trace_context

    @property
    def retry_context(self) -> RetryContext:
        """Which attempt this is; never None."""
        return self._retry_context


def make_azure_context(
    *,
    function_name: str = "test-function",
    function_directory: str = "/home/site/wwwroot",
    invocation_id: str | None = None,
    trace_parent: str = "",
    trace_state: str = "",
    trace_attributes: Mapping[str, str] | None = None,
    retry_count: int = 0,
    max_retry_count: int = 0,
    rpc_exception: RpcException | None = None,
) -> AzureContext:
    """Make the context of one invocation; without an id, a random one."""
    return AzureContext(
        function_name,
        function_directory,
        invocation_id or str(uuid.uuid4()),
        TraceContext(trace_parent, trace_state, trace_attributes or {}),
        RetryContext(retry_count, max_retry_count, rpc_exception),
    )
