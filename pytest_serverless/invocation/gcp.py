"""How Google Cloud calls a function: through `functions_framework`, which puts it behind a web server.

A function of HTTP gets a `flask.Request` and answers with anything that Flask takes; one of CloudEvents gets a
`CloudEvent` and answers nothing. What is done here between the two is what `functions_framework.create_app` sets up,
without importing the function's file a second time; a test holds the two to the same answers. What was registered with
`functions_framework.errorhandler` is not called.

The caller of an HTTP function gets a `flask.Response`, the sender of an event None; a failure is a response of 500.
"""

from __future__ import annotations

import importlib
import inspect
import math
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from types import FunctionType, TracebackType
from typing import TYPE_CHECKING, Any, cast

from pytest_serverless.app.gcp import GcpSettings
from pytest_serverless.app.model import Function
from pytest_serverless.clock import Clock
from pytest_serverless.errors import InvalidParameterError, InvocationError
from pytest_serverless.events.gcp.decoding import environ_of, library
from pytest_serverless.events.gcp.request import is_cloud_event
from pytest_serverless.invocation import json_payload
from pytest_serverless.invocation.failure import plain_failure
from pytest_serverless.invocation.gcp_asgi import serve_async
from pytest_serverless.invocation.runtime import Call, Figures
from pytest_serverless.outcome import Failure, LogLine, Status

if TYPE_CHECKING:
    from flask import Flask, Response

__all__ = ["GcpRuntime"]

_NEEDED_FOR = "invoking a Google Cloud function"
_BILLED_MS = 100
_LEVELS = {"DEBUG": "D", "INFO": "I", "WARNING": "W", "ERROR": "E", "CRITICAL": "C"}


class GcpRuntime:
    """Cloud Run functions: by default 60 seconds and 256 MB."""

    name = "gcp"
    request_limit = 33_554_432
    init_limit_s = float("inf")
    """32 MiB; source: https://cloud.google.com/run/quotas (HTTP/1 request size; 2026-11)."""
    together: Sequence[frozenset[str]] = ()

    def own_function(self, handler: Any) -> Any:
        """Return the handler: the framework's decorators return the function itself."""
        return handler

    def function(self, *, name: str, handler: str, **given: Any) -> Function:
        settings = given.pop("settings", None) or GcpSettings()
        given = {"timeout_s": 60.0, "memory_mb": 256, **given}
        return Function(name=name, provider=self.name, handler=handler, settings=settings, **given)

    def call(
        self, function: Function, *, clock: Clock, request_id: str | None, context: Any, options: Mapping[str, Any]
    ) -> Call:
        if context is not None:
            raise InvalidParameterError(
                "Google Cloud functions have one argument, the request or the event; leave context out."
            )
        if options:
            raise InvalidParameterError(
                f"invoke has no parameter {', '.join(sorted(options))} for Google Cloud; "
                "settings=GcpSettings(…) has the rest."
            )
        return Call(
            function=function,
            request_id=request_id or str(uuid.uuid4()),
            deadline=clock.now() + function.timeout_s,
            clock=clock,
        )

    def environment(self, call: Call) -> Mapping[str, str | None]:
        """Return the variables of Cloud Run's container contract, and those of functions.

        Source: https://cloud.google.com/run/docs/container-contract and
        https://cloud.google.com/run/docs/configuring/services/overview-environment-variables (2026-11).
        """
        function = call.function
        return {
            "FUNCTION_SIGNATURE_TYPE": function.settings.signature,
            "FUNCTION_TARGET": function.handler.rpartition(".")[2],
            "K_CONFIGURATION": function.name,
            "K_REVISION": f"{function.name}-{function.settings.revision}",
            "K_SERVICE": function.name,
            "PORT": "8080",
        }

    def encode(self, event: Any) -> bytes:
        return json_payload.encode(event, "Pass it as gcp_events builds it; the framework decodes it.")

    def bind(self, handler: Any, payload: bytes, call: Call) -> Callable[[], Any]:
        """Return the request's way through the web server that `functions_framework` would have set up."""
        event = json_payload.decode(payload)
        environ = environ_of(event)
        if not isinstance(handler, FunctionType):
            raise InvocationError(
                f"functions_framework serves plain functions, and this is {type(handler).__name__}: {handler!r}."
            )
        signature = _signature(handler, event, call.function.settings.signature)
        call.notes["signature"] = signature
        if inspect.iscoroutinefunction(handler):
            return lambda: serve_async(handler, environ, signature)
        app = _app(handler, signature, call.function.code)
        return lambda: _served(app, environ)

    def respond(self, result: Any, call: Call) -> tuple[bytes, Any]:
        """Return the body and the response; of an event, None, once it is acknowledged."""
        response: Response = result
        body = response.get_data()
        if call.notes["signature"] == "http":
            return body, response
        if response.status_code >= 300:  # anything but success makes Eventarc send the event again
            raise InvocationError(
                f"The event was not taken: the answer is {response.status}: {body.decode('utf-8', 'replace')}"
            )
        return body, None

    def describe(self, status: Status, error: BaseException, call: Call) -> Failure:
        return plain_failure(error)

    def fail(self, status: Status, failure: Failure, call: Call) -> tuple[bytes, Any]:
        """Return the framework's answer to an exception: a 500 that says nothing of it."""
        error = library("werkzeug.exceptions", _NEEDED_FOR).InternalServerError()
        response = library("flask", _NEEDED_FOR).Response(str(error), status=500, headers={"X-Google-Status": "crash"})
        return response.get_data(), response

    def billed_ms(self, duration_ms: float, init_ms: float | None, call: Call) -> int:
        """Return the time of the request and of starting for it, rounded up to 100 ms.

        Source: https://cloud.google.com/run/pricing (request-based billing; 2026-11).
        """
        return math.ceil((duration_ms + (init_ms or 0)) / _BILLED_MS) * _BILLED_MS

    def log(self, call: Call, lines: Sequence[LogLine], figures: Figures, failure: Failure | None) -> str:
        """Return the lines as `gcloud functions logs read` shows them: level, name, time, text."""
        written = [_line(call, line.time, _LEVELS.get(line.level or "", " "), line.message) for line in lines]
        if failure:
            ended = figures.started + figures.duration_ms / 1000
            told = f"{''.join(failure.stack_trace)}{failure.type}: {failure.message}"
            written.append(_line(call, ended, "E", f"Exception on request\nTraceback (most recent call last):\n{told}"))
        return "".join(written)


def _signature(handler: Any, event: Any, deployed: str | None) -> str:
    """Return how the function is called: as its decorator says, or the deployment; else as the event asks for."""
    registered = library("functions_framework._function_registry", _NEEDED_FOR).REGISTRY_MAP
    name = getattr(handler, "__name__", "")
    signature = str(registered.get(name) or deployed or ("cloudevent" if is_cloud_event(event) else "http"))
    if signature not in ("http", "cloudevent"):
        raise InvocationError(
            f"The function {name!r} has the signature {signature!r}, which cannot be invoked here; http and cloudevent "
            "can."
        )
    return signature


@lru_cache(maxsize=64)
def _app(handler: Any, signature: str, code: Path | None) -> Flask:
    """Return the web application around a function, with the routes that the framework gives it."""
    flask = library("flask", _NEEDED_FOR)
    rule = library("werkzeug.routing", _NEEDED_FOR).Rule
    module = sys.modules.get(getattr(handler, "__module__", ""))
    folder = code or Path(getattr(module, "__file__", None) or ".").resolve().parent
    app: Flask = flask.Flask(getattr(handler, "__name__", "function"), root_path=str(folder))
    app.config["PROPAGATE_EXCEPTIONS"] = True
    methods = None if signature == "http" else ["POST"]
    app.url_map.add(rule("/", defaults={"path": ""}, endpoint="run", methods=methods))
    app.url_map.add(rule("/<path:path>", endpoint="run", methods=methods))
    app.view_functions["run"] = _http_view(handler) if signature == "http" else _event_view(handler)
    if signature == "http":
        for path in ("/robots.txt", "/favicon.ico"):
            app.url_map.add(rule(path, endpoint="none"))
        app.view_functions["none"] = lambda: flask.abort(404, description="Not Found")
    return app


def _http_view(handler: Any) -> Callable[..., Any]:
    request = library("flask", _NEEDED_FOR).request

    def view(path: str) -> Any:
        return handler(request._get_current_object())  # noqa: SLF001  # werkzeug documents it for this

    return view


def _event_view(handler: Any) -> Callable[..., Any]:
    flask = library("flask", _NEEDED_FOR)
    from_http = library("cloudevents.http", _NEEDED_FOR).from_http
    faults = library("cloudevents.exceptions", _NEEDED_FOR)
    conversion = importlib.import_module("functions_framework.event_conversion")

    def view(path: str) -> str:
        try:
            event = from_http(flask.request.headers, flask.request.get_data())
        except (faults.MissingRequiredFields, faults.InvalidRequiredFields):
            try:
                event = conversion.background_event_to_cloud_event(flask.request)
            except conversion.EventConversionException as error:
                flask.abort(400, description=f"This is no CloudEvent, nor can one be made of it: {error}")
        handler(event)
        return "OK"

    return view


def _served(app: Flask, environ: dict[str, Any]) -> Response:
    try:
        response = cast("Response", app.response_class.from_app(app, environ, buffered=True))
    except Exception as error:  # noqa: BLE001  # the function's own; it goes on
        raise error.with_traceback(_from_view(error.__traceback__))  # noqa: B904  # the same exception
    response.get_data()
    return response


def _from_view(trace: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback from the last frame of this file on, without the web server's."""
    found = trace
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == __file__:
            found = trace
        trace = trace.tb_next
    return found


def _line(call: Call, time: float, level: str, message: str) -> str:
    moment = datetime.fromtimestamp(time, tz=timezone.utc)
    shown = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"
    return f"{level}  {call.function.name}  {shown}  {message}\n"
