"""A search in place of a plan: what is sent next depends on what came of the last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random
from typing import Any, Final

from pytest_serverless.load.arrivals import Arrival, derive_seed
from pytest_serverless.load.finding import SEARCH_PHASE, Found, Search
from pytest_serverless.load.finding.steps import Allows, always
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.running.counted import Counted
from pytest_serverless.load.running.edges import Edges
from pytest_serverless.load.running.sending import TOGETHER
from pytest_serverless.load.scenarios.journeys import Player

__all__ = ["SearchRun"]

_LOOK_S: Final = 0.02
_REST_S: Final = 0.25
"""So long after the last answer of a step the next begins: what runs for it at the target has ended then."""


class SearchRun:
    """Carries out a search by the journeys of one scenario; in place of a `Sender`.

    `open_connections` has that many open before a burst; `allows` is asked before each step. What was found
    is in `found` at the end.
    """

    def __init__(
        self,
        search: Search,
        scenario: str,
        player: Player,
        aggregate: Counted,
        edges: Edges,
        *,
        open_connections: Callable[[int], object],
        most_in_flight: int,
        seed: int,
        tell: Callable[[str], None],
        allows: Allows = always,
    ) -> None:
        self.found: Found | None = None
        self.is_done = False
        self.in_flight = 0
        self._search = search
        self._scenario = scenario
        self._player = player
        self._aggregate = aggregate
        self._edges = edges
        self._open = open_connections
        self._most = most_in_flight
        self._tell = tell
        self._allows = allows
        self._draws = Random(derive_seed(seed, "search", scenario))  # noqa: S311  # no secret
        self._crew = edges.make_crew()
        self._number = 0

    def send_all(self) -> None:
        """Search until there is a result, or it is said why there is none."""
        self.found = self._search.run(self, self._scenario, allows=self._allows, tell=self._tell)
        self.is_done = True

    def extend(self, arrivals: Iterable[Iterator[Arrival]]) -> None:
        """A search ends when it has found."""

    def end(self) -> None:
        """End what is under way."""
        self._crew.kill()

    def send_together(self, count: int) -> list[Observation]:
        """Send so many at one moment, over connections that are open already; return what came of them."""
        self._open(min(count, self._most))
        self._edges.sleep(_REST_S)
        return self._seen(lambda: self._begin_together(count))

    def hold(self, per_s: float, arrivals: int) -> list[Observation]:
        """Send so many Poisson arrivals; return what came of them. Those above what may be in flight are left out."""
        self._edges.sleep(_REST_S)
        return self._seen(lambda: self._send_poisson(per_s, arrivals))

    def wait(self, seconds: float) -> None:
        """Send nothing for that long."""
        self._edges.sleep(seconds)

    def _seen(self, send: Callable[[], object]) -> list[Observation]:
        with self._aggregate.collected() as seen:
            send()
            while self.in_flight:
                self._edges.sleep(_LOOK_S)
        return seen

    def _begin_together(self, count: int) -> None:
        for _ in range(count):
            self._begin()

    def _send_poisson(self, per_s: float, arrivals: int) -> None:
        due_s, begun = self._edges.clock(), 0
        for _ in range(arrivals):
            due_s += self._draws.expovariate(per_s)
            wait_s, begun = due_s - self._edges.clock(), begun + 1
            if wait_s > 0 or begun >= TOGETHER:
                self._edges.sleep(max(wait_s, 0.0))
                begun = 0
            self._begin(due_s)

    def _begin(self, intended_s: float | None = None) -> None:
        """Begin a journey; of a burst each is intended when it is begun, for one process cannot begin two at once."""
        now_s = self._edges.clock()
        due_s = now_s if intended_s is None else intended_s
        turn = self._player.turn(Arrival(0.0, SEARCH_PHASE, ""))
        self._aggregate.plan(turn.phase, turn.key, due_s)
        row = self._player.row() if self.in_flight < self._most else None
        if row is None:
            reason = "in_flight" if self.in_flight >= self._most else "data"
            self._aggregate.drop(turn.phase, turn.key, due_s, reason)
            return
        self._number += 1
        self.in_flight += 1
        self._aggregate.send(turn.phase, turn.key, due_s, now_s)
        self._crew.spawn(self._play, turn, due_s, row, self._number)

    def _play(self, turn: Any, intended_s: float, row: Mapping[str, Any], number: int) -> None:
        try:
            self._player.play(turn, intended_s, row, number)
        finally:
            self.in_flight -= 1
