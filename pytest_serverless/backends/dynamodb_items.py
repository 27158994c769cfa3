"""DynamoDB's attribute values as Python values, and back: as boto3's own tables do it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["attributes_of", "item_of"]


def item_of(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return an item as a client gives it, in Python values: numbers are `Decimal`, binary values `Binary`."""
    from boto3.dynamodb.types import TypeDeserializer

    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in attributes.items()}


def attributes_of(item: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return Python values as a client takes them."""
    from boto3.dynamodb.types import TypeSerializer

    write = TypeSerializer().serialize
    return {name: write(value) for name, value in item.items()}
