"""The guard around tests that use mocked backends: nothing leaves the process but to hosts that are allowed.

It stands in Python's own sockets, so blocking clients and asyncio's loop alike meet it. Code that opens sockets without
them (libcurl, gRPC's core, uvloop) does not.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from pytest_serverless.errors import NetworkBlockedError

__all__ = ["NetworkGuard"]

GUARDED_METHODS = ("connect", "connect_ex", "sendto")


class NetworkGuard:
    """Refuses connections to hosts that no pattern allows.

    Patterns are host names (`api.example.com`), names with `*` (`*.example.com`, `*`), addresses, networks
    (`10.0.0.0/8`), each with a port if only that one is meant (`db.local:5432`). The machine itself is always allowed.
    `blocked` lists the errors that were raised, for handlers that swallow them.
    """

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self.allow = tuple(pattern.strip().lower() for pattern in allow if pattern.strip())
        self.blocked: list[NetworkBlockedError] = []
        self._test = ""
        self._resolved: set[str] = set()

    def allows(self, host: str, port: int | str | None = None) -> bool:
        """Return whether the host may be connected to."""
        name = host.lower().rstrip(".")
        return _is_here(name) or name in self._resolved or any(_matches(name, port, pattern) for pattern in self.allow)

    def refuse(self, url: str) -> NetworkBlockedError:
        """Return the error for a request to a URL, and remember it."""
        parts = urlsplit(url)
        return self._refuse(parts.hostname or url, parts.port)

    def _refuse(self, host: str, port: int | str | None) -> NetworkBlockedError:
        error = NetworkBlockedError(host=host, port=port, test=self._test)
        self.blocked.append(error)
        return error

    @contextmanager
    def guarding(self, test: str = "") -> Iterator[None]:
        """Guard the process; `test` is named in errors."""
        self._test = test
        self._resolved.clear()
        self.blocked.clear()
        resolve, kind = socket.getaddrinfo, socket.socket
        own = {name: vars(kind).get(name) for name in GUARDED_METHODS}
        socket.getaddrinfo = self._guarded_resolve(resolve)
        for name in GUARDED_METHODS:
            setattr(kind, name, self._guarded_method(getattr(kind, name)))
        try:
            yield
        finally:
            socket.getaddrinfo = resolve
            for name, method in own.items():
                if method is None:
                    delattr(kind, name)  # what it inherits from the interpreter's socket shows again
                else:
                    setattr(kind, name, method)

    def _guarded_resolve(self, resolve: Callable[..., Any]) -> Callable[..., Any]:
        def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> Any:
            name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
            if name and not self.allows(name, port):
                raise self._refuse(name, port)
            found = resolve(host, port, *args, **options)
            self._resolved.update(address[4][0] for address in found if name)
            return found

        return getaddrinfo

    def _guarded_method(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(connection: socket.socket, *args: Any) -> Any:
            address = args[-1] if args else None  # `sendto` has it last, after the data and maybe flags
            if _is_internet(connection) and isinstance(address, tuple) and not self.allows(str(address[0]), address[1]):
                raise self._refuse(*address[:2])
            return method(connection, *args)

        return guarded


def _is_internet(connection: socket.socket) -> bool:
    return connection.family in (socket.AF_INET, socket.AF_INET6)


def _is_here(host: str) -> bool:
    address = _address(host)
    return host in ("", "localhost") or (address is not None and (address.is_loopback or address.is_unspecified))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _matches(host: str, port: int | str | None, pattern: str) -> bool:
    named, colon, wanted = pattern.rpartition(":")
    if colon and wanted.isdigit() and ":" not in named:
        return str(port) == wanted and _matches(host, None, named)
    address = _address(host)
    if "/" in pattern and address is not None:
        return address in ipaddress.ip_network(pattern, strict=False)
    return fnmatchcase(host, pattern)
