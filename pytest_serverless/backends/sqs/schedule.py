"""What happens to messages as time passes: hidden ones appear, old ones go.

Entries are never looked up to be taken away: one that no longer holds is passed over when its time comes, and when
there are more of those than of the others, all are swept out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heappush
from operator import attrgetter

from pytest_serverless.backends.sqs.message import DELAYED, GONE, IN_FLIGHT, Message

__all__ = ["Ages", "Appearances"]

_SLACK = 64
_HIDDEN = (DELAYED, IN_FLIGHT)


class Appearances:
    """When the hidden messages of a queue become visible."""

    __slots__ = ("_heap", "_serial")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Message]] = []
        self._serial = 0  # breaks ties, so that messages are never compared

    def put(self, message: Message, hidden: int) -> None:
        """Expect a message at its `due`; `hidden` is how many are hidden in all."""
        self._serial += 1
        heappush(self._heap, (message.due, self._serial, message))
        if len(self._heap) > _SLACK + 2 * hidden:
            self._heap = [e for e in self._heap if e[2].due == e[0] and e[2].state in _HIDDEN]
            heapify(self._heap)

    def until(self, now: float) -> Iterator[Message]:
        """Yield the messages whose time has come, the earliest first."""
        while self._heap and self._heap[0][0] <= now:
            entry = heappop(self._heap)
            if _holds(entry):
                yield entry[2]

    def next(self) -> float | None:
        """Return when the next message appears."""
        while self._heap and not _holds(self._heap[0]):
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None


class Ages:
    """Since when the messages of a queue are kept.

    Most come in that order; `_late` has those that do not, because they were in another queue before.
    """

    __slots__ = ("_late", "_ordered")

    def __init__(self) -> None:
        self._ordered: deque[Message] = deque()
        self._late: list[tuple[float, int]] = []

    def put(self, message: Message, kept: Mapping[int, Message]) -> None:
        """Note a message; `kept` are all that the queue has, by number."""
        ordered = self._ordered
        while ordered and ordered[0].state == GONE:
            ordered.popleft()
        if not ordered or message.kept_from >= ordered[-1].kept_from:
            ordered.append(message)
        else:
            heappush(self._late, (message.kept_from, message.number))
        if len(ordered) + len(self._late) > _SLACK + 2 * len(kept):
            self._ordered = deque(sorted(kept.values(), key=attrgetter("kept_from")))
            self._late.clear()

    def until(self, oldest: float) -> Iterator[int]:
        """Yield the numbers of messages that are kept since `oldest` or longer; some may be gone already."""
        while self._ordered and self._ordered[0].kept_from <= oldest:
            yield self._ordered.popleft().number
        while self._late and self._late[0][0] <= oldest:
            yield heappop(self._late)[1]


def _holds(entry: tuple[float, int, Message]) -> bool:
    message = entry[2]
    return message.due == entry[0] and message.state in _HIDDEN
