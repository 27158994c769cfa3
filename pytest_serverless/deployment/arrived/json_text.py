"""JSON that arrived, or should have been."""

from __future__ import annotations

import json
from base64 import b64encode
from decimal import Decimal
from typing import Any

from pytest_serverless.errors import shorten

__all__ = ["json_of", "parsed"]


def parsed(text: str | bytes) -> Any:
    """Return what a text says as JSON; an AssertionError shows one that is not JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise AssertionError(f"What arrived is not JSON: {shorten(text, 200)} ({error})") from None


def json_of(value: Any) -> Any:
    """Return an item of DynamoDB as it would be in JSON: plain numbers, lists for sets, base64 for bytes."""
    return json.loads(json.dumps(value, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, set):
        return sorted(map(_plain, value))
    if isinstance(value, str):
        return value
    return b64encode(bytes(value)).decode()
