"""Makes the sandboxes of the local platform, and holds what they share."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_serverless.app.model import Function
from pytest_serverless.local.sandboxes.archives import unpack
from pytest_serverless.local.sandboxes.backoff import Backoff
from pytest_serverless.local.sandboxes.faults import MemoryWords
from pytest_serverless.local.sandboxes.life import End
from pytest_serverless.local.sandboxes.memory import MemoryWatch
from pytest_serverless.local.sandboxes.private_tmp import binds_of
from pytest_serverless.local.sandboxes.processes import Processes
from pytest_serverless.local.sandboxes.runtimes import Command, RuntimeClient, command_of, default_client, is_run
from pytest_serverless.local.sandboxes.sandbox import ProcessSandbox
from pytest_serverless.outcome import LogLine

__all__ = ["ProcessSandboxes", "SandboxSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """How sandboxes are run.

    `variables` are in the environment of all, a function's own beside them; `credentials` gives those of one sandbox,
    by the function and the sandbox's id. The init phase may take `init_limit_s`, before an invocation, or
    `provisioned_init_limit_s` (a longer timeout of the function's where it has one), for provisioned concurrency; what
    takes longer is done over within the invocation. A process that is ended has `shutdown_s` from SIGTERM to SIGKILL.
    `python` runs Python functions, under the `client` of AWS or our own, `node` those of Node.js. With `private_tmp`,
    `/tmp` is the sandbox's own where the system lets us mount; else, and in any case, TMPDIR is. `memory_words` is the
    error type of a process killed for its memory, which is looked at every `memory_period_s`. `coverage` hands on
    coverage.py's variables and gives processes time to write what they measured. Limits are those of the service,
    2026-11.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    credentials: Callable[[Function, str], Mapping[str, str]] | None = None
    init_limit_s: float = 10.0
    provisioned_init_limit_s: float = 130.0
    shutdown_s: float = 2.0
    python: str = sys.executable
    client: RuntimeClient = field(default_factory=default_client)
    node: str | None = None
    private_tmp: bool = True
    open_files: int = 1024
    memory_words: MemoryWords = "Runtime.OutOfMemory"
    memory_period_s: float = 0.01
    coverage: bool = False


class ProcessSandboxes:
    """A `SandboxMaker`: each sandbox it makes runs its handler in a process of its own.

    `note` is told what whoever runs the platform should know, once. Close it, in the event loop that used it; if its
    process ends without, every sandbox ends all the same.
    """

    def __init__(self, settings: SandboxSettings | None = None, *, note: Callable[[str], None] | None = None) -> None:
        self.settings = settings or SandboxSettings()
        self.processes = Processes()
        self.watch = MemoryWatch(self.settings.memory_period_s)
        self.backoff: Backoff[End] = Backoff()
        self._note = note or (lambda _: None)
        self._noted: set[str] = set()
        self._open: set[ProcessSandbox] = set()
        self._archives: dict[tuple[Path, int], asyncio.Future[Path]] = {}
        self._commands: dict[str, tuple[Function, Command]] = {}

    def __call__(
        self, function: Function, *, sandbox_id: str, provisioned: bool, on_line: Callable[[LogLine, str], None]
    ) -> ProcessSandbox:
        """Return a new sandbox; nothing is started before it is used."""
        made = ProcessSandbox(function, sandbox_id=sandbox_id, provisioned=provisioned, on_line=on_line, house=self)
        self._open.add(made)
        return made

    def require(self, functions: Iterable[Function]) -> None:
        """Raise PlatformError where a program is missing that runs one of these; note those that nothing here runs."""
        for function in functions:
            if is_run(function):
                self.command_of(function)
            else:
                runtime = function.settings.runtime or "a container image"
                self._tell(f"{_key(function)} is not run here: it is {runtime}, and neither in Python nor in Node.js.")

    async def open(self) -> ProcessSandboxes:
        """Start what the sandboxes are kept by; the first of them does so otherwise."""
        await self.processes.open()
        return self

    async def close(self) -> None:
        """End every sandbox, and leave nothing behind."""
        await asyncio.gather(*(sandbox.close() for sandbox in list(self._open)))
        self.watch.close()
        await self.processes.close()

    def reloaded(self, function: Function) -> None:
        """Forget how often the function could not be started: its code has changed."""
        self.backoff.started(_key(function))
        self._commands.pop(_key(function), None)

    # What the sandboxes ask

    def forget(self, sandbox: ProcessSandbox) -> None:
        """Note that a sandbox is closed."""
        self._open.discard(sandbox)

    def command_of(self, function: Function) -> Command:
        """Return how a function is started."""
        known = self._commands.get(_key(function))
        if known is None or known[0] is not function:
            settings = self.settings
            command = command_of(function, python=settings.python, client=settings.client, node=settings.node)
            known = self._commands[_key(function)] = (function, command)
            if command.note:
                self._tell(command.note)
        return known[1]

    def credentials_of(self, function: Function, sandbox_id: str) -> Mapping[str, str]:
        """Return the credentials of one sandbox."""
        return self.settings.credentials(function, sandbox_id) if self.settings.credentials else {}

    def binds(self, function: Function, tmp: Path) -> Sequence[tuple[str, str]]:
        """Return the mounts of a sandbox, as far as there may be any, with `tmp` as its `/tmp`."""
        if not self.settings.private_tmp or self.settings.coverage:
            return ()
        if not self.processes.private_tmp:
            self._tell("This system lets sandboxes have no mounts of their own: they share /tmp; TMPDIR is their own.")
            return ()
        return binds_of(function, tmp=tmp, python=self.settings.python, more=self.command_of(function).folders)

    def started(self, function: Function) -> None:
        """Note that a function could be started."""
        self.backoff.started(_key(function))

    def failed(self, function: Function, end: End) -> None:
        """Note that a function could not be started."""
        wait = self.backoff.failed(_key(function), end, time.monotonic())
        if wait:
            self._note(f"{_key(function)} fails as it starts, again and again: no new start within {wait:g} s.")

    def failing(self, function: Function) -> End | None:
        """Return how a function failed that is not to be started just now; else None."""
        return self.backoff.answer(_key(function), time.monotonic())

    async def unpacked(self, function: Function) -> Function:
        """Return the function with folders for its code and layers; archives are unpacked, once each."""
        places = [place for place in (function.code, *function.layers) if place is not None]
        if all(place.is_dir() for place in places):
            return function
        return replace(
            function,
            code=await self._folder_of(function.code) if function.code else None,
            layers=tuple([await self._folder_of(layer) for layer in function.layers]),
        )

    async def _folder_of(self, place: Path) -> Path:
        if place.suffix != ".zip" or not place.is_file():
            return place
        await self.processes.open()
        key = (place, place.stat().st_mtime_ns)
        if key not in self._archives:
            name = hashlib.sha256(f"{place}:{key[1]}".encode()).hexdigest()[:16]
            self._archives[key] = asyncio.ensure_future(self._unpack(place, self.processes.root / "code" / name))
        return await asyncio.shield(self._archives[key])

    async def _unpack(self, archive: Path, into: Path) -> Path:
        await asyncio.to_thread(unpack, archive, into)
        return into

    def _tell(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            self._note(text)


def _key(function: Function) -> str:
    return function.id or function.name
