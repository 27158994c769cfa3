"""An HTTP request, as a client sends it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from json import dumps
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from pytest_serverless.errors import InvalidParameterError, or_list, shorten
from pytest_serverless.events.aws.http_values import METHOD, PATH_SAFE, encode_query
from pytest_serverless.web.headers import Headers, HeaderTypes

__all__ = ["Authorizer", "Data", "Parameters", "Request"]

Parameters = Mapping[str, Any] | str
"""Query parameters by name, not encoded, each a scalar or a list of them; or the query as the URL has it."""

Data = str | bytes | Mapping[str, Any]
"""A body: text or bytes as they are, a mapping as a form."""

Authorizer = Mapping[str, Any] | Literal[False] | None
"""What the route's authorizer says: claims, context, or the caller; False where it denies; None without credentials."""

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `make` is the comfortable way to one; this is what a server has read off the wire.

    `path` and `query` are percent-encoded, `host` is the host that was asked (None: the gateway's own). `api` names one
    of several APIs of an application, by its id in the template. `authorizer` stands for the answer of the route's
    authorizer, which is not run.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    host: str | None = None
    api: str | None = None
    authorizer: Authorizer = None
    source_ip: str | None = None

    @property
    def target(self) -> str:
        """The path with the query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def content_type(self) -> str:
        """The Content-Type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def origin(self) -> str | None:
        """The Origin, where a browser sends one."""
        return self.headers.get("origin")

    @property
    def is_preflight(self) -> bool:
        """Whether a browser asks what it may send."""
        asks = "access-control-request-method" in self.headers
        return self.method == "OPTIONS" and self.origin is not None and asks

    @property
    def header_bytes(self) -> int:
        """The size of the request line and all headers."""
        sent = sum(len(name) + len(value.encode()) for name, value in self.headers.pairs)
        return len(self.method) + len(self.target) + sent

    @classmethod
    def make(
        cls,
        method: str,
        url: str,
        *,
        params: Parameters | None = None,
        headers: HeaderTypes | None = None,
        cookies: Mapping[str, str] | None = None,
        json: Any = None,
        data: Data | None = None,
        authorizer: Authorizer = None,
        source_ip: str | None = None,
        api: str | None = None,
    ) -> Request:
        """Make a request of what a test says.

        `url` is a path (`/items/42?full=1`) or a whole URL, as an output of the stack gives it. `params` come on top of
        a query in it. `json` or `data` is the body; the Content-Type follows from it unless it is given.
        """
        if json is not None and data is not None:
            raise InvalidParameterError("The body is given twice: as json= and as data=.")
        host, path, query = _split(url)
        body, content_type = _json(json) if json is not None else _body(data)
        sent = Headers(headers or {})
        if content_type and "content-type" not in sent:
            sent = Headers([*sent.pairs, ("Content-Type", content_type)])
        if cookies:
            sent = _with_cookies(sent, cookies)
        return cls(
            method=_method(method),
            path=path,
            query="&".join(part for part in (query, _query(params)) if part),
            headers=sent,
            body=body,
            host=host,
            api=api,
            authorizer=authorizer,
            source_ip=source_ip,
        )


def _method(method: str) -> str:
    if not METHOD.accepts(method.upper()):
        raise InvalidParameterError(f"method is {or_list(_METHODS)}, got {method!r}.")
    return method.upper()


def _split(url: str) -> tuple[str | None, str, str]:
    host = None
    if url.startswith(("http://", "https://")):
        parts = urlsplit(url)
        host, url = parts.hostname, url[len(f"{parts.scheme}://{parts.netloc}") :]
        url = url if url.startswith("/") else f"/{url}"
    if not url.startswith("/"):
        raise InvalidParameterError(f"url is a path, as /items/42, or a whole URL, got {url!r}. Did you mean '/{url}'?")
    path, _, query = url.partition("#")[0].partition("?")
    return host, _encoded(path, PATH_SAFE), _encoded(query, f"{PATH_SAFE}?")


def _encoded(text: str, safe: str) -> str:
    """Percent-encode what a URL cannot carry, as clients do; what is encoded already stays."""
    try:
        return quote(_STRAY_PERCENT.sub("%25", text), safe=safe)
    except UnicodeEncodeError:
        raise InvalidParameterError(
            f"{shorten(text)} is no text in UTF-8: it holds half of a surrogate pair."
        ) from None


def _query(params: Parameters | None) -> str:
    if params is None or isinstance(params, str):
        return _encoded((params or "").removeprefix("?"), f"{PATH_SAFE}?")
    try:
        return encode_query({name: [_text(one) for one in _list(value)] for name, value in params.items()})
    except UnicodeEncodeError as error:
        raise InvalidParameterError(f"params: {shorten(error.object)} is no text in UTF-8.") from None


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [value]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise InvalidParameterError(f"params: a value is a text, a number or a list of them, got {shorten(value)}.")


def _json(value: Any) -> tuple[bytes, str]:
    try:
        return dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(), "application/json"
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"json cannot be sent as JSON: {error}.") from None


def _body(data: Data | None) -> tuple[bytes, str]:
    if data is None or isinstance(data, (bytes, bytearray)):
        return bytes(data or b""), "application/octet-stream" if data else ""
    try:
        if isinstance(data, str):
            return data.encode(), "text/plain; charset=utf-8"
        return urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
    except (TypeError, UnicodeEncodeError) as error:
        raise InvalidParameterError(f"data is a text, bytes, or a mapping to send as a form: {error}.") from None


def _with_cookies(headers: Headers, cookies: Mapping[str, str]) -> Headers:
    if "cookie" in headers:
        raise InvalidParameterError("Cookies are given twice: as cookies= and as a Cookie header.")
    return Headers([*headers.pairs, ("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()))])
