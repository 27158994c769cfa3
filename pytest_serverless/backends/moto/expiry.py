"""Items past their time to live, deleted as DynamoDB deletes them; moto keeps them for ever.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html (2026-11). DynamoDB takes
up to a few days over it; here they go when they are asked to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_serverless.backends.moto.feed import Feed

__all__ = ["expire_items"]

SERVICE = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
TOO_OLD = 5 * 365 * 86400
"""Seconds; what expired longer ago is taken for a mistake in the data, and stays."""


def expire_items(feed: Feed, service: Mapping[str, Any], now: float) -> int:
    """Delete what expired by `now`, of all tables with a time to live, and return how many items that were."""
    expired = [(account, *one) for account in service for one in _expired(service.get(account), now)]
    with feed.collecting() as succeeded, feed.changing_as(SERVICE):
        for account, region, table_name, item in expired:
            table = service[account][region].tables[table_name]  # by [], which notes that the state was reached
            table.delete_item(item.hash_key, item.range_key)
        succeeded()
    return len(expired)


def _expired(regions: Any, now: float) -> Iterator[tuple[str, str, Any]]:
    for region, backend in regions.items():
        for name, table in backend.tables.items():
            if table.ttl["TimeToLiveStatus"] == "ENABLED":
                yield from ((region, name, item) for item in _due(table, now))


def _due(table: Any, now: float) -> list[Any]:
    """Return a table's items that have expired, the earliest first."""
    timed = [(_expires_at(item, table.ttl["AttributeName"]), item) for item in table.all_items()]
    due = [(at, item) for at, item in timed if at is not None and now - TOO_OLD < at <= now]
    return [item for _, item in sorted(due, key=lambda one: one[0])]


def _expires_at(item: Any, attribute: str) -> float | None:
    value = item.attrs.get(attribute)
    return float(value.value) if value is not None and value.type == "N" else None
