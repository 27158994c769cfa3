"""How long an idle instance is kept: by bursts that come back after a while, and count who is still there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.aggregates import most_at_once
from pytest_serverless.load.estimates.finders.bursts import Burst
from pytest_serverless.load.estimates.intervals import Interval
from pytest_serverless.load.estimates.proportions import clopper_pearson
from pytest_serverless.load.observations import Observation

__all__ = ["Gap", "IdleFinder", "IdleFound"]

_LEAST_INSTANCES = 6
"""With fewer, no count of survivors excludes a half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What was seen of one gap: instances idle for `shortest_s` to `longest_s`, and the share that was kept."""

    shortest_s: float
    longest_s: float
    kept: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleFound:
    """The bracket: half of the instances are kept longer than `lower_s`, and half not as long as `upper_s`.

    0 and infinity stand for what was never shown. `gaps` are all that were tried; `reasons` say why the bracket is no
    narrower than this, and are none if it is as narrow as was asked for.
    """

    lower_s: float
    upper_s: float
    gaps: tuple[Gap, ...]
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"idle instances are kept for {self.lower_s:.4g} to {self.upper_s:.4g} s (the median)"


class IdleFinder:
    """Asks for gaps (`next`, seconds) and is fed with a burst before and one after each, until `result` is there.

    Each burst sends `instances` requests together, so that each is on an instance of its own. A gap decides only where
    the exact interval of the share of instances that are there again excludes a half; the majority alone would be
    wrong about random timeouts in most cases. What stays open is left, and gaps on both sides of it are tried, until
    the bracket is within `closeness` (1.1: ten per cent) or `probes` gaps were tried. A bracket around a median that
    timeouts scatter about cannot become as narrow as that.
    """

    def __init__(
        self,
        *,
        instances: int = 30,
        first_s: float = 60.0,
        most_s: float = 7200.0,
        closeness: float = 1.1,
        probes: int = 16,
        attempts: int = 3,
    ) -> None:
        if instances < _LEAST_INSTANCES or not 0 < first_s <= most_s or closeness <= 1 or probes < 1 or attempts < 1:
            raise InvalidParameterError(
                f"Give {_LEAST_INSTANCES} instances or more, gaps above 0 s, a closeness above 1, a probe or more: not "
                f"instances={instances}, first_s={first_s}, most_s={most_s}, closeness={closeness}, probes={probes}, "
                f"attempts={attempts}."
            )
        self.instances = instances
        self.result: IdleFound | None = None
        self._most_s = most_s
        self._closeness = closeness
        self._probes = probes
        self._attempts = attempts
        self._lower, self._upper = 0.0, math.inf
        self._open: list[float] = []
        self._gap_s = first_s
        self._failed = 0
        self._gaps: list[Gap] = []

    def next(self) -> float | None:
        """Return the seconds to wait between two bursts, None when there is a result."""
        return None if self.result is not None else self._gap_s

    def stop(self, reason: str) -> None:
        """End the search with what is known until now."""
        self._end(reason)

    def feed(self, before: Sequence[Observation], after: Sequence[Observation]) -> None:
        """Learn from the bursts before and after the gap that was asked for."""
        faults = [fault for burst in (before, after) for fault in self._faults(Burst(burst))]
        if faults:
            self._failed += 1
            if self._failed >= self._attempts:
                self._end(*faults)
            return
        self._failed = 0
        gap = _gap(before, after)
        self._gaps.append(gap)
        if gap.kept.lower > 0.5:
            self._lower = max(self._lower, gap.shortest_s)
        elif gap.kept.upper < 0.5:
            self._upper = min(self._upper, gap.longest_s)
        else:
            self._open.append(self._gap_s)
        self._choose()

    def _faults(self, burst: Burst) -> list[str]:
        """Return why a burst did not put each request on an instance of its own."""
        together = most_at_once((one.started_s, one.ended_s) for one in burst.admitted)
        known = len(burst.instances)
        if together < self.instances:
            return [f"only {together} of {self.instances} ran at one time"]
        if known < self.instances:
            return [f"{known} instances are known of {self.instances} requests: evidence must name each one's instance"]
        return []

    def _choose(self) -> None:
        if self._upper <= self._closeness * self._lower:
            return self._end()
        if self._lower >= self._upper:
            return self._end("gaps contradict each other: the timeout changed while it was looked for")
        if len(self._gaps) >= self._probes:
            return self._end(f"{self._probes} gaps were tried")
        gap_s = self._widest()
        if gap_s is None:
            return self._end("at what lies between, about half of the instances are kept: timeouts differ")
        if gap_s > self._most_s:
            return self._end(f"gaps of up to {self._most_s:g} s leave most instances alive")
        self._gap_s = gap_s
        return None

    def _widest(self) -> float | None:
        """Return a gap between what is decided and what stayed open, where that is widest; None where all is close."""
        if self._upper == math.inf:
            return self._beyond()
        if not self._lower and not self._open:
            return self._upper / 2
        inside = sorted(gap for gap in self._open if self._lower < gap < self._upper)
        low = self._lower or (inside[0] if inside else self._upper) / 4
        edges = [low, *inside, self._upper]
        sides = [(edges[0], edges[1]), (edges[-2], edges[-1])]
        low, high = max(sides, key=lambda side: side[1] / side[0])
        # Half of the closeness on each side, so that an open gap between two decided ones ends the search.
        return math.sqrt(low * high) if high > math.sqrt(self._closeness) * low else None

    def _beyond(self) -> float:
        """Return twice the longest gap so far, but the longest that is allowed before more than that."""
        longest = max([self._lower, *self._open])
        return min(2 * longest, self._most_s) if longest < self._most_s else math.inf

    def _end(self, *reasons: str) -> None:
        self.result = IdleFound(lower_s=self._lower, upper_s=self._upper, gaps=tuple(self._gaps), reasons=reasons)


def _gap(before: Sequence[Observation], after: Sequence[Observation]) -> Gap:
    """Return how many instances of the first burst served the second, and for how long they had been idle."""
    kept = len(Burst(before).instances & Burst(after).instances)
    ended, started = [one.ended_s for one in before], [one.started_s for one in after]
    return Gap(
        shortest_s=min(started) - max(ended),
        longest_s=max(started) - min(ended),
        kept=clopper_pearson(kept, len(Burst(before).instances)),
    )
