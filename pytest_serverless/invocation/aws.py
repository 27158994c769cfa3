"""AWS Lambda's wire: the event in, the result or the error out, the variables around them.

Held to AWS's own runtime interface client (`awslambdaric`) by a parity test over one corpus of handlers. Further
sources, all of 2026-11: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (payloads),
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (variables),
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html (errors); recordings of the service for timeouts and
exits.
"""

from __future__ import annotations

import inspect
import json
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import Function
from pytest_serverless.clock import Clock
from pytest_serverless.contexts.aws import log_stream_name, make_lambda_context
from pytest_serverless.errors import (
    FunctionExitError,
    FunctionTimeoutError,
    HandlerImportError,
    InvalidParameterError,
    InvalidPayloadError,
    InvalidResponseError,
    near_misses,
    or_list,
    shorten,
)
from pytest_serverless.invocation.aws_log import render
from pytest_serverless.invocation.failure import plain_failure
from pytest_serverless.invocation.handler import BadHandlerError
from pytest_serverless.invocation.runtime import Call, Figures
from pytest_serverless.outcome import Failure, LogLine, Status

__all__ = ["LambdaRuntime"]

PAYLOAD_LIMIT = 6_291_556
"""Bytes of a synchronous request or response: 6 MiB and 100, the figure in the service's own error message."""

_OPTIONS = ("client_context", "cognito_identity", "tenant_id", "trace_id", "qualifier", "settings")


class LambdaRuntime:
    """How Lambda calls a Python function."""

    name = "aws"
    request_limit = PAYLOAD_LIMIT
    init_limit_s = 10.0
    together: Sequence[frozenset[str]] = (
        frozenset(
            {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"}
        ),
    )

    def own_function(self, handler: Any) -> Any:
        return handler

    def function(self, *, name: str, handler: str, **given: Any) -> Function:
        settings = given.pop("settings", None) or LambdaSettings()
        given = {"timeout_s": 3.0, "memory_mb": 128, **given}
        return Function(name=name, provider=self.name, handler=handler, settings=settings, **given)

    def call(
        self, function: Function, *, clock: Clock, request_id: str | None, context: Any, options: Mapping[str, Any]
    ) -> Call:
        for name in options:
            if name not in _OPTIONS:
                near = near_misses(name, _OPTIONS)
                hint = f"Did you mean {or_list(near)}?" if near else f"It takes {', '.join(_OPTIONS)}."
                raise InvalidParameterError(f"invoke has no parameter {name!r} for AWS Lambda. {hint}")
        if options.get("qualifier"):
            function = replace(function, settings=replace(function.settings, qualifier=options["qualifier"]))
        return Call(
            function=function,
            request_id=request_id or getattr(context, "aws_request_id", None) or str(uuid.uuid4()),
            deadline=clock.now() + function.timeout_s,
            clock=clock,
            context=context,
            options=options,
        )

    def environment(self, call: Call) -> Mapping[str, str | None]:
        function, settings = call.function, call.function.settings
        task_root = str(function.code) if function.code else "/var/task"
        return {
            **_fixed(settings.region, settings.runtime),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": settings.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": settings.log_group_of(function.name),
            "AWS_LAMBDA_LOG_STREAM_NAME": _log_stream(call),
            "AWS_LAMBDA_LOG_FORMAT": "JSON" if settings.log_format == "JSON" else None,
            "LAMBDA_TASK_ROOT": task_root,
            "_HANDLER": function.handler,
            "_X_AMZN_TRACE_ID": call.options.get("trace_id"),
        }

    def encode(self, event: Any) -> bytes:
        if isinstance(event, bytes):
            return _demand_json(event)
        try:
            return json.dumps(event, allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError) as error:
            raise InvalidPayloadError(
                f"The event is not JSON: {error}. Lambda sends JSON alone: "
                "pass text, numbers, lists, dicts, true, false or null, and dates and decimals as text."
            ) from None

    def bind(self, handler: Any, payload: bytes, call: Call) -> Callable[[], Any]:
        event = json.loads(payload)
        context = call.context
        if context is None:
            context = make_lambda_context(
                function_name=call.function.name,
                memory_mb=call.function.memory_mb,
                request_id=call.request_id,
                settings=call.function.settings,
                log_stream=_log_stream(call),
                client_context=call.options.get("client_context"),
                cognito_identity=call.options.get("cognito_identity"),
                tenant_id=call.options.get("tenant_id"),
                deadline=call.deadline,
                clock=call.clock,
            )
        return lambda: handler(event, context)

    def respond(self, result: Any, call: Call) -> tuple[bytes, Any]:
        if isinstance(result, bytes):
            payload, value = result, result
        else:
            payload = _marshal(result, call.function.settings.runtime)
            value = json.loads(payload)
        if len(payload) > PAYLOAD_LIMIT:
            raise _TooLargeError(
                f"Response payload size exceeded maximum allowed payload size ({PAYLOAD_LIMIT} bytes).",
                f"The handler returned {len(payload):,}; return a reference (an object key, say) instead of the data.",
            )
        return payload, value

    def describe(self, status: Status, error: BaseException, call: Call) -> Failure:
        for kind, describe in _DESCRIPTIONS:
            if isinstance(error, kind):
                failure_type, message = describe(error, call)
                return Failure(type=failure_type, message=message, exception=error, stack_trace=_stack(error))
        return plain_failure(error)

    def fail(self, status: Status, failure: Failure, call: Call) -> tuple[bytes, Any]:
        if status in ("timeout", "exit"):
            body: dict[str, Any] = {"errorType": failure.type, "errorMessage": failure.message}
        elif isinstance(failure.exception, _TooLargeError):
            body = {"errorMessage": failure.message, "errorType": failure.type}
        else:
            body = {
                "errorMessage": failure.message,
                "errorType": failure.type,
                "requestId": "" if status == "init_error" else call.request_id,
                "stackTrace": list(failure.stack_trace),
            }
        return _marshal(body, call.function.settings.runtime), body

    def billed_ms(self, duration_ms: float, init_ms: float | None, call: Call) -> int:
        init = init_ms if init_ms is not None and call.function.settings.bills_init else 0.0
        return math.ceil(duration_ms + init)

    def log(self, call: Call, lines: Sequence[LogLine], figures: Figures, failure: Failure | None) -> str:
        return render(call, lines, figures, failure)


class _TooLargeError(InvalidResponseError):
    """The response is over the limit."""


@cache
def _fixed(region: str, runtime: str) -> Mapping[str, str | None]:
    """Return the variables that are the same for every function here."""
    return {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_RUNTIME_API": "169.254.100.1:9001",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "AWS_ACCESS_KEY_ID": "ASIATESTTESTTESTTEST",
        "AWS_SECRET_ACCESS_KEY": "test-secret-access-key",
        "AWS_SESSION_TOKEN": "test-session-token",
        "AWS_PROFILE": None,
        "AWS_DEFAULT_PROFILE": None,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "TZ": ":UTC",
    }


def _log_stream(call: Call) -> str:
    return log_stream_name(call.function.settings.version, call.clock.now(), call.sandbox_id)


def _demand_json(payload: bytes) -> bytes:
    try:
        json.loads(payload)
    except ValueError as error:
        shown = payload[:60].decode("utf-8", "replace")
        raise InvalidPayloadError(
            f"The payload is not JSON: {error}. It begins {shown!r}. "
            "Lambda answers such a request with InvalidRequestContentException and does not run the function."
        ) from None
    return payload


@cache
def _encoder(runtime: str) -> Any:
    """Return a JSON encoder set up as the runtime's: decimals as bare numbers, and no escapes since Python 3.12."""
    import simplejson

    class Encoder(simplejson.JSONEncoder):
        def default(self, o: Any) -> Any:
            if isinstance(o, Decimal):
                return math.nan if o.is_nan() else simplejson.RawJSON(str(o))
            return super().default(o)

    minor = int(runtime.rpartition(".")[2]) if runtime.startswith("python3.") else 0
    return Encoder(use_decimal=False, allow_nan=True, ensure_ascii=minor < 12)


def _marshal(value: Any, runtime: str) -> bytes:
    try:
        return _encoder(runtime).encode(value).encode()  # type: ignore[no-any-return]  # text, then bytes
    except Exception as error:
        if inspect.iscoroutine(value):
            value.close()  # else Python warns that nobody awaited it
        raise InvalidResponseError(
            f"Unable to marshal response: {error}",
            f"The handler returned {shorten(value)}. Lambda sends JSON alone; its Python runtime awaits nothing.",
        ) from error


def _stack(error: BaseException) -> tuple[str, ...]:
    cause = error.__cause__
    if isinstance(error, HandlerImportError) and isinstance(cause, SyntaxError):
        return (f'  File "{cause.filename}" Line {cause.lineno}\n    {cause.text}',)
    return ()


def _bad_handler(error: Any, call: Call) -> tuple[str, str]:
    module, _, attribute = call.function.handler.rpartition(".")
    return {
        "malformed": (
            "Runtime.MalformedHandlerName",
            f"Bad handler '{call.function.handler}': not enough values to unpack (expected 2, got 1)",
        ),
        "builtin": ("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module} as a handler module"),
        "module": ("Runtime.ImportModuleError", f"Unable to import module '{module}': {error.__cause__}"),
        "attribute": ("Runtime.HandlerNotFound", f"Handler '{attribute}' missing on module '{module}'"),
    }[error.reason]


def _bad_import(error: Any, call: Call) -> tuple[str, str]:
    module = call.function.handler.rpartition(".")[0]
    if isinstance(error.__cause__, SyntaxError):
        return "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error.__cause__}"
    return "Runtime.ImportModuleError", f"Unable to import module '{module}': {error.__cause__}"


def _exit(error: Any, call: Call) -> tuple[str, str]:
    code = error.code
    status = 0 if code is None else code if isinstance(code, int) else 1
    reason = f"with error: exit status {status}" if status else "without providing a reason"
    return "Runtime.ExitError", f"RequestId: {call.request_id} Error: Runtime exited {reason}"


def _timeout(error: Any, call: Call) -> tuple[str, str]:
    return "Sandbox.Timedout", f"RequestId: {call.request_id} Error: Task timed out after {error.timeout_s:.2f} seconds"


_DESCRIPTIONS: tuple[tuple[type[BaseException], Callable[[Any, Call], tuple[str, str]]], ...] = (
    (BadHandlerError, _bad_handler),
    (HandlerImportError, _bad_import),
    (FunctionTimeoutError, _timeout),
    (FunctionExitError, _exit),
    (_TooLargeError, lambda error, _: ("Function.ResponseSizeTooLarge", error.said)),
    (InvalidResponseError, lambda error, _: ("Runtime.MarshalError", error.said)),
)
