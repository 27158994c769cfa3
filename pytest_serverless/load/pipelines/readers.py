"""What readers of sinks have in common, and the loop that drives one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from pytest_serverless.errors import ServerlessError
from pytest_serverless.load.pipelines.traces import Sighting
from pytest_serverless.load.pipelines.tracking import Tracker

__all__ = ["Reader", "Watch"]

_LONGEST_PAUSE_S: Final = 5.0


class Reader(Protocol):
    """Reads a sink.

    `pause_s` is how long to wait between two reads. What is seen after a read that failed was looked for in vain at the
    last one that did not.
    """

    pause_s: float

    def expect(self, id: str, intended_s: float) -> None:  # noqa: A002  # it is one
        """Take in that an effect with this id is to come."""

    def read(self) -> tuple[list[Sighting], float]:
        """Return what is new, and until when (seconds since the epoch) all that was there has been seen.

        Raises PlatformError, CredentialsError or InvalidParameterError where the sink cannot be read.
        """


class Watch:
    """Reads a sink again and again, and tells a tracker; `name` is the reader's own in the run.

    `trouble` says why the last read failed, "" if it did not; `failures` how many did.
    """

    def __init__(self, reader: Reader, tracker: Tracker, name: str, sleep: Callable[[float], object]) -> None:
        self.reader = reader
        self.trouble = ""
        self.failures = 0
        self._tracker = tracker
        self._name = name
        self._sleep = sleep
        self._in_a_row = 0

    def look(self) -> None:
        """Read once; raises what makes that impossible: for use before a run begins."""
        sightings, until_s = self.reader.read()
        self._tracker.take_in(sightings)
        self._tracker.watched(self._name, until_s)

    def run(self, is_over: Callable[[], bool]) -> None:
        """Read until it is over, and once more then; after failures ever more seldom."""
        while not is_over():
            self._sleep(self._try())
        self._try()

    def _try(self) -> float:
        """Read once; return how long to wait then."""
        try:
            self.look()
        except Exception as error:  # noqa: BLE001  # an answer that was not foreseen must not end the reading unseen
            self.trouble = str(error) if isinstance(error, ServerlessError) else f"{type(error).__name__}: {error}"
            self.failures += 1
            self._in_a_row += 1
            return min(0.1 * 2.0**self._in_a_row, _LONGEST_PAUSE_S)
        self.trouble, self._in_a_row = "", 0
        return self.reader.pause_s
