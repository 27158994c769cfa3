"""Receipt handles: long opaque texts that name a message and the receive that gave them."""

from __future__ import annotations

import hashlib
import struct
from base64 import b64decode, b64encode
from typing import Final

__all__ = ["Receipts"]

_HEAD: Final = b"\x01\x01\x01"  # what AWS's handles begin with: AQEB in base64
_PLACE: Final = struct.Struct(">QQ")
_CUT: Final = len(_HEAD) + _PLACE.size


class Receipts:
    """Writes and reads the handles of one queue; `key` is what tells it from other queues."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        self._key = hashlib.sha512(key.encode()).digest()

    def handle(self, number: int, receipt: int) -> str:
        """Return the handle for a receive of the message with that number."""
        place = _PLACE.pack(number, receipt)
        return b64encode(_HEAD + place + self._sign(place)).decode("ascii")

    def read(self, handle: str) -> tuple[int, int] | None:
        """Return the number and the receive that a handle names; None if this queue never gave it."""
        try:
            raw = b64decode(handle, validate=True)
            number, receipt = _PLACE.unpack(raw[len(_HEAD) : _CUT])
        except (ValueError, struct.error):
            return None
        return (number, receipt) if raw[_CUT:] == self._sign(raw[len(_HEAD) : _CUT]) else None

    def _sign(self, place: bytes) -> bytes:
        digest = hashlib.blake2b(place, key=self._key).digest()
        return digest + digest[::-1]  # as long as AWS's handles are, so that they are told from ids
