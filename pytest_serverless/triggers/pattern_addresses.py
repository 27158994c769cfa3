"""Internet addresses in patterns, read as the rule engine reads them: octets are decimal, no name is looked up."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from pytest_serverless.triggers.pattern_reader import RefusedPatternError

__all__ = ["address_of", "in_block"]

_IPV4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_IPV6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*")


def address_of(text: str) -> bytes | None:
    """Return the 4 or 16 bytes of an address, or None: an IPv4 address may stand in IPv6 form."""
    if _IPV4.fullmatch(text):
        octets = [int(part) for part in text.split(".") if len(part) < 10]
        return bytes(octets) if len(octets) == 4 and max(octets) < 256 else None
    if not _IPV6.fullmatch(text):
        return None
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address).packed


def in_block(block: str) -> Callable[[Any], bool]:
    """Return what tells whether a value is an address of the block, which is written `address/bits`."""
    base, bits = _parts_of(block)
    rest = (1 << (len(base) * 8 - bits)) - 1
    number = int.from_bytes(base, "big")
    low, high = number & ~rest, number | rest

    def test(value: Any) -> bool:
        address = address_of(value) if isinstance(value, str) else None
        return address is not None and len(address) == len(base) and low <= int.from_bytes(address, "big") <= high

    return test


def _parts_of(block: str) -> tuple[bytes, int]:
    text, slash, mask = block.partition("/")
    if not slash or "/" in mask:
        raise RefusedPatternError("Malformed CIDR, one '/' required")
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", mask):
        raise RefusedPatternError("Malformed CIDR, mask bits must be an integer")
    bits = int(mask)
    if bits < 0:
        raise RefusedPatternError("Malformed CIDR, mask bits must not be negative")
    base = address_of(text)
    if base is None:
        kind = "Invalid" if _IPV4.fullmatch(text) or _IPV6.fullmatch(text) else "Nonstandard"
        raise RefusedPatternError(f"{kind} IP address: {text}")
    limit = len(base) * 8
    if bits >= limit:
        raise RefusedPatternError(f"IPv{4 if limit == 32 else 6} mask bits must be < {limit}")
    return base, bits
