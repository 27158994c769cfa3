"""The sandboxes that there are: made when they are admitted, ended when they idle or are out of date."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable

from pytest_serverless.app.model import Function
from pytest_serverless.local.invocations import Sandbox, SandboxMaker
from pytest_serverless.outcome import LogLine

__all__ = ["Fleet"]


class Fleet:
    """Sandboxes by the numbers that admission gives them.

    `on_line` is told each line that a function writes: the function's id, the sandbox's, the line, the invocation's id.
    """

    def __init__(self, make: SandboxMaker, on_line: Callable[[str, str, LogLine, str], None]) -> None:
        self._make = make
        self._on_line = on_line
        self._sandboxes: dict[int, Sandbox] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._sandboxes)

    def add(self, number: int, function: Function, *, provisioned: bool) -> Sandbox:
        """Make a sandbox for a function; nothing is started yet."""
        id_ = uuid.uuid4().hex

        def on_line(line: LogLine, request_id: str) -> None:
            self._on_line(function.id, id_, line, request_id)

        made = self._make(function, sandbox_id=id_, provisioned=provisioned, on_line=on_line)
        self._sandboxes[number] = made
        return made

    def __getitem__(self, number: int) -> Sandbox:
        return self._sandboxes[number]

    def end(self, numbers: Iterable[int]) -> list[str]:
        """Let sandboxes end, without waiting for it; return their ids."""
        ended = [self._sandboxes.pop(number) for number in numbers if number in self._sandboxes]
        for sandbox in ended:
            task = asyncio.ensure_future(sandbox.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        return [sandbox.id for sandbox in ended]

    async def close(self) -> None:
        """End all, and wait until they have."""
        self.end(list(self._sandboxes))
        await asyncio.gather(*self._closing)
