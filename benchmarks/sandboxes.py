"""What a sandbox costs: its start and a warm invocation, beside bare `awslambdaric` and the least of servers."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from measure import arguments, median_ratio, take_turns

from pytest_serverless.invocation.aws import LambdaRuntime
from pytest_serverless.local.invocations import Invocation
from pytest_serverless.local.sandboxes.maker import ProcessSandboxes, SandboxSettings

HANDLER = "def handler(event, context):\n    return event\n"
EVENT = b'{"k": "v"}'


class Bare:
    """AWS's client against a server that answers one connection, and does nothing else."""

    def __init__(self, code: Path) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        variables = {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._listener.getsockname()[1]}",
        }
        started = time.perf_counter()
        self._process = subprocess.Popen([sys.executable, "-m", "awslambdaric", "app.handler"], cwd=code, env=variables)
        self._connection, _ = self._listener.accept()
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read()
        self.start_s = time.perf_counter() - started

    def _read(self) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0)
        while len(body) < length:
            body += self._connection.recv(65536)

    def invoke(self) -> float:
        """Return the seconds from the event to its answer."""
        started = time.perf_counter()
        self._connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: the-id\r\n"
            b"Lambda-Runtime-Deadline-Ms: 4102444800000\r\nContent-Length: %d\r\n\r\n%s" % (len(EVENT), EVENT)
        )
        self._read()
        seconds = time.perf_counter() - started
        self._connection.sendall(b'HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n')
        self._read()
        return seconds

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._connection.close()
        self._listener.close()


class Ours:
    """Sandboxes of the local platform, each round in the one event loop."""

    def __init__(self, code: Path, client: Any = "awslambdaric") -> None:
        self._loop = _new_loop()
        self._maker = ProcessSandboxes(SandboxSettings(client=client, shutdown_s=0.0))
        self._function = LambdaRuntime().function(name="echo", handler="app.handler", code=code)
        self.run(self._maker.open())
        self._warm = self._make()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)

    def _make(self) -> Any:
        return self._maker(self._function, sandbox_id=uuid.uuid4().hex, provisioned=False, on_line=lambda *_: None)

    def start_s(self) -> float:
        """Return the seconds from asking for a sandbox until its runtime asks for the first event."""

        async def work() -> float:
            sandbox = self._make()
            started = time.perf_counter()
            assert await sandbox.start() is None
            seconds = time.perf_counter() - started
            await sandbox.close()
            return seconds

        return float(self.run(work()))

    def invocations(self, count: int) -> list[float]:
        """Return the seconds of warm invocations, one after the other."""

        async def work() -> list[float]:
            seconds = []
            for number in range(count):
                invocation = Invocation(
                    request_id=str(number), payload=EVENT, invoked_arn="arn:aws:lambda:x", trace_id="Root=1"
                )
                started = time.perf_counter()
                await self._warm.run(invocation)
                seconds.append(time.perf_counter() - started)
            return seconds

        return list(self.run(work()))

    def close(self) -> None:
        self.run(self._maker.close())
        self.run(self._loop.shutdown_default_executor())
        self._loop.close()


def _new_loop() -> asyncio.AbstractEventLoop:
    if importlib.util.find_spec("uvloop") is None:
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


def _bare_start_s(code: Path) -> Callable[[], float]:
    def measure() -> float:
        bare = Bare(code)
        bare.close()
        return bare.start_s

    return measure


def _shown(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    return f"p50 {p50 * 1000:.3f} ms   p99 {p99 * 1000:.3f} ms"


def main() -> None:
    quick = arguments(__doc__).quick
    rounds, calls = (5, 200) if quick else (60, 3000)
    with tempfile.TemporaryDirectory() as folder:
        code = Path(folder)
        (code / "app.py").write_text(HANDLER, encoding="utf-8")
        ours, own = Ours(code), Ours(code, "own")
        try:
            bare = _bare_start_s(code)
            bare(), ours.start_s(), own.start_s()  # the first of each loads what they need
            times = take_turns({"sandbox": ours.start_s, "own client": own.start_s, "bare": bare}, rounds)
            for name, seconds in times.items():
                ratio = median_ratio(seconds, times["bare"])
                print(f"start to first /next   {name:10}  {statistics.median(seconds) * 1000:6.1f} ms   {ratio:.2f} x")
            peer = Bare(code)
            ours.invocations(100), own.invocations(100), [peer.invoke() for _ in range(100)]
            print(f"warm invocation        sandbox     {_shown(ours.invocations(calls))}")
            print(f"warm invocation        own client  {_shown(own.invocations(calls))}")
            print(f"warm invocation        bare        {_shown([peer.invoke() for _ in range(calls)])}")
            peer.close()
        finally:
            ours.close()
            own.close()


if __name__ == "__main__":
    main()
