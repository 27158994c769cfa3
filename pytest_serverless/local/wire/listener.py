"""A listener: takes connections, reads requests, has them answered in their order."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable
from typing import cast

from pytest_serverless.errors import AddressInUseError, MissingExtraError
from pytest_serverless.local.wire.messages import Asked, Handler, Reply

__all__ = ["MOST_BODY_BYTES", "Listener"]

MOST_BODY_BYTES = 64 * 1024 * 1024
_MOST_HEADER_BYTES = 64 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Listener:
    """A port at which `handler` answers; `port` 0 takes a free one. Bodies over `most_bytes` are answered with 413."""

    def __init__(
        self, handler: Handler, *, host: str = "127.0.0.1", port: int = 0, most_bytes: int = MOST_BODY_BYTES
    ) -> None:
        self.host = host
        self.port = port
        self._handler = handler
        self._most_bytes = most_bytes
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    @property
    def address(self) -> str:
        """Host and port, as `127.0.0.1:9001`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    async def open(self) -> Listener:
        """Listen; raises AddressInUseError where somebody else does."""
        try:
            import httptools  # noqa: F401  # the parser of each connection: said here, where it can be mended
        except ModuleNotFoundError as error:
            raise MissingExtraError(module="httptools", extra="local", needed_for="The local platform") from error
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._connect, self.host, self.port, backlog=2048)
        except OSError as error:
            raise AddressInUseError(self.host, self.port, error.strerror or str(error)) from error
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def close(self) -> None:
        """Listen no more, and drop every connection."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.drop()

    def _connect(self) -> asyncio.Protocol:
        return _Connection(self._handler, self._most_bytes, self._connections)


class _Connection(asyncio.Protocol):
    def __init__(self, handler: Handler, most_bytes: int, connections: set[_Connection]) -> None:
        from httptools import HttpRequestParser

        self._handler = handler
        self._most_bytes = most_bytes
        self._connections = connections
        self._parser = HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._waiting: deque[tuple[Asked, bool]] = deque()
        self._current: Asked | None = None
        self._task: asyncio.Future[Reply] | None = None
        self._clear()

    def _clear(self) -> None:
        self._target = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._header_size = 0

    # What asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if isinstance(peer, tuple) else ""
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._connections.discard(self)
        self._waiting.clear()
        if self._current is not None:
            self._current.gone()

    def data_received(self, data: bytes) -> None:
        import httptools

        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(400, b"Upgrades are not understood here.\n")
        except httptools.HttpParserError:
            self._refuse(400, b"That is not HTTP/1.1.\n")

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # What the parser tells

    def on_message_begin(self) -> None:
        self._clear()

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_size += len(name) + len(value) + 4
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self._header_size > _MOST_HEADER_BYTES:
            self._refuse(431, b"The headers are too large.\n")
            return
        for name, value in self._headers:
            if name.lower() == "expect" and value.lower() == "100-continue" and self._transport is not None:
                self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size <= self._most_bytes:
            self._body.append(body)
        else:
            self._refuse(413, b"The body is too large.\n")

    def on_message_complete(self) -> None:
        asked = Asked(
            self._parser.get_method().decode("latin-1"),
            self._target.decode("latin-1"),
            self._headers,
            b"".join(self._body),
            self._peer,
        )
        self._waiting.append((asked, self._parser.should_keep_alive()))
        if self._current is None:
            self._answer_next()

    # One after the other

    def _answer_next(self) -> None:
        while self._waiting and self._current is None and self._transport is not None:
            asked, keep_alive = self._waiting.popleft()
            self._current = asked
            try:
                reply = self._handler(asked)
            except Exception:  # noqa: BLE001  # the client gets an answer, and the log the reason
                reply = _failed()
            if isinstance(reply, Reply):
                self._send(reply, asked, keep_alive)
            else:
                self._answer_later(reply, asked, keep_alive)

    def _answer_later(self, reply: Awaitable[Reply], asked: Asked, keep_alive: bool) -> None:
        task = self._task = asyncio.ensure_future(reply)

        def answered(task: asyncio.Future[Reply]) -> None:
            if task.cancelled():
                self.drop()
                return
            error = task.exception()
            self._send(task.result() if error is None else _failed(error), asked, keep_alive)
            self._answer_next()

        task.add_done_callback(answered)

    def _send(self, reply: Reply, asked: Asked, keep_alive: bool) -> None:
        self._current = None
        if self._transport is None:
            return
        self._transport.write(reply.encoded(close=not keep_alive, is_head=asked.method == "HEAD"))
        if not keep_alive:
            self._transport.close()

    def _refuse(self, status: int, body: bytes) -> None:
        if self._transport is not None:
            self._transport.write(Reply(status, body).encoded(close=True, is_head=False))
            self._transport.close()
            self._transport = None


def _failed(error: BaseException | None = None) -> Reply:
    """Return what a client gets where the answer could not be made; the reason is for whoever runs the server."""
    if error is None:
        traceback.print_exc()
    else:
        traceback.print_exception(error)
    return Reply(500, b"The local platform failed; see its log.\n", [("Content-Type", "text/plain")])
