"""Connections by gevent, kept open and shared by all that send; nothing waits for one, nothing is sent twice."""

from __future__ import annotations

import contextlib
import errno
import time
import zlib
from collections.abc import Callable, Mapping
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from ssl import SSLWantReadError
from typing import Any, Final

import gevent
from gevent import socket
from gevent.pool import Pool as Greenlets
from geventhttpclient.response import HTTPParseError, HTTPProtocolViolationError, HTTPResponse

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.drivers import tls
from pytest_serverless.load.drivers.contract import Exchange
from pytest_serverless.load.drivers.wire import Origin, origin_of, place, request_bytes

__all__ = ["GeventTransport"]

_BLOCK: Final = 16_384
_OPENING: Final = 64
"""How many connections are opened at once: more would overflow the queue of many a listener."""
_ROUND_TRIPS: Final = 5


class GeventTransport:
    """Sends over connections of its own, as many to each origin as are needed at once, `most_connections` at most.

    Where that many are in use, an exchange fails at once: waiting for one would be a queue that nobody sees. Choose as
    many as may be in flight. A request is written once: there are no retries, redirects are not followed, and a
    connection that its server closed while it was idle is found out before it is used. `timeout_s` is for the whole of
    an exchange, connecting and the last byte of the answer included. `clock` gives the times of exchanges, in seconds
    since the epoch.

    `ca_file` names the certificates to trust in the system's place; `insecure` trusts any. Make one for a process, and
    after it has forked.
    """

    def __init__(
        self,
        most_connections: int = 1000,
        timeout_s: float = 30.0,
        *,
        ca_file: str | None = None,
        insecure: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if most_connections < 1 or timeout_s <= 0:
            raise InvalidParameterError(
                f"There must be room for a connection, and time for an answer: {most_connections=}, {timeout_s=}."
            )
        self.most_connections = most_connections
        self.timeout_s = timeout_s
        self._ca_file = ca_file
        self._insecure = insecure
        self._clock = clock
        self._pools: dict[str, _Pool] = {}

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Exchange:
        """Send a request, once, and wait for its answer; what goes wrong is in the exchange, not raised.

        `wire_attempts` is 0 where nothing was sent, because there was no connection for one. Bodies in gzip or deflate
        are decoded.
        """
        deadline = time.monotonic() + self.timeout_s
        made = Exchange(self._clock(), 0.0, None, {}, b"", wire_attempts=0)
        try:
            first, target = place(url)
            pool = self._pools.get(first) or self._pool(first)
            message = request_bytes(method, pool.origin, target, headers, body)
            answer = self._answer(made, pool, method, message, deadline)
            made.ended_s = self._clock()
            made.headers = _joined(answer)
            made.body = _decoded(answer.body, made.headers.get("content-encoding"))
            made.status = answer.get_code()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what came of the request
            made.error = error.with_traceback(None)
            made.ended_s = made.ended_s or self._clock()
        return made

    def _answer(self, made: Exchange, pool: _Pool, method: str, message: bytes, deadline: float) -> _Answer:
        connection, made.new_connection = pool.take(deadline)
        is_reusable = False
        try:
            made.wire_attempts = 1
            answer = _sent(connection, method, message, deadline)
            is_reusable = not answer.should_close()
        finally:
            pool.give_back(connection, is_reusable=is_reusable)
        return answer

    def open(self, url: str, connections: int) -> int:
        """Have that many connections open to the host of a URL, TLS included; return how many there are.

        No request is sent: no function is called.
        """
        pool = self._pool(place(url)[0])
        missing = min(connections, self.most_connections) - pool.size
        deadline = time.monotonic() + self.timeout_s
        greenlets = Greenlets(_OPENING)
        for _ in range(missing):
            greenlets.spawn(pool.add, deadline)
        greenlets.join()
        return pool.size

    def round_trip_ms(self, url: str) -> float | None:
        """Return the least time in which a connection is opened, without TLS: one round trip of the network.

        No request is sent, for it might call a function. None where there is no connection.
        """
        origin = self._pool(place(url)[0]).origin
        try:
            return min(_connecting_ms(origin, self.timeout_s) for _ in range(_ROUND_TRIPS))
        except OSError:
            return None

    def close(self) -> None:
        """Close all connections; those in use when their exchange ends."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, first: str) -> _Pool:
        if first not in self._pools:
            origin = origin_of(first)
            context = tls.context(self._ca_file, insecure=self._insecure) if origin.is_tls else None
            self._pools[first] = _Pool(origin, context, self.most_connections)
        return self._pools[first]


class _Pool:
    """The connections to one origin: the one that was used last is used next."""

    __slots__ = ("_context", "_idle", "_in_use", "_is_closed", "_most", "origin")

    def __init__(self, origin: Origin, context: Any, most: int) -> None:
        self.origin = origin
        self._context = context
        self._most = most
        self._idle: list[Any] = []
        self._in_use = 0
        self._is_closed = False

    @property
    def size(self) -> int:
        """How many there are, in use or not."""
        return self._in_use + len(self._idle)

    def take(self, deadline: float) -> tuple[Any, bool]:
        """Return a connection, and whether it is a new one."""
        while self._idle:
            connection = self._idle.pop()
            if _is_quiet(connection):
                self._in_use += 1
                return connection, False
            connection.close()
        if self._in_use >= self._most:
            raise OSError(
                errno.EMFILE, f"all {self._most:,} connections to {self.origin} are in use; allow for more of them"
            )
        return self._new(deadline), True

    def add(self, deadline: float) -> None:
        """Open one for later; why there is none, the first who needs it will see."""
        try:
            connection = self._new(deadline)
        except OSError:
            return
        self.give_back(connection, is_reusable=True)

    def give_back(self, connection: Any, *, is_reusable: bool) -> None:
        self._in_use -= 1
        if is_reusable and not self._is_closed:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()

    def _new(self, deadline: float) -> Any:
        """Connect, and count it as in use from now on: others may come before it is there."""
        self._in_use += 1
        try:
            with _until(deadline, f"no connection to {self.origin} in time"):
                return _connected(self.origin, self._context)
        except BaseException:
            self._in_use -= 1
            raise


def _until(deadline: float, why: str) -> gevent.Timeout:
    return gevent.Timeout(max(deadline - time.monotonic(), 0.0), TimeoutError(errno.ETIMEDOUT, why))


def _connected(origin: Origin, context: Any) -> Any:
    connection = socket.create_connection((origin.host, origin.port))
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(connection, server_hostname=origin.host) if context else connection
    except BaseException:
        connection.close()
        raise


def _connecting_ms(origin: Origin, timeout_s: float) -> float:
    address = socket.getaddrinfo(origin.host, origin.port, 0, socket.SOCK_STREAM)[0][-1]
    started = time.perf_counter()
    socket.create_connection(address[:2], timeout_s).close()
    return (time.perf_counter() - started) * 1e3


def _is_quiet(connection: Any) -> bool:
    """Tell whether an idle connection may be used: its server has neither closed it nor said anything.

    Over TLS it may be readable all the same, for session tickets come after the handshake: only reading tells.
    """
    connection.settimeout(0.0)
    try:
        connection.recv(1)
    except (BlockingIOError, SSLWantReadError):
        return True
    except OSError:
        return False
    return False


def _sent(connection: Any, method: str, message: bytes, deadline: float) -> _Answer:
    """Write a request and read its answer, which may come before all is written: 413, for one."""
    connection.settimeout(_left(deadline))
    broken: OSError | None = None
    try:
        connection.sendall(message)
    except (BrokenPipeError, ConnectionResetError) as error:
        broken = error
    try:
        return _received(connection, method, deadline)
    except (OSError, HTTPException):
        if broken is None:
            raise
    raise broken


def _received(connection: Any, method: str, deadline: float) -> _Answer:
    answer = _Answer(method)
    while not answer.is_final:
        connection.settimeout(_left(deadline))
        data = connection.recv(_BLOCK)
        if data:
            answer.feed(data)
        else:
            _end(answer)
    return answer


def _end(answer: _Answer) -> None:
    """Take it that no more will come, which is how an answer without a length ends."""
    if not answer.message_begun:
        raise RemoteDisconnected("the connection was closed before an answer came")
    with contextlib.suppress(HTTPParseError):
        answer.feed(b"")
    if not answer.is_final:
        raise IncompleteRead(answer.body)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError(errno.ETIMEDOUT, "no whole answer in time")
    return left


class _Answer(HTTPResponse):  # type: ignore[misc]  # it has types, but is not there where ours are checked
    """An answer while it comes; interim ones (100, 103) before it are passed over."""

    def __init__(self, method: str) -> None:
        super().__init__(method)
        self.is_final = False

    @property
    def body(self) -> bytes:
        return bytes(self._body_buffer)

    def _on_message_begin(self) -> None:
        if self.is_final:
            raise HTTPProtocolViolationError("two answers came to one request")
        super()._on_message_begin()

    def _on_message_complete(self) -> None:
        super()._on_message_complete()
        self.is_final = self.get_code() >= 200


def _joined(answer: _Answer) -> dict[str, str]:
    """Return the headers by their names in lower case; several lines of one name become one, as RFC 9110 (5.3) has it.

    Cookies are joined too, although a comma may be in one: they are not kept from one request to the next.
    """
    found: dict[str, str] = {}
    for name, value in answer.items():
        lower = name.lower()
        found[lower] = f"{found[lower]}, {value}" if lower in found else value
    return found


def _decoded(body: bytes, encoding: Any) -> bytes:
    """Return a body as it was before it was compressed; as it came, by an encoding that is not known here."""
    if not body or encoding not in {"gzip", "x-gzip", "deflate"}:
        return body
    try:
        return zlib.decompress(body, zlib.MAX_WBITS | 32)
    except zlib.error as error:
        raise HTTPException(f"the body is not what its Content-Encoding says: {error}") from error
