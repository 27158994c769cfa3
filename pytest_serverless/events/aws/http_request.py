"""An HTTP request as a test describes it, made into what a client would send and into what repair can start from."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from pytest_serverless.errors import InvalidParameterError, or_list, shorten
from pytest_serverless.events.aws.http_values import HEADER_VALUE, METHOD, PATH_SAFE, encode_query, match_mapped
from pytest_serverless.events.aws.source import AwsCommon
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.values import HOST, IP_ADDRESS

__all__ = [
    "HttpOptions",
    "Request",
    "check_route",
    "is_binary_type",
    "is_text_type",
    "path_on",
    "payload",
    "read_request",
    "readable_body",
]

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_UNESCAPED_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class HttpOptions(AwsCommon, total=False):
    """What a request over any of the HTTP sources may have."""

    query: Mapping[str, Any] | str
    """Parameters by name, each a text or a list of texts, not encoded; or the query as the URL has it."""
    headers: Mapping[str, Any]
    """Headers by name, each a text or a list of texts; a list is sent as that many headers."""
    cookies: Mapping[str, str]
    """Cookies by name, sent in one Cookie header."""
    body: str | bytes | Mapping[str, Any] | Sequence[Any]
    """Text, bytes, or a dict or list to send as JSON; the content-type follows unless it is given."""
    source_ip: str
    """The client's IP address."""
    user_agent: str
    """The client's User-Agent."""
    domain_name: str
    """The host that the client asked, where it is not the one that AWS gives."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the client sends: path and query as a URL has them, headers by lower-case name in the client's spelling."""

    method: str
    path: str
    query: str
    headers: dict[str, tuple[str, list[str]]]
    body: str | bytes | None
    source_ip: str
    user_agent: str
    domain: str | None

    @property
    def content_type(self) -> str:
        """The Content-Type, without its parameters, in lower case."""
        return self.first("content-type").partition(";")[0].strip().lower()

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        return self.body.encode() if isinstance(self.body, str) else self.body or b""

    def joined_headers(self, mint: Mint, domain: str, *, port: str = "443", proto: str = "https") -> dict[str, str]:
        """Return the headers by lower-case name, repeated ones joined, with those that every gateway adds."""
        joined = {name: (";" if name == "cookie" else ",").join(values) for name, (_, values) in self.headers.items()}
        forwarded = f"{joined['x-forwarded-for']}, " if "x-forwarded-for" in joined else ""
        trace = joined.get("x-amzn-trace-id") or f"Root=1-{int(mint.now()):08x}-{mint.hex(24)}"
        return {
            **joined,
            "host": domain,
            "x-amzn-trace-id": trace,
            "x-forwarded-for": f"{forwarded}{self.source_ip}",
            "x-forwarded-port": port,
            "x-forwarded-proto": proto,
        }

    def first(self, name: str) -> str:
        """Return the first value of a header, by its lower-case name; "" where it is not sent."""
        return self.headers[name][1][0] if name in self.headers else ""


def read_request(mint: Mint, method: str, path: str, options: HttpOptions) -> Request:
    """Read a builder's parameters; `InvalidParameterError` says what no client could send."""
    try:
        return _read(mint, method, path, options)
    except UnicodeEncodeError as error:
        raise InvalidParameterError(
            f"{shorten(error.object)} cannot be sent: it holds half of a surrogate pair, which is no text in UTF-8."
        ) from None


def _read(mint: Mint, method: str, path: str, options: HttpOptions) -> Request:
    path, _, tail = path.partition("#")[0].partition("?")
    query = options.get("query", "")
    if tail and query:
        raise InvalidParameterError(f"The query is given twice: in the path (?{tail}) and as query={query!r}.")
    headers = _headers(options.get("headers", {}))
    body, content_type = _body(options.get("body"))
    if content_type:
        headers.setdefault("content-type", ("Content-Type", [content_type]))
    if "cookies" in options:
        _add_cookies(headers, options["cookies"])
    sent_agent = headers["user-agent"][1][-1] if "user-agent" in headers else "curl/8.11.0"
    user_agent = _header_value("user_agent", options.get("user_agent", sent_agent))
    headers["user-agent"] = ("User-Agent", [user_agent])
    headers.setdefault("accept", ("Accept", ["*/*"]))
    return Request(
        _method(method),
        _path(path),
        _query(tail or query),
        headers,
        body,
        _source_ip(options.get("source_ip") or IP_ADDRESS.mint(mint)),
        user_agent,
        _domain(options.get("domain_name"), headers.pop("host", ("", []))[1]),
    )


def _domain(name: str | None, hosts: list[str]) -> str | None:
    domains = {name, *hosts} - {None}
    if len(domains) > 1:
        raise InvalidParameterError(
            f"The host is given twice: domain_name={name!r}, and as the header Host, {hosts[-1]!r}."
        )
    domain = next(iter(domains), None)
    if domain is not None and not HOST.accepts(domain):
        raise InvalidParameterError(f"domain_name is a host name, as api.example.com, got {domain!r}.")
    return domain


def _method(method: str) -> str:
    if not METHOD.accepts(method.upper()):
        raise InvalidParameterError(f"method is {or_list(_METHODS)}, got {method!r}.")
    return method.upper()


def _path(path: str) -> str:
    if not path.startswith("/"):
        raise InvalidParameterError(f"path starts with a slash, as /orders/17, got {path!r}.")
    return quote(_UNESCAPED_PERCENT.sub("%25", path), safe=PATH_SAFE)


def _query(query: Mapping[str, Any] | str) -> str:
    if isinstance(query, str):
        escaped = _UNESCAPED_PERCENT.sub("%25", query.removeprefix("?").partition("#")[0])
        return quote(escaped, safe=f"{PATH_SAFE}?")
    return encode_query({name: _texts("query", name, value) for name, value in query.items()})


def _texts(what: str, name: Any, value: Any) -> list[str]:
    values = value if isinstance(value, (list, tuple)) else [value]
    for one in values:
        if not isinstance(one, str) or not isinstance(name, str):
            raise InvalidParameterError(f"{what}: {name!r} takes a text or a list of texts, got {shorten(value)}.")
    return list(values)


def _headers(headers: Mapping[str, Any]) -> dict[str, tuple[str, list[str]]]:
    read: dict[str, tuple[str, list[str]]] = {}
    for name, value in headers.items():
        values = [_header_value(name, one) for one in _texts("headers", name, value)]
        if not _TOKEN(name):
            raise InvalidParameterError(f"headers: {name!r} is no name of a header: letters, digits and - make one.")
        if values:
            known = read.setdefault(name.lower(), (name, []))
            known[1].extend(values)
    return read


def _header_value(name: str, value: str) -> str:
    if not HEADER_VALUE.accepts(value):
        raise InvalidParameterError(f"headers: {name} cannot be sent with control characters in it, got {value!r}.")
    value.encode()
    return value.strip(" \t")


def _add_cookies(headers: dict[str, tuple[str, list[str]]], cookies: Mapping[str, Any]) -> None:
    if "cookie" in headers:
        raise InvalidParameterError("Cookies are given twice: as cookies= and as a Cookie header.")
    pairs = []
    for name, value in cookies.items():
        if not isinstance(value, str) or not _TOKEN(name) or ";" in value:
            raise InvalidParameterError(f"cookies: {name!r} takes a text without a semicolon, got {value!r}.")
        pairs.append(f"{name}={value}")
    if pairs:
        headers["cookie"] = ("Cookie", [_header_value("Cookie", "; ".join(pairs))])


def _body(body: Any) -> tuple[str | bytes | None, str]:
    if body is None or (isinstance(body, (str, bytes, bytearray)) and not body):  # an empty dict is a body
        return None, ""
    if isinstance(body, str):
        body.encode()
        return body, "text/plain; charset=utf-8"
    if isinstance(body, (bytes, bytearray)):
        return bytes(body), "application/octet-stream"
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"body is sent as JSON, and this is not: {error}.") from None
    text.encode()
    return text, "application/json"


def _source_ip(address: str) -> str:
    if not IP_ADDRESS.accepts(address):
        raise InvalidParameterError(f"source_ip is an IPv4 or IPv6 address, got {address!r}.")
    return address


# Routes.

_PARAMETER = re.compile(r"\{([^{}+]+)(\+?)\}")


def path_on(route: str | None, path: str | None, parameters: Mapping[str, str] | None) -> str:
    """Return the path to ask: the given one, or the route with its parameters filled in, or else /."""
    if path is not None:
        return path
    if route is None or "{" not in route:
        return "/" if route is None or parameters or not route.startswith("/") else route
    values = parameters or {}

    def fill(match: re.Match[str]) -> str:
        value = values.get(match[1])
        if not isinstance(value, str) or not value:
            raise InvalidParameterError(
                f"{route} needs its parameter {match[1]!r}: give a path, or path_parameters={{{match[1]!r}: ...}}."
            )
        return quote(value, safe="/" if match[2] else "")

    return _PARAMETER.sub(fill, route)


def check_route(route: str, path: str, domain: str | None, parameters: Mapping[str, str] | None) -> None:
    """Raise `InvalidParameterError` where the path is not on the route, or has other parameters there than these."""
    found = match_mapped(route, path, domain)
    if found is None:
        raise InvalidParameterError(
            f"The path {path!r} is not on {route!r}. Give one that is, or path_parameters alone."
        )
    if parameters is not None and {name: unquote(value) for name, value in found.items()} != dict(parameters):
        raise InvalidParameterError(
            f"On {route!r} the path {path!r} has the parameters {found}, not {dict(parameters)}."
        )


# Bodies: text as it is, all else as base64.

_TEXT_TYPES = frozenset({"application/json", "application/javascript", "application/xml"})
_BINARY_TYPES = frozenset(
    {
        "application/gzip",
        "application/octet-stream",
        "application/pdf",
        "application/x-www-form-urlencoded",
        "application/zip",
    }
)


def is_text_type(content_type: str) -> bool:
    """Tell whether load balancer, HTTP API and function URL pass a body of this type on as text.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html (2026-11).
    """
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT_TYPES


def is_binary_type(content_type: str) -> bool:
    """Tell whether they are known to pass it on as base64: of types such as application/vnd.x+json nobody says."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith(("image/", "audio/", "video/", "font/", "multipart/")) or kind in _BINARY_TYPES


def payload(request: Request) -> tuple[str | None, bool]:
    """Return body and isBase64Encoded as load balancer, HTTP API and function URL make them of the content-type."""
    if request.body is None:
        return None, False
    if "content-encoding" in request.headers or not is_text_type(request.content_type):
        return base64.b64encode(request.content).decode(), True
    try:
        return request.content.decode(), False
    except UnicodeDecodeError:
        raise InvalidParameterError(
            f"body is not UTF-8, but its content-type, {request.content_type}, says that it is text. "
            "Give the content-type of the bytes, such as application/octet-stream."
        ) from None


def readable_body(event: Any, content_type: str) -> None:
    """Give a hand-written event's body the form that its content-type asks for."""
    body, encoded = event.get("body"), event.get("isBase64Encoded") is True
    if not isinstance(body, str) or not body:
        return
    if encoded and is_text_type(content_type):
        try:
            event["body"], event["isBase64Encoded"] = base64.b64decode(body, validate=True).decode(), False
        except ValueError:
            event["isBase64Encoded"] = False  # it was text all along
    elif not encoded and is_binary_type(content_type):
        event["body"], event["isBase64Encoded"] = base64.b64encode(body.encode()).decode(), True
