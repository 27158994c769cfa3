"""One process of a sandbox, from its start to its end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from pytest_serverless.errors import PlatformError
from pytest_serverless.invocation.aws import PAYLOAD_LIMIT
from pytest_serverless.local.invocations import Invocation
from pytest_serverless.local.sandboxes.memory import MemoryGauge, MemoryWatch
from pytest_serverless.local.sandboxes.output import Output
from pytest_serverless.local.sandboxes.processes import Child, Ended, Order, Processes
from pytest_serverless.local.sandboxes.runtime_api import RuntimeApi, Said
from pytest_serverless.outcome import LogLine

__all__ = ["End", "Life"]

_TURNS = 6
"""How often the event loop looks for what a process sent, before it is held that nothing more comes."""


@dataclass(frozen=True, slots=True)
class End:
    """What a wait for a process came to, and when (a monotonic time, in seconds).

    What it said, that it ended (`status` as of `Ended`), that it took too long (`overrun`) or too much memory.
    """

    kind: Literal["ready", "init_error", "response", "too_large", "error", "exit", "overrun", "memory"]
    at: float
    body: bytes = b""
    error_type: str = ""
    status: int = 0


class Life:
    """One process: begun once, then given one event after the other. Nothing of it is left after `end`."""

    def __init__(
        self, processes: Processes, watch: MemoryWatch, *, memory_mb: int, on_line: Callable[[LogLine], None]
    ) -> None:
        self._processes = processes
        self._watch = watch
        self._limit_kb = memory_mb * 1024
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[End] | None = None
        self._child: Child | None = None
        self._gauge = MemoryGauge(0)
        self._api = RuntimeApi(self._said, limit=PAYLOAD_LIMIT)
        self._output = Output(on_line)
        self._gone: asyncio.Future[Ended] = self._loop.create_future()

    @property
    def is_over(self) -> bool:
        """Whether the process has ended, or never began."""
        return self._child is None or self._child.has_ended

    @property
    def is_taken(self) -> bool:
        """Whether the event that was given last was fetched."""
        return self._api.is_taken

    @property
    def peak_kb(self) -> int:
        """The most memory that it had so far, in KiB."""
        return max(self._gauge.peak_kb(), self._gone.result().peak_kb if self._gone.done() else 0)

    async def begin(self, order: Order) -> None:
        """Start the process; raises PlatformError where that cannot be."""
        try:
            address = await self._api.open()
            order = replace(order, variables={**order.variables, "AWS_LAMBDA_RUNTIME_API": address})
            self._child = await self._processes.spawn(order, *self._output.theirs)
        except BaseException:
            self._clear()
            raise
        self._output.started()
        self._gauge.close()
        self._gauge = MemoryGauge(self._child.pid)
        self._child.ended.add_done_callback(lambda _: self._settle(_TURNS))

    async def ready(self, within_s: float) -> End:
        """Wait until the runtime asks for its first event."""
        return await self._wait(within_s)

    async def invoke(self, invocation: Invocation, within_s: float) -> End:
        """Give the runtime an event, and wait for what comes of it."""
        self._api.give(invocation, int((time.time() + within_s) * 1000))
        end = await self._wait(within_s)
        self._output.drain(finish=True)
        return end

    async def end(self, *, grace_s: float = 0.0, hang_up_first: bool = False) -> None:
        """End the process and all that it began: by SIGTERM, if there is time for it, and SIGKILL.

        A runtime that waits for an event ends by itself when it is hung up on; `hang_up_first` gives it the chance to.
        """
        if self._child is None:
            self._clear()
            return
        if grace_s > 0 and not self.is_over:
            if not hang_up_first:
                self._signal(signal.SIGTERM)
                await self._ended_within(min(0.1, grace_s / 4))
            self._api.close()
            if hang_up_first and not await self._ended_within(grace_s / 2):
                self._signal(signal.SIGTERM)
            await self._ended_within(grace_s)
        self._signal(signal.SIGKILL)
        await asyncio.shield(self._gone)

    async def _ended_within(self, seconds: float) -> bool:
        done, _ = await asyncio.wait([self._gone], timeout=seconds)
        return bool(done)

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None:
            with contextlib.suppress(PlatformError):  # the keeper has gone, and with it the process
                self._processes.signal(self._child, number)

    async def _wait(self, within_s: float) -> End:
        if self._gone.done():
            return self._exit()
        waiting = self._waiting = self._loop.create_future()
        timer = self._loop.call_later(max(0.0, within_s), lambda: self._tell(End("overrun", self._loop.time())))
        self._watch.begin(self._gauge, self._limit_kb, lambda: self._tell(End("memory", self._loop.time())))
        try:
            end: End = await waiting
        finally:
            timer.cancel()
            self._watch.stop(self._gauge)
            self._waiting = None
        if end.kind not in ("exit", "overrun") and self._gauge.peak_kb() > self._limit_kb:
            return replace(end, kind="memory")  # it was over the limit between two looks
        return end

    def _said(self, said: Said) -> None:
        self._tell(End(said.kind, self._loop.time(), said.body, said.error_type))

    def _tell(self, end: End) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(end)

    def _settle(self, turns: int) -> None:
        """Believe that the process has ended when what it sent before was heard."""
        if turns:
            self._loop.call_soon(self._settle, turns - 1)
            return
        assert self._child is not None  # noqa: S101  # it is what ended
        self._gone.set_result(self._child.ended.result())
        self._clear()
        self._tell(self._exit())

    def _exit(self) -> End:
        return End("exit", self._loop.time(), status=self._gone.result().status)

    def _clear(self) -> None:
        self._output.close()
        self._api.close()
        self._gauge.peak_kb()
        self._gauge.close()
        if self._child is not None:
            self._child.forget()
