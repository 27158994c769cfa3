"""Time that can be skipped: one offset to the wall's, for the whole process, while a test waits for nothing.

The handler, the mocked services and the test read the same time, and it runs on at real speed. Where the test has
stopped time itself, by freezegun or time-machine, that time is moved on instead. Outside of a test that skipped time
nothing is different.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pytest_serverless.clock import Clock, FixedClock
from pytest_serverless.errors import MissingExtraError

if TYPE_CHECKING:
    from time_machine import travel

__all__ = ["VirtualTime"]

_JUST_AFTER_S = 0.001  # the mocked services ask whether an instant has passed, and mean it strictly


class VirtualTime:
    """The time of one test; `clock` is what its events are stamped by."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._travel: travel | None = None

    @contextmanager
    def running(self) -> Iterator[VirtualTime]:
        """Give time back to the wall at the end. A fixed clock's time is everybody's while the block runs."""
        try:
            if isinstance(self._clock, FixedClock) and _frozen_by_freezegun() is None:
                self._start(self._clock.start, tick=False)
            yield self
        finally:
            if self._travel is not None:
                self._travel.stop()
                self._travel = None

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""
        return self._clock.now()

    def reach(self, instant: float) -> None:
        """Let time be just after an instant; one that has passed changes nothing."""
        self.skip(instant + _JUST_AFTER_S - self.now())

    def skip(self, seconds: float) -> None:
        """Move time on by `seconds`."""
        if seconds <= 0:
            return
        frozen = _frozen_by_freezegun()
        if frozen is not None:
            frozen.tick(timedelta(seconds=seconds))
        else:
            (_journey() or self._start(self.now(), tick=True)).shift(seconds)
        if isinstance(self._clock, FixedClock):
            self._clock.advance(seconds)

    def _start(self, instant: float, *, tick: bool) -> Any:
        try:
            import time_machine
        except ModuleNotFoundError as error:
            raise MissingExtraError(module="time_machine", extra="aws", needed_for="Moving time on") from error
        self._travel = time_machine.travel(instant, tick=tick)
        return self._travel.start()


def _frozen_by_freezegun() -> Any:
    """Return what freezegun stops the time with just now, if it does."""
    api: Any = sys.modules.get("freezegun.api")
    factories = getattr(api, "freeze_factories", None)
    return factories[-1] if factories else None


def _journey() -> Any:
    """Return the innermost journey in time that the process is on: ours, or one of the test's own."""
    machine: Any = sys.modules.get("time_machine")
    journeys = getattr(machine, "traveller_stack", None) or getattr(machine, "coordinates_stack", None)
    return journeys[-1] if journeys else None
