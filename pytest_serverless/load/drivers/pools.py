"""The connections to one origin: opened when they are needed, or before; kept, and looked at before they are used."""

from __future__ import annotations

import contextlib
import errno
import math
import time
from ssl import SSLWantReadError
from typing import Any, Final

import gevent
from gevent import socket
from gevent.pool import Pool as Greenlets

from pytest_serverless.load.drivers.wire import Origin

__all__ = ["Pool"]

_OPENING: Final = 64
"""How many connections are opened at once: more would overflow the queue of many a listener."""
_NAMES_HOLD_S: Final = 30.0


class Pool:
    """The connections to one origin: the one that was used last is used next."""

    __slots__ = ("_context", "_idle", "_in_use", "_is_closed", "_most", "_names", "origin", "trouble")

    def __init__(self, origin: Origin, context: Any, most: int) -> None:
        self.origin = origin
        self._context = context
        self._names = _Names(origin)
        self._most = most
        self._idle: list[Any] = []
        self._in_use = 0
        self._is_closed = False
        self.trouble: OSError | None = None
        """Why connections were missing when it was last to be filled; None where none were."""

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

    def fill(self, connections: int, deadline: float) -> int:
        """Open as many as are missing, without those that were closed meanwhile; return how many there are then."""
        idle = self._idle
        for closed in [each for each in idle if not _is_quiet(each)]:
            idle.remove(closed)
            closed.close()
        self.trouble = None
        with contextlib.suppress(OSError), self._in_time(deadline):
            self._names.addresses()  # once for all
        greenlets = Greenlets(_OPENING)
        for _ in range(min(connections, self._most) - self.size):
            greenlets.spawn(self._add, deadline)
        greenlets.join()
        return self.size

    def connecting_ms(self, deadline: float) -> float:
        """Return how long connecting takes, without TLS."""
        with self._in_time(deadline):
            self._names.addresses()
            started = time.perf_counter()
            connection = _connected(self._names)
            took_s = time.perf_counter() - started
        connection.close()
        return took_s * 1e3

    def _add(self, deadline: float) -> None:
        """Open one for later."""
        try:
            self.give_back(self._new(deadline), is_reusable=True)
        except OSError as error:
            self.trouble = error.with_traceback(None)

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
            with self._in_time(deadline):
                return self._secured(_connected(self._names))
        except BaseException:
            self._in_use -= 1
            raise

    def _in_time(self, deadline: float) -> gevent.Timeout:
        why = TimeoutError(errno.ETIMEDOUT, f"no connection to {self.origin} in time")
        return gevent.Timeout(max(deadline - time.monotonic(), 0.0), why)

    def _secured(self, connection: Any) -> Any:
        if self._context is None:
            return connection
        try:
            return self._context.wrap_socket(connection, server_hostname=self.origin.host)
        except BaseException:
            connection.close()
            raise


class _Names:
    """What a host's name leads to: asked again after 30 s, for a burst of connections is to be none of questions.

    Where there are several addresses, connections take turns, as they would if each asked.
    """

    __slots__ = ("_found", "_origin", "_turn", "_until")

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._found: list[Any] = []
        self._until = -math.inf
        self._turn = 0

    def addresses(self) -> list[Any]:
        """Return families and addresses, in the order in which they should be tried."""
        if time.monotonic() >= self._until:
            self._found = self._asked()
            self._until = time.monotonic() + _NAMES_HOLD_S
        family = self._found[0][0]
        first = [each for each in self._found if each[0] == family]
        start = self._turn % len(first)
        self._turn += 1
        return [*first[start:], *first[:start], *(each for each in self._found if each[0] != family)]

    def _asked(self) -> list[Any]:
        host, port = self._origin.host, self._origin.port
        try:
            found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
        except UnicodeError as error:  # of its encoding for names: an empty label, one that is too long
            raise socket.gaierror(socket.EAI_NONAME, f"{host} is no name of a host: {error}") from error
        return [(family, address) for family, _, _, _, address in found]

    def forget(self) -> None:
        self._until = -math.inf


def _connected(names: _Names) -> Any:
    """Connect to the first address that takes it; raises what was raised last."""
    last: OSError | None = None
    for family, address in names.addresses():
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.connect(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connection.close()
            last = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    names.forget()
    raise last or OSError(errno.EHOSTUNREACH, "the name of the host leads nowhere")


def _is_quiet(connection: Any) -> bool:
    """Tell whether an idle connection may be used: its server has neither closed it nor said anything.

    Over TLS it may be readable all the same, for session tickets come after the handshake: only reading tells.
    """
    connection.settimeout(0.0)
    try:
        connection.recv(1)
    except (BlockingIOError, SSLWantReadError):
        connection.settimeout(None)  # whoever uses it sees to the time
        return True
    except OSError:
        return False
    return False
