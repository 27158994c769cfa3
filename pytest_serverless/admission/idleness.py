"""How long idle sandboxes are kept."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator
from random import Random

from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.sandboxes import Group, Sandbox

__all__ = ["FixedIdleness", "Idleness", "RandomIdleness", "idleness"]


class FixedIdleness:
    """All are kept as long: who has been idle longest goes first. Until `least_s` nothing is over."""

    def __init__(self, idle_s: float) -> None:
        self.least_s = idle_s
        self.begin: Callable[[Sandbox, float], None] | None = None

    def over(self, group: Group, now: float) -> Iterator[Sandbox]:
        """Take out the sandboxes of a group that have been idle too long."""
        idle = group.idle
        while idle and idle[0].since + self.least_s <= now:
            yield idle.popleft()

    def next(self, groups: Iterable[Group]) -> float:
        """Return when one will have been idle too long, if nothing happens until then; never is infinite."""
        return min((group.idle[0].since for group in groups if group.idle), default=math.inf) + self.least_s


class RandomIdleness:
    """Each is kept for a time that is drawn when it comes to be idle."""

    def __init__(self, kept: Durations, seed: str) -> None:
        self.least_s = kept.least_s
        self.begin: Callable[[Sandbox, float], None] | None = self._begin
        self._draw = kept.draw
        self._draws = Random(f"idle:{seed}")  # noqa: S311  # no secret

    def _begin(self, sandbox: Sandbox, now: float) -> None:
        sandbox.kept_until = now + self._draw(self._draws)
        heapq.heappush(sandbox.group.kept, (sandbox.kept_until, sandbox.id, sandbox))

    def over(self, group: Group, now: float) -> Iterator[Sandbox]:
        """Take out the sandboxes of a group that have been idle too long."""
        kept = group.kept
        while kept and kept[0][0] <= now:
            was_kept = heapq.heappop(kept)
            if _still_is(*was_kept):
                group.idle.remove(was_kept[2])
                yield was_kept[2]

    def next(self, groups: Iterable[Group]) -> float:
        """Return when one will have been idle too long, if nothing happens until then; never is infinite."""
        found = math.inf
        for group in groups:
            while group.kept and not _still_is(*group.kept[0]):
                heapq.heappop(group.kept)
            if group.kept:
                found = min(found, group.kept[0][0])
        return found


def _still_is(until: float, _: int, sandbox: Sandbox) -> bool:
    """Tell whether a sandbox has been idle since this time was drawn for it, and is there."""
    return not sandbox.serving and not sandbox.is_gone and sandbox.kept_until == until


Idleness = FixedIdleness | RandomIdleness


def idleness(kept: Durations | None, idle_s: float, seed: str) -> Idleness:
    """Return how long sandboxes are kept: as long as is drawn, or all for `idle_s`."""
    return FixedIdleness(idle_s) if kept is None else RandomIdleness(kept, seed)
