"""Time, waiting and running beside, by gevent."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import gevent
from gevent.event import Event

from pytest_serverless.load.running.edges import Edges

__all__ = ["EDGES", "ENDED", "Crew"]

_LOOK_S: Final = 0.01


class Crew:
    """Greenlets, one for each arrival: without what gevent's groups and their greenlets have beside, for it costs."""

    def __init__(self) -> None:
        self._members: set[Any] = set()

    def __len__(self) -> int:
        return len(self._members)

    def spawn(self, function: Callable[..., Any], *arguments: Any) -> Any:
        greenlet = gevent.spawn_raw(self._run, function, arguments)
        self._members.add(greenlet)
        return greenlet

    def kill(self) -> None:
        """End all of them, those among them that have not begun, and wait until they have ended."""
        for each in self._members:
            gevent.kill(each)
        while self._members:
            gevent.sleep(_LOOK_S)
            self._members = {each for each in self._members if not each.dead}

    def _run(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            function(*arguments)
        finally:
            self._members.discard(gevent.getcurrent())


def _steady() -> Callable[[], float]:
    """Return a clock of seconds since the epoch that is not set in the midst of a run, as the system's may be."""
    ahead_s = time.time() - time.monotonic()
    return lambda: time.monotonic() + ahead_s


EDGES: Final = Edges(
    clock=_steady(),
    sleep=gevent.sleep,
    processor=time.process_time,
    spawn=gevent.spawn,
    make_crew=Crew,
)

ENDED: Final = Event()
"""Set while nothing runs."""
