"""The local platform under load while its sandboxes are killed: every request is answered, and nothing is left behind.

200 requests a second through the Invoke API, open loop, for ten minutes (`--quick`: 30 seconds); each second a sandbox
is killed. Every answer must be one that Lambda documents: a result, a function error of a runtime that was killed, or a
throttle. At the end there are no more processes and descriptors than the sandboxes need, the folder of the
sandboxes is empty, and the server's memory has not grown by more than 10 % since the first tenth. Ends with 1 where one
of this does not hold.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from measure import arguments

from pytest_serverless.local.running import RunningPlatform
from pytest_serverless.local.settings import Settings

RATE = 200.0
MOST = 20
"""Sandboxes that there may be; a killed one is started again when it is next needed."""
BASE, PER_SANDBOX, OTHERS = 60, 8, 3
"""Descriptors of the server itself, and with its connections for each sandbox; processes beside the sandboxes."""
TEMPLATE = f"""
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: work
      CodeUri: .
      Handler: app.work
      Runtime: python3.12
      Timeout: 5
      MemorySize: 256
      ReservedConcurrentExecutions: {MOST}
"""
HANDLER = """
import time

def work(event, context):
    time.sleep(event["sleep"])
    return {"n": event["n"]}
"""


class Pool:
    """Connections that stay open, each for one request at a time."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer."""
        reader, writer = self._free.pop() if self._free else await asyncio.open_connection(self._host, self._port)
        head = f"POST {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        answer = await reader.readexactly(int(headers.get("content-length", 0)))
        self._free.append((reader, writer))
        return int(lines[0].split()[1]), headers, answer

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


@dataclass(slots=True)
class Sample:
    """What the server holds at one moment."""

    processes: int
    descriptors: int
    memory_mb: float


@dataclass(slots=True)
class Soak:
    """One run: what was answered, what was killed, what was held."""

    server: int
    answers: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)
    killed: int = 0
    samples: list[Sample] = field(default_factory=list)

    async def ask(self, pool: Pool, number: int) -> None:
        body = json.dumps({"n": number, "sleep": random.choice([0.0, 0.005, 0.02])}).encode()  # a load, not a secret
        try:
            status, headers, answer = await pool.post("/2015-03-31/functions/work/invocations", body)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.strange.append(f"no answer: {error!r}")
            return
        kind = kind_of(status, headers, answer, number)
        self.answers[kind] += 1
        if kind == "strange":
            self.strange.append(f"{status} {headers} {answer[:200]!r}")

    async def kill_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(1)
            sandboxes = [pid for pid in children(self.server) if b"awslambdaric" in command(pid)]
            if sandboxes:
                os.kill(random.choice(sandboxes), signal.SIGKILL)
                self.killed += 1

    async def watch(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            self.samples.append(sample(self.server))


def kind_of(status: int, headers: dict[str, str], answer: bytes, number: int) -> str:
    if status == 429:
        return f"throttled: {json.loads(answer)['Reason']}"
    if status != 200:
        return "strange"
    value = json.loads(answer)
    if "x-amz-function-error" not in headers:
        return "result" if value == {"n": number} else "strange"
    return f"error: {value['errorType']}" if "signal: killed" in value["errorMessage"] else "strange"


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        own = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it has ended meanwhile
        return []
    return own + [descendant for child in own for descendant in children(child)]


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def sample(pid: int) -> Sample:
    status = Path(f"/proc/{pid}/status").read_text()
    memory = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    return Sample(len(children(pid)), len(list(Path(f"/proc/{pid}/fd").iterdir())), memory)


async def run(platform: RunningPlatform, seconds: float) -> Soak:
    soak, pool = Soak(platform.addresses["pid"]), Pool(platform.addresses["invoke"])
    others = [asyncio.ensure_future(soak.kill_now_and_then()), asyncio.ensure_future(soak.watch(seconds / 20))]
    loop, asked = asyncio.get_running_loop(), []
    begun = loop.time()
    number, due = 0, begun
    while due < begun + seconds:
        await asyncio.sleep(max(0.0, due - loop.time()))
        asked.append(asyncio.ensure_future(soak.ask(pool, number)))
        number, due = number + 1, due + random.expovariate(RATE)
    await asyncio.gather(*asked)
    for other in others:
        other.cancel()
    pool.close()
    return soak


def faults(soak: Soak) -> list[str]:
    """Return what does not hold."""
    found = [f"{len(soak.strange)} strange answers, the first: {soak.strange[0]}"] if soak.strange else []
    early, late = soak.samples[2], soak.samples[-1]
    if late.descriptors > BASE + MOST * PER_SANDBOX:
        found.append(f"{late.descriptors} descriptors are too many for {MOST} sandboxes")
    if late.processes > MOST + OTHERS:
        found.append(f"{late.processes} processes are too many for {MOST} sandboxes")
    if late.memory_mb > early.memory_mb * 1.1 + 2:
        found.append(f"memory grew from {early.memory_mb:.1f} to {late.memory_mb:.1f} MB")
    return found


def main() -> int:
    seconds = 30.0 if arguments(__doc__).quick else 600.0
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as temporary:
        Path(folder, "template.yaml").write_text(TEMPLATE)
        Path(folder, "app.py").write_text(HANDLER)
        os.environ["TMPDIR"] = temporary
        chosen = Settings(template=Path(folder, "template.yaml"), backends=False, reload=False)
        with RunningPlatform(chosen, quiet=True) as platform:
            begun = time.perf_counter()
            soak = asyncio.run(run(platform, seconds))
            took = time.perf_counter() - begun
            truth: Any = platform.truth()
            pid, said = soak.server, platform.logs
        found = faults(soak)
        left = [path.name for path in Path(temporary).iterdir()]
        found += [f"left in the temporary folder: {left}"] if left else []
        found += ["the server is still there"] if Path(f"/proc/{pid}").exists() else []
    print(f"{sum(soak.answers.values()):,} requests in {took:.0f} s, {soak.killed} sandboxes killed:")
    for kind, count in soak.answers.most_common():
        print(f"{kind:>40}: {count:,}")
    print(f"arrivals by the platform's own count: {truth['arrivals']:,}, cold starts: {truth['cold_starts']:,}")
    shown = [soak.samples[0], soak.samples[len(soak.samples) // 2], soak.samples[-1]]
    for name, one in zip(("early", "middle", "late"), shown, strict=True):
        print(f"{name:>8}: {one.processes} processes, {one.descriptors} descriptors, {one.memory_mb:.1f} MB")
    for fault in found:
        print(f"FAULT: {fault}")
    if soak.strange:
        print(*said.splitlines()[-40:], sep="\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
