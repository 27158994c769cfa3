"""What a server is asked and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

__all__ = ["Asked", "Handler", "Reply"]


@dataclass(slots=True, eq=False)
class Asked:
    """One request.

    `target` is what stands in the request line, `path` and `query` its parts, as they were sent (encoded); `headers`
    are pairs in their order, as they were sent; `peer` is the client's address.
    """

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    peer: str = ""
    _when_gone: list[Callable[[], None]] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str, default: str = "") -> str:
        """Return the first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)

    def when_gone(self, act: Callable[[], None]) -> None:
        """Let `act` be called should the client leave before it is answered."""
        self._when_gone.append(act)

    def gone(self) -> None:
        """Tell that the client has left."""
        for act in self._when_gone:
            act()


@dataclass(slots=True, eq=False)
class Reply:
    """One answer; the length is added to its headers, and nothing else is."""

    status: int
    body: bytes = b""
    headers: Iterable[tuple[str, str]] = ()

    def encoded(self, *, close: bool, is_head: bool) -> bytes:
        """Return the answer as it is sent, in one piece: the parts of one that is sent in two wait for each other."""
        lines = [_STATUS_LINES.get(self.status) or f"HTTP/1.1 {self.status} \r\n"]
        has_body = self.status >= 200 and self.status not in {204, 304}
        has_length = False
        for name, value in self.headers:
            has_length = has_length or (len(name) == 14 and name.lower() == "content-length")
            line = f"{name}: {value}"
            if "\n" in line or "\r" in line:  # else a value could end the headers, and say more
                line = " ".join(line.splitlines())
            lines.append(f"{line}\r\n")
        if has_body and not has_length:
            lines.append(f"Content-Length: {len(self.body)}\r\n")
        lines.append("Connection: close\r\n\r\n" if close else "\r\n")
        head = "".join(lines).encode("latin-1", errors="replace")
        return head if is_head or not has_body else head + self.body


_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}

Handler = Callable[[Asked], "Reply | Awaitable[Reply]"]
"""Answers a request, at once or later."""
