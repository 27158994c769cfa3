"""Answers each request with the same, the least that a server can do: in a process, and on a core, of its own.

One kind of answer is the Invoke API's, with a REPORT; `stalling` ones take 20 ms, and more while nothing is answered.
"""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

__all__ = ["SERVICE_S", "Stalls", "pin", "serving"]

SERVICE_S = 0.02
REPORT = (
    "START RequestId: 6f1 Version: $LATEST\nEND RequestId: 6f1\nREPORT RequestId: 6f1\tDuration: 12.50 ms\t"
    "Billed Duration: 13 ms\tMemory Size: 256 MB\tMax Memory Used: 70 MB\t\n"
)
PLAIN = (
    "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"
    "X-Amzn-RequestId: 6f1c0d2e-0000-4000-8000-000000000000\r\n{}Content-Length: 16\r\n\r\n"
    '{{"status": "ok"}}'
)
TAIL = f"X-Amz-Executed-Version: $LATEST\r\nX-Amz-Log-Result: {base64.b64encode(REPORT.encode()).decode()}\r\n"
ANSWERS = {"plain": PLAIN.format("").encode(), "invocation": PLAIN.format(TAIL).encode()}


class Stalls(NamedTuple):
    """From `every_s` after the first request on, nothing is answered for `for_s`, again and again."""

    every_s: float
    for_s: float

    def left_s(self, at_s: float) -> float:
        """Return how long a request waits for the end of a stall; `at_s` counts from the first one."""
        return max(self.for_s - at_s % self.every_s, 0.0) if at_s >= self.every_s else 0.0


class Answering(asyncio.Protocol):
    """One connection; `first_s` is when the server's first request came."""

    first_s: float | None = None

    def __init__(self, answer: bytes, stalls: Stalls | None) -> None:
        self._answer = answer
        self._stalls = stalls
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            _, _, rest = head.partition(b"content-length:")
            whole = end + 4 + int(rest.partition(b"\r\n")[0] or 0)
            if len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            if self._stalls is None:
                self._transport.write(self._answer)
            else:
                self._answer_later(self._stalls)

    def _answer_later(self, stalls: Stalls) -> None:
        loop = asyncio.get_running_loop()
        if Answering.first_s is None:
            Answering.first_s = loop.time()
        wait_s = stalls.left_s(loop.time() - Answering.first_s)
        loop.call_later(wait_s + SERVICE_S, self._transport.write, self._answer)


def pin(process: subprocess.Popen[str], core: int) -> None:
    """Keep a process on one of the cores that there are, counted from 0, where there are several and it can be said."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) > 1:
        os.sched_setaffinity(process.pid, {cores[core % len(cores)]})


@contextmanager
def serving(answer: str = "plain", stalls: Stalls | None = None) -> Iterator[str]:
    """Yield the URL of a server in a process of its own, kept off the first core."""
    command = [sys.executable, __file__, answer, *(str(each) for each in stalls or ())]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        pin(process, 1)
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(10)


async def serve(answer: bytes, stalls: Stalls | None) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(answer, stalls), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    _, answer, *times = sys.argv
    asyncio.run(serve(ANSWERS[answer], Stalls(*map(float, times)) if times else None))
