"""Events as the JSON that Azure's and Google Cloud's hosts hand over."""

from __future__ import annotations

import json
from typing import Any

from pytest_serverless.errors import InvalidPayloadError

__all__ = ["decode", "encode"]


def encode(event: Any, advice: str) -> bytes:
    """Return the event as JSON, or raise `InvalidPayloadError` with the advice; bytes are taken as they are."""
    if isinstance(event, bytes):
        return event
    try:
        return json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise InvalidPayloadError(f"The event is not JSON: {error}. {advice}") from error


def decode(payload: bytes) -> Any:
    """Return the event in a payload, or raise `InvalidPayloadError`."""
    try:
        return json.loads(payload)
    except ValueError as error:
        raise InvalidPayloadError(f"The event is not JSON: {error}.") from error
