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

from pytest_serverless.clock import SYSTEM, Clock, FixedClock
from pytest_serverless.errors import BackendError, MissingExtraError

if TYPE_CHECKING:
    from time_machine import travel

__all__ = ["VirtualTime"]

_JUST_AFTER_S = 0.001  # the mocked services ask whether an instant has passed, and mean it strictly
_LEAP_S = 60.0


class VirtualTime:
    """The time of one test; `clock` is what its events are stamped by."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._travel: travel | None = None
        self._journey: Any = None
        self._known = self.now()
        self._leapt = False

    @contextmanager
    def running(self) -> Iterator[VirtualTime]:
        """Give time back to the wall at the end.

        A fixed clock's time is everybody's while the block runs, unless the test has stopped time before by itself.
        """
        try:
            if isinstance(self._clock, FixedClock) and (_frozen_by_freezegun() or _innermost_journey()) is None:
                self._start(self._clock.start, tick=False)
            self._known = self.now()
            yield self
        finally:
            if self._travel is not None:
                self._travel.stop()
                self._travel = None

    def now(self) -> float:
        """Return the time, in seconds since the epoch: what the handlers and the mocked services read too."""
        return SYSTEM.now()

    def reach(self, instant: float) -> None:
        """Let time be just after an instant; one that has passed changes nothing."""
        self.skip(instant + _JUST_AFTER_S - self.now())

    def skip(self, seconds: float) -> None:
        """Move time on by `seconds`; raises BackendError where something holds it."""
        if seconds <= 0:
            return
        before = self._look()
        self._move(seconds)
        self._known = self.now()
        if self._known < before + seconds - _JUST_AFTER_S / 2:
            raise BackendError(
                "Time does not move: something in this test has replaced time.time. Stop time by freezegun or "
                "time-machine, which can be moved on, or put time.time back before settle() and advance()."
            )

    def has_leapt(self) -> bool:
        """Tell, once, whether the test itself has moved time: back, or on by more than a minute."""
        self._look()
        leapt, self._leapt = self._leapt, False
        return leapt

    def _look(self) -> float:
        now = self.now()
        self._leapt |= not -1 < now - self._known < _LEAP_S
        self._known = now
        return now

    def _move(self, seconds: float) -> None:
        frozen = _frozen_by_freezegun()
        if frozen is not None:
            frozen.move_to(frozen() + timedelta(seconds=seconds))  # `tick` forgets what passed while it ticks by itself
            return
        journey = _innermost_journey() or self._start(self.now(), tick=True)
        journey.shift(seconds)
        if journey is self._journey and isinstance(self._clock, FixedClock):
            self._clock.advance(seconds)

    def _start(self, instant: float, *, tick: bool) -> Any:
        try:
            import time_machine
        except ModuleNotFoundError as error:
            raise MissingExtraError(module="time_machine", extra="aws", needed_for="Moving time on") from error
        self._travel = time_machine.travel(instant, tick=tick)
        self._journey = self._travel.start()
        return self._journey


def _frozen_by_freezegun() -> Any:
    """Return what freezegun stops the time with just now, if it does."""
    api: Any = sys.modules.get("freezegun.api")
    factories = getattr(api, "freeze_factories", None)
    return factories[-1] if factories else None


def _innermost_journey() -> Any:
    """Return the innermost journey in time that the process is on: ours, or one of the test's own."""
    machine: Any = sys.modules.get("time_machine")
    journeys = getattr(machine, "traveller_stack", None) or getattr(machine, "coordinates_stack", None)
    return journeys[-1] if journeys else None
