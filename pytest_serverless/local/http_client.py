"""One request over HTTP to a process of the platform, by a connection of its own: any thread may ask."""

from __future__ import annotations

from collections.abc import Iterable
from http.client import HTTPConnection
from urllib.parse import urlsplit

from pytest_serverless.web.headers import Headers
from pytest_serverless.web.response import Response

__all__ = ["exchange"]


def exchange(
    url: str, method: str, target: str, *, headers: Iterable[tuple[str, str]], body: bytes, timeout_s: float
) -> Response:
    """Send a request below a URL, and return the answer; raises OSError or HTTPException where there is none.

    `target` is the path and the query, encoded; the length of a body is added to the headers, and nothing else is.
    """
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.putrequest(method, parts.path.rstrip("/") + target, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value.encode())
        if body or method in {"POST", "PUT", "PATCH"}:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Response(status=answer.status, headers=Headers(answer.getheaders()), body=answer.read())
    finally:
        connection.close()
