"""One host that clients of any kind may upload to, answered in the process: nothing is connected, nothing is guarded.

It stands where Python's HTTP clients connect (`http.client`, and with it `urllib`; `urllib3`) and where `requests`
chooses its adapter. Clients with sockets of their own (httpx, aiohttp) do not come by here.
"""

from __future__ import annotations

import http.client
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

from pytest_serverless.backends.presigned import intercepted
from pytest_serverless.backends.wire import body_bytes

__all__ = ["uploads_to"]

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Take = Callable[[str, str, bytes], None]
"""Given the method, the target (path and query) and the body of a request."""


@contextmanager
def uploads_to(host: str, take: Take) -> Iterator[None]:
    """Hand each request to `host` to `take` while the block runs, and answer it with success."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(request.url)
        take(request.method, f"{parts.path}?{parts.query}", body_bytes(request.body))
        return 200, {}, ""

    with ExitStack() as stack:
        stack.enter_context(intercepted(lambda url: urlsplit(url).hostname == host, answer))
        for kind in _connections():
            stack.enter_context(_unconnected(kind, host, take))
        yield


def _connections() -> Iterator[Any]:
    yield from (http.client.HTTPConnection, http.client.HTTPSConnection)
    from urllib3 import connection

    yield from (connection.HTTPConnection, connection.HTTPSConnection)


@contextmanager
def _unconnected(kind: Any, host: str, take: Take) -> Iterator[None]:
    """Give connections of one kind to `host` a line that ends here."""
    own = vars(kind)["connect"]

    def connect(self: Any) -> None:
        if self.host != host:
            own(self)
            return
        self.sock = _Line(take)
        self.is_verified = True  # what urllib3 asks before it sends

    kind.connect = connect
    try:
        yield
    finally:
        kind.connect = own


class _Line:
    """What HTTP clients want of a socket: they send a request, then read the answer from a file."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._sent = bytearray()

    def sendall(self, data: Any) -> None:
        self._sent += data

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        head, _blank, body = bytes(self._sent).partition(b"\r\n\r\n")
        method, target, _version = head.decode("iso-8859-1").split("\r\n")[0].split(" ")
        self._take(method, target, body)
        return io.BufferedReader(io.BytesIO(_ANSWER))

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Let clients set timeouts and options, shut down and close: there is nothing to it."""
        return lambda *_, **__: None
