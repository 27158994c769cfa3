"""Sends arrivals at their intended instants, whatever came of those before."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Arrival
from pytest_serverless.load.running.edges import Edges
from pytest_serverless.load.scenarios.journeys import Player, Turn

__all__ = ["TOGETHER", "Sender", "Stream"]

TOGETHER = 200
"""So many may be begun in a row, before those that were get their turn."""
_LATE_S = 0.002


@dataclass(slots=True, kw_only=True)
class Stream:
    """The arrivals of one scenario in one process, and what carries them out.

    Each stands for a user of its own, numbered `first_number`, `first_number + step` and so on. Above `most_in_flight`
    arrivals are dropped.
    """

    arrivals: Iterator[Arrival]
    player: Player
    most_in_flight: int
    first_number: int = 0
    step: int = 1
    in_flight: int = field(default=0, init=False)


class _Due(NamedTuple):
    offset_s: float
    order: int
    number: int
    arrival: Arrival


class Sender:
    """One process's share of a run; offsets count from `start_s`, in seconds since the epoch.

    An arrival is sent when it is due, or it is dropped because too many are in flight: it never waits for others.
    `on_drop(scenario, phase)` is told.
    """

    def __init__(
        self,
        streams: Iterable[Stream],
        aggregate: Aggregate,
        edges: Edges,
        start_s: float,
        *,
        on_drop: Callable[[str, str], None] | None = None,
    ) -> None:
        self._streams = list(streams)
        self._aggregate = aggregate
        self._edges = edges
        self._start_s = start_s
        self._on_drop = on_drop
        self._crew = edges.make_crew()
        self._extension: list[Iterator[Arrival]] = []
        self.is_done = False

    @property
    def in_flight(self) -> int:
        """How many arrivals are under way."""
        return sum(stream.in_flight for stream in self._streams)

    def extend(self, arrivals: Iterable[Iterator[Arrival]]) -> None:
        """Go on with these, one iterator for each stream, after what was to be sent until now.

        Where all of that was sent already, `send_all` must be called again.
        """
        self._extension = list(arrivals)
        self.is_done = False

    def send_all(self) -> None:
        """Send everything when it is due; returns when the last was sent."""
        self._send_due()
        while self._extension:
            for stream, arrivals in zip(self._streams, self._extension, strict=True):
                stream.arrivals = arrivals
            self._extension = []
            self._send_due()
        self.is_done = True

    def end(self) -> None:
        """End what is under way; its requests have failed."""
        self._crew.kill()

    def _send_due(self) -> None:
        edges, begun = self._edges, 0
        for due in heapq.merge(*(self._numbered(order, stream) for order, stream in enumerate(self._streams))):
            intended_s = self._start_s + due.offset_s
            wait_s = intended_s - edges.clock()
            begun += 1
            # One that waits lets others have their turn; where none has time to wait, they must have it too.
            if wait_s > 0 or (begun >= TOGETHER and wait_s < -_LATE_S):
                edges.sleep(max(wait_s, 0.0))
                begun = 0
            self._begin(self._streams[due.order], due, intended_s)

    def _begin(self, stream: Stream, due: _Due, intended_s: float) -> None:
        aggregate, player = self._aggregate, stream.player
        turn = player.turn(due.arrival)
        aggregate.plan(turn.phase, turn.key, intended_s)
        if stream.in_flight >= stream.most_in_flight:
            self._drop(turn, intended_s, "in_flight")
        elif (row := player.row()) is None:
            self._drop(turn, intended_s, "data")
        else:
            stream.in_flight += 1
            aggregate.send(turn.phase, turn.key, intended_s, self._edges.clock())
            self._crew.spawn(self._play, stream, turn, intended_s, row, due.number)

    def _drop(self, turn: Turn, intended_s: float, reason: str) -> None:
        self._aggregate.drop(turn.phase, turn.key, intended_s, reason)
        if self._on_drop is not None:
            self._on_drop(turn.key, turn.phase)

    @staticmethod
    def _play(stream: Stream, turn: Turn, intended_s: float, row: Mapping[str, Any], number: int) -> None:
        try:
            stream.player.play(turn, intended_s, row, number)
        finally:
            stream.in_flight -= 1

    @staticmethod
    def _numbered(order: int, stream: Stream) -> Iterator[_Due]:
        for arrival in stream.arrivals:
            number, stream.first_number = stream.first_number, stream.first_number + stream.step
            yield _Due(arrival.offset_s, order, number, arrival)
