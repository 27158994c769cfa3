"""An HTTP response, as a client gets it."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from json import loads
from typing import Any

from pytest_serverless.web.headers import Headers

__all__ = ["Response"]

_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What comes back: `status`, `headers`, and `body` to the byte.

    `reason` says why the gateway answered in the function's place, or would not take the function's answer, in the
    words of its own log; it is not part of what is sent.
    """

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    reason: str = field(default="", compare=False)

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status < 400

    @property
    def content(self) -> bytes:
        """The body as the client reads it: without its Content-Encoding (gzip, deflate)."""
        encoding = self.headers.get("content-encoding", "").strip().lower()
        if encoding in {"gzip", "x-gzip"}:
            return gzip.decompress(self.body)
        return zlib.decompress(self.body) if encoding == "deflate" else self.body

    @property
    def text(self) -> str:
        """The body as text: in the charset of the Content-Type, else UTF-8."""
        charset = _CHARSET.search(self.headers.get("content-type", ""))
        return self.content.decode(charset[1] if charset else "utf-8", errors="replace")

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets, by name; `headers.get_list("set-cookie")` has their attributes too."""
        jar: SimpleCookie = SimpleCookie()
        for line in self.headers.get_list("set-cookie"):
            jar.load(line)
        return {name: morsel.value for name, morsel in jar.items()}

    def json(self) -> Any:
        """Return the body read as JSON."""
        return loads(self.content)

    def __repr__(self) -> str:
        reason = f", reason={self.reason!r}" if self.reason else ""
        return f"<Response {self.status}, {len(self.body):,} bytes of {self.headers.get('content-type', '?')}{reason}>"
