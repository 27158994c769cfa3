"""What a backend of our own speaks: the plain parts of an HTTP request and its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Answer", "Responder", "body_bytes"]

Answer = tuple[int, Mapping[str, str], "str | bytes"]
"""Status, headers, body."""

Responder = Callable[[str, str, Mapping[str, str], bytes], "Answer | None"]
"""Given method, URL, headers and body of a request to its service; None leaves the request to moto."""


def body_bytes(body: Any) -> bytes:
    """Return the whole body of a request, whatever kind of it the client was given; it can be sent again."""
    if hasattr(body, "read"):
        start = body.tell() if hasattr(body, "tell") else None
        content = body.read()
        if start is not None:
            body.seek(start)
        return bytes(content)
    return body.encode() if isinstance(body, str) else bytes(body or b"")
