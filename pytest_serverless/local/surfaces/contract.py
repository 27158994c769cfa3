"""What the surfaces ask of the platform behind them."""

from __future__ import annotations

from typing import Any, Protocol

from pytest_serverless.admission import Limits
from pytest_serverless.app.model import App
from pytest_serverless.local.platform_events import EventStream
from pytest_serverless.outcome import Outcome

__all__ = ["Later", "Platform"]


class Platform(Protocol):
    """Runs functions; `app` is the application whose functions they are."""

    app: App
    limits: Limits
    events: EventStream

    async def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        cause: str,
        synchronous: bool = True,
        qualifier: str | None = None,
        request_id: str | None = None,
        trace_id: str | None = None,
        client_context: str | None = None,
        cognito_identity: str | None = None,
        tenant_id: str | None = None,
    ) -> Outcome:
        """Invoke a function by its id; raises ThrottledError where there is no room."""

    def truth(self) -> dict[str, Any]:
        """Return what was counted, as JSON."""

    async def reset(self) -> None:
        """Begin anew."""


class Later(Protocol):
    """Takes an event for asynchronous invocation; returns when it is kept.

    `request_id` is what the invocation is known by from then on, at each attempt; `qualifier` the version or alias that
    was named, `trace_id` the chain of requests that it belongs to.
    """

    async def __call__(
        self,
        function: str,
        payload: bytes,
        cause: str,
        *,
        request_id: str,
        qualifier: str | None = None,
        trace_id: str | None = None,
    ) -> None: ...
