"""What truly happened, counted where it was decided: what estimators and clients' own counts are held to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from pytest_serverless.admission.throttles import NO_INSTANCE

__all__ = ["CELL_S", "Counts", "Truth"]

CELL_S = 0.1
"""The width of a cell of the course of time, in seconds, at the beginning."""

_MOST_CELLS = 36_000
"""An hour; beyond it two cells become one."""


class Grid:
    """Where the cells of all functions begin: at the first event of any."""

    __slots__ = ("start",)

    def __init__(self) -> None:
        self.start: float | None = None


class Counts:
    """What happened to one function; `Admission` writes into it.

    `busy` are the invocations that run now, `most_busy` the most that ever did. `cells` holds for each stretch of
    `cell_s` seconds since the start the seconds that invocations ran within it, all added up.
    """

    __slots__ = (
        "_grid",
        "_moments",
        "_origin",
        "admitted",
        "arrivals",
        "boundary",
        "busy",
        "cell_s",
        "cells",
        "cold_starts",
        "expired",
        "inits",
        "inits_ahead",
        "limits",
        "most_busy",
        "most_sandboxes",
        "new_instances",
        "sandboxes",
        "sandboxes_ever",
        "spill_overs",
        "throttles",
        "waiting",
    )

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self.busy = 0
        self.sandboxes = 0
        self.waiting = 0
        self.clear()

    def clear(self) -> None:
        """Count from zero; what runs or waits now still does, and so do the sandboxes."""
        self.arrivals = self.waiting + self.busy
        self.admitted = self.busy
        self.cold_starts = self.spill_overs = self.expired = 0
        self.new_instances = self.inits = self.inits_ahead = 0
        self.throttles: dict[str, int] = {}
        self.limits: dict[str, int] = {}
        self.most_busy = self.busy
        self.most_sandboxes = self.sandboxes_ever = self.sandboxes
        self.boundary = float("-inf")
        self.cell_s = CELL_S
        self.cells: list[float] = []
        self._origin = 0.0
        self._moments = 0.0

    def begin(self, now: float) -> None:
        """Count an invocation that begins to run."""
        if now >= self.boundary:
            self.roll(now)
        self._moments -= now
        self.admitted += 1
        busy = self.busy = self.busy + 1
        if busy > self.most_busy:  # noqa: PLR1730  # `max` would be a call, in the hottest path
            self.most_busy = busy

    def end(self, now: float, count: int = 1) -> None:
        """Count invocations that have ended."""
        if now >= self.boundary:
            self.roll(now)
        self._moments += now * count
        self.busy -= count

    def refuse(self, reason: str, limit: str) -> None:
        """Count a refusal."""
        self.throttles[reason] = self.throttles.get(reason, 0) + 1
        self.limits[limit] = self.limits.get(limit, 0) + 1

    def expire(self) -> None:
        """Count who has waited in vain."""
        self.expired += 1
        self.refuse(NO_INSTANCE, "instances")

    def roll(self, now: float) -> None:
        """Close the cells that are over.

        Within a cell the seconds up to `t` are `busy * t`, less the moments of the beginnings in it, plus those of the
        ends: an event costs one addition, and rounding does not pile up.
        """
        if self.boundary == float("-inf"):
            if self._grid.start is None:
                self._grid.start = now
            self._origin = self._grid.start
            self._moments = -self.busy * self._origin
            self.boundary = self._origin + self.cell_s
        while now >= self.boundary:
            self.cells.append(self.busy * self.boundary + self._moments)
            self._moments = -self.busy * self.boundary
            if len(self.cells) == _MOST_CELLS:
                pairs = zip(self.cells[::2], self.cells[1::2], strict=True)
                self.cells = [first + second for first, second in pairs]
                self.cell_s *= 2
            self.boundary = self._origin + (len(self.cells) + 1) * self.cell_s

    def busy_s(self, now: float) -> float:
        """Return the seconds that invocations have run since the start, all added up."""
        if now >= self.boundary:
            self.roll(now)
        return sum(self.cells) + self.busy * now + self._moments


class Truth:
    """The counts of every function, and of all together.

    A cold start is an invocation for which a sandbox was begun, and that waits for it; a new instance one that is the
    first in its sandbox, which may have been started before. `inits` are all sandboxes that were begun, `inits_ahead`
    those of them that no invocation asked for: ahead of need, or for provisioned concurrency. `throttles` are refusals
    by the provider's reason, `limits` the same by the limit that was run into: where sandboxes are added too fast, the
    reason does not tell.
    """

    def __init__(self, functions: Iterable[str]) -> None:
        self._grid = Grid()
        self.functions = {name: Counts(self._grid) for name in functions}
        self.busy = self.most_busy = 0
        self.sandboxes = self.most_sandboxes = 0

    def clear(self) -> None:
        """Count from zero; what runs or waits now still does, and so do the sandboxes."""
        self._grid.start = None
        for counts in self.functions.values():
            counts.clear()
        self.most_busy = self.busy
        self.most_sandboxes = self.sandboxes

    def add_sandbox(self, counts: Counts) -> None:
        """Count a sandbox of a function that is begun."""
        counts.sandboxes += 1
        counts.sandboxes_ever += 1
        counts.inits += 1
        counts.most_sandboxes = max(counts.most_sandboxes, counts.sandboxes)
        self.sandboxes += 1
        self.most_sandboxes = max(self.most_sandboxes, self.sandboxes)

    def remove_sandbox(self, counts: Counts) -> None:
        """Count a sandbox of a function that has ended."""
        counts.sandboxes -= 1
        self.sandboxes -= 1

    def as_json(self, now: float) -> dict[str, Any]:
        """Return all of it as JSON, up to `now` (the clock's seconds).

        Of each function and of all: `arrivals`, `admitted`, `waiting`, `expired`, `throttled`, `throttles` and `limits`
        (counts), `cold_starts`, `new_instances`, `inits`, `inits_ahead`, `spill_overs`, `sandboxes` (`now`, `most`,
        `ever`), and `busy`: the invocations that run (`now`, `most`, `mean`), their `seconds` added up, and `cells`,
        the mean of each `cell_s` seconds from the first event on. `seconds` is how long that is ago. At any time
        arrivals = admitted + throttled + waiting; those that waited in vain (`expired`) are among the throttled.
        """
        start = self._grid.start
        elapsed = 0.0 if start is None else max(now - start, 0.0)
        parts = {name: _part(counts, now, elapsed) for name, counts in self.functions.items()}
        whole = _sum(list(parts.values()), elapsed)
        whole["sandboxes"].update(now=self.sandboxes, most=self.most_sandboxes)
        whole["busy"].update(now=self.busy, most=self.most_busy)
        return {"seconds": elapsed, **whole, "functions": parts}


_PLAIN = (
    "arrivals",
    "admitted",
    "waiting",
    "expired",
    "throttled",
    "cold_starts",
    "new_instances",
    "inits",
    "inits_ahead",
    "spill_overs",
)


def _part(counts: Counts, now: float, elapsed: float) -> dict[str, Any]:
    seconds = counts.busy_s(now) if elapsed else 0.0
    return {
        "arrivals": counts.arrivals,
        "admitted": counts.admitted,
        "waiting": counts.waiting,
        "expired": counts.expired,
        "throttled": sum(counts.throttles.values()),
        "throttles": dict(counts.throttles),
        "limits": dict(counts.limits),
        "cold_starts": counts.cold_starts,
        "new_instances": counts.new_instances,
        "inits": counts.inits,
        "inits_ahead": counts.inits_ahead,
        "spill_overs": counts.spill_overs,
        "sandboxes": {"now": counts.sandboxes, "most": counts.most_sandboxes, "ever": counts.sandboxes_ever},
        "busy": {
            "now": counts.busy,
            "most": counts.most_busy,
            "mean": seconds / elapsed if elapsed else 0.0,
            "seconds": seconds,
            "cell_s": counts.cell_s,
            "cells": [round(area / counts.cell_s, 6) for area in counts.cells],
        },
    }


def _sum(parts: list[dict[str, Any]], elapsed: float) -> dict[str, Any]:
    """Add up all but what was the most: functions are not at their most at one time."""
    whole: dict[str, Any] = {name: sum(part[name] for part in parts) for name in _PLAIN}
    for name in ("throttles", "limits"):
        counters = [Counter(part[name]) for part in parts]
        whole[name] = dict(sum(counters, Counter()))
    seconds = sum(part["busy"]["seconds"] for part in parts)
    cells = [part["busy"]["cells"] for part in parts]
    whole["sandboxes"] = {"ever": sum(part["sandboxes"]["ever"] for part in parts)}
    whole["busy"] = {
        "mean": seconds / elapsed if elapsed else 0.0,
        "seconds": seconds,
        "cell_s": max((part["busy"]["cell_s"] for part in parts), default=CELL_S),
        "cells": [round(sum(column), 6) for column in zip_longest(*cells, fillvalue=0.0)],
    }
    return whole
