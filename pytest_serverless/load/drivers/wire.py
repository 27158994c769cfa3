"""Requests as bytes: where a URL leads, and what is written there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from pytest_serverless import __version__
from pytest_serverless.errors import InvalidParameterError, shorten

__all__ = ["Origin", "encoded", "origin_of", "place", "request_bytes"]

_PORTS = {"http": 80, "https": 443}
_OWN = frozenset({"content-length", "transfer-encoding"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_AGENT = f"User-Agent: pytest-serverless/{__version__}"
_SAFE = "!#$%&'()*+,/:;=?@[]~"
_clean = re.compile(r"[!-~]+").fullmatch
_token = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch


class Origin(NamedTuple):
    """Where connections lead; `named` is the host as requests name it."""

    is_tls: bool
    host: str
    port: int
    named: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def place(url: str) -> tuple[str, str]:
    """Split a URL into its origin's part and what is asked for there; a fragment is nobody's."""
    start = url.find("/", url.find("://") + 3)
    first, target = (url, "/") if start < 0 else (url[:start], url[start:])
    if "?" in first or "#" in first:
        parts = urlsplit(url)
        first, target = f"{parts.scheme}://{parts.netloc}", f"/?{parts.query}" if parts.query else "/"
    return first, target.partition("#")[0] if "#" in target else target


def origin_of(url: str) -> Origin:
    """Return the origin of a URL; raises InvalidParameterError for what is no whole URL of HTTP."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidParameterError(f"There is no URL to send to: {error}.") from None
    if parts.scheme not in _PORTS or not host:
        given = shorten(place(url)[0].rpartition("@")[2])
        raise InvalidParameterError(f"Requests are sent to whole URLs, as in https://example.com/path, not to {given}.")
    if parts.username is not None or parts.password is not None:
        raise InvalidParameterError(f"The URL of {host} has a name or a password in it. Give them as a header.")
    usual = _PORTS[parts.scheme]
    named = f"[{host}]" if ":" in host else host
    port = usual if port is None else port
    return Origin(parts.scheme == "https", host, port, named if port == usual else f"{named}:{port}")


def encoded(url: str) -> str:
    """Return the URL with what may not stand in one percent-encoded; what is encoded stays as it is."""
    return url if _clean(url) else quote(url, safe=_SAFE)


def request_bytes(method: str, origin: Origin, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a request as it is sent, its body's length with it.

    Raises InvalidParameterError for what would be another request than is meant, a header of two lines for one.
    """
    lines = [f"{method} {target} HTTP/1.1", f"Host: {origin.named}", _AGENT]
    for name, value in headers.items():
        lower = name.lower()
        if lower == "host":
            lines[1] = f"{name}: {value}"
        elif lower == "user-agent":
            lines[2] = f"{name}: {value}"
        elif lower not in _OWN:
            lines.append(f"{name}: {value}")
    if body or method in _WITH_BODY:
        lines.append(f"Content-Length: {len(body)}")
    text = "\r\n".join(lines)
    try:
        head = text.encode("latin-1")
    except UnicodeEncodeError:
        raise _unsendable(method, target, headers) from None
    breaks = len(lines) - 1
    if not _clean(target) or not _token(method) or text.count("\n") != breaks or text.count("\r") != breaks:
        raise _unsendable(method, target, headers)
    return b"%b\r\n\r\n%b" % (head, body)


def _unsendable(method: str, target: str, headers: Mapping[str, str]) -> InvalidParameterError:
    """Return the error that names what cannot be sent, without the value of a header: it may be secret."""
    if not _token(method):
        return InvalidParameterError(f"{shorten(method)} is no method of HTTP.")
    if not _clean(target):
        return InvalidParameterError("The URL has characters that must be percent-encoded.")
    bad = next(name for name, value in headers.items() if not _is_header(f"{name}: {value}"))
    return InvalidParameterError(f"The header {shorten(bad)} has a line break, or characters outside Latin-1, in it.")


def _is_header(line: str) -> bool:
    return "\r" not in line and "\n" not in line and all(ord(character) < 256 for character in line)
