"""Answers as they come in, by geventhttpclient's parser (llhttp): no more is kept of one than is asked of it."""

from __future__ import annotations

import zlib
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from typing import Final

from geventhttpclient.response import HTTPResponseParser

__all__ = ["Answer"]

_ZIPPED: Final = frozenset({"gzip", "x-gzip", "deflate"})


class Answer(HTTPResponseParser):  # type: ignore[misc]  # it has types, but is not there where ours are checked
    """One answer: `feed` takes what comes, until `is_final`. Interim ones before it (100, 103) are passed over.

    `headers` have their names in lower case; several lines of one name become one, as RFC 9110 (5.3) has it. Cookies
    do too, although a comma may be in one: they are not kept from one request to the next.
    """

    def __init__(self, method: str) -> None:
        super().__init__()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_final = False
        self._has_begun = False
        self._is_head = method == "HEAD"
        self._is_trailed = False
        self._pieces: list[bytes] = []
        self._name = ""
        self._value: str | None = None

    @property
    def is_last(self) -> bool:
        """Whether its connection is of no use after it."""
        return self._is_trailed or not self.is_final or not self.should_keep_alive()

    def body(self) -> bytes:
        """Return its body as it was before it was compressed; as it came, by an encoding that is not known here."""
        body = b"".join(self._pieces)
        if not body or self.headers.get("content-encoding") not in _ZIPPED:
            return body
        try:
            return zlib.decompress(body, zlib.MAX_WBITS | 32)
        except zlib.error as error:
            raise HTTPException(f"the body is not what its Content-Encoding says: {error}") from error

    def take(self, data: bytes) -> None:
        """Take what came; b"" is the end, by which an answer without a length is whole, and any other is not."""
        try:
            self.feed(data)
        except HTTPException:
            # A HEAD's answer has no body; a server that sends one all the same has answered nevertheless.
            self._is_trailed = self._is_head and self.is_final
            if data and not self._is_trailed:
                raise
        if data or self.is_final:
            return
        if not self._has_begun:
            raise RemoteDisconnected("the connection was closed before an answer came")
        raise IncompleteRead(b"".join(self._pieces))

    # What the parser calls.

    def _on_message_begin(self) -> None:
        if self.is_final:
            raise HTTPException("two answers came to one request")
        self._has_begun = True

    def _on_status(self, text: str) -> None:
        pass

    def _on_header_field(self, text: str) -> None:
        if self._value is not None:
            self._add()
        self._name += text

    def _on_header_value(self, text: str) -> None:
        self._value = text if self._value is None else self._value + text

    def _on_headers_complete(self) -> bool:
        if self._name:
            self._add()
        return self._is_head

    def _add(self) -> None:
        """Keep a header: names and values come in parts, and a name without a value has none."""
        name, value = self._name.lower(), self._value or ""
        self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self._name, self._value = "", None

    def _on_body(self, piece: bytes) -> None:
        self._pieces.append(piece)

    def _on_message_complete(self) -> None:
        self.status = self.get_code()
        self.is_final = self.status >= 200
        if not self.is_final:
            self.headers = {}
