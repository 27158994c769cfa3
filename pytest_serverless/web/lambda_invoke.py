"""The Invoke API of Lambda, as far as it is the same in process and on the local platform: names, answers, refusals.

Sources: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (2026-11), the service's model in botocore for
the fields of errors, and recordings of the service for their texts.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from urllib.parse import unquote

from pytest_serverless.admission import throttles
from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import App, Resource
from pytest_serverless.invocation.aws import PAYLOAD_LIMIT
from pytest_serverless.outcome import Outcome
from pytest_serverless.web.json_faults import json_fault

__all__ = [
    "ASYNCHRONOUS_LIMIT",
    "INVOCATIONS",
    "RECURSION",
    "Callee",
    "Callees",
    "Refusal",
    "answered",
    "client_context",
    "log_tail",
    "payload_fault",
]

INVOCATIONS = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations/?")
"""The path of the API; the name in it is percent-encoded."""

ASYNCHRONOUS_LIMIT = 1_048_576
"""Bytes of an event that is taken for later, since October 2025 (recorded in the service's own error message)."""

CLIENT_CONTEXT_LIMIT = 3_583
"""Bytes of the client context, in base64."""

_TAIL = 4096
_LATEST = "$LATEST"
_REFERENCE = (
    r"(arn:(?P<partition>aws[a-zA-Z-]*)?:lambda:)?(?P<region>[a-z]{2,}(-[a-z]+)+-\d:)?(?P<account>\d{12}:)?(function:)?"
    r"(?P<name>[a-zA-Z0-9-_.]+)(:(?P<qualifier>\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
_read_reference = re.compile(_REFERENCE).fullmatch
_CAPITAL = {"ResourceNotFoundException", "ServiceException", "RecursiveInvocationException"}
"""Errors whose text is a `Message`; that of all others is a `message`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the API: its status, its name in the service's model, its text, and the reason of a throttle."""

    status: int
    code: str
    message: str
    reason: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers that name the error."""
        return {"Content-Type": "application/json", "x-amzn-ErrorType": self.code}

    @property
    def body(self) -> bytes:
        """The fields of the error, as JSON."""
        if self.reason:
            return throttles.body(self.reason)
        key = "Message" if self.code in _CAPITAL else "message"
        fault = "User" if self.status < 500 else "Service"
        return json.dumps({"Type": fault, key: self.message}, ensure_ascii=False).encode("utf-8", "replace")

    @classmethod
    def throttled(cls, reason: str) -> Refusal:
        """Return what is answered where there is no room; recordings show no `Retry-After`."""
        return cls(429, "TooManyRequestsException", "Rate Exceeded.", reason)

    @classmethod
    def too_large(cls, size: int, *, synchronous: bool, most: int) -> Refusal:
        """Return what is answered to a payload over the limit."""
        if synchronous:
            text = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
        else:
            text = f"{size} byte payload is too large for the Event invocation type (limit {most} bytes)"
        return cls(413, "RequestTooLargeException", text)


RECURSION = Refusal(
    400,
    "RecursiveInvocationException",
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and "
    "stopped your function's invocation.",
)


@dataclass(frozen=True, slots=True)
class Callee:
    """A function by its id, the version or alias that its caller named, and the version that this is."""

    function: str
    qualifier: str | None
    version: str


class Callees:
    """The functions of one application, by what a caller may name them: a name, an ARN, a part of one, a qualifier."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._by_name = {function.name: id_ for id_, function in app.functions.items()}
        self._versions = {id_: {_LATEST: _LATEST, **_versions(app, id_)} for id_ in app.functions}
        self._found: dict[tuple[str, str | None], Callee] = {}

    def function(self, reference: str) -> str | None:
        """Return the id of the function that is named, whatever the qualifier; None if it is none of these."""
        match = _read_reference(reference)
        return None if match is None else self._named(match)

    def find(self, encoded: str, qualifier: str | None = None) -> Callee | Refusal:
        """Return who is called by a reference, as a path has it, and a qualifier beside it."""
        key = encoded, qualifier
        found = self._found.get(key)
        if found is not None:
            return found
        sought = self._sought(unquote(encoded), qualifier)
        if isinstance(sought, Callee):
            self._found[key] = sought
        return sought

    def _sought(self, reference: str, qualifier: str | None) -> Callee | Refusal:
        match = _read_reference(reference)
        if match is None:
            return _malformed(reference)
        if qualifier and match["qualifier"] not in {None, qualifier}:
            text = "The derived qualifier from the function name does not match the specified qualifier."
            return Refusal(400, "InvalidParameterValueException", text)
        qualifier = qualifier or match["qualifier"]
        function = self._named(match)
        version = self._versions[function].get(qualifier or _LATEST) if function is not None else None
        if function is None or version is None:
            arn = f"{self._arn(match, function)}:{qualifier or _LATEST}"
            return Refusal(404, "ResourceNotFoundException", f"Function not found: {arn}")
        return Callee(function, qualifier, version)

    def _named(self, match: re.Match[str]) -> str | None:
        function = self._by_name.get(match["name"])
        if function is None:
            return None
        settings = self._settings(function)
        region, account = (match["region"] or "").rstrip(":"), (match["account"] or "").rstrip(":")
        elsewhere = region not in {"", settings.region} or account not in {"", settings.account}
        return None if elsewhere else function

    def _arn(self, match: re.Match[str], function: str | None) -> str:
        settings = self._settings(function or next(iter(self._app.functions), ""))
        region, account = (match["region"] or "").rstrip(":"), (match["account"] or "").rstrip(":")
        there = LambdaSettings(account=account or settings.account, region=region or settings.region)
        return there.invoked_arn(match["name"])

    def _settings(self, function: str) -> LambdaSettings:
        found = self._app.functions.get(function)
        return found.settings if found and isinstance(found.settings, LambdaSettings) else LambdaSettings()


def _malformed(reference: str) -> Refusal:
    text = (
        f"1 validation error detected: Value '{reference}' at 'functionName' failed to satisfy constraint: "
        "Member must be the name, the ARN or a partial ARN of a function"
    )
    return Refusal(400, "ValidationException", text)


def _versions(app: App, function: str) -> dict[str, str]:
    """Return the qualifiers that a template makes for a function, each with the version that it stands for."""
    name = app.functions[function].name
    found: dict[str, str] = {}
    for resource in app.resources.values():
        if resource.type == "AWS::Lambda::Version" and _function_of(resource) == name:
            version = str(resource.attributes.get("Version", "1"))
            found[version] = version
    for resource in app.resources.values():
        if resource.type == "AWS::Lambda::Alias" and _function_of(resource) == name:
            alias = str(resource.properties.get("Name"))
            found[alias] = str(resource.properties.get("FunctionVersion", _LATEST))
    return found


def _function_of(resource: Resource) -> str:
    match = _read_reference(str(resource.properties.get("FunctionName", "")))
    return match["name"] if match else ""


def payload_fault(payload: bytes, *, synchronous: bool, most: int | None = None) -> Refusal | None:
    """Return why a payload is not taken, of which `most` bytes are; None where it is."""
    most = most or (PAYLOAD_LIMIT if synchronous else ASYNCHRONOUS_LIMIT)
    if len(payload) > most:
        return Refusal.too_large(len(payload), synchronous=synchronous, most=most)
    fault = json_fault(payload) if payload else None
    if fault is None:
        return None
    text = f"Could not parse request body into json: Could not parse payload into json: {fault}"
    return Refusal(400, "InvalidRequestContentException", text)


def client_context(encoded: str) -> str | Refusal:
    """Return the client context as JSON, or why it is not taken. The text for one that is too long is not recorded."""
    if len(encoded) > CLIENT_CONTEXT_LIMIT:
        text = f"Client context must be no more than {CLIENT_CONTEXT_LIMIT} bytes when base64-encoded."
        return Refusal(400, "InvalidRequestContentException", text)
    try:
        text = base64.b64decode(encoded, validate=True).decode()
        is_object = isinstance(json.loads(text), dict)
    except (binascii.Error, ValueError, RecursionError):
        is_object = False
    if not is_object:
        text = "Client context must be a valid Base64-encoded JSON object."
        return Refusal(400, "InvalidRequestContentException", text)
    return text


def answered(outcome: Outcome, version: str, *, tail: bool) -> dict[str, str]:
    """Return the headers of an answer; its body is the outcome's payload, its status 200 however the function ended."""
    headers = {"X-Amz-Executed-Version": version, "x-amzn-RequestId": outcome.request_id}
    if not outcome.ok:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if tail:
        headers["X-Amz-Log-Result"] = log_tail(outcome.log)
    return headers


def log_tail(log: str) -> str:
    """Return the last 4 KB of a log, in base64."""
    return base64.b64encode(log.encode("utf-8", "replace")[-_TAIL:]).decode()
