"""What S3 says of buckets and objects, in notifications and on EventBridge: names, keys, ETags, versions, order."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote_plus, unquote, unquote_plus

from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import MISSING, Value
from pytest_serverless.events.values import pattern

__all__ = [
    "BUCKET_NAME",
    "ETAG",
    "KEY",
    "PLAIN_KEY",
    "REQUEST_ID",
    "VERSION_ID",
    "demand_key",
    "encode_key",
    "sequencer",
]

_LONGEST_KEY = 1024
_PLAIN = re.compile(r"[A-Za-z0-9._/-]{1,1024}").fullmatch
_ENCODED = re.compile(r"(?:[A-Za-z0-9._/*~+-]|%[0-9A-Fa-f]{2})+").fullmatch
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")


def demand_key(key: str) -> None:
    """Raise `InvalidParameterError` for a key that no object can have: S3 takes 1 to 1,024 bytes of UTF-8.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html (2026-11).
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise InvalidParameterError(f"An S3 key is text in UTF-8, and {shorten(key)} cannot be encoded.") from None
    if not 1 <= size <= _LONGEST_KEY:
        raise InvalidParameterError(f"An S3 key has 1 to {_LONGEST_KEY} bytes in UTF-8; {shorten(key)} has {size}.")


def encode_key(key: str) -> str:
    """Return an object's key as a notification holds it: URL-encoded, a space as `+`, `/` as it is.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html (2026-11); that
    `/` stays is from recordings. Whether S3 encodes `*` and `~` is documented nowhere: here they are `%2A` and `~`, and
    the checker takes both forms.
    """
    demand_key(key)
    return quote_plus(key, safe="/")


def _canonical(key: str) -> str:
    return key.replace("%2A", "*").replace("%7E", "~")


def _is_encoded(found: Any) -> bool:
    if not isinstance(found, str):
        return False
    if _PLAIN(found):
        return True
    if not _ENCODED(found):
        return False
    try:
        key = unquote_plus(found, errors="strict")
    except UnicodeDecodeError:
        return False
    return len(key.encode()) <= _LONGEST_KEY and _canonical(quote_plus(key, safe="/")) == _canonical(found)


def _mend_key(found: Any) -> Any:
    """Return the encoded form of a key that is raw, or was encoded by other rules, where only one key can be meant."""
    if not isinstance(found, str):
        return MISSING
    try:
        return encode_key(_meant_key(found))
    except (InvalidParameterError, ValueError):
        return MISSING


def _meant_key(found: str) -> str:
    escaped = _ESCAPE.search(found) is not None
    if _ENCODED(found) and escaped:
        if "+" not in found:
            return unquote(found, errors="strict")
        if "%20" not in found:
            return unquote_plus(found, errors="strict")
        raise ValueError("both + and %20: one of them is meant as it stands, and nothing says which")
    if escaped:
        raise ValueError("some of it is encoded and some is not")
    return found


KEY = Value(
    "s3-key",
    "the key URL-encoded as S3 does it: a space as +, / as it is, all else but A-Z a-z 0-9 . _ - as %XX in UTF-8",
    _is_encoded,
    lambda _: "photos/cat.jpg",
    _mend_key,
)


def _is_key(found: Any) -> bool:
    return isinstance(found, str) and 1 <= len(found.encode(errors="surrogatepass")) <= _LONGEST_KEY


PLAIN_KEY = Value("s3-plain-key", "1 to 1,024 bytes of text in UTF-8", _is_key, lambda _: "photos/cat.jpg")
BUCKET_NAME = pattern(
    "bucket",
    "3 to 63 lower-case letters, digits, dots and hyphens (an old bucket may have up to 255, _ and upper case)",
    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|[A-Za-z0-9._-]{3,255}",
    lambda _: "uploads",
)
_is_quoted_etag = re.compile(r'"?[0-9a-fA-F]{32}(-[1-9]\d{0,4})?"?').fullmatch


def _mend_etag(found: Any) -> Any:
    return found.strip('"').lower() if isinstance(found, str) and _is_quoted_etag(found) else MISSING


ETAG = pattern(
    "etag",
    "32 hexadecimal digits in lower case, without quotes; a multipart object's with - and the number of parts",
    r"[0-9a-f]{32}(-[1-9]\d{0,4})?",
    lambda mint: mint.hex(32),
    _mend_etag,
)
VERSION_ID = pattern(
    "version-id",
    "the opaque id of a version: letters, digits, . and _",
    r"[A-Za-z0-9._+/=-]{1,1024}",
    lambda mint: mint.alphanumeric(32),
)
REQUEST_ID = pattern(
    "request-id",
    "16 capital letters and digits (a UUID where S3 itself acts)",
    r"[A-Z0-9]{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    lambda mint: mint.alphanumeric(16),
)


def sequencer(mint: Mint) -> str:
    """Return 18 hexadecimal digits that are greater for whatever happens later, as S3's are for one key."""
    seconds, milliseconds = divmod(mint.now_ms(), 1000)
    return f"{seconds:010X}{milliseconds << 22 | mint.serial() & 0x3FFFFF:08X}"
