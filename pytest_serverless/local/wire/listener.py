"""A listener: takes connections, reads requests, has them answered in their order."""

from __future__ import annotations

import asyncio
import errno
import os
import traceback
from collections import deque
from collections.abc import Awaitable
from typing import cast

from pytest_serverless.errors import AddressInUseError, MissingExtraError
from pytest_serverless.local.wire.messages import Asked, Handler, Reply

__all__ = ["MOST_BODY_BYTES", "MOST_HEADER_BYTES", "Listener", "address_of"]

MOST_BODY_BYTES = 64 * 1024 * 1024
MOST_HEADER_BYTES = 64 * 1024
_MOST_WAITING = 64
"""Requests of one connection that are read before the first of them is answered."""
_LINGER_S = 5.0
"""How long the rest of a refused request is read: a client that is cut off while it sends may not see its answer."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def address_of(host: str, port: int) -> str:
    """Return host and port, as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Listener:
    """A port at which `handler` answers; `port` 0 takes a free one.

    Bodies over `most_bytes` are answered with 413, headers over `most_header_bytes` with 431.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        most_bytes: int = MOST_BODY_BYTES,
        most_header_bytes: int = MOST_HEADER_BYTES,
    ) -> None:
        self.host = host
        self.port = port
        self._handler = handler
        self._most_bytes = most_bytes
        self._most_header_bytes = most_header_bytes
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    @property
    def address(self) -> str:
        """Host and port, as `127.0.0.1:9001`."""
        return address_of(self.host, self.port)

    async def open(self) -> Listener:
        """Listen; raises AddressInUseError where somebody else does."""
        try:
            import httptools  # noqa: F401  # the parser of each connection: said here, where it can be mended
        except ModuleNotFoundError as error:
            raise MissingExtraError(module="httptools", extra="local", needed_for="The local platform") from error
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._connect, self.host, self.port, backlog=2048)
        except (OSError, OverflowError) as error:
            raise _refused(self.host, self.port, error) from error
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def close(self) -> None:
        """Listen no more, drop every connection, and cancel what was being done for them."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.drop()

    def _connect(self) -> asyncio.Protocol:
        return _Connection(self._handler, self._most_bytes, self._most_header_bytes, self._connections)


class _Connection(asyncio.Protocol):
    def __init__(
        self, handler: Handler, most_bytes: int, most_header_bytes: int, connections: set[_Connection]
    ) -> None:
        from httptools import HttpRequestParser

        self._handler = handler
        self._most_bytes = most_bytes
        self._most_header_bytes = most_header_bytes
        self._connections = connections
        self._parser = HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._waiting: deque[tuple[Asked, bool]] = deque()
        self._current: Asked | None = None
        self._task: asyncio.Task[Reply] | None = None
        self._is_over = False
        self._refusal: Reply | None = None
        self._is_paused = False
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

        if self._is_over:
            return  # the rest of what was refused
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:  # it is declined by an answer in HTTP/1.1, and so goes on
            self._parser = httptools.HttpRequestParser(self)
            self.data_received(data[offer.args[0] :])
        except httptools.HttpParserError:
            self._refuse(400, b"That is not HTTP/1.1.\n")

    def drop(self) -> None:
        """End the connection at once, and what is done for it."""
        if self._transport is not None:
            self._transport.abort()
        if self._task is not None:
            self._task.cancel()

    # What the parser tells

    def on_message_begin(self) -> None:
        self._clear()

    def on_url(self, url: bytes) -> None:
        self._target += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        for name, value in self._headers:
            if len(name) not in {6, 14}:  # the two that matter here
                continue
            lower = name.lower()
            if lower == "content-length" and value.isdecimal() and int(value) > self._most_bytes:
                self._refuse(413, b"The body is too large.\n")
            elif lower == "expect" and value.lower() == "100-continue" and not self._is_over and self._transport:
                self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size <= self._most_bytes:
            self._body.append(body)
        else:
            self._refuse(413, b"The body is too large.\n")

    def on_message_complete(self) -> None:
        if self._is_over:
            return
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
        elif len(self._waiting) >= _MOST_WAITING and self._transport is not None:
            self._transport.pause_reading()
            self._is_paused = True

    def _count(self, size: int) -> None:
        self._header_size += size
        if self._header_size > self._most_header_bytes:
            self._refuse(431, b"The headers are too large.\n")

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
        if self._current is not None or self._transport is None:
            return
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
        if self._refusal is not None:
            self._end_with(self._refusal)

    def _answer_later(self, reply: Awaitable[Reply], asked: Asked, keep_alive: bool) -> None:
        future = asyncio.ensure_future(reply)
        self._task = future if future is not reply and isinstance(future, asyncio.Task) else None

        def answered(future: asyncio.Future[Reply]) -> None:
            self._task = None
            if future.cancelled():
                self.drop()
                return
            error = future.exception()
            self._send(future.result() if error is None else _failed(error), asked, keep_alive)
            self._answer_next()

        future.add_done_callback(answered)

    def _send(self, reply: Reply, asked: Asked, keep_alive: bool) -> None:
        self._current = None
        if self._transport is None:
            return
        self._transport.write(reply.encoded(close=not keep_alive, is_head=asked.method == "HEAD"))
        if not keep_alive:
            self._is_over = True
            self._refusal = None  # the parser minds whatever comes after a last request
            self._transport.close()

    def _refuse(self, status: int, body: bytes) -> None:
        """Answer what cannot be read on from, after what was asked before it."""
        if self._is_over:
            return
        self._is_over = True
        self._refusal = Reply(status, body, _PLAIN)
        self._answer_next()

    def _end_with(self, reply: Reply) -> None:
        """Send the last answer, and read what is left of the request without looking."""
        self._refusal = None
        if self._transport is None:
            return
        self._transport.write(reply.encoded(close=True, is_head=False))
        if self._transport.can_write_eof():
            self._transport.write_eof()
        asyncio.get_running_loop().call_later(_LINGER_S, self.drop)


def _refused(host: str, port: int, error: OSError | OverflowError) -> AddressInUseError:
    number = getattr(error, "errno", None) or 0
    why = os.strerror(number).lower() if number > 0 else getattr(error, "strerror", None) or str(error)
    return AddressInUseError(host, port, why, is_taken=number == errno.EADDRINUSE)


_PLAIN = (("Content-Type", "text/plain"),)


def _failed(error: BaseException | None = None) -> Reply:
    """Return what a client gets where the answer could not be made; the reason is for whoever runs the server."""
    if error is None:
        traceback.print_exc()
    else:
        traceback.print_exception(error)
    return Reply(500, b"The local platform failed; see its log.\n", _PLAIN)
