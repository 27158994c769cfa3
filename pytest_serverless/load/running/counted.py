"""What a session counts with, and who is told of it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.evidence import is_new, waited_by
from pytest_serverless.load.observations import Observation

__all__ = ["Counted"]


class Counted(Aggregate):
    """An aggregate that tells of every observation."""

    def __init__(self, on_observation: Callable[[Observation], None] | None, *, round_trip_ms: float) -> None:
        super().__init__(is_cold=waited_by(round_trip_ms), is_new=is_new)
        self._on_observation = on_observation
        self._collected: list[Observation] | None = None

    def add(self, observation: Observation) -> None:
        super().add(observation)
        if self._collected is not None:
            self._collected.append(observation)
        if self._on_observation is not None:
            self._on_observation(observation)

    @contextmanager
    def collected(self) -> Iterator[list[Observation]]:
        """Give a list that has every observation until the block ends."""
        seen: list[Observation] = []
        self._collected = seen
        try:
            yield seen
        finally:
            self._collected = None
