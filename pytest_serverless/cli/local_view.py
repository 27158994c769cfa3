"""What tells whoever started `local` what happens: at once where that is to a file, else by a thread.

The platform must not be held up by a terminal that is stopped, or by a pipe that nobody reads.
"""

from __future__ import annotations

import os
import select
import stat
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from pytest_serverless.app.model import App
    from pytest_serverless.local.platform_events import PlatformEvent
    from pytest_serverless.local.settings import Addresses

__all__ = ["Screen", "View", "view_for"]

_MOST_WAITING = 100_000
_SHOWN_EVERY_S = 0.1
_PATIENCE_S = 2.0


class Screen(Protocol):
    """Shows events in one manner."""

    def begin(self, app: App, addresses: Addresses) -> None:
        """Show what runs, and where."""

    def show(self, events: Sequence[PlatformEvent]) -> None:
        """Show what happened; by a thread, now and then with nothing, where there may be something to refresh."""

    def close(self) -> None:
        """Leave the screen as it was found."""


class View:
    """Hands events to a screen."""

    def __init__(self, screen: Screen, *, has_thread: bool) -> None:
        self._screen = screen
        self._events: deque[PlatformEvent] = deque()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="view", daemon=True) if has_thread else None
        self._is_broken = False

    def begin(self, app: App, addresses: Addresses) -> None:
        """Show what runs, and begin to follow it."""
        self._guarded(lambda: self._screen.begin(app, addresses))
        if self._thread is not None:
            self._thread.start()

    def tell(self, event: PlatformEvent) -> None:
        """Tell of what happened; where nobody reads for long, it is dropped."""
        if self._thread is None:
            self._guarded(lambda: self._screen.show([event]))
        elif len(self._events) < _MOST_WAITING:
            self._events.append(event)

    def close(self) -> None:
        """Show what is left, unless nobody reads."""
        self._ending.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(_PATIENCE_S)
            if self._thread.is_alive():
                return
        self._guarded(self._screen.close)

    def _follow(self) -> None:
        while not self._ending.wait(_SHOWN_EVERY_S):
            self._show_waiting()
        self._show_waiting()

    def _show_waiting(self) -> None:
        found = [self._events.popleft() for _ in range(len(self._events))]
        self._guarded(lambda: self._screen.show(found))

    def _guarded(self, act: Callable[[], None]) -> None:
        """Show, unless whoever read it has gone: the platform does not end for that."""
        if self._is_broken:
            return
        try:
            act()
        except OSError:
            self._is_broken = True


def view_for(stream: TextIO, *, as_json: bool, quiet: bool) -> View:
    """Return the view that suits where its output goes."""
    from pytest_serverless.cli.local_screens import JsonScreen, QuietScreen, TextScreen

    descriptor = _descriptor(stream)
    is_terminal = descriptor is not None and os.isatty(descriptor)
    if is_terminal and not as_json and not quiet and os.environ.get("TERM") != "dumb":
        from pytest_serverless.cli.local_terminal import TerminalScreen

        return View(TerminalScreen(stream), has_thread=True)
    kind = JsonScreen if as_json else QuietScreen if quiet else TextScreen
    if descriptor is None or stat.S_ISREG(os.fstat(descriptor).st_mode):
        return View(kind(_flushed(stream)), has_thread=False)
    return View(kind(_unbuffered(descriptor)), has_thread=True)


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None


def _flushed(stream: TextIO) -> Callable[[str], None]:
    def write(text: str) -> None:
        stream.write(text)
        stream.flush()

    return write


def _unbuffered(descriptor: int) -> Callable[[str], None]:
    """Return what writes without Python's buffer: a thread that waits holding it would keep Python from ending."""

    def write(text: str) -> None:
        data = memoryview(text.encode())
        while data:
            select.select([], [descriptor], [])
            data = data[os.write(descriptor, data) :]

    return write
