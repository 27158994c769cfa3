"""What is in a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.backends.dynamodb_items import attributes_of, item_of
from pytest_serverless.deployment.arrived.json_text import json_of
from pytest_serverless.deployment.arrived.matching import differences
from pytest_serverless.deployment.arrived.view import View
from pytest_serverless.errors import InvalidParameterError

__all__ = ["TableView"]


class TableView(View[dict[str, Any]]):
    """A table: its items in Python values, as boto3's own tables give them (a number is a `Decimal`)."""

    kind = "table"
    thing = "item"
    fields = None

    @property
    def items(self) -> list[dict[str, Any]]:
        """Every item, in the order of a scan."""
        with self._place.quietly():
            pages = self._client.get_paginator("scan").paginate(TableName=self._table_name, ConsistentRead=True)
            return [item_of(item) for page in pages for item in page["Items"]]

    @property
    def json(self) -> list[Any]:
        """Every item with plain numbers, lists for sets and base64 for bytes."""
        return [json_of(item) for item in self.items]

    def get(self, **key: Any) -> dict[str, Any] | None:
        """Return the item of a key, None where there is none: `get(id="7")`."""
        names = self._key()
        if key.keys() != set(names):
            raise InvalidParameterError(
                f"The {self._name} has the key {' and '.join(names)}, got {', '.join(key) or 'nothing'}. "
                "To look for other attributes, use one(...)."
            )
        with self._place.quietly():
            answer = self._client.get_item(TableName=self._table_name, Key=attributes_of(key), ConsistentRead=True)
        return item_of(answer["Item"]) if "Item" in answer else None

    def __contains__(self, wanted: Any) -> bool:
        """Tell whether an item has these attributes, or, given a mere value, that key."""
        if isinstance(wanted, Mapping):
            return any(not any(differences(wanted, item)) for item in self.items)
        names = self._key()
        if len(names) != 1:
            raise InvalidParameterError(
                f"The {self._name} has the key {' and '.join(names)}: ask for an item with a dict of both, "
                f"not for {wanted!r}."
            )
        return self.get(**{names[0]: wanted}) is not None

    @property
    def _client(self) -> Any:
        return self._place.client("dynamodb")

    @property
    def _table_name(self) -> str:
        return self._place.resource.name

    def _key(self) -> list[str]:
        with self._place.quietly():
            schema = self._client.describe_table(TableName=self._table_name)["Table"]["KeySchema"]
        return [element["AttributeName"] for element in schema]

    def _items(self) -> list[dict[str, Any]]:
        return self.items

    def _cells(self, item: dict[str, Any]) -> Mapping[str, Any]:
        return json_of(item)  # type: ignore[no-any-return]  # a dict stays one
