"""The Invoke API of Lambda, for functions that invoke others: answered by the application's own functions.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (2026-11).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from pytest_serverless.app.model import App
from pytest_serverless.deployment.functions import MOST_IN_A_CHAIN, may_recur
from pytest_serverless.errors import PayloadTooLargeError
from pytest_serverless.outcome import Outcome

__all__ = ["LambdaApi"]

_PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations/?")
_NAME = re.compile(r"(?:(?:arn:[^:]+:lambda:[^:]*:\d*:|\d+:)function:|\d+:)?(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?")
_TAIL = 4096
_RECURSION = (
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and "
    "stopped your function's invocation."
)

Answer = tuple[int, Mapping[str, str], bytes]


class LambdaApi:
    """Answers `Invoke` for the functions of one application; everything else it leaves to the mocked service.

    `run` invokes a function by its id, with an event and what the caller sent as client context; `later` takes an event
    for asynchronous invocation.
    """

    def __init__(self, app: App, run: Callable[..., Outcome], later: Callable[[str, Any], None]) -> None:
        self._by_name = {function.name: id_ for id_, function in app.functions.items()}
        self._app = app
        self._under_way: list[str] = []
        self._run = run
        self._later = later

    def respond(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """Return the answer to a request, or None where it is not one of ours."""
        path = _PATH.fullmatch(urlsplit(url).path)
        if method != "POST" or path is None:
            return None
        name = _NAME.fullmatch(unquote(path["name"]))
        function = self._by_name.get(name["name"]) if name else None
        if name is None or function is None:
            return None
        sent = {key.lower(): value for key, value in headers.items()}
        kind = _text(sent.get("x-amz-invocation-type", "RequestResponse"))
        if kind == "DryRun":
            return 204, {}, b""
        try:
            event = json.loads(body) if body else {}
        except ValueError as error:
            return _refusal(400, "InvalidRequestContentException", f"Could not parse request body into json: {error}")
        if kind == "Event":
            self._later(function, event)
            return 202, {}, b""
        return self._now(function, event, sent, name["qualifier"])

    def _now(self, function: str, event: Any, sent: Mapping[str, str], qualifier: str | None) -> Answer:
        context = sent.get("x-amz-client-context")
        options: dict[str, Any] = {"qualifier": qualifier} if qualifier else {}
        if context:
            options["client_context"] = json.loads(base64.b64decode(context))
        if self._under_way.count(function) >= MOST_IN_A_CHAIN and not may_recur(self._app, function):
            return _refusal(400, "RecursiveInvocationException", _RECURSION)
        self._under_way.append(function)
        try:
            outcome = self._run(function, event, **options)
        except PayloadTooLargeError as error:
            return _refusal(413, "RequestTooLargeException", str(error))
        finally:
            self._under_way.pop()
        headers = {"X-Amz-Executed-Version": "$LATEST", "x-amzn-RequestId": outcome.request_id}
        if not outcome.ok:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if _text(sent.get("x-amz-log-type", "")) == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log.encode()[-_TAIL:]).decode()
        return 200, headers, outcome.payload


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _refusal(status: int, code: str, message: str) -> Answer:
    body = json.dumps({"Type": "User", "message": message}).encode()
    return status, {"x-amzn-ErrorType": code, "Content-Type": "application/json"}, body
