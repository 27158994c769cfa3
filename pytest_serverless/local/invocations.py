"""One invocation on the local platform: what a sandbox is given, and what comes back from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pytest_serverless.app.model import Function
from pytest_serverless.outcome import Failure, LogLine, Status

__all__ = ["Invocation", "Ran", "Sandbox", "SandboxMaker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One invocation on its way to a sandbox.

    `client_context` and `cognito_identity` are JSON, as the Runtime API hands them over.
    """

    request_id: str
    payload: bytes
    invoked_arn: str
    trace_id: str
    client_context: str | None = None
    cognito_identity: str | None = None
    tenant_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of an invocation in its sandbox; units and meaning are those of `Outcome`.

    `started` is when the handler was given the event (epoch seconds). `init_ms` is that of the init phase where it was
    done for this invocation (None: warm, or provisioned before); `init_overran` says that it took too long, and was
    done over within the invocation.
    """

    status: Status
    payload: bytes
    started: float
    duration_ms: float
    failure: Failure | None = None
    init_ms: float | None = None
    init_overran: bool = False
    memory_used_mb: int
    lines: tuple[LogLine, ...] = ()


class Sandbox(Protocol):
    """One execution environment: it runs one invocation at a time, and lives on after a failed one.

    A fault of the function is never raised: it is what `run` returns.
    """

    id: str
    """32 hexadecimal digits: the end of the name of its log stream."""

    async def start(self) -> Failure | None:
        """Do the init phase beforehand, as for provisioned concurrency; return why it failed, if it did."""

    async def run(self, invocation: Invocation) -> Ran:
        """Run an invocation, the init phase before it if it is not done."""

    async def close(self) -> None:
        """End it, and leave nothing behind."""


class SandboxMaker(Protocol):
    """Makes sandboxes of one kind: processes, or simulated ones. Making one starts nothing."""

    def __call__(
        self, function: Function, *, sandbox_id: str, provisioned: bool, on_line: Callable[[LogLine, str], None]
    ) -> Sandbox:
        """Return a new sandbox; `on_line` is told each line as it is written, with the id of the invocation."""
