"""What every driver does around an exchange: credentials before it, and what it means after it."""

from __future__ import annotations

import errno
import time
from collections.abc import Mapping
from typing import Final

from pytest_serverless.errors import CredentialsError, InvalidParameterError
from pytest_serverless.load.auth import Credentials, Request
from pytest_serverless.load.classes import Classifier, Verdict, failed, redirected
from pytest_serverless.load.drivers.contract import Exchange, Transport

__all__ = ["exchanged", "verdict_of"]

_NO_ROOM: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM})
"""What a socket cannot be made for: the generator's own machine is at its end."""


def exchanged(transport: Transport, credentials: Credentials | None, request: Request) -> Exchange:
    """Send a request with what its credentials add to it; nothing is sent where none hold."""
    if credentials is None:
        return transport.exchange(request.method, request.url, request.headers, request.body)
    now_s = time.time()
    try:
        added = credentials.headers(request, now_s)
    except CredentialsError as error:
        return Exchange(now_s, now_s, None, {}, b"", error.with_traceback(None), wire_attempts=0)
    return transport.exchange(request.method, request.url, _merged(request.headers, added), request.body)


def _merged(headers: Mapping[str, str], added: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers, those added in place of those of the same name in whatever case."""
    replaced = {name.lower() for name in added}
    kept = {name: value for name, value in headers.items() if name.lower() not in replaced}
    kept.update(added)
    return kept


def verdict_of(url: str, exchange: Exchange, classify: Classifier) -> Verdict:
    """Return what an exchange came to."""
    status = exchange.status
    if status is None:
        return _failed(exchange.error)
    if 300 <= status < 400:
        elsewhere = redirected(url, status, exchange.headers.get("location"))
        if elsewhere is not None:
            return elsewhere
    return classify(status, exchange.headers, exchange.body)


def _failed(error: BaseException | None) -> Verdict:
    if isinstance(error, CredentialsError):
        return Verdict("failed", "credentials", "ours")
    if isinstance(error, InvalidParameterError) or (isinstance(error, OSError) and error.errno in _NO_ROOM):
        return Verdict("failed", "generator", "ours")
    return Verdict("failed", "other") if error is None else failed(error)
