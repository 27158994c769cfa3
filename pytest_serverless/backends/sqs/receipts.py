"""Receipt handles: long opaque texts that name a message and the receive that gave them."""

from __future__ import annotations

import hashlib
import struct
from binascii import a2b_base64, b2a_base64
from typing import Final

__all__ = ["Receipts"]

_HEAD: Final = b"\x01\x01\x01"  # what AWS's handles begin with: AQEB in base64
_PLACE: Final = struct.Struct(">QQ")
_REMEMBERED: Final = 1_000  # most handles come back soon, and once: that time they need not be proved
_FIRST: Final = 28  # characters of base64 that hold the head and the place


class Receipts:
    """Writes and reads the handles of one queue; `key` is what tells it from other queues."""

    __slots__ = ("_given", "_key")

    def __init__(self, key: str) -> None:
        self._key = hashlib.sha512(key.encode()).digest()
        self._given: dict[str, tuple[int, int]] = {}

    def handle(self, number: int, receipt: int) -> str:
        """Return the handle for a receive of the message with that number."""
        place = _PLACE.pack(number, receipt)
        digest = hashlib.blake2b(place + self._key).digest()
        # as long as AWS's handles are, so that it is not taken for an id
        handle = b2a_base64(_HEAD + place + digest + digest[::-1], newline=False).decode("ascii")
        if len(self._given) >= _REMEMBERED:
            self._given.clear()
        self._given[handle] = (number, receipt)
        return handle

    def read(self, handle: str) -> tuple[int, int] | None:
        """Return the number and the receive that a handle names; None if this queue never gave it."""
        known = self._given.pop(handle, None)
        if known is not None:
            return known
        try:
            number, receipt = _PLACE.unpack_from(a2b_base64(handle[:_FIRST]), len(_HEAD))
        except (ValueError, struct.error):
            return None
        return (number, receipt) if handle == self.handle(number, receipt) else None
