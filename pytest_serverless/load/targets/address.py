"""A target that is named by its address alone: what its host name tells.

Sources, all of 2026-11: docs.aws.amazon.com, apigateway "how-to-call-api", lambda "urls-invocation", general reference
"lambda-service"; docs.cloud.google.com, run "triggering/https-request" and functions "calling/http"; of Azure's
names with a region "regionalization-note" in github.com/MicrosoftDocs/azure-docs.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.results import Target
from pytest_serverless.load.targets.reached import Reached

__all__ = ["is_this_machine", "reach_url"]

_EXAMPLE: Final = "https://staging.example.com"
_CONTROLS = re.compile(r"[\s\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class _Known:
    """A form of host names, the table of answers of what stands there, and whose it is."""

    pattern: re.Pattern[str]
    path: str
    provider: str
    note: str = ""


_OF_API = (
    "An execute-api address is that of a REST API or of an HTTP API, and nothing in it tells which; what a throttled "
    'function is answered with differs. Say it: path = "rest_api" or path = "http_api" in the scenario, or name the '
    "stack with --serverless-stack."
)
_REGION = r"(?P<region>[a-z]{2}(-[a-z]+)+-\d)"
_AWS = r"amazonaws\.com(\.cn)?"

_KNOWN: Final = tuple(
    _Known(re.compile(pattern), path, provider, note)
    for pattern, path, provider, note in (
        (rf"[^.]+\.execute-api\.{_REGION}\.({_AWS}|api\.aws)", "http", "aws", _OF_API),
        (rf"[^.]+\.lambda-url\.{_REGION}\.on\.aws", "function_url", "aws", ""),
        (rf"lambda(-fips)?\.{_REGION}\.({_AWS}|api\.aws)", "lambda_invoke", "aws", ""),
        (rf"[^.]+\.{_REGION}\.elb\.{_AWS}", "alb", "aws", ""),
        (r"[^.]+\.cloudfront\.net", "cloudfront", "aws", ""),
        (r"[^.]+(\.(?P<region>[a-z]+\d?)-\d+)?\.(azurewebsites\.(net|us)|chinacloudsites\.cn)", "azure", "azure", ""),
        (r".+-\d+\.(?P<region>[a-z]+-[a-z]+\d+)\.run\.app", "cloud_run", "gcp", ""),
        (r".+\.run\.app", "cloud_run", "gcp", ""),
        (r"(?P<region>[a-z]+-[a-z]+\d+)-[^.]+\.cloudfunctions\.net", "cloud_run", "gcp", ""),
    )
)
_UNKNOWN_NOTE = (
    "Nothing in the address tells what stands there; answers are read as those of any server. If it is a service that "
    'throttles in its own way, name it in the scenario: path = "http_api", for one.'
)


def reach_url(url: str) -> Reached:
    """Return a target by its base URL, what `--host` gives; nothing is sent.

    Raises InvalidParameterError for what is no base URL: without `http` or `https`, with a query, or with a user and
    password, which do not belong into an address.
    """
    parts = _checked(url)
    host, base = parts.hostname or "", url.strip().rstrip("/")
    if is_this_machine(host):
        # What runs here may be anything: a function's HTTP API, or the Invoke API of an emulator.
        return Reached(kind="url", measured=Target(url=base), urls={"": base}, paths={"": "http"}, invoke_url=base)
    known, found = _known(host)
    path = known.path if known else "http"
    note = known.note if known else _UNKNOWN_NOTE
    return Reached(
        kind="url",
        measured=Target(url=base, provider=known.provider if known else "", region=found.get("region")),
        urls={"": base},
        paths={"": path},
        invoke_url=base if path == "lambda_invoke" else None,
        notes=(note,) if note else (),
    )


def is_this_machine(host: str) -> bool:
    """Tell whether a host name, or an address, is of this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _known(host: str) -> tuple[_Known | None, Mapping[str, str | None]]:
    for each in _KNOWN:
        match = each.pattern.fullmatch(host)
        if match is not None:
            return each, match.groupdict()
    return None, {}


def _checked(url: str) -> SplitResult:
    """Return the parts of a base URL; no message quotes what stands before an @."""
    parts = _split(url.strip())
    if not parts.scheme or not parts.netloc:
        raise InvalidParameterError(_without_scheme(url.strip()))
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    if parts.scheme not in {"http", "https"}:
        raise InvalidParameterError(f"--host {shown}: requests are sent by http or https, not {parts.scheme!r}.")
    if "@" in parts.netloc:
        raise InvalidParameterError(
            f"--host {shown}: a user and a password stand before it. Take them off, and name them as `auth` of the "
            "scenario, where no result shows them."
        )
    if parts.query or parts.fragment:
        raise InvalidParameterError(
            f"--host {shown} has a query or a fragment behind it. It is what all paths begin with: write {shown}, and "
            "give the rest to each call; keys belong to `auth` of the scenario."
        )
    if parts.scheme == "http" and ".execute-api." in (parts.hostname or ""):
        raise InvalidParameterError(f"--host {shown}: API Gateway answers https alone. Write https:{shown[5:]}.")
    return parts


def _split(url: str) -> SplitResult:
    shown = url.rpartition("@")[2]
    if not url or _CONTROLS.search(url):
        raise InvalidParameterError(f"--host {shown!r} is no URL. Write one such as {_EXAMPLE}.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidParameterError(f"--host {shown} is no URL: {error}.") from None
    if port == 0 or (parts.scheme in {"http", "https"} and not parts.hostname):
        raise InvalidParameterError(f"--host {shown} names no {'port' if port == 0 else 'host'}. Write {_EXAMPLE}.")
    if not (parts.hostname or "").isascii():
        raise InvalidParameterError(f"--host {shown}: write the name as it is asked for, {_in_ascii(parts)}.")
    return parts


def _in_ascii(parts: SplitResult) -> str:
    try:
        return (parts.hostname or "").encode("idna").decode()
    except UnicodeError:
        return "in letters of ASCII"


def _without_scheme(url: str) -> str:
    shown = url.rpartition("@")[2]
    if url.startswith("arn:"):
        return f"--host {shown} is an ARN. A function is named in the scenario; where, by --serverless-stack."
    host = re.match(r"/*([^/:]+)", shown)
    scheme = "http" if host and is_this_machine(host[1]) else "https"
    return f"--host {shown} does not say how to send: write {scheme}://{shown.lstrip('/')}."
