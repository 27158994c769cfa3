"""A client that costs next to nothing: the same bytes over and over on connections that stay open.

Run as a program in a process of its own, it prints one line of JSON: `answers`, `seconds`, `p50_ms`, `p99_ms` and
`statuses`. Latencies are those that the client sees, its own cost among them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

__all__ = ["drive"]


class _Connection(asyncio.Protocol):
    """Sends the next request when the last was answered, until the time is over."""

    def __init__(self, request: bytes, until: float, statuses: Counter[str], latencies: list[float]) -> None:
        self._request = request
        self._until = until
        self._statuses = statuses
        self._latencies = latencies
        self.done = asyncio.get_running_loop().create_future()
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(rest) < _length(head):
            return
        self._buffer = b""
        now = time.perf_counter()
        self._latencies.append(now - self._sent)
        self._statuses[head[9:12].decode()] += 1
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.done.set_result(None)


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0] or 0)


def drive(url: str, *, body: str = "{}", connections: int = 16, seconds: float = 5.0, cpu: int | None = None) -> Any:
    """Ask a URL by POST from a process of its own, and return what it measured."""
    command = [sys.executable, __file__, url, body, str(connections), str(seconds)]
    if cpu is not None:
        command = ["taskset", "-c", str(cpu), *command]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60)
    return json.loads(done.stdout)


async def _main(url: str, body: str, connections: int, seconds: float) -> dict[str, Any]:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    content = body.encode()
    head = f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
    # A credential scope tells an emulator of many services which one is meant; nobody checks the signature.
    scope = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
    request = f"{head}Authorization: {scope}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    loop, begun = asyncio.get_running_loop(), time.perf_counter()

    def make() -> _Connection:
        return _Connection(request, begun + seconds, statuses, latencies)

    made = [await loop.create_connection(make, parts.hostname, parts.port) for _ in range(connections)]
    await asyncio.gather(*(connection.done for _, connection in made))
    latencies.sort()
    return {
        "answers": len(latencies),
        "seconds": time.perf_counter() - begun,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
        "statuses": dict(statuses),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("body")
    parser.add_argument("connections", type=int)
    parser.add_argument("seconds", type=float)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(_main(given.url, given.body, given.connections, given.seconds))))
