"""The instances that were seen: each by its id, in memory that is bounded."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["LIMIT", "Instance", "Instances"]

LIMIT: Final = 20_000
"""How many instances are kept one by one: some 7 MB."""


@dataclass(slots=True)
class Instance:
    """When the first request began that it served, when the last ended (microseconds since the epoch), and how many.

    `init_us` is how long its init took, where that was told.
    """

    first_us: int
    last_us: int
    count: int
    init_us: int | None = None

    def merge(self, other: Instance) -> None:
        self.first_us = min(self.first_us, other.first_us)
        self.last_us = max(self.last_us, other.last_us)
        self.count += other.count
        if other.init_us is not None:
            self.init_us = max(other.init_us, self.init_us or 0)


class Instances:
    """Instances by id. Up to `limit` all of them are kept; beyond it those whose ids have the least hashes.

    Such a sample is the same in whatever order and division the instances were seen, and each in it has been counted
    from its first request on. `complete` says whether all were kept, `distinct` how many there were: exact while
    `complete`, else an estimate with a relative standard error of 1/sqrt(limit) (bottom-k sketch; K. Beyer and others,
    On Synopses for Distinct-Value Estimation, SIGMOD 2007).
    """

    __slots__ = ("_hashes", "complete", "known", "limit")

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.known: dict[str, Instance] = {}
        self.complete = True
        self._hashes: list[tuple[int, str]] = []  # negative, so that the greatest is the first of the heap

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instances) and self.as_json() == other.as_json()

    __hash__ = None  # type: ignore[assignment]  # it changes

    @property
    def distinct(self) -> int:
        """How many different instances there were."""
        if self.complete:
            return len(self.known)
        return round((self.limit - 1) / (-self._hashes[0][0] / 2.0**64))

    def seen(self, instance: str, first_us: int, last_us: int, init_us: int | None = None) -> None:
        """Count a request that an instance served."""
        known = self.known.get(instance)
        if known is None:
            self._keep(instance, Instance(first_us, last_us, 1, init_us))
            return
        known.count += 1
        if first_us < known.first_us:  # noqa: PLR1730  # `min` and `max` would be calls, for every request
            known.first_us = first_us
        if last_us > known.last_us:  # noqa: PLR1730  # a call would cost more
            known.last_us = last_us
        if init_us is not None:
            known.init_us = max(init_us, known.init_us or 0)

    def _keep(self, instance: str, facts: Instance) -> None:
        """Keep an instance that is not known, if it belongs to the sample."""
        entry = -_hash(instance), instance
        if len(self.known) < self.limit:
            heapq.heappush(self._hashes, entry)
        else:
            self.complete = False
            _, other = heapq.heappushpop(self._hashes, entry)
            if other == instance:
                return
            del self.known[other]
        self.known[instance] = facts

    def seen_between(self, first_us: int, last_us: int) -> int:
        """Return how many of those that are kept served within this stretch, or before and after it."""
        return sum(each.first_us <= last_us and each.last_us >= first_us for each in self.known.values())

    def merge(self, other: Instances) -> None:
        """Add what another has seen; raises ValueError for a sample of another size."""
        if other.limit != self.limit:
            raise ValueError(f"A sample with a limit of {other.limit} does not merge into one of {self.limit}.")
        for instance, facts in other.known.items():
            mine = self.known.get(instance)
            if mine is not None:
                mine.merge(facts)
            else:
                self._keep(instance, Instance(facts.first_us, facts.last_us, facts.count, facts.init_us))
        self.complete = self.complete and other.complete

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON: of each instance its id, first, last, count and init, in the order of ids."""
        rows = [[id_, one.first_us, one.last_us, one.count, one.init_us] for id_, one in sorted(self.known.items())]
        return {"limit": self.limit, "complete": self.complete, "distinct": self.distinct, "known": rows}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Instances:
        made = Instances(value["limit"])
        rows: Iterable[list[Any]] = value["known"]
        for id_, *facts in rows:
            made._keep(id_, Instance(*facts))
        made.complete = value["complete"]
        return made


def _hash(instance: str) -> int:
    return int.from_bytes(hashlib.blake2b(instance.encode(), digest_size=8).digest(), "big")
