"""What the HTTP sources of AWS share: header and query maps, routes, times, ids.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html (2026-11), and recordings of
the services.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, unquote_plus

from pytest_serverless.events.shape import MISSING, Either, Scope, Value
from pytest_serverless.events.values import BASE64, IP_ADDRESS, one_of, pattern

__all__ = [
    "API_ID",
    "CLF_TIME",
    "GATEWAY_HEADER",
    "HEADER_VALUE",
    "LOWER_HEADER",
    "METHOD",
    "PATH_SAFE",
    "SHORT_REQUEST_ID",
    "STAGE",
    "TEST_STAGE",
    "URL_PATH",
    "as_lists",
    "as_map",
    "base64_body",
    "canonical",
    "clf_time",
    "context_path",
    "decode_query",
    "domain_prefix",
    "encode_query",
    "epoch_ms_of",
    "forwarded_for",
    "header",
    "id_in_domain",
    "is_own_domain",
    "last_values",
    "long_time",
    "match_mapped",
    "match_route",
    "null_unless_filled",
    "or_null",
    "route_for",
]

METHOD = one_of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STAGE = pattern("stage", "a stage: $default, or letters, digits, _ and -", r"\$default|[\w-]{1,128}", lambda _: "prod")
API_ID = pattern("api-id", "10 lower-case letters and digits", r"[a-z0-9]{10}", lambda mint: mint.hex(10))
SHORT_REQUEST_ID = pattern(
    "request-id",
    "15 characters of URL-safe base64 and =, such as JKJaXmPLvHcESHA=",
    r"[A-Za-z0-9_-]{15}=",
    lambda mint: mint.base64(12)[:15].replace("+", "-").replace("/", "_") + "=",
)

PATH_SAFE = "/%:@!$&'()*+,;=~"
"""What clients leave as it is in a path, beside letters, digits and _.-"""

HEADER_VALUE = pattern("header-value", "text without control characters", r"[^\x00-\x08\x0a-\x1f\x7f]*", lambda _: "")
URL_PATH = pattern(
    "url-path",
    "a path as in the URL, percent-encoded",
    r"/[!-~]*",
    lambda _: "/",
    lambda found: quote(found, safe=PATH_SAFE) if isinstance(found, str) and found.startswith("/") else MISSING,
)
_LOWER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+").fullmatch
LOWER_HEADER = Value(
    "lower-case-header",
    "a header's name in lower case",
    lambda found: isinstance(found, str) and _LOWER_NAME(found) is not None,
    lambda _: "accept",
    lambda found: found.lower() if isinstance(found, str) and _LOWER_NAME(found.lower()) else MISSING,
)


def null_unless_filled(node: Any) -> Either:
    """Declare a map that API Gateway sends as null when nothing is in it, never as {}."""
    return Either(
        lambda value: node if isinstance(value, dict) and value else _NULL,
        "a map, or null where there is nothing in it",
    )


_NULL = Value("null", "null where it is empty", lambda found: found is None, lambda _: None, lambda _: None)


def or_null(node: Value) -> Value:
    """Return a leaf that may also be null, and is unless given; `nullable` takes any node, and more time."""
    return Value(
        node.rule,
        f"{node.expected}, or null",
        lambda found: found is None or node.accepts(found),
        lambda _: None,
        node.mend,
    )


# Headers: the gateway's own have one spelling, the client's are as the client wrote them.

_OWN_HEADERS = (
    "Authorization",
    "CloudFront-Forwarded-Proto",
    "CloudFront-Is-Desktop-Viewer",
    "CloudFront-Is-Mobile-Viewer",
    "CloudFront-Is-SmartTV-Viewer",
    "CloudFront-Is-Tablet-Viewer",
    "CloudFront-Viewer-ASN",
    "CloudFront-Viewer-Country",
    "Host",
    "User-Agent",
    "Via",
    "X-Amz-Cf-Id",
    "X-Amzn-Trace-Id",
    "X-Forwarded-For",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
)
_SPELLING = {name.lower(): name for name in _OWN_HEADERS}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch


def canonical(name: str) -> str:
    """Return a header's name as the gateway spells it: its own way for some, the client's for the rest."""
    return _SPELLING.get(name.lower(), name)


@functools.lru_cache(maxsize=512)
def _is_name(found: str) -> bool:
    if _NAME(found) is None:
        return False
    lower = found.lower()
    # HTTP APIs leave Authorization as the client wrote it, REST APIs do not
    return lower == "authorization" or _SPELLING.get(lower, found) == found


GATEWAY_HEADER = Value(
    "header-name",
    "a header's name; Host, User-Agent, X-Forwarded-For and the gateway's other own ones so spelt",
    _is_name,
    lambda _: "Accept",
    lambda found: canonical(found) if isinstance(found, str) and _NAME(found) else MISSING,
)


# Headers and queries.


def header(headers: Any, name: str) -> str | None:
    """Return the value of the header `name` (in lower case); the last one of a list; None where there is none."""
    if not isinstance(headers, Mapping):
        return None
    value = headers.get(name) or headers.get(_SPELLING.get(name, name))
    if value is None:
        value = next((value for found, value in headers.items() if found.lower() == name), None)
    last = value[-1] if isinstance(value, list) and value else value
    return last if isinstance(last, str) else None


def forwarded_for(headers: Any) -> list[str]:
    """Return the addresses in X-Forwarded-For, the client's first; empty where there is no such header."""
    sent = (address.strip() for address in (header(headers, "x-forwarded-for") or "").split(","))
    return [address for address in sent if IP_ADDRESS.accepts(address)]


def as_map(found: Any) -> dict[str, Any]:
    """Return what a hand-written event has where a map should be; an empty one in place of anything else."""
    return dict(found) if isinstance(found, dict) else {}


def as_lists(found: Any) -> dict[str, list[str]]:
    """Return a hand-written map as a multi-value one, whichever it was."""
    spread = {name: value if isinstance(value, list) else [value] for name, value in as_map(found).items()}
    return {name: [str(one) for one in values] for name, values in spread.items() if values}


def last_values(multiple: Mapping[str, list[str]] | None) -> dict[str, str] | None:
    """Return the single-value map that API Gateway sends beside a multi-value one."""
    return None if multiple is None else {name: values[-1] for name, values in multiple.items()}


@functools.lru_cache(maxsize=256)
def _pairs(query: str) -> tuple[tuple[str, str], ...]:
    parts = (part.partition("=") for part in query.split("&") if part)
    return tuple((name, value) for name, _, value in parts)


def decode_query(query: str, decode: Callable[[str], str] = unquote_plus) -> dict[str, list[str]]:
    """Split the query of a URL into its parameters, every value of each in order."""
    parameters: dict[str, list[str]] = {}
    for name, value in _pairs(query):
        parameters.setdefault(decode(name), []).append(decode(value))
    return parameters


def encode_query(parameters: Mapping[str, Iterable[str]]) -> str:
    """Write parameters as the query of a URL; a comma stays as it is."""
    return "&".join(
        f"{quote(name, safe='')}={quote(value, safe=',')}" for name, values in parameters.items() for value in values
    )


# Times.

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CLF_TIME = pattern(
    "clf-time",
    "a UTC time as 23/Nov/2026:10:00:00 +0000",
    rf"\d\d/({'|'.join(_MONTHS)})/\d{{4}}:\d\d:\d\d:\d\d \+0000",
    lambda mint: clf_time(mint.now_ms()),
)


def clf_time(epoch_ms: int) -> str:
    """Write a time in the Common Log Format, whatever the locale."""
    moment = datetime.fromtimestamp(epoch_ms // 1000, tz=timezone.utc)
    day = f"{moment.day:02}/{_MONTHS[moment.month - 1]}/{moment.year}"
    return f"{day}:{moment.hour:02}:{moment.minute:02}:{moment.second:02} +0000"


def long_time(epoch_s: int) -> str:
    """Write a time as REST APIs write the dates in a token's claims: Mon Jun 17 15:00:04 UTC 2024."""
    moment = datetime.fromtimestamp(epoch_s, tz=timezone.utc)
    return f"{_DAYS[moment.weekday()]} {_MONTHS[moment.month - 1]} {moment:%d %H:%M:%S} UTC {moment.year}"


def epoch_ms_of(clf: str) -> int:
    """Read a time in the Common Log Format; `ValueError` where it is none."""
    day, month, rest = clf.split("/", 2)
    moment = datetime.strptime(f"{day}/{_MONTHS.index(month) + 1}/{rest}", "%d/%m/%Y:%H:%M:%S %z")
    return int(moment.timestamp() * 1000)


# Routes.


@functools.lru_cache(maxsize=512)
def _route(template: str) -> tuple[tuple[str, ...], re.Pattern[str]]:
    names, regex = [], ""
    for index, part in enumerate(re.split(r"\{([^{}]+)\}", template)):
        if index % 2 == 0:
            regex += re.escape(part)
        else:
            names.append(part.removesuffix("+"))
            regex += r"/*(.*?)/*" if part.endswith("+") else "([^/]+)"
    return tuple(names), re.compile(regex if template.endswith("/") else f"{regex}/?", re.DOTALL)


def match_route(template: str, path: str) -> dict[str, str] | None:
    """Return the path parameters of `path` on the route `template` (`/orders/{id}`, `/{proxy+}`); None off it."""
    names, regex = _route(template)
    match = regex.fullmatch(path)
    return None if match is None else dict(zip(names, match.groups(), strict=True))


def match_mapped(template: str, path: str, domain: str | None) -> dict[str, str] | None:
    """Match as `match_route`; on a customer's domain the path may begin with the one that the API is mapped to."""
    found = match_route(template, path)
    base = -1 if domain is None or is_own_domain(domain) else path.find("/", 1)
    while found is None and base > 0:
        found = match_route(template, path[base:])
        base = path.find("/", base + 1)
    return found


def route_for(path: str, parameters: Any) -> str | None:
    """Return the route on which `path` has these path parameters; None where no segments of it are their values."""
    if not isinstance(parameters, Mapping) or not parameters:
        return None
    route = f"{path}/"
    for name, value in parameters.items():
        greedy = f"{{{name}+}}" if name == "proxy" or "/" in str(value) else f"{{{name}}}"
        route = route.replace(f"/{str(value).strip('/')}/", f"/{greedy}/", 1)
    route = route.rstrip("/")
    found = match_route(route, path)
    return route if found is not None and found.keys() == parameters.keys() else None


def domain_prefix(context: Scope) -> str:
    """Return the first label of domainName."""
    return str(context["domainName"]).partition(".")[0]


def id_in_domain(context: Scope) -> Any:
    """Return the API's id where domainName tells it."""
    domain = context["domainName"]
    return domain[:10] if is_own_domain(domain) else MISSING


def base64_body(event: Scope) -> bool:
    """Tell whether the body is base64 where the event says so."""
    return event["isBase64Encoded"] is not True or BASE64.accepts(event["body"])


TEST_STAGE = "test-invoke-stage"
"""The stage of requests that the console makes to test a method."""


def context_path(domain: str, stage: str, path: str) -> str:
    """Return requestContext.path: the path, behind the stage where it was AWS's own host that was asked."""
    return f"/{stage}{path}" if stage not in {TEST_STAGE, "$default"} and is_own_domain(domain) else path


def is_own_domain(domain: Any) -> bool:
    """Tell whether a domain is the one that API Gateway gave, not one of the customer's."""
    return isinstance(domain, str) and ".execute-api." in domain
