"""A sandbox of the local platform: an execution environment whose handler runs in a process of its own."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_serverless.app.model import Function
from pytest_serverless.contexts.aws import log_stream_name
from pytest_serverless.errors import PlatformError
from pytest_serverless.local.invocations import Invocation, Ran
from pytest_serverless.local.sandboxes.life import End, Life
from pytest_serverless.local.sandboxes.processes import Order
from pytest_serverless.local.sandboxes.results import Result, Turn
from pytest_serverless.local.sandboxes.variables import call_of, variables_of
from pytest_serverless.outcome import Failure, LogLine

if TYPE_CHECKING:
    from pytest_serverless.local.sandboxes.maker import ProcessSandboxes

__all__ = ["ProcessSandbox"]


class ProcessSandbox:
    """An execution environment.

    Its folder, with what is `/tmp` to the handler, and its log stream outlive the process: after a timeout, an exit or
    too much memory the next invocation starts a new process in them. That init phase is part of the invocation, as is
    one that took too long the first time.
    """

    def __init__(
        self,
        function: Function,
        *,
        sandbox_id: str,
        provisioned: bool,
        on_line: Callable[[LogLine, str], None],
        house: ProcessSandboxes,
    ) -> None:
        self.id = sandbox_id
        self._function = function
        self._provisioned = provisioned
        self._on_line = on_line
        self._house = house
        self._life: Life | None = None
        self._is_new = True
        self._request_id = ""
        self._lines: list[LogLine] = []
        self._folder: Path | None = None
        self._log_stream = log_stream_name(function.settings.version, time.time(), sandbox_id)
        self._closed = False
        self._peak_kb = 0

    async def start(self) -> Failure | None:
        """Do the init phase beforehand, as for provisioned concurrency; return why it failed, if it did."""
        self._is_new = False
        try:
            end = await self._begin(max(self._house.settings.provisioned_init_limit_s, self._function.timeout_s))
        except BaseException:  # as in `run`
            await self._give_up()
            raise
        if end.kind == "ready":
            return None
        await self._give_up()
        return self._turn("").failed_init(end).failure

    async def run(self, invocation: Invocation) -> Ran:
        """Run an invocation, the init phase before it if it is not done."""
        self._request_id = invocation.request_id
        self._lines = []
        turn = self._turn(invocation.request_id)
        try:
            result = await self._run(invocation, turn)
        except BaseException:  # whoever waited has gone, or it cannot be started: nothing goes on unseen
            await self._give_up()
            raise
        return turn.ran(result, tuple(self._lines), self._life.peak_kb if self._life else self._peak_kb)

    async def close(self) -> None:
        """End it, and leave nothing behind."""
        self._closed = True
        life, self._life = self._life, None
        if life is not None:
            settings = self._house.settings
            await life.end(grace_s=settings.shutdown_s, hang_up_first=settings.coverage)
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        self._house.forget(self)

    def _turn(self, request_id: str) -> Turn:
        return Turn(call_of(self._function, request_id, self.id), self._house.settings.memory_words)

    async def _run(self, invocation: Invocation, turn: Turn) -> Result:
        if self._life is not None and self._life.is_over:  # it ended while nobody looked
            await self._give_up()
        known = self._house.failing(self._function) if self._life is None else None
        if known is not None:
            return turn.failed_init(known)
        if self._is_new:
            self._is_new = False
            end = await self._first_init(turn)
            if end.kind not in ("ready", "overrun"):
                return await self._not_started(end, turn)
        turn.begin()
        return await self._invoke(invocation, turn)

    async def _invoke(self, invocation: Invocation, turn: Turn) -> Result:
        timeout_s = self._function.timeout_s
        is_fresh = False
        while True:
            if self._life is None:
                is_fresh = True
                end = await self._begin(timeout_s - turn.spent_s())
                if end.kind != "ready":
                    return await self._not_started(end, turn)
            life = self._life
            assert life is not None  # noqa: S101  # it has begun
            end = await life.invoke(invocation, timeout_s - turn.spent_s())
            if end.kind == "exit" and not life.is_taken and not is_fresh:
                await self._give_up()  # it had ended before it saw the event: another gets it
                continue
            turn.end(end)
            if end.kind in ("overrun", "memory", "exit"):
                await self._give_up()
            return turn.result(end)

    async def _first_init(self, turn: Turn) -> End:
        limit_s = self._house.settings.init_limit_s
        end = await self._begin(limit_s)
        turn.init_done(limit_s if end.kind == "overrun" else None)
        if end.kind == "overrun":
            await self._give_up()
        return end

    async def _not_started(self, end: End, turn: Turn) -> Result:
        if end.kind != "overrun" and not self._closed:
            self._house.failed(self._function, end)
        await self._give_up()
        return turn.failed_init(end)

    async def _begin(self, limit_s: float) -> End:
        """Start a process, and wait until it is ready or something else came of it."""
        until = time.monotonic() + limit_s
        house = self._house
        self._demand_open()
        function = await house.unpacked(self._function)
        if self._folder is None:
            await house.processes.open()
            self._folder = house.processes.root / "sandboxes" / self.id
        tmp = self._folder / "tmp"
        tmp.mkdir(parents=True, exist_ok=True)
        life = Life(house.processes, house.watch, memory_mb=function.memory_mb, on_line=self._wrote)
        await life.begin(self._order(function, self._folder, tmp))
        self._life = life
        self._demand_open()
        end = await life.ready(until - time.monotonic())
        if end.kind == "ready":
            house.started(self._function)
        return end

    def _demand_open(self) -> None:
        if self._closed:
            raise PlatformError("The sandbox is closed: its function was reloaded, or the platform ends.")

    def _order(self, function: Function, folder: Path, tmp: Path) -> Order:
        house = self._house
        binds = house.binds(function, tmp)
        command = house.command_of(function)
        code = str(function.code or Path.cwd())
        variables = variables_of(
            function,
            call=call_of(function, "", self.id),
            folder=folder,
            provisioned=self._provisioned,
            base=house.settings.variables,
            credentials=house.credentials_of(self._function, self.id),
            log_stream=self._log_stream,
            coverage=house.settings.coverage,
        )
        variables |= {**command.variables, "PWD": code}
        if not binds:
            variables.setdefault("TMPDIR", str(tmp))
        return Order(argv=command.argv, variables=variables, folder=code, binds=binds, files=house.settings.open_files)

    async def _give_up(self) -> None:
        """End the process at once; its folder stays."""
        life, self._life = self._life, None
        if life is not None:
            await life.end()
            self._peak_kb = life.peak_kb

    def _wrote(self, line: LogLine) -> None:
        self._lines.append(line)
        self._on_line(line, self._request_id)
