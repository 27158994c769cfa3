"""How Azure Functions calls a function: the host and its Python worker, for one invocation.

What is sent back is the worker's `InvocationResponse` as JSON, with `returnValue` and `outputData`. The caller of an
HTTP function gets an `azure.functions.HttpResponse` as the host renders it: the status, all headers and the body in
bytes; an empty 500 where it failed. Any other caller gets what `$return` sends, which is mostly nothing; or the
exception as the worker reports it.
"""

from __future__ import annotations

import inspect
import json
import logging
import math
import sys
import uuid
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pytest_serverless.app.azure import AzureSettings
from pytest_serverless.app.model import Function
from pytest_serverless.clock import Clock
from pytest_serverless.contexts.azure import AzureContext, make_azure_context
from pytest_serverless.errors import InvalidParameterError, InvalidPayloadError
from pytest_serverless.events.azure.decoding import library
from pytest_serverless.invocation import json_payload
from pytest_serverless.invocation.awaiting import finished
from pytest_serverless.invocation.azure_bindings import (
    Indexed,
    Out,
    UnsendableError,
    as_json,
    encode,
    index,
    own_function,
)
from pytest_serverless.invocation.failure import plain_failure
from pytest_serverless.invocation.runtime import Call, Figures
from pytest_serverless.outcome import Failure, LogLine, Status

__all__ = ["AzureRuntime"]

_LEAST_BILLED_MS = 100
_ROOT = "/home/site/wwwroot"
_LEVELS = {"DEBUG": "Debug", "INFO": "Information", "WARNING": "Warning", "ERROR": "Error", "CRITICAL": "Critical"}


@dataclass(frozen=True, slots=True)
class _Ran:
    """What a call of the function left behind."""

    indexed: Indexed
    result: Any
    outputs: Mapping[str, Out]


class AzureRuntime:
    """Azure Functions, by default on the Consumption plan: 5 minutes, 1.5 GB."""

    name = "azure"
    request_limit = 104_857_600
    init_limit_s = float("inf")
    """Source: FUNCTIONS_REQUEST_BODY_SIZE_LIMIT in https://learn.microsoft.com/azure/azure-functions/functions-app-settings"""

    together: Sequence[frozenset[str]] = ()

    def own_function(self, handler: Any) -> Any:
        """Return the function that the decorators of a `FunctionApp` were put on."""
        return own_function(handler)

    def function(self, *, name: str, handler: str, **given: Any) -> Function:
        settings = given.pop("settings", None) or AzureSettings()
        given = {"timeout_s": 300.0, "memory_mb": 1536, **given}
        return Function(name=name, provider=self.name, handler=handler, settings=settings, **given)

    def call(
        self, function: Function, *, clock: Clock, request_id: str | None, context: Any, options: Mapping[str, Any]
    ) -> Call:
        """Return a new call; the option `inputs` has the values of input bindings by name, in the form of the wire."""
        unknown = options.keys() - {"inputs"}
        if unknown:
            raise InvalidParameterError(f"invoke of an Azure function takes inputs, not {', '.join(sorted(unknown))}.")
        return Call(
            function=function,
            request_id=request_id or str(uuid.uuid4()),
            deadline=clock.now() + function.timeout_s,
            clock=clock,
            context=context,
            options=options,
        )

    def environment(self, call: Call) -> Mapping[str, str | None]:
        """Return the variables that the platform sets.

        Source: https://learn.microsoft.com/azure/azure-functions/functions-app-settings and
        https://learn.microsoft.com/azure/app-service/reference-app-settings (2026-11).
        """
        settings = call.function.settings
        return {
            "AZURE_FUNCTIONS_ENVIRONMENT": "Production",
            "AzureWebJobsScriptRoot": str(call.function.code or _ROOT),
            "FUNCTIONS_EXTENSION_VERSION": "~4",
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "WEBSITE_HOSTNAME": settings.host,
            "WEBSITE_SITE_NAME": settings.site,
        }

    def encode(self, event: Any) -> bytes:
        """Return the event as JSON."""
        return json_payload.encode(event, "Pass it as azure_events builds it; the worker decodes it.")

    def bind(self, handler: Any, payload: bytes, call: Call) -> Callable[[], _Ran]:
        """Index the function, decode the event for its parameters, and return the call of it."""
        event = _event(payload)
        call.notes["trigger"] = event.get("trigger")
        indexed = index(handler, event)
        call.notes.update(name=indexed.name, queue=indexed.queue)
        arguments = indexed.arguments(event, call.options.get("inputs", {}))
        context = call.context or _context(indexed, call)
        if indexed.wants_context:
            arguments["context"] = context
        outputs = {name: Out() for name in indexed.outputs}
        return lambda: _Ran(indexed, _run(indexed.function, arguments | outputs, context, call.request_id), outputs)

    def respond(self, result: Any, call: Call) -> tuple[bytes, Any]:
        """Encode what the function set and returned, as the worker sends it."""
        indexed = result.indexed
        returned = indexed.returned(result.result)
        set_outputs = {name: out.get() for name, out in result.outputs.items()}
        output_data = [
            {"name": name, "data": as_json(encode(indexed.outputs[name], value, indexed.name))}
            for name, value in set_outputs.items()
            if value is not None
        ]
        response: dict[str, Any] = {"result": {"status": "Success"}, "outputData": output_data}
        sent = as_json(returned)
        if sent is not None:
            response["returnValue"] = sent
        return _payload(call, response), _as_caller_reads(indexed, returned, sent)

    def describe(self, status: Status, error: BaseException, call: Call) -> Failure:
        if isinstance(error, UnsendableError):  # the worker's own words
            return Failure(type=error.told_type, message=error.told, exception=error)
        return plain_failure(error)

    def fail(self, status: Status, failure: Failure, call: Call) -> tuple[bytes, Any]:
        """Return the worker's report of a failure; the caller over HTTP sees an empty 500."""
        exception = {"message": f"{failure.type}: {failure.message}", "stackTrace": "".join(failure.stack_trace)}
        payload = _payload(call, {"result": {"status": "Failure", "exception": exception}})
        if call.notes.get("trigger") == "httpTrigger":
            return payload, library("an HTTP response of Azure").HttpResponse(b"", status_code=500)
        return payload, exception

    def billed_ms(self, duration_ms: float, init_ms: float | None, call: Call) -> int:
        """Return the milliseconds of execution, at least 100; a cold start is not billed.

        Source: https://azure.microsoft.com/pricing/details/functions (Consumption; 2026-11).
        """
        return max(_LEAST_BILLED_MS, math.ceil(duration_ms))

    def log(self, call: Call, lines: Sequence[LogLine], figures: Figures, failure: Failure | None) -> str:
        """Return the lines of the app's log stream."""
        name, invocation = f"Functions.{call.notes.get('name', call.function.name)}", f"Id={call.request_id}"
        ended = figures.started + figures.duration_ms / 1000
        level, word = ("Error", "Failed") if failure else ("Information", "Succeeded")
        written = [
            _line(figures.started, "Information", f"Executing '{name}' (Reason='{_reason(call)}', {invocation})"),
            *(_line(line.time, _LEVELS.get(line.level or "INFO", "Information"), line.message) for line in lines),
            _line(ended, level, f"Executed '{name}' ({word}, {invocation}, Duration={int(figures.duration_ms)}ms)"),
        ]
        if failure:
            stack = "".join(failure.stack_trace)
            written.append(f"Result: Failure\nException: {failure.type}: {failure.message}\nStack: {stack}")
        return "\n".join(written) + "\n"


def _event(payload: bytes) -> dict[str, Any]:
    event = json_payload.decode(payload)
    if not isinstance(event, dict) or "trigger" not in event:
        raise InvalidPayloadError("An Azure event is an object with trigger and data, as azure_events builds it.")
    return event


def _context(indexed: Indexed, call: Call) -> AzureContext:
    module = sys.modules.get(getattr(indexed.function, "__module__", ""))
    directory = str(call.function.code or (getattr(module, "__file__", None) or f"{_ROOT}/").rpartition("/")[0])
    return make_azure_context(function_name=indexed.name, function_directory=directory, invocation_id=call.request_id)


def _run(function: Callable[..., Any], arguments: dict[str, Any], context: Any, invocation_id: str) -> Any:
    """Call the function as a thread of the worker does, which logs from INFO on."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(min(level, logging.INFO))
    context.thread_local_storage.invocation_id = invocation_id
    try:
        result = function(**arguments)
        return finished(result) if inspect.isawaitable(result) else result
    finally:
        context.thread_local_storage.invocation_id = None
        root.setLevel(level)


def _payload(call: Call, response: dict[str, Any]) -> bytes:
    return json.dumps({"invocationId": call.request_id, **response}, ensure_ascii=False).encode()


def _as_caller_reads(indexed: Indexed, returned: Any, sent: Any) -> Any:
    if indexed.returns == "http":
        return _rendered(sent)
    return None if returned is None else returned.python_value


def _rendered(sent: Mapping[str, Any]) -> Any:
    """Return the response that the host makes of what the worker sent."""
    response = library("an HTTP response of Azure").HttpResponse
    if "string" in sent:
        return response(sent["string"], headers={"content-type": "text/plain; charset=utf-8"})
    http = sent["http"]
    rendered = response(
        b64decode(http["body"]["bytes"]),
        status_code=int(http["statusCode"]),
        headers=http["headers"],
        mimetype=http["headers"].get("content-type", "").partition(";")[0],
    )
    for cookie in http["cookies"]:
        rendered.headers.add("Set-Cookie", cookie)
    return rendered


def _reason(call: Call) -> str:
    if call.notes.get("trigger") == "queueTrigger":
        return f"New queue message detected on '{call.notes.get('queue') or 'queue'}'."
    return "This function was programmatically called via the host APIs."


def _line(time: float, level: str, message: str) -> str:
    moment = datetime.fromtimestamp(time, tz=timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d} [{level}] {message}"
