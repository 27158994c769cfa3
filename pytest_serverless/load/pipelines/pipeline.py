"""The part that one process has in a pipeline: what it sends is tracked, and what has come of it is looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.load.drivers.contract import Driver
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.pipelines.ids import Ids
from pytest_serverless.load.pipelines.readers import Watch
from pytest_serverless.load.pipelines.services import Services
from pytest_serverless.load.pipelines.sinks import Sink
from pytest_serverless.load.pipelines.tracking import METRICS, Tracker

__all__ = ["Pipeline", "estimates_of"]

_LONGEST: Final = 200


class Pipeline:
    """Tracks the arrivals of one scenario in one process.

    `run` is a number that no other run has, `worker` that of the process, from 0. `watch` reads the sink, None where
    another process does. Before the run `watch.look()` tells whether it can be read, while it lasts `watch.run` reads
    it beside the requests, and `tracker.take()` is handed on to whoever has all of them.
    """

    def __init__(
        self,
        sink: Sink,
        services: Services,
        http: Callable[[], Driver],
        sleep: Callable[[float], object],
        *,
        scenario: str,
        run: int,
        worker: int = 0,
    ) -> None:
        self.sink = sink
        self.tracker = Tracker()
        self.watch: Watch | None = None
        self._ids = Ids(run, worker)
        if sink.readers == "each" or worker == 0:
            self.watch = Watch(sink.reader(services, http), self.tracker, f"{scenario} {worker}", sleep)

    def sent(self, intended_s: float, phase: str, scenario: str, id: str | None = None) -> str:  # noqa: A002  # it is one
        """Track an arrival by an id that is given, or a new one, and return it."""
        name = self._ids.make() if id is None else _checked(id)
        self.tracker.sent(name, intended_s, phase, scenario, deadline_s=self.sink.deadline_s)
        if self.watch is not None:
            self.watch.reader.expect(name, intended_s)
        return name

    @property
    def trouble(self) -> str:
        """Why the sink could not be read when it was last tried, "" if it could."""
        return "" if self.watch is None else self.watch.trouble

    def refused(self, id: str) -> None:  # noqa: A002  # it is one
        """Take in that what carried an id was not taken; if its effect comes all the same, it counts."""
        self.tracker.withdraw(id)


def estimates_of(
    tracker: Tracker, sinks: Iterable[Sink], *, phases: Iterable[str] | None = None, also: Iterable[str] = ()
) -> Mapping[str, Interval | Unknown]:
    """Return what `make_result` takes as `others`: of all arrivals of these phases, as far as the sinks were read."""
    given = list(sinks)
    if not given:
        return {}
    until_s = tracker.watched_s
    if until_s is None:
        unread = Unknown(n=0, needed=None, note="no sink could be read")
        return dict.fromkeys(METRICS, unread)
    found = tracker.estimates(until_s, phases=phases, also=also)
    if not all(sink.tells_duplicates for sink in given):
        found["duplicated"] = Unknown(n=0, needed=None, note="the sink does not tell how often an effect came")
    return found


def _checked(given: Any) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= _LONGEST:
        raise InvalidParameterError(f"An id is a text of up to {_LONGEST} characters, not {shorten(given)}.")
    return given
