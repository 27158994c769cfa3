"""Trace headers: which chain of requests an invocation belongs to, and how often it came by a function.

Sources (2026-11): https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html (the header),
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html (that loops are found by it). That `Lineage` has
a hash of the function and how often it was there is recorded; how the hash is made is not.
"""

from __future__ import annotations

import os
import re
import time
import zlib
from functools import lru_cache

__all__ = ["Trace", "begun", "new_root"]

_MOST_REMEMBERED = 8
_COUNT = re.compile(r"[0-9]{1,6}")


class Trace:
    """One `X-Amzn-Trace-Id`: its parts in their order, and the functions in its lineage."""

    __slots__ = ("_lineage", "_parts")

    def __init__(self, header: str = "") -> None:
        self._parts: dict[str, str] = {}
        self._lineage: dict[str, int] = {}
        if not header:
            return
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == "Lineage":
                self._lineage = _read(value)
            elif value:
                self._parts[name] = value

    @property
    def root(self) -> str | None:
        """The chain of requests."""
        return self._parts.get("Root")

    @property
    def parent(self) -> str | None:
        """The link of the chain that the request comes from."""
        return self._parts.get("Parent")

    def visited(self, function: str) -> int:
        """Return how often the chain came by a function before."""
        return self._lineage.get(_hash(function), 0)

    def through(self, function: str) -> str:
        """Return the header as the function is given it."""
        root = self.root or new_root(time.time(), os.urandom(12).hex())
        parent = self.parent or os.urandom(8).hex()
        hash_, visits = _hash(function), self.visited(function) + 1
        kept = [f"{other}:{times}" for other, times in self._lineage.items() if other != hash_][-_MOST_REMEMBERED:]
        lineage = "|".join([*kept, f"{hash_}:{visits}"])
        return f"{begun(root, parent, self._parts.get('Sampled', '0'))};Lineage={lineage}"


def new_root(now: float, digits: str) -> str:
    """Return the root of a chain that begins `now` (epoch seconds), by 24 hexadecimal digits of its own."""
    return f"1-{int(now):08x}-{digits}"


def begun(root: str, parent: str, sampled: str = "0") -> str:
    """Return a header without lineage: that of a chain which came through no function so far as is known."""
    return f"Root={root};Parent={parent};Sampled={sampled}"


def _read(lineage: str) -> dict[str, int]:
    """Read `hash:times`, joined by `|`; a number may stand before the hash."""
    found: dict[str, int] = {}
    for one in lineage.split("|"):
        *_, hash_, times = ("", *one.split(":"))
        if hash_ and _COUNT.fullmatch(times):
            found[hash_] = int(times)
    return found


@lru_cache(maxsize=1024)
def _hash(function: str) -> str:
    return f"{zlib.crc32(function.encode()):08x}"
