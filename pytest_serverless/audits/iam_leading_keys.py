"""The values of partition keys that a call of DynamoDB is about: what `dynamodb:LeadingKeys` holds.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_serverless.audits.iam_parameters import Parameters, Place

__all__ = ["KEY", "leading_keys"]

KEY = "dynamodb:leadingkeys"

_EQUALS = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")
_KEYLESS = {"PutItem": "Item"}
_IN_TRANSACTION = {"Put": "Item", "Update": "Key", "Delete": "Key", "ConditionCheck": "Key", "Get": "Key"}

Item = Mapping[str, Any]


def leading_keys(operation: str, parameters: Parameters, place: Place) -> dict[str, tuple[str, ...] | None]:
    """Return the values by table; None for a table where they cannot be told. A Scan has none."""
    found: dict[str, list[str] | None] = {}
    for table, value in _values(operation, parameters, place):
        values = found.setdefault(table, [])
        if value is None or values is None:
            found[table] = None
        else:
            values.append(value)
    return {table: None if values is None else tuple(dict.fromkeys(values)) for table, values in found.items()}


def _values(operation: str, parameters: Parameters, place: Place) -> Iterator[tuple[str, str | None]]:
    if operation in ("Query", "Scan") and parameters.get("IndexName"):
        return  # an index has a partition key of its own: it stays unknown
    if operation == "Query":
        table = name_of(parameters)
        yield table, _queried(parameters, place.partition_keys.get(table))
    for table, item in _items(operation, parameters):
        yield table, _key_of(item, place.partition_keys.get(table))


def name_of(parameters: Parameters) -> str:
    """Return the name of the table that a call names, by its name or its ARN."""
    return str(parameters.get("TableName", "")).rpartition("/")[2]


def _items(operation: str, parameters: Parameters) -> Iterator[tuple[str, Item]]:
    """Yield each item, or key of an item, with its table."""
    if operation in ("PutItem", "GetItem", "UpdateItem", "DeleteItem"):
        yield name_of(parameters), parameters.get(_KEYLESS.get(operation, "Key"), {})
    elif operation in ("TransactWriteItems", "TransactGetItems"):
        for part in parameters.get("TransactItems", ()):
            yield from ((name_of(what), what.get(_IN_TRANSACTION[kind], {})) for kind, what in part.items())
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for table, requests in parameters.get("RequestItems", {}).items():
            yield from ((table.rpartition("/")[2], item) for item in _batched(requests))


def _batched(requests: Any) -> Iterator[Item]:
    if isinstance(requests, Mapping):
        yield from requests.get("Keys", ())
        return
    writes = (write for request in requests for write in request.values())
    yield from (write.get("Item") or write.get("Key") or {} for write in writes)


def _key_of(item: Item, partition_key: str | None) -> str | None:
    """Return the value of the partition key; a key of one attribute is the partition key, whatever it is called."""
    name = partition_key or (next(iter(item)) if len(item) == 1 else None)
    return _text(item.get(name)) if name else None


def _queried(parameters: Parameters, partition_key: str | None) -> str | None:
    names, values = parameters.get("ExpressionAttributeNames", {}), parameters.get("ExpressionAttributeValues", {})
    condition = parameters.get("KeyConditionExpression")
    if not isinstance(condition, str):
        return None
    equal = [(names.get(name, name), value) for name, value in _EQUALS.findall(condition)]
    name = partition_key or (equal[0][0] if len(equal) == 1 else None)
    return next((_text(values.get(value)) for key, value in equal if key == name), None)


def _text(value: Any) -> str | None:
    """Return a value's text, whether it is typed as the API has it (`{"S": "x"}`) or plain, as a resource takes it."""
    if isinstance(value, Mapping) and len(value) == 1:
        value = next(iter(value.values()))
    return str(value) if isinstance(value, (str, int, float)) or hasattr(value, "as_tuple") else None
