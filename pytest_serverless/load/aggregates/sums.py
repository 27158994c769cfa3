"""Adding up what is counted by a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

__all__ = ["add_counts", "add_rows"]

Key = TypeVar("Key")


def add_counts(into: dict[Key, int], other: Mapping[Key, int]) -> None:
    """Add counts key by key."""
    for key, count in other.items():
        into[key] = into.get(key, 0) + count


def add_rows(into: dict[Key, list[int]], other: Mapping[Key, list[int]]) -> None:
    """Add rows of counts key by key, column by column; rows of another stay its own."""
    for key, row in other.items():
        mine = into.get(key)
        into[key] = list(row) if mine is None else [one + more for one, more in zip(mine, row, strict=True)]
