"""Lets a function's answers tell which instance gave them, and when that was initialised.

Copy this file beside the handler (it needs nothing else, and Python 3.8), and wrap the handler, below any decorator of
a framework::

    from serverless_probe import probe

    @probe
    def handler(event, context): ...

Answers of HTTP get a header, `x-serverless-probe`: those of API Gateway, function URLs and load balancers to AWS
Lambda, of Azure Functions, and of Google's functions-framework. Any other result stays as it is; with
`@probe(log=True)`, or `SERVERLESS_PROBE_LOG=1` in the environment, each invocation writes a line with the same to its
log. An answer is left alone where anything about it is not as expected: the probe never makes a handler fail.

As the end of the init counts when the handler is wrapped: wrap it last where the module does more after it.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

__all__ = ["HEADER", "probe"]

HEADER = "x-serverless-probe"

_INIT_START = time.time()


class _Instance:
    """This instance: it gets its id in its first invocation, as what is drawn before may be one of many clones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._id = ""
        self._count = 0
        self._init_end = _INIT_START

    def ready(self) -> None:
        """Take note of the end of the init, as far as it has come."""
        if not self._count:
            self._init_end = time.time()

    def begin(self) -> str:
        """Count an invocation; return what is known as it begins."""
        with self._lock:
            self._id = self._id or uuid.uuid4().hex
            self._count += 1
            count = self._count
        kind = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE")
        known = f"v1;instance={self._id};n={count};init_start={_INIT_START:.3f};init_end={self._init_end:.3f}"
        return f"{known};type={kind}" if kind else known


_instance = _Instance()


def probe(handler: Callable[..., Any] | None = None, *, log: bool | None = None) -> Any:
    """Return the handler, with answers that tell which instance gave them."""
    if handler is None:
        return functools.partial(probe, log=log)
    says = os.environ.get("SERVERLESS_PROBE_LOG", "") not in {"", "0"} if log is None else log
    made = _asynchronous(handler, says) if inspect.iscoroutinefunction(handler) else _synchronous(handler, says)
    _instance.ready()
    return made


def _synchronous(handler: Callable[..., Any], says: bool) -> Callable[..., Any]:
    @functools.wraps(handler)
    def probed(*args: Any, **kwargs: Any) -> Any:
        call = _Call(args, says)
        try:
            return call.marked(handler(*args, **kwargs))
        finally:
            call.end()

    return probed


def _asynchronous(handler: Callable[..., Any], says: bool) -> Callable[..., Any]:
    @functools.wraps(handler)
    async def probed(*args: Any, **kwargs: Any) -> Any:
        call = _Call(args, says)
        try:
            return call.marked(await handler(*args, **kwargs))
        finally:
            call.end()

    return probed


class _Call:
    """One invocation. Whatever goes wrong here stays here."""

    def __init__(self, args: Any, says: bool) -> None:
        self._args = args
        self._says = says
        self._known = _instance.begin()
        self._start = time.perf_counter()
        with contextlib.suppress(Exception):
            self._in_flask()

    def _value(self) -> str:
        took_ms = (time.perf_counter() - self._start) * 1e3
        return f"{self._known};ms={took_ms:.3f};now={time.time():.3f}"

    def _in_flask(self) -> None:
        """Have Flask add the header, whatever the handler returns or raises: functions-framework is made of it."""
        flask = sys.modules.get("flask")
        if flask is not None and flask.has_request_context():
            flask.after_this_request(self._added)

    def _added(self, response: Any) -> Any:
        response.headers[HEADER] = self._value()
        return response

    def marked(self, result: Any) -> Any:
        """Return a handler's result, with the header where it is an answer of HTTP."""
        try:
            return self._marked(result)
        except Exception:  # noqa: BLE001  # a handler must not fail because it is measured
            return result

    def _marked(self, result: Any) -> Any:
        event = self._args[0] if self._args and isinstance(self._args[0], dict) else {}
        if isinstance(result, dict) and "statusCode" in result:
            return _with_header(result, event, self._value())
        if _is_version_2(event) and isinstance(result, (dict, list, str, int, float)):
            body = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, separators=(",", ":"))
            return _with_header({"statusCode": 200, "headers": _JSON, "body": body}, event, self._value())
        if hasattr(result, "status_code") and hasattr(result, "headers"):
            result.headers[HEADER] = self._value()
        return result

    def end(self) -> None:
        """Write the line, where one is wanted."""
        if not self._says:
            return
        request_id = getattr(self._args[1], "aws_request_id", "") if len(self._args) > 1 else ""
        request = f";request={request_id}" if request_id else ""
        print(f"{HEADER}: {self._value()}{request}", flush=True)  # noqa: T201  # the log is what is printed


_JSON = {"content-type": "application/json"}


def _is_version_2(event: dict[str, Any]) -> bool:
    """Tell whether results that have no status are answers: those to events of version 2.0 are."""
    return event.get("version") == "2.0" and "http" in event.get("requestContext", {})


def _with_header(result: dict[str, Any], event: dict[str, Any], value: str) -> dict[str, Any]:
    """Return an answer with the header, among those that are sent: load balancers send one kind or the other."""
    several = result.get("multiValueHeaders")
    if isinstance(several, dict) or ("elb" in event.get("requestContext", {}) and "multiValueHeaders" in event):
        return {**result, "multiValueHeaders": {**(several or {}), HEADER: [value]}}
    return {**result, "headers": {**(result.get("headers") or {}), HEADER: value}}
