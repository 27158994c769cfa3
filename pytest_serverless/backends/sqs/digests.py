"""The MD5 digests that SQS sends with what it took, so that a client can compare.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html (2026-11).
"""

from __future__ import annotations

import hashlib
import struct
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["of_attributes", "of_body"]


def of_body(body: str) -> str:
    """Return the digest of a body."""
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def of_attributes(attributes: Mapping[str, Mapping[str, Any]] | None) -> str | None:
    """Return the digest of message attributes; None without any."""
    if not attributes:
        return None
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        for part in _parts(name, attributes[name]):
            digest.update(part)
    return digest.hexdigest()


def _parts(name: str, attribute: Mapping[str, Any]) -> Iterator[bytes]:
    kind = attribute["DataType"]
    binary = kind.startswith("Binary")
    yield _measured(name.encode())
    yield _measured(kind.encode())
    yield b"\x02" if binary else b"\x01"
    yield _measured(b64decode(attribute["BinaryValue"]) if binary else str(attribute["StringValue"]).encode())


def _measured(part: bytes) -> bytes:
    return struct.pack(">I", len(part)) + part
