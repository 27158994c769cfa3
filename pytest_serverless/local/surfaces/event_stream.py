"""Messages of an AWS event stream: how a streamed response is sent.

Source: https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html (2026-11).
"""

from __future__ import annotations

import struct
import zlib

__all__ = ["MEDIA_TYPE", "event"]

MEDIA_TYPE = "application/vnd.amazon.eventstream"

_PRELUDE = struct.Struct("!II")
_CHECKSUM = struct.Struct("!I")
_LENGTH = struct.Struct("!H")
_TEXT = b"\x07"
"""The type of a header whose value is text."""


def event(kind: str, payload: bytes, content_type: str) -> bytes:
    """Return one event, with the checksums that a client verifies."""
    headers = b"".join(
        _header(name, value)
        for name, value in ((":message-type", "event"), (":event-type", kind), (":content-type", content_type))
    )
    prelude = _PRELUDE.pack(len(headers) + len(payload) + 16, len(headers))
    message = prelude + _CHECKSUM.pack(zlib.crc32(prelude)) + headers + payload
    return message + _CHECKSUM.pack(zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    return bytes([len(name)]) + name.encode() + _TEXT + _LENGTH.pack(len(value)) + value.encode()
