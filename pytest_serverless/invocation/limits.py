"""Ends a handler that runs too long, where Python lets itself be ended.

On the main thread of a POSIX system a timer interrupts the handler at its timeout: Python code and blocking calls that
a signal can interrupt, `time.sleep` among them. What it cannot stop: a call into C that does not return, threads that
the handler started, and anything on Windows or off the main thread; there the handler runs to its end and the timeout
is reported afterwards.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

__all__ = ["Interrupted", "debugging", "run_within"]

T = TypeVar("T")

_AGAIN_S = 1.0
"""How long until the handler is interrupted again, should it have swallowed the first time."""

_DEBUGGERS = ("bdb", "pdb", "cmd", "pydevd", "_pydevd_bundle", "debugpy")


class Interrupted(BaseException):
    """Raised inside a handler at its timeout; not an `Exception`, so that `except Exception` lets it pass."""


class _Timer:
    """A running `ITIMER_REAL`, which others (pytest-timeout) may have been using: theirs goes on afterwards."""

    def __init__(self) -> None:
        self.fired = False
        self._armed = False

    def start(self, seconds: float) -> None:
        self._started = time.perf_counter()
        self._left, self._interval = signal.getitimer(signal.ITIMER_REAL)
        if 0 < self._left <= seconds:
            return  # theirs is due first, and they know what to do
        self._handler = signal.signal(signal.SIGALRM, self._alarm)
        self._armed = True
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_S)

    def _alarm(self, _: int, frame: FrameType | None) -> None:
        if not self._armed or debugging(frame):
            return
        self.fired = True
        raise Interrupted

    def stop(self) -> None:
        if not self._armed:
            return
        self._armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._handler)
        if self._left:
            spent = time.perf_counter() - self._started
            signal.setitimer(signal.ITIMER_REAL, max(self._left - spent, 1e-6), self._interval)


def run_within(seconds: float, function: Callable[[], T]) -> T:
    """Call the function; raise `Interrupted` where it ran longer than `seconds`.

    That is at once if it can be interrupted, else when it has ended. No timeout applies while a debugger is at work,
    nor after it was.
    """
    if debugging(None):
        return function()
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        return _measured(seconds, function)
    timer = _Timer()
    try:
        result = _timed(timer, seconds, function)
    finally:
        timer.stop()  # once more, should the alarm have rung while it was stopped
    if timer.fired:
        raise Interrupted  # the handler swallowed it
    return result


def _timed(timer: _Timer, seconds: float, function: Callable[[], T]) -> T:
    try:
        timer.start(seconds)
        return function()
    except Exception:
        if timer.fired:
            raise Interrupted from None  # the handler turned it into an error of its own
        raise
    finally:
        timer.stop()


def _measured(seconds: float, function: Callable[[], T]) -> T:
    started = time.perf_counter()
    result = function()
    if time.perf_counter() - started > seconds and not debugging(None):
        raise Interrupted
    return result


def debugging(frame: FrameType | None) -> bool:
    """Tell whether a debugger traces this thread, or stands at its prompt in a caller of `frame`."""
    tracer: Any = sys.gettrace()
    if tracer is not None and not _module_of(tracer).startswith("coverage"):
        return True
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None:
        return True
    while frame is not None:
        if frame.f_globals.get("__name__", "").split(".")[0] in _DEBUGGERS:
            return True
        frame = frame.f_back
    return False


def _module_of(tracer: Any) -> str:
    return getattr(tracer, "__module__", None) or type(tracer).__module__ or ""
