"""What the process says to whoever started it: lines of JSON on what was its standard output."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, TextIO

from pytest_serverless.deployment.timeline import Entry

__all__ = ["Notes"]

_TOLD: Final = frozenset({"dropped", "dead letter", "retry"})
_MOST_WAITING: Final = 1_000


class Notes:
    """Writes in a thread of its own: nothing waits for a reader, and what none takes is left out."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: queue.Queue[str] = queue.Queue(_MOST_WAITING)
        threading.Thread(target=self._write, name="serverless-notes", daemon=True).start()

    def say(self, content: Mapping[str, Any]) -> None:
        """Write a line now."""
        self._stream.write(f"{json.dumps(content)}\n")
        self._stream.flush()

    def tell(self, entry: Entry) -> None:
        """Write a line for what went wrong in a delivery, or nowhere, when it can be."""
        if entry.kind in _TOLD:
            text = f"{entry.kind}: {entry.subject}, by {entry.cause}: {entry.what}"
            with suppress(queue.Full):
                self._waiting.put_nowait(json.dumps({"note": text, "time": entry.time}))

    def _write(self) -> None:
        with suppress(OSError, ValueError):  # nobody reads any more
            while True:
                self._stream.write(f"{self._waiting.get()}\n")
                self._stream.flush()
