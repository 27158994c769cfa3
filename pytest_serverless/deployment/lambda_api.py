"""The Invoke API of Lambda, for functions that invoke others: answered by the application's own functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pytest_serverless.app.model import App
from pytest_serverless.deployment.functions import MOST_IN_A_CHAIN, may_recur
from pytest_serverless.errors import PayloadTooLargeError
from pytest_serverless.outcome import Outcome
from pytest_serverless.web.lambda_invoke import (
    INVOCATIONS,
    RECURSION,
    Callee,
    Callees,
    Refusal,
    answered,
    client_context,
    payload_fault,
)

__all__ = ["LambdaApi"]

Answer = tuple[int, Mapping[str, str], bytes]


class LambdaApi:
    """Answers `Invoke` for the functions of one application; everything else it leaves to the mocked service.

    `run` invokes a function by its id, with an event and what the caller sent as client context; `later` takes an event
    for asynchronous invocation.
    """

    def __init__(self, app: App, run: Callable[..., Outcome], later: Callable[[str, Any], None]) -> None:
        self._callees = Callees(app)
        self._app = app
        self._under_way: list[str] = []
        self._run = run
        self._later = later

    def respond(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """Return the answer to a request, or None where it is not one of ours."""
        parts = urlsplit(url)
        path = INVOCATIONS.fullmatch(parts.path)
        if method != "POST" or path is None or self._callees.function(unquote(path["name"])) is None:
            return None
        callee = self._callees.find(path["name"], parse_qs(parts.query).get("Qualifier", [None])[0])
        if isinstance(callee, Refusal):
            return _refused(callee)
        sent = {key.lower(): _text(value) for key, value in headers.items()}
        kind = sent.get("x-amz-invocation-type", "RequestResponse")
        fault = payload_fault(body, synchronous=kind != "Event")
        if fault is not None:
            return _refused(fault)
        if kind == "DryRun":
            return 204, {}, b""
        event = json.loads(body) if body else {}
        if kind == "Event":
            self._later(callee.function, event)
            return 202, {}, b""
        return self._now(callee, event, sent)

    def _now(self, callee: Callee, event: Any, sent: Mapping[str, str]) -> Answer:
        options: dict[str, Any] = {"qualifier": callee.qualifier} if callee.qualifier else {}
        if sent.get("x-amz-client-context"):
            context = client_context(sent["x-amz-client-context"])
            if isinstance(context, Refusal):
                return _refused(context)
            options["client_context"] = json.loads(context)
        if self._under_way.count(callee.function) >= MOST_IN_A_CHAIN and not may_recur(self._app, callee.function):
            return _refused(RECURSION)
        self._under_way.append(callee.function)
        try:
            outcome = self._run(callee.function, event, **options)
        except PayloadTooLargeError as error:
            return _refused(Refusal.too_large(error.size, synchronous=True, most=error.limit))
        finally:
            self._under_way.pop()
        return 200, answered(outcome, callee.version, tail=sent.get("x-amz-log-type") == "Tail"), outcome.payload


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _refused(refusal: Refusal) -> Answer:
    return refusal.status, refusal.headers, refusal.body
