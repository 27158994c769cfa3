"""How many requests were in flight, and when.

Peaks of several processes do not add up: they need not have been at one time. What does add up, slot by slot, is how
many requests began and ended in each tenth of a second, and where within it. From that the number in flight at each
slot's start and its mean over each slot are exact; its peak within a slot has an upper bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from pytest_serverless.load.aggregates.sums import add_counts, add_rows

__all__ = ["SLOT_S", "InFlight", "InFlightGauge", "Level", "most_at_once"]

SLOT_S: Final = 0.1
_SLOT_US: Final = 100_000


class Level(NamedTuple):
    """A slot: its start (seconds since the epoch), the requests in flight just before, their mean over it, and a bound.

    `most` is what they did not exceed within it: exact for one process that kept a gauge.
    """

    start_s: float
    at_start: int
    mean: float
    most: int


class InFlight:
    """Requests by the slots in which they began and ended. Times are microseconds since the epoch.

    `above` is what gauges have seen, by how much the number rose within a slot: either all that is merged kept one, or
    none did. Workers count by their own clocks: where those differ by more than half a slot, the peak of their sum
    means little.
    """

    __slots__ = ("above", "slots")

    def __init__(self) -> None:
        # Of each slot: how many began, how many ended, and the microseconds that were left of it at either, with signs.
        self.slots: dict[int, list[int]] = {}
        self.above: dict[int, int] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InFlight) and (self.slots, self.above) == (other.slots, other.above)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def add(self, began_us: int, ended_us: int) -> None:
        """Count a request."""
        slots = self.slots
        slot, within = divmod(began_us, _SLOT_US)
        row = slots.get(slot)
        if row is None:
            row = slots[slot] = [0, 0, 0]
        row[0] += 1
        row[2] += _SLOT_US - within
        slot, within = divmod(ended_us, _SLOT_US)
        row = slots.get(slot)
        if row is None:
            row = slots[slot] = [0, 0, 0]
        row[1] += 1
        row[2] -= _SLOT_US - within

    def levels(self) -> Iterator[Level]:
        """Yield every slot from the first with a request to the last, those between without any among them."""
        level = 0
        for slot in range(min(self.slots, default=0), max(self.slots, default=-1) + 1):
            began, ended, left_us = self.slots.get(slot, (0, 0, 0))
            most = level + self.above.get(slot, 0 if self.above else began)
            yield Level(slot * _SLOT_US / 1e6, level, level + left_us / _SLOT_US, most)
            level += began - ended

    @property
    def most(self) -> int:
        """What the requests in flight never exceeded: their peak, for one process that kept a gauge."""
        return max((level.most for level in self.levels()), default=0)

    @property
    def most_mean(self) -> float:
        """The most there were on average over a slot; exact for any number of processes."""
        return max((level.mean for level in self.levels()), default=0.0)

    def starts(self, since_s: float, until_s: float) -> list[int]:
        """Return how many requests began in each slot of a stretch: the arrivals of Little's law."""
        return [self.slots[slot][0] if slot in self.slots else 0 for slot in _slots(since_s, until_s)]

    def mean(self, since_s: float, until_s: float) -> float:
        """Return how many were in flight on average over a stretch, in whole slots; those that go on into it count."""
        wanted = _slots(since_s, until_s)
        means = (each.mean for each in self.levels() if round(each.start_s / SLOT_S) in wanted)
        return sum(means) / max(len(wanted), 1)

    def merge(self, other: InFlight) -> None:
        """Add what another has counted, slot by slot."""
        add_rows(self.slots, other.slots)
        add_counts(self.above, other.above)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON: of each slot (tenths of a second since the epoch) what began, ended and was left of it."""
        return {
            "slots": [[slot, *row] for slot, row in sorted(self.slots.items())],
            "above": [list(pair) for pair in sorted(self.above.items())],
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> InFlight:
        made = InFlight()
        made.slots = {slot: list(row) for slot, *row in value["slots"]}
        made.above = dict(value["above"])
        return made


class InFlightGauge:
    """Counts what is in flight in one process as it happens, and by how much it rose within each slot.

    `now` is the number in flight, `most` the most there ever were. A sender enters when it sends, not when the sending
    gets its turn; times are seconds since the epoch and never go back.
    """

    __slots__ = ("_above", "_at_start", "_slot", "most", "now")

    def __init__(self) -> None:
        self.now = self.most = 0
        self._slot = self._at_start = 0
        self._above: dict[int, int] = {}

    def enter(self, now_s: float) -> None:
        """Count one that is sent."""
        slot = int(now_s * 1e6) // _SLOT_US
        if slot != self._slot:
            self._slot, self._at_start = slot, self.now
        self.now += 1
        rise = self.now - self._at_start
        if rise > self._above.get(slot, 0):
            self._above[slot] = rise
            self.most = max(self.most, self.now)

    def leave(self, now_s: float) -> None:
        """Count one that has ended."""
        slot = int(now_s * 1e6) // _SLOT_US
        if slot != self._slot:
            self._slot, self._at_start = slot, self.now
        self.now -= 1

    def take(self, *, last: bool = False) -> dict[int, int]:
        """Return the rises since the last time, slot by slot, and forget them; that of the slot under way is kept back.

        When nothing will be sent any more, the `last` call returns that too.
        """
        taken = self._above
        self._above = {}
        if not last and self._slot in taken:
            self._above[self._slot] = taken.pop(self._slot)
        return taken


def most_at_once(stretches: Iterable[tuple[float, float]]) -> int:
    """Return how many of these (start, end) overlap at most; one that starts when another ends does not meet it."""
    turns = sorted((at, change) for start, end in stretches if start < end for at, change in ((start, 1), (end, -1)))
    now = most = 0
    for _, change in turns:
        now += change
        most = max(most, now)
    return most


def _slots(since_s: float, until_s: float) -> range:
    return range(round(since_s / SLOT_S), round(until_s / SLOT_S))
