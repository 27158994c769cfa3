"""Every call of a backend's API, in order, with the invocation it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from pytest_serverless.backends.arns import resource_of
from pytest_serverless.clock import SYSTEM, Clock
from pytest_serverless.outcome import BackendCall

__all__ = ["Journal", "Judge", "Refusal", "current_invocation", "invocation"]

_open: list[str] = []
_mine: ContextVar[str | None] = ContextVar("serverless_invocation", default=None)


@contextmanager
def invocation(request_id: str) -> Iterator[None]:
    """Attribute the calls made meanwhile to this invocation: by its own code, and by threads it finds or leaves."""
    token = _mine.set(request_id)
    _open.append(request_id)
    try:
        yield
    finally:
        _open.remove(request_id)
        _mine.reset(token)


def current_invocation() -> str | None:
    """Return the invocation that runs this code, or None outside of any.

    A thread of a pool knows of none, or of one that has ended. Its work counts for the innermost one that is open: on
    the platform, too, an environment is frozen between invocations.
    """
    mine = _mine.get()
    return mine if mine in _open else _open[-1] if _open else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a call is answered with instead of being carried out: the service's error code, its text and HTTP status."""

    code: str
    message: str
    status: int = 403


Judge = Callable[[BackendCall], "Refusal | None"]
"""Looks at a call before it is carried out, and may refuse it."""


class Journal:
    """Records the calls of botocore clients; those made through other clients (presigned URLs) have no operation."""

    def __init__(self, *, account: str = "123456789012", clock: Clock = SYSTEM) -> None:
        self.account = account
        self.clock = clock
        self.judges: list[Judge] = []
        self._entries: list[_Entry] = []
        self._quiet: ContextVar[bool] = ContextVar("serverless_quiet", default=False)

    @property
    def calls(self) -> list[BackendCall]:
        """Every call so far, in the order in which they began."""
        return [entry.call for entry in self._entries]

    def clear(self) -> None:
        """Forget the calls so far."""
        self._entries = []

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Neither record nor judge the calls made meanwhile: they are ours, not those of the code under test."""
        token = self._quiet.set(True)
        try:
            yield
        finally:
            self._quiet.reset(token)

    def given_parameters(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        """Hear botocore's `provide-client-params`: what the caller gave, before it is serialized."""
        context[PARAMETERS] = _kept(params)  # now: botocore changes them on their way

    def before_call(self, model: Any, context: dict[str, Any], **_: Any) -> Any:
        """Hear botocore's `before-call`; what is returned is the answer, and nothing is sent."""
        if self._quiet.get():
            return None
        call = self._begin(model, context)
        for judge in self.judges:
            refusal = judge(call)
            if refusal is not None:
                return _answer(refusal)
        return None

    def after_call(
        self, model: Any, parsed: Mapping[str, Any], http_response: Any, context: dict[str, Any], **_: Any
    ) -> None:
        """Hear botocore's `after-call`: the service has answered, or a stub of the user's that let nobody else hear."""
        if self._quiet.get():
            return
        if ENTRY not in context:
            self._begin(model, context)
        if http_response.status_code >= 300:
            context[ENTRY].fail(parsed.get("Error", {}).get("Code") or str(http_response.status_code))

    def after_call_error(self, exception: BaseException, context: Mapping[str, Any], **_: Any) -> None:
        """Hear botocore's `after-call-error`: there was no answer."""
        if ENTRY in context:
            context[ENTRY].fail(type(exception).__name__)

    def _begin(self, model: Any, context: dict[str, Any]) -> BackendCall:
        entry = context[ENTRY] = _Entry(self._call(model, context))
        self._entries.append(entry)
        return entry.call

    def _call(self, model: Any, context: Mapping[str, Any]) -> BackendCall:
        service, parameters = model.service_model.service_name, context.get(PARAMETERS) or {}
        region = context.get("client_region") or "us-east-1"
        return BackendCall(
            time=self.clock.now(),
            service=service,
            operation=model.name,
            parameters=MappingProxyType(parameters),
            resource=resource_of(service, parameters, region=region, account=self.account),
            request_id=current_invocation(),
        )


# Where botocore's context of a call, which is the same dict in all its events, holds ours.
PARAMETERS = "serverless_parameters"
ENTRY = "serverless_entry"


class _Entry:
    """A call in its place of the order; its error becomes known later."""

    __slots__ = ("call",)

    def __init__(self, call: BackendCall) -> None:
        self.call = call

    def fail(self, code: str) -> None:
        self.call = replace(self.call, error=code)


def _kept(value: Any) -> Any:
    """Return a copy that the caller's later changes do not reach; what is no mapping or list stays itself."""
    if isinstance(value, str):
        return value  # as most are: to find that it is no mapping takes longer
    if isinstance(value, Mapping):
        return {name: _kept(item) for name, item in value.items()}
    return [_kept(item) for item in value] if type(value) is list else value


def _answer(refusal: Refusal) -> tuple[Any, dict[str, Any]]:
    """Return what botocore would have parsed from the service's error, so that it raises the service's exception."""
    from botocore.awsrequest import AWSResponse

    metadata = {"HTTPStatusCode": refusal.status, "HTTPHeaders": {}, "RetryAttempts": 0}
    error = {"Code": refusal.code, "Message": refusal.message}
    return AWSResponse("", refusal.status, {}, None), {"Error": error, "ResponseMetadata": metadata}
