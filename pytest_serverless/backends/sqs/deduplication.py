"""What a FIFO queue remembers for five minutes: what was sent, and what a receive was answered with.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
(2026-11).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any, Final

__all__ = ["INTERVAL_S", "Memory"]

INTERVAL_S: Final = 300


class Memory:
    """Values that are forgotten five minutes after they were first remembered."""

    __slots__ = ("_order", "_values")

    def __init__(self) -> None:
        self._values: dict[Hashable, Any] = {}
        self._order: deque[tuple[float, Hashable]] = deque()

    def recall(self, key: Hashable, now: float) -> Any:
        """Return what is remembered for a key, or None."""
        while self._order and self._order[0][0] <= now:
            self._values.pop(self._order.popleft()[1], None)
        return self._values.get(key)

    def remember(self, key: Hashable, value: Any, now: float) -> None:
        """Remember a value; what is remembered for the key already is replaced, and not for longer."""
        if key not in self._values:
            self._order.append((now + INTERVAL_S, key))
        self._values[key] = value

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._order.clear()
