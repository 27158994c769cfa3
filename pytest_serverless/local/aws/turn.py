"""One at a time: the services and what delivers between them are plain objects, and many threads ask for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

__all__ = ["Turn"]


class Turn:
    """Whoever has it is alone with the services; never to be taken twice by one thread."""

    def __init__(self) -> None:
        self._condition = threading.Condition(threading.Lock())

    def __enter__(self) -> Turn:
        self._condition.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._condition.release()

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """Let others have it while the block runs."""
        self._condition.release()
        try:
            yield
        finally:
            self._condition.acquire()

    def wait(self, timeout: float | None = None) -> bool:
        """Let others have it until one calls `wake`, or for so many seconds; tell whether it was called."""
        return self._condition.wait(timeout)

    def wake(self) -> None:
        """Wake one of those who wait."""
        self._condition.notify()
