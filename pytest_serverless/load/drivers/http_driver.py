"""Requests to HTTP APIs and function URLs, at whatever provider."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.auth import Credentials, Request
from pytest_serverless.load.classes import Classifier
from pytest_serverless.load.drivers.contract import Sent, Transport
from pytest_serverless.load.drivers.sending import exchanged, verdict_of
from pytest_serverless.load.drivers.wire import Origin, encoded, origin_of, place
from pytest_serverless.load.evidence import HEADER, read_header

__all__ = ["HttpDriver"]

_whole = re.compile(r"https?://", re.IGNORECASE).match


class HttpDriver:
    """Sends to paths below a base URL, and to whole URLs.

    Credentials go to the base URL's origin and to those of `trusted`, further URLs, and to no other: whoever else is
    called is not shown them. An answer that leads to another host is a failure, and is not followed; no other is
    either. Raises InvalidParameterError for a base that is no URL.
    """

    __slots__ = ("_base", "_classify", "_credentials", "_transport", "_trusted", "_trusts", "path")

    def __init__(
        self,
        transport: Transport,
        base_url: str,
        classifier: Classifier,
        credentials: Credentials | None = None,
        *,
        trusted: Iterable[str] = (),
    ) -> None:
        self._transport = transport
        self._base = encoded(base_url).rstrip("/")
        self._classify = classifier
        self._credentials = credentials
        self._trusted = frozenset(origin_of(url) for url in (base_url, *trusted))
        self._trusts: dict[str, bool] = {}
        self.path = classifier.path

    def send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes = b"", *, source: int = 0
    ) -> Sent:
        """Send to a path, below the base URL's own, or to a URL, for the user that `source` numbers."""
        url = self._url(address)
        credentials = self._credentials
        if credentials is not None:
            if self._is_trusted(url):
                url = credentials.url(url)
            else:
                credentials = None
        exchange = exchanged(self._transport, credentials, Request(method, url, headers, body, source))
        evidence = read_header(exchange.headers.get(HEADER), exchange.ended_s) if exchange.headers else None
        return Sent(exchange, verdict_of(url, exchange, self._classify), evidence)

    def _is_trusted(self, url: str) -> bool:
        first = place(url)[0]
        known = self._trusts.get(first)
        if known is None:
            known = self._trusts[first] = _origin(first) in self._trusted
        return known

    def _url(self, address: str) -> str:
        address = encoded(address)
        if _whole(address):
            return address
        return f"{self._base}{address}" if address.startswith(("/", "?")) or not address else f"{self._base}/{address}"


def _origin(url: str) -> Origin | None:
    try:
        return origin_of(url)
    except InvalidParameterError:
        return None
