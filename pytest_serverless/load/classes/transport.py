"""What it means that no answer came, or one that leads elsewhere."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

from pytest_serverless.load.classes.verdicts import Verdict

__all__ = ["failed", "redirected"]

_ERRNOS: Final = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ECONNABORTED: "reset",
    errno.ETIMEDOUT: "timeout",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ENETDOWN: "unreachable",
}

_TYPES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (ssl.SSLEOFError, "closed"),
    (ssl.SSLZeroReturnError, "closed"),
    (ssl.SSLError, "tls"),
    (ssl.CertificateError, "tls"),
    (socket.gaierror, "dns"),
    (http.client.RemoteDisconnected, "closed"),
    (http.client.IncompleteRead, "closed"),
    (ConnectionRefusedError, "refused"),
    (ConnectionResetError, "reset"),
    (BrokenPipeError, "reset"),
    (TimeoutError, "timeout"),
    (EOFError, "closed"),
    (http.client.HTTPException, "protocol"),
)

_NAMES: Final = {
    # Of libraries that are not imported here: geventhttpclient, urllib3, requests, httpx, gevent.
    "HTTPConnectionClosed": "closed",
    "RemoteProtocolError": "closed",
    "IncompleteRead": "closed",
    "ChunkedEncodingError": "closed",
    "HTTPParseError": "protocol",
    "HTTPProtocolViolationError": "protocol",
    "ProtocolError": "protocol",
    "NameResolutionError": "dns",
    "NewConnectionError": "unreachable",
    "ConnectTimeout": "timeout",
    "ReadTimeout": "timeout",
    "ConnectTimeoutError": "timeout",
    "ReadTimeoutError": "timeout",
    "PoolTimeout": "timeout",
    "Timeout": "timeout",
    "TooManyRedirects": "redirect",
}

_MOST = 10


def failed(error: BaseException) -> Verdict:
    """Return what an exception of a client means: `failed`, and a reason such as "refused", "reset" or "tls".

    Libraries wrap what the socket raised: the innermost that says something counts.
    """
    said = [reason for each in _chain(error) if (reason := _reason(each))]
    return Verdict("failed", said[-1] if said else "other")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Return an exception and what it wraps, from the outside in."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting and len(seen) < _MOST:
        each = waiting.pop(0)
        if each in seen:
            continue
        seen.append(each)
        yield each
        inner = (getattr(each, "reason", None), *each.args, each.__cause__, each.__context__)
        waiting += [one for one in inner if isinstance(one, BaseException)]


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and not isinstance(error, (ssl.SSLError, socket.gaierror)):
        found = _ERRNOS.get(error.errno or 0)
        if found:
            return found
    for kind, reason in _TYPES:
        if isinstance(error, kind):
            return reason
    names = [each.__name__ for each in type(error).__mro__]
    return next((_NAMES[name] for name in names if name in _NAMES), "")


def redirected(url: str, status: int, location: str | None) -> Verdict | None:
    """Return `failed` where an answer leads to another host than that of its request, or to another scheme, else None.

    What would be measured there is not what was named; a load test that follows it may burden somebody else.
    """
    if status not in {301, 302, 303, 307, 308} or not location:
        return None
    if _origin(url) == _origin(urljoin(url, location)):
        return None
    return Verdict("failed", "redirect")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
