"""Invocations through Lambda's Invoke API, without an SDK between.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (2026-11)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.load.auth import Credentials, Request
from pytest_serverless.load.classes import Classifier
from pytest_serverless.load.drivers.contract import Sent, Transport
from pytest_serverless.load.drivers.sending import exchanged, verdict_of
from pytest_serverless.load.drivers.wire import origin_of
from pytest_serverless.load.evidence import evidence_of_tail

__all__ = ["LambdaDriver", "invocation_path"]

_CACHED: Final = 4096
_TAIL: Final = {"X-Amz-Log-Type": "Tail"}


class LambdaDriver:
    """Invokes functions and waits for their results; each answer brings the end of its log, and the REPORT in it.

    `credentials` are an `AwsSignature` for `lambda`, None for who asks for no signature. Headers that are given to
    `send` replace the driver's own: `X-Amz-Invocation-Type: Event` for one, whose answers have no log.
    """

    __slots__ = ("_base", "_classify", "_credentials", "_transport", "_urls", "path")

    def __init__(
        self, transport: Transport, invoke_url: str, classifier: Classifier, credentials: Credentials | None = None
    ) -> None:
        origin_of(invoke_url)
        self._transport = transport
        self._base = invoke_url.rstrip("/")
        self._classify = classifier
        self._credentials = credentials
        self._urls: dict[str, str] = {}
        self.path = classifier.path

    def send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes = b"", *, source: int = 0
    ) -> Sent:
        """Invoke a function with a payload of JSON: `name`, `name:qualifier`, or an ARN; the method is always POST."""
        url = self._urls.get(address) or self._url(address)
        request = Request("POST", url, {**_TAIL, **headers} if headers else _TAIL, body, source)
        exchange = exchanged(self._transport, self._credentials, request)
        tail = exchange.headers.get("x-amz-log-result")
        evidence = evidence_of_tail(tail, exchange.ended_s) if tail else None
        return Sent(exchange, verdict_of(url, exchange, self._classify), evidence)

    def _url(self, address: str) -> str:
        url = self._base + invocation_path(address)
        if len(self._urls) >= _CACHED:
            self._urls.clear()
        self._urls[address] = url
        return url


def invocation_path(address: str) -> str:
    """Return the path to a function: by its name, its ARN or a part of one, a qualifier after it or not.

    Raises InvalidParameterError for an address without a name.
    """
    name, qualifier = _split(address)
    if not name or qualifier == "":
        raise InvalidParameterError(
            f"A function is named as in 'checkout', 'checkout:live' or by its ARN, not {shorten(address)}."
        )
    path = f"/2015-03-31/functions/{quote(name, safe='-._~')}/invocations"
    return path if qualifier is None else f"{path}?Qualifier={quote(qualifier, safe='-._~')}"


def _split(address: str) -> tuple[str, str | None]:
    """Split off the qualifier: what follows the name, which in an ARN follows `function:`."""
    before, found, rest = address.rpartition(":function:")
    name, colon, qualifier = rest.partition(":")
    return f"{before}{found}{name}", qualifier if colon else None
