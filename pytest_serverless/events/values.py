"""The vocabulary of leaves that every provider shares; `aws/values.py` and its like add their own.

A function returns a fresh `Value` where it takes a parameter; what takes none is a constant.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import MISSING, Value

__all__ = [
    "ANY_JSON",
    "BASE64",
    "BOOLEAN",
    "EPOCH_MS",
    "EPOCH_MS_TEXT",
    "HOST",
    "IP_ADDRESS",
    "TEXT",
    "UUID",
    "const",
    "hexadecimal",
    "iso_time",
    "one_of",
    "pattern",
    "text",
    "whole_number",
]


def const(value: Any) -> Value:
    """Exactly this value, of exactly this type."""
    return Value(
        "const",
        repr(value),
        lambda found: type(found) is type(value) and found == value,
        lambda _: value,
        lambda _: value,
    )


def one_of(*values: str) -> Value:
    """One of these texts; the first unless given."""
    listed = frozenset(values)
    folded = {value.lower(): value for value in values}
    return Value(
        "one-of",
        " or ".join(values) if len(values) < 9 else f"one of {', '.join(values)}",
        lambda found: isinstance(found, str) and found in listed,
        lambda _: values[0],
        lambda found: folded.get(found.lower(), MISSING) if isinstance(found, str) else MISSING,
    )


def pattern(
    rule: str, expected: str, regex: str, mint: Callable[[Mint], str], mend: Callable[[Any], Any] = lambda _: MISSING
) -> Value:
    """Text that the regular expression matches from end to end."""
    matches = re.compile(regex, re.DOTALL).fullmatch
    return Value(rule, expected, lambda found: isinstance(found, str) and matches(found) is not None, mint, mend)


def text(default: str = "", *, expected: str = "text", embeds: bool = False) -> Value:
    """Any text; `embeds` where another source's event may stand in it as JSON."""
    return Value("text", expected, lambda found: isinstance(found, str), lambda _: default, _as_text, embeds)


def _as_text(found: Any) -> Any:
    return str(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else MISSING


def whole_number(low: int = 0, high: int | None = None, *, mint: Callable[[Mint], int] | None = None) -> Value:
    """A whole number from `low` to `high` (both included), as a JSON number."""
    limit = f" to {high}" if high is not None else ""
    return Value(
        "whole-number",
        f"a whole number from {low}{limit}",
        lambda found: type(found) is int and found >= low and (high is None or found <= high),
        mint or (lambda _: low),
        lambda found: int(found) if isinstance(found, str) and found.isdecimal() else MISSING,
    )


def hexadecimal(length: int) -> Value:
    """That many hexadecimal digits in lower case."""
    return pattern(
        "hex", f"{length} hexadecimal digits in lower case", rf"[0-9a-f]{{{length}}}", lambda mint: mint.hex(length)
    )


TEXT = text()
ANY_JSON = Value("any", "anything", lambda _: True, lambda _: None)
BOOLEAN = Value("boolean", "true or false", lambda found: isinstance(found, bool), lambda _: False)
UUID = pattern(
    "uuid",
    "a UUID in lower case",
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    lambda mint: mint.uuid(),
)


def _is_base64(found: Any) -> bool:
    try:
        return isinstance(found, str) and base64.b64encode(base64.b64decode(found, validate=True)).decode() == found
    except (binascii.Error, ValueError):
        return False


BASE64 = Value("base64", "base64", _is_base64, lambda mint: mint.base64(12))


_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}", re.ASCII).fullmatch


def _is_ip(found: Any) -> bool:
    if isinstance(found, str) and _IPV4(found):  # ten times as fast, and nearly all are
        return True
    try:
        return isinstance(found, str) and bool(ipaddress.ip_address(found))
    except ValueError:
        return False


def _without_mask(found: Any) -> Any:
    address = found.partition("/")[0] if isinstance(found, str) else ""
    return address if _is_ip(address) else MISSING


IP_ADDRESS = Value(
    "ip", "an IPv4 or IPv6 address", _is_ip, lambda mint: f"203.0.113.{mint.number(1, 254)}", _without_mask
)
HOST = pattern(
    "host", "a host name", r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*", lambda _: "example.com"
)

_YEAR_2000_MS = 946_684_800_000
_YEAR_2100_MS = 4_102_444_800_000

EPOCH_MS = Value(
    "epoch-ms",
    "a whole number of milliseconds since 1970",
    lambda found: type(found) is int and _YEAR_2000_MS <= found < _YEAR_2100_MS,
    lambda mint: mint.now_ms(),
)
EPOCH_MS_TEXT = Value(
    "epoch-ms-text",
    "milliseconds since 1970, as text",
    lambda found: isinstance(found, str) and found.isdecimal() and _YEAR_2000_MS <= int(found) < _YEAR_2100_MS,
    lambda mint: str(mint.now_ms()),
    lambda found: str(found) if EPOCH_MS.accepts(found) else MISSING,
)

_ISO = {
    "seconds": ("2026-11-23T10:00:00Z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "milliseconds": ("2026-11-23T10:00:00.000Z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
}


def iso_time(precision: str) -> Value:
    """A UTC time as ISO 8601 with Z, to `precision`: seconds or milliseconds."""
    example, regex = _ISO[precision]
    matches = re.compile(regex).fullmatch

    def accepts(found: Any) -> bool:
        if not isinstance(found, str) or matches(found) is None:
            return False
        return (
            datetime.fromisoformat(found[:-1]) is not None
        )  # ValueError, taken as no, where there is no such day or hour

    return Value(
        f"time-{precision}",
        f"a UTC time in {precision}, such as {example}",
        accepts,
        lambda mint: format_iso(mint.now_ms(), precision),
    )


def format_iso(epoch_ms: int, precision: str) -> str:
    """Write a time as `iso_time` wants it."""
    moment = datetime.fromtimestamp(epoch_ms // 1000, tz=timezone.utc)
    fraction = f".{epoch_ms % 1000:03d}" if precision == "milliseconds" else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
