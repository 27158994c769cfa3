"""The attributes of messages, as Python values.

SQS writes `{"DataType": …, "StringValue": …}`, and SNS, between its parts, `{"Type": …, "Value": …}`; binary values are
in base64. Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html (2026-11).
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["plain_attributes"]


def plain_attributes(attributes: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any]:
    """Return each attribute's value: text, a number, bytes, or SNS's list."""
    return {name: _plain(value) for name, value in (attributes or {}).items()}


def _plain(attribute: Mapping[str, Any]) -> Any:
    whole = attribute.get("DataType") or attribute["Type"]
    kind = whole.partition(".")[0]
    if kind == "Binary":
        return _bytes(attribute["BinaryValue"] if "BinaryValue" in attribute else attribute["Value"])
    value = attribute["StringValue"] if "StringValue" in attribute else attribute["Value"]
    if kind == "Number":
        return _number(value)
    return json.loads(value) if whole == "String.Array" else value


def _bytes(value: str | bytes) -> bytes:
    return b64decode(value) if isinstance(value, str) else value


def _number(value: str) -> int | float | str:
    """Return a number as it is; SQS takes anything for one."""
    try:
        number = Decimal(value)
        return int(number) if number == number.to_integral_value() else float(number)
    except (InvalidOperation, ValueError, OverflowError):
        return value
