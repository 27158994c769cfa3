"""Reads the sinks of pipelines beside a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pytest_serverless.load.pipelines import Pipeline, Tracker
from pytest_serverless.load.running.edges import Edges, Task

__all__ = ["LAST_READ_S", "SinkReading"]

_LOOK_S: Final = 0.05
LAST_READ_S: Final = 25.0
"""How long the last read may take: a queue is waited at for up to 20 s."""


class SinkReading:
    """The sinks that one process follows its arrivals to."""

    def __init__(self, pipelines: Iterable[Pipeline], edges: Edges) -> None:
        self._pipelines = list(pipelines)
        self._edges = edges
        self._tasks: list[Task] = []
        self._reading = 0
        self._is_over = False

    def start(self) -> None:
        """Read from now on."""
        for pipeline in self._pipelines:
            if pipeline.watch is not None:
                self._reading += 1
                self._tasks.append(self._edges.spawn(self._read, pipeline))

    def finish(self) -> None:
        """Read once more, and end."""
        self._is_over = True
        until_s = self._edges.clock() + LAST_READ_S
        while self._reading and self._edges.clock() < until_s:
            self._edges.sleep(_LOOK_S)
        for task in self._tasks:
            task.kill()

    def take(self) -> tuple[Tracker, ...]:
        """Return what is new since the last time."""
        return tuple(each.tracker.take() for each in self._pipelines)

    def _read(self, pipeline: Pipeline) -> None:
        assert pipeline.watch is not None  # noqa: S101  # only those that read are started
        try:
            pipeline.watch.run(lambda: self._is_over)
        finally:
            self._reading -= 1
