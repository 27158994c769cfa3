"""Sends for a search to a target that is really there."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.running.edges import Crew, Edges

__all__ = ["Collecting", "LiveSender"]

_LOOK_S: Final = 0.005
_TOGETHER: Final = 200
"""So many may be begun in a row, before those that were get their turn."""


class Collecting(Aggregate):
    """Counts observations as ever, and keeps them in `seen` too, until they are taken."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.seen: list[Observation] = []

    def add(self, observation: Observation) -> None:
        """Count an observation, and keep it."""
        super().add(observation)
        self.seen.append(observation)


class LiveSender:
    """Sends arrivals of one scenario, each of them one request.

    `play(intended_s)` carries one out, beside others, and puts what it observed into `seen`, as the callers of
    scenarios do with a `Collecting` aggregate. `open_connections(count)` has so many open before a burst. What has not
    ended `drain_s` after the last arrival is ended. Above `most_in_flight`, arrivals of `hold` are not sent.
    """

    def __init__(
        self,
        play: Callable[[float], Any],
        seen: list[Observation],
        edges: Edges,
        *,
        open_connections: Callable[[int], Any],
        most_in_flight: int = 1000,
        drain_s: float = 30.0,
        seed: int = 0,
    ) -> None:
        self._play = play
        self._seen = seen
        self._edges = edges
        self._open = open_connections
        self._most = most_in_flight
        self._drain_s = drain_s
        self._draws = Random(f"search:{seed}")  # noqa: S311  # no secret

    def send_together(self, count: int) -> list[Observation]:
        """Send so many at one moment, on open connections; return when all have ended."""
        self._open(count)
        self._seen.clear()
        crew, now = self._edges.make_crew(), self._edges.clock()
        for _ in range(count):
            crew.spawn(self._play, now)
        return self._ended(crew)

    def hold(self, per_s: float, arrivals: int) -> list[Observation]:
        """Send so many arrivals of a Poisson process, each when it is due; return when all have ended."""
        self._seen.clear()
        edges, crew = self._edges, self._edges.make_crew()
        due_s, begun = edges.clock(), 0
        for _ in range(arrivals):
            due_s += self._draws.expovariate(per_s)
            wait_s, begun = due_s - edges.clock(), begun + 1
            if wait_s > 0 or begun >= _TOGETHER:
                edges.sleep(max(wait_s, 0.0))
                begun = 0
            if len(crew) < self._most:
                crew.spawn(self._play, due_s)
        return self._ended(crew)

    def wait(self, seconds: float) -> None:
        """Send nothing for that long."""
        self._edges.sleep(seconds)

    def _ended(self, crew: Crew) -> list[Observation]:
        """Wait until all have ended, or for as long as they may take; return what was seen, in the order of time."""
        until_s = self._edges.clock() + self._drain_s
        while len(crew) and self._edges.clock() < until_s:
            self._edges.sleep(_LOOK_S)
        crew.kill()
        seen = sorted(self._seen, key=lambda one: (one.intended_s, one.started_s))
        self._seen.clear()
        return seen
