"""How the messages of a queue wait to be received: in one line, or in a line for each group.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
(2026-11). What has left a line in the meantime is passed over when its turn comes, so that everything here costs the
logarithm of the backlog at most.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from heapq import heappop, heappush
from typing import Protocol

from pytest_serverless.backends.sqs.message import GONE, VISIBLE, Message

__all__ = ["Groups", "Line", "Waiting"]


class Waiting(Protocol):
    """What a queue tells its line, and what it asks."""

    def arrive(self, message: Message) -> None:
        """Take a message that is visible or delayed."""

    def ready(self, message: Message) -> None:
        """Note that a delayed message is visible now."""

    def taken(self, message: Message) -> None:
        """Note that a message is in flight now."""

    def left(self, message: Message) -> None:
        """Note that a message is in flight no longer."""

    def dropped(self, message: Message) -> None:
        """Note that a waiting message is gone."""

    def draw(self) -> Generator[Message, None, None]:
        """Yield the visible messages that may be delivered now, in order, and forget each."""


class Line:
    """The messages of a standard queue: the visible ones, as they were sent.

    Most arrive in that order; `_late` has those that do not, because they were hidden.
    """

    __slots__ = ("_late", "_ordered")

    def __init__(self) -> None:
        self._ordered: deque[Message] = deque()
        self._late: list[tuple[int, Message]] = []

    def arrive(self, message: Message) -> None:
        if message.state != VISIBLE:
            return
        if not self._ordered or message.number > self._ordered[-1].number:
            self._ordered.append(message)
        else:
            heappush(self._late, (message.number, message))

    ready = arrive

    def taken(self, message: Message) -> None:
        """Nothing waits for it."""

    left = dropped = taken

    def draw(self) -> Generator[Message, None, None]:
        ordered, late = self._ordered, self._late
        while ordered or late:
            is_late = late and not (ordered and ordered[0].number < late[0][0])
            message = heappop(late)[1] if is_late else ordered.popleft()
            if message.state == VISIBLE:
                yield message


class _Group:
    """One group's messages that are not in flight, and how many are: while there is one, the others wait."""

    __slots__ = ("heap", "in_flight")

    def __init__(self) -> None:
        self.heap: list[tuple[int, Message]] = []
        self.in_flight = 0

    def head(self) -> Message | None:
        """Return the first message; the others come after it, even if it is delayed."""
        while self.heap and self.heap[0][1].state == GONE:
            heappop(self.heap)
        return self.heap[0][1] if self.heap else None

    def next(self) -> Message | None:
        """Return the message that may be delivered now."""
        head = None if self.in_flight else self.head()
        return head if head is not None and head.state == VISIBLE else None


class Groups:
    """The messages of a FIFO queue. `_open` offers groups by the number of the message that is their next."""

    __slots__ = ("_groups", "_open")

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}
        self._open: list[tuple[int, str]] = []

    def arrive(self, message: Message) -> None:
        name = message.group or ""
        group = self._group(name)
        heappush(group.heap, (message.number, message))
        if group.heap[0][1] is message:
            self._offer(name)

    def ready(self, message: Message) -> None:
        self._offer(message.group or "")

    dropped = ready

    def taken(self, message: Message) -> None:
        self._group(message.group or "").in_flight += 1

    def left(self, message: Message) -> None:
        self._group(message.group or "").in_flight -= 1
        self._offer(message.group or "")

    def draw(self) -> Generator[Message, None, None]:
        while self._open:
            number, name = heappop(self._open)
            group = self._groups.get(name)
            following = group.next() if group is not None else None
            if group is None or following is None or following.number != number:
                continue  # something else became of the group since it was offered
            while (message := group.next()) is not None:
                heappop(group.heap)
                yield message  # what becomes of it is told, and offers the group again

    def _group(self, name: str) -> _Group:
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = _Group()
        return group

    def _offer(self, name: str) -> None:
        group = self._groups.get(name)
        if group is None:
            return
        following = group.next()
        if following is not None:
            heappush(self._open, (following.number, name))
        elif not group.heap and not group.in_flight:
            del self._groups[name]
