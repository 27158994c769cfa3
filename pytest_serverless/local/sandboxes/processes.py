"""The server's side of the keeper: processes are started, signalled and heard of."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_serverless.errors import PlatformError

__all__ = ["Child", "Ended", "Order", "Processes"]

_KEEPER = Path(__file__).with_name("keeper.py")
_PATIENCE_S = 10.0
_MOST_ASKED = 8
"""Processes that the keeper is asked for at once: it starts one after the other, and what is sent must find room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A process to start; `binds` are folders to be seen elsewhere (from, to), where mounts of its own are possible.

    `files` is how many it may have open.
    """

    argv: Sequence[str]
    variables: Mapping[str, str]
    folder: str
    binds: Sequence[tuple[str, str]] = ()
    files: int = 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit status, or the negative number of a signal; its peak of memory in KiB."""

    status: int
    peak_kb: int


class Child:
    """A process that runs, or ran: `ended` is done when nothing of its group is left."""

    def __init__(self, pid: int, ended: asyncio.Future[Ended]) -> None:
        self.pid = pid
        self.ended = ended
        self._poll: select.poll | None = None
        self._fd = -1
        if sys.platform.startswith("linux"):
            with contextlib.suppress(OSError):
                self._fd = os.pidfd_open(pid)
                self._poll = select.poll()
                self._poll.register(self._fd, select.POLLIN)

    @property
    def has_ended(self) -> bool:
        """Whether it runs no more; where the system can tell, that is known before the keeper has told of it."""
        return self.ended.done() or (self._poll is not None and bool(self._poll.poll(0)))

    def forget(self) -> None:
        """Give back what watching it takes."""
        self._poll = None
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class Processes:
    """Every process of the platform's sandboxes, kept by one of their own, and the folder `root` that they share.

    Open it once, in the event loop that uses it. When this process ends, however that may be, they end and the folder
    goes.
    """

    def __init__(self) -> None:
        self.root = Path()
        self.private_tmp = False
        self._keeper: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._opening: asyncio.Lock | None = None
        self._hello: asyncio.Future[None] | None = None
        self._room = asyncio.Semaphore(_MOST_ASKED)
        self._asked: dict[int, asyncio.Future[tuple[int, asyncio.Future[Ended]]]] = {}
        self._ends: dict[int, asyncio.Future[Ended]] = {}
        self._count = 0
        self._input = b""

    async def open(self) -> Processes:
        """Start the keeper, unless there is one."""
        if self._control is not None:
            return self
        self._opening = self._opening or asyncio.Lock()
        async with self._opening:
            if self._control is None:
                await self._open()
        return self

    async def _open(self) -> None:
        if self._keeper is None:
            self.root = Path(tempfile.mkdtemp(prefix="pytest-serverless-"))
        else:  # it was killed; what it kept is still there
            await _wait(self._keeper)
            self.root.mkdir(exist_ok=True)
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-I", "-S", str(_KEEPER), str(theirs.fileno()), str(os.getpid()), str(self.root)]
            self._keeper = subprocess.Popen(  # noqa: S603  # our own script
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # who reads the server's need not wait for the keeper
                start_new_session=True,
            )
        ours.settimeout(_PATIENCE_S)
        self._input = b""
        self._hello = loop.create_future()
        self._control = ours
        loop.add_reader(ours.fileno(), self._hear)
        try:
            await asyncio.wait_for(asyncio.shield(self._hello), _PATIENCE_S)
        except asyncio.TimeoutError:
            self._hang_up()
            self._hello.exception()  # it is told of here
            raise PlatformError(f"The process that keeps the sandboxes did not begin in {_PATIENCE_S:g} s.") from None

    async def spawn(self, order: Order, out: int, err: int) -> Child:
        """Start a process that writes to these pipes; raises PlatformError where that cannot be."""
        async with self._room:
            await self.open()
            return await self._spawned(order, out, err)

    async def _spawned(self, order: Order, out: int, err: int) -> Child:
        self._count += 1
        number = self._count
        started = self._asked[number] = asyncio.get_running_loop().create_future()
        message = {
            "do": "spawn",
            "id": number,
            "argv": list(order.argv),
            "env": dict(order.variables),
            "cwd": order.folder,
            "binds": list(order.binds),
            "files": order.files,
        }
        self._say(message, [out, err])
        try:
            pid, ended = await asyncio.shield(started)
        except asyncio.CancelledError:
            started.add_done_callback(self._unwanted)
            raise
        return Child(pid, ended)

    def _unwanted(self, started: asyncio.Future[tuple[int, asyncio.Future[Ended]]]) -> None:
        """End a process that nobody waits for any more."""
        if started.exception() is None:
            with contextlib.suppress(PlatformError):
                self._say({"do": "signal", "pid": started.result()[0], "signal": int(signal.SIGKILL)})

    def signal(self, child: Child, number: signal.Signals) -> None:
        """Signal a process and its group; once it has ended that is without effect."""
        if self._control is not None and not child.ended.done():
            self._say({"do": "signal", "pid": child.pid, "signal": int(number)})

    async def close(self) -> None:
        """End every process, and remove the folder."""
        self._hang_up()
        if self._keeper is not None:
            await _wait(self._keeper)
            self._keeper = None

    def _say(self, message: Mapping[str, Any], pipes: Sequence[int] = ()) -> None:
        if self._control is None:
            raise PlatformError("The local platform is closed.")
        text = json.dumps(message).encode()
        data = struct.pack(">I", len(text)) + text
        try:
            sent = socket.send_fds(self._control, [data], pipes) if pipes else 0
            self._control.sendall(data[sent:])
        except OSError as error:
            self._hang_up()
            raise PlatformError(f"The process that keeps the sandboxes has gone ({error}); invoke again.") from error

    def _hear(self) -> None:
        assert self._control is not None  # noqa: S101  # it is read while it is open
        try:
            data = self._control.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self._hang_up()
            return
        *lines, self._input = (self._input + data).split(b"\n")
        for line in lines:
            self._told(json.loads(line))

    def _told(self, message: dict[str, Any]) -> None:
        if "private_tmp" in message:
            self.private_tmp = message["private_tmp"]
            if self._hello is not None and not self._hello.done():
                self._hello.set_result(None)
        elif "ended" in message:
            self._ends.pop(message["ended"]).set_result(Ended(message["status"], message["peak_kb"]))
        elif "pid" in message:
            ended = self._ends[message["pid"]] = asyncio.get_running_loop().create_future()
            self._asked.pop(message["id"]).set_result((message["pid"], ended))
        else:
            error = PlatformError(f"A sandbox could not be started: {message['error']}")
            self._asked.pop(message["id"]).set_exception(error)

    def _hang_up(self) -> None:
        """Take leave of the keeper; without it, every process is or will be killed."""
        if self._control is None:
            return
        asyncio.get_running_loop().remove_reader(self._control.fileno())
        self._control.close()
        self._control = None
        for ended in self._ends.values():
            ended.set_result(Ended(-signal.SIGKILL, 0))
        for waiting in (*self._asked.values(), self._hello):
            if waiting is not None and not waiting.done():
                waiting.set_exception(PlatformError("The process that keeps the sandboxes has gone; invoke again."))
        self._ends.clear()
        self._asked.clear()


async def _wait(process: subprocess.Popen[bytes]) -> None:
    for _ in range(2000):
        if process.poll() is not None:
            return
        await asyncio.sleep(0.003)
    process.kill()
    process.wait()
