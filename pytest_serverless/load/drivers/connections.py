"""Connections by gevent, kept open and shared by all that send; nothing waits for one, nothing is sent twice."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any, Final

import gevent

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.drivers import tls
from pytest_serverless.load.drivers.answers import Answer
from pytest_serverless.load.drivers.contract import Exchange
from pytest_serverless.load.drivers.pools import Pool
from pytest_serverless.load.drivers.wire import Origin, origin_of, place, request_bytes

__all__ = ["GeventTransport"]

_BLOCK: Final = 16_384
_ROUND_TRIPS: Final = 5
_TOO_LATE: Final = (errno.ETIMEDOUT, "no whole answer in time")


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
        if ca_file is not None:
            tls.context(ca_file)  # what is wrong with it is said now
        self.most_connections = most_connections
        self.timeout_s = timeout_s
        self._ca_file = ca_file
        self._insecure = insecure
        self._clock = clock
        self._pools: dict[str, Pool] = {}

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
            made.headers = answer.headers
            made.body = answer.body()
            made.status = answer.status
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what came of the request
            made.error = error.with_traceback(None)
            made.ended_s = made.ended_s or self._clock()
        return made

    def _answer(self, made: Exchange, pool: Pool, method: str, message: bytes, deadline: float) -> Answer:
        connection, made.new_connection = pool.take(deadline)
        is_reusable = False
        try:
            # One for the whole exchange: a socket's own would be made anew for each time that it waits.
            with gevent.Timeout(max(deadline - time.monotonic(), 0.0), TimeoutError(*_TOO_LATE)):
                made.wire_attempts = 1
                answer = _sent(connection, method, message, deadline)
            is_reusable = not answer.is_last
        finally:
            pool.give_back(connection, is_reusable=is_reusable)
        return answer

    def open(self, url: str, connections: int) -> int:
        """Have that many connections open to the host of a URL, TLS included; return how many there are.

        No request is sent: no function is called. Fewer may be had: `trouble` tells why, and so does the first request
        that needs one more.
        """
        return self._pool(place(url)[0]).fill(connections, time.monotonic() + self.timeout_s)

    def trouble(self, url: str) -> OSError | None:
        """Return why `open` could not have all of its connections to the host of a URL; None where it could."""
        return self._pool(place(url)[0]).trouble

    def round_trip_ms(self, url: str) -> float | None:
        """Return the least time in which a connection is opened, without TLS: one round trip of the network.

        No request is sent, for it might call a function. None where there is no connection.
        """
        pool, deadline = self._pool(place(url)[0]), time.monotonic() + self.timeout_s
        try:
            return min(pool.connecting_ms(deadline) for _ in range(_ROUND_TRIPS))
        except OSError:
            return None

    def close(self) -> None:
        """Close all connections; those in use when their exchange ends."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, first: str) -> Pool:
        if first not in self._pools:
            origin = origin_of(first)
            same = next((pool for pool in self._pools.values() if pool.origin == origin), None)
            self._pools[first] = same or Pool(origin, self._context(origin), self.most_connections)
        return self._pools[first]

    def _context(self, origin: Origin) -> Any:
        return tls.context(self._ca_file, insecure=self._insecure) if origin.is_tls else None


def _sent(connection: Any, method: str, message: bytes, deadline: float) -> Answer:
    """Write a request and read its answer, which may come before all is written: 413, for one."""
    broken: OSError | None = None
    try:
        written = connection.send(message)
        if written < len(message):
            connection.sendall(memoryview(message)[written:])
    except (BrokenPipeError, ConnectionResetError) as error:
        broken = error
    try:
        return _received(connection, method, deadline)
    except (OSError, HTTPException):
        if broken is None:
            raise
    raise broken


def _received(connection: Any, method: str, deadline: float) -> Answer:
    answer = Answer(method)
    answer.take(connection.recv(_BLOCK))
    while not answer.is_final:
        if time.monotonic() > deadline:  # one that never lets us wait never lets the timeout come
            raise TimeoutError(*_TOO_LATE)
        answer.take(connection.recv(_BLOCK))
    return answer
