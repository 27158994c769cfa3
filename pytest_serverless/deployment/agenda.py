"""What is to happen later, in the order of its time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Agenda", "Item"]


@dataclass(order=True, slots=True)
class Item:
    """Something to be done at an instant (seconds since the epoch); `what` says in words what it is."""

    at: float
    order: int
    act: Callable[[], None] = field(compare=False)
    what: str = field(compare=False)


class Agenda:
    """The items of one test; those of one instant are done in the order they were put in."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._order = itertools.count()

    def put(self, at: float, act: Callable[[], None], what: str) -> None:
        """Let `act` be called at that instant."""
        heapq.heappush(self._items, Item(at, next(self._order), act, what))

    def next(self) -> float | None:
        """Return when the first item is due."""
        return self._items[0].at if self._items else None

    def due(self, now: float) -> Item | None:
        """Take the first item, if its time has come."""
        return heapq.heappop(self._items) if self._items and self._items[0].at <= now else None

    def left(self) -> list[Item]:
        """Return what is still to be done, in order."""
        return sorted(self._items)
