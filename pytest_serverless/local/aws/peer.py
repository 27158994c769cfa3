"""Another process, asked over HTTP by threads that wait for its answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple
from urllib.parse import urlsplit

from pytest_serverless.errors import PlatformError

__all__ = ["Answered", "Peer"]


class Answered(NamedTuple):
    """An answer: status, headers, body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Peer:
    """A server at a URL; each thread has a connection of its own, and keeps it. Nothing is asked twice."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url = url
        self._host = parts.netloc
        self._place = (parts.hostname or "", parts.port or 80)
        self._mine = threading.local()

    def ask(self, method: str, target: str, body: bytes = b"", headers: Iterable[tuple[str, str]] = ()) -> Answered:
        """Ask, for as long as it takes; raises PlatformError where there is no answer."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._host}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        head = "\r\n".join([*lines, "\r\n"]).encode("latin-1", "replace")
        try:
            connection = self._connection()
            connection.sendall(head + body)  # in one piece: a server would wake twice for two
            answer = HTTPResponse(connection, method=method)
            answer.begin()
            answered = Answered(answer.status, answer.getheaders(), answer.read())
        except (OSError, HTTPException) as error:
            self.close()
            raise PlatformError(f"{self.url} did not answer: {type(error).__name__}: {error}") from error
        if answer.will_close:
            self.close()
        return answered

    def close(self) -> None:
        """Close the connection of this thread."""
        connection: socket.socket | None = getattr(self._mine, "connection", None)
        if connection is not None:
            connection.close()
            self._mine.connection = None

    def _connection(self) -> socket.socket:
        found: socket.socket | None = getattr(self._mine, "connection", None)
        if found is None:
            found = self._mine.connection = socket.create_connection(self._place)
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return found
