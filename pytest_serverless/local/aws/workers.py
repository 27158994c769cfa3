"""The threads that deliver: one looks for something to do, the others are out at functions or rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from pytest_serverless.clock import SYSTEM
from pytest_serverless.local.aws.turn import Turn

__all__ = ["Forgotten", "Work", "Workers"]

_MOST_RESTING = 32
_LONGEST_REST_S = 1.0  # a schedule that somebody makes is no change that wakes anybody
_SHORTEST_REST_S = 0.002
_AFTER_FAILURE_S = 0.2
_BEFORE_SKIPPING_S = 0.05
_NOT_WATCHED = float("inf")


class Forgotten(Exception):  # noqa: N818  no error: what was under way belongs to a state that is no more
    """The state was reset while an invocation was under way: nobody cares for it any more."""


class Work(Protocol):
    """What there is to be done."""

    def do_one(self) -> bool:
        """Do one thing that is due now; tell whether there was one."""

    def rest(self) -> float | None:
        """Return for how many seconds nothing is due; None for ever."""

    def awaits(self) -> bool:
        """Tell whether something is due later that was caused before."""

    def skip(self) -> bool:
        """Let time be when something is due that was caused before, and tell whether there is such a thing."""

    def failed(self, error: Exception) -> None:
        """Take down that something could not be done."""


class Workers:
    """Threads that do the work, up to `most`; each has the turn but while it is `away`.

    With `skips`, time moves on to what is due next when nobody is away.
    """

    def __init__(self, turn: Turn, work: Callable[[], Work], *, most: int, skips: bool = False) -> None:
        self._turn = turn
        self._work = work
        self._most = most
        self._skips = skips
        self._threads = 0
        self._resting = 0
        self._watched_until = _NOT_WATCHED
        self._has_ended = False
        self._found_nothing = False
        self.away_now = 0

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is away, and nothing is due now; with `skips`, neither later."""
        rest = self._due()
        is_idle = self._found_nothing and not self.away_now and (rest is None or rest > 0)
        return is_idle and not (self._skips and self._work().awaits())

    def start(self) -> None:
        """Begin, with the turn."""
        self._spawn()

    def end(self) -> None:
        """Let the threads end, with the turn: those that are away when they come back."""
        self._has_ended = True
        for _ in range(self._resting):
            self._turn.wake()

    def tell(self) -> None:
        """Say, with the turn, that there may be something to do."""
        self._found_nothing = False
        self._turn.wake()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Give the turn up while the block runs; somebody else looks for things to do meanwhile."""
        self.away_now += 1
        if self._resting:
            self._turn.wake()
        elif self._threads < self._most:
            self._spawn()
        try:
            with self._turn.given_up():
                yield
        finally:
            self.away_now -= 1
            self._found_nothing = False

    def _spawn(self) -> None:
        self._threads += 1
        threading.Thread(target=self._run, name="serverless-delivery", daemon=True).start()

    def _run(self) -> None:
        with self._turn:
            try:
                while not self._has_ended:
                    if self._do_one():
                        continue
                    self._found_nothing = True
                    if self._watched_until < _NOT_WATCHED and self._resting >= _MOST_RESTING:
                        return
                    self._rest()
            finally:
                self._threads -= 1

    def _do_one(self) -> bool:
        work = self._work()
        try:
            return work.do_one()
        except Forgotten:
            return True
        except Exception as error:  # noqa: BLE001  whatever a delivery raises: the others go on
            work.failed(error)
            self._turn.wait(_AFTER_FAILURE_S)
            return True

    def _rest(self) -> None:
        """Wait until there is something to do: one thread watches the time, the others are woken."""
        self._resting += 1
        due = self._due()
        rest = min(max(_LONGEST_REST_S if due is None else due, _SHORTEST_REST_S), _LONGEST_REST_S)
        until = SYSTEM.monotonic() + rest
        try:
            if until >= self._watched_until:
                self._turn.wait()
                return
            self._watched_until = until  # sooner than another that watches: that one finds nothing, and looks again
            try:
                self._watch(rest)
            finally:
                if self._watched_until == until:
                    self._watched_until = _NOT_WATCHED
        finally:
            self._resting -= 1

    def _due(self) -> float | None:
        try:
            return self._work().rest()
        except Exception:  # noqa: BLE001  what makes it fail does so when something is to be done, and is told then
            return _AFTER_FAILURE_S

    def _watch(self, rest: float) -> None:
        if not self._skips or rest <= _BEFORE_SKIPPING_S:
            self._turn.wait(rest)
            return
        self._turn.wait(_BEFORE_SKIPPING_S)
        if self._found_nothing and not self.away_now and not self._work().skip():
            self._turn.wait(rest - _BEFORE_SKIPPING_S)
