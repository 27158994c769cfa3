"""The Invoke API of Lambda, as an SDK with an `endpoint_url` sees it.

Sources: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, …/API_InvokeWithResponseStream.html (2026-11).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from pytest_serverless.deployment.functions import MOST_IN_A_CHAIN, may_recur
from pytest_serverless.errors import ThrottledError
from pytest_serverless.local.surfaces.contract import Later, Platform
from pytest_serverless.local.surfaces.event_stream import MEDIA_TYPE, event
from pytest_serverless.local.surfaces.failures import told
from pytest_serverless.local.surfaces.function_settings import FunctionSettings
from pytest_serverless.local.trace_header import Trace
from pytest_serverless.local.wire.messages import Asked, Reply
from pytest_serverless.outcome import Outcome
from pytest_serverless.web.lambda_invoke import (
    INVOCATIONS,
    RECURSION,
    Callee,
    Callees,
    Refusal,
    answered,
    client_context,
    log_tail,
    payload_fault,
)

__all__ = ["InvokeApi"]

_STREAMS = re.compile(r"/2021-11-15/functions/(?P<name>[^/]+)/response-streaming-invocations/?")
_LEGACY = re.compile(r"/2014-11-13/functions/(?P<name>[^/]+)/invoke-async/?")
_KINDS = ("RequestResponse", "Event", "DryRun")
_LOG_TYPES = ("None", "Tail")
_TAKEN = re.compile(r"|application/(.*json.*|octet-stream|x-www-form-urlencoded)|binary/octet-stream", re.IGNORECASE)
"""Media types that are taken as JSON: it, what SDKs send for bytes, and what curl sends for anything."""

Headers = dict[str, str]


class InvokeApi:
    """Answers requests to Lambda: `Invoke` in full, and what tools read of functions.

    `later` takes what is invoked asynchronously.
    """

    def __init__(self, platform: Platform, later: Later) -> None:
        self._platform = platform
        self._later = later
        self._settings = FunctionSettings(platform.app, account_concurrency=platform.limits.account_concurrency)
        self._callees = Callees(platform.app)

    def __call__(self, asked: Asked) -> Reply | Awaitable[Reply]:
        """Answer a request."""
        path = asked.path
        if asked.method == "POST":
            match = INVOCATIONS.fullmatch(path)
            if match is not None:
                return self._invoke(asked, match["name"], _buffered)
            match = _STREAMS.fullmatch(path)
            if match is not None:
                return self._invoke(asked, match["name"], _streamed)
            match = _LEGACY.fullmatch(path)
            if match is not None:
                asked.headers.append(("X-Amz-Invocation-Type", "Event"))
                return self._invoke(asked, match["name"], _buffered)
        return self._settings.reply(asked, self._callees)

    async def _invoke(self, asked: Asked, name: str, answer: Callable[[Outcome, str, bool], Reply]) -> Reply:
        sent = {key.lower(): value for key, value in asked.headers}
        request_id = str(uuid.uuid4())
        callee = self._callee(asked, name, sent)
        if isinstance(callee, Refusal):
            return _refused(callee, request_id)
        trace = Trace(sent.get("x-amzn-trace-id", ""))
        trace_id = trace.through(callee.function)
        kind = sent.get("x-amz-invocation-type") or "RequestResponse"
        if kind == "DryRun":
            return Reply(204, headers=[("x-amzn-RequestId", request_id)])
        if trace.visited(callee.function) >= MOST_IN_A_CHAIN and not may_recur(self._platform.app, callee.function):
            return _refused(RECURSION, request_id)
        known: dict[str, Any] = {"request_id": request_id, "qualifier": callee.qualifier, "trace_id": trace_id}
        payload = asked.body or b"{}"
        if kind == "Event":
            return await self._take(callee, payload, known)
        context = client_context(sent["x-amz-client-context"]) if sent.get("x-amz-client-context") else None
        if isinstance(context, Refusal):
            return _refused(context, request_id)
        tenant_id = sent.get("x-amz-tenant-id")
        try:
            outcome = await self._platform.invoke(
                callee.function, payload, cause="Invoke", client_context=context, tenant_id=tenant_id, **known
            )
        except ThrottledError as error:
            return _refused(Refusal.throttled(error.reason), request_id)
        except Exception as error:  # noqa: BLE001  # the caller gets the service's answer, and the log the reason
            return _failed(request_id, error)
        reply = answer(outcome, callee.version, sent.get("x-amz-log-type") == "Tail")
        reply.headers = [*reply.headers, ("X-Amzn-Trace-Id", trace_id)]
        return reply

    def _callee(self, asked: Asked, name: str, sent: Headers) -> Callee | Refusal:
        """Return who is called, or why nobody is."""
        kind, log_type = sent.get("x-amz-invocation-type", ""), sent.get("x-amz-log-type", "")
        for field, value, known in (("invocationType", kind, _KINDS), ("logType", log_type, _LOG_TYPES)):
            if value and value not in known:
                return _invalid(field, value, known)
        if not _TAKEN.fullmatch(sent.get("content-type", "").partition(";")[0].strip()):
            return Refusal(415, "UnsupportedMediaTypeException", "The content type of the request body is not JSON.")
        query = asked.query
        qualifier = parse_qs(query).get("Qualifier", [None])[0] if query else None
        callee = self._callees.find(name, qualifier)
        if isinstance(callee, Refusal):
            return callee
        limits = self._platform.limits
        most = limits.async_payload_bytes if kind == "Event" else limits.sync_payload_bytes
        return payload_fault(asked.body, synchronous=kind != "Event", most=most) or callee

    async def _take(self, callee: Callee, payload: bytes, known: dict[str, Any]) -> Reply:
        try:
            await self._later(callee.function, payload, "Invoke (Event)", **known)
        except Exception as error:  # noqa: BLE001  # as above
            return _failed(known["request_id"], error)
        return Reply(202, headers=[("x-amzn-RequestId", known["request_id"]), ("X-Amzn-Trace-Id", known["trace_id"])])


def _buffered(outcome: Outcome, version: str, tail: bool) -> Reply:
    headers = answered(outcome, version, tail=tail)
    return Reply(200, outcome.payload, [("Content-Type", "application/json"), *headers.items()])


def _streamed(outcome: Outcome, version: str, tail: bool) -> Reply:
    """Return the payload as the one chunk of a stream; that a failure comes with both events is not documented."""
    end: dict[str, str] = {}
    if not outcome.ok:
        end = {"ErrorCode": "Unhandled", "ErrorDetails": outcome.payload.decode(errors="replace")}
    if tail:
        end["LogResult"] = log_tail(outcome.log)
    chunk = event("PayloadChunk", outcome.payload, "application/octet-stream") if outcome.payload else b""
    body = chunk + event("InvokeComplete", json.dumps(end).encode(), "application/json")
    headers = answered(outcome, version, tail=False)
    headers.pop("X-Amz-Function-Error", None)
    return Reply(200, body, [("Content-Type", MEDIA_TYPE), *headers.items()])


def _refused(refusal: Refusal, request_id: str) -> Reply:
    return Reply(refusal.status, refusal.body, [*refusal.headers.items(), ("x-amzn-RequestId", request_id)])


def _failed(request_id: str, error: Exception) -> Reply:
    text = f"The Lambda service encountered an internal error: {told(error)}"
    return _refused(Refusal(500, "ServiceException", text), request_id)


def _invalid(field: str, value: str, known: tuple[str, ...]) -> Refusal:
    text = (
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: "
        f"Member must satisfy enum value set: [{', '.join(known)}]"
    )
    return Refusal(400, "InvalidParameterValueException", text)
