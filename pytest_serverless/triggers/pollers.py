"""How received messages become batches: by number, by time and by size.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html and services-sqs-scaling.html
(2026-11). What SQS itself sees to is not repeated here: a receive hides messages, and gives none of a FIFO group that
has one in flight.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_serverless.triggers.queues import QueueMapping

__all__ = ["MOST_BYTES", "Message", "Poller", "payload_size"]

MOST_BYTES: Final = 6 * 1024 * 1024
"""What one invocation's payload may have: 6 MB."""

_FRAME = len('{"Records":[]}')


@dataclass(frozen=True, slots=True)
class Message:
    """A received message: its `record` is what the function gets, which has `size` bytes as JSON."""

    id: str
    handle: str
    record: Mapping[str, Any]
    size: int
    group: str | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Message:
        """Take a record of an event of SQS."""
        size = len(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass"))
        group = record.get("attributes", {}).get("MessageGroupId")
        return cls(record["messageId"], record["receiptHandle"], record, size, group)


def payload_size(messages: Iterable[Message]) -> int:
    """Return the bytes of an event: its records as compact JSON in UTF-8, a comma between two, and the frame."""
    sizes = [message.size for message in messages]
    return _FRAME + sum(sizes) + max(0, len(sizes) - 1)


class Poller:
    """What a mapping received and did not hand over yet, in the order of receipt, and what the function is busy with.

    A batch is ready when it has as many messages as it may, when another message would make it too large, or when its
    first message has waited for the window; without a window, at once. `wants` is the mapping's filter.
    """

    def __init__(self, mapping: QueueMapping, wants: Callable[[Message], bool] = lambda _: True) -> None:
        self._mapping = mapping
        self._wants = wants
        self._waiting: dict[str, tuple[Message, float]] = {}
        self._in_flight = 0
        self._busy_groups: set[str | None] = set()

    @property
    def room(self) -> int:
        """How many messages to receive now: the rest of a batch, and none while the function may get no other."""
        full = self._in_flight >= self._mapping.most_in_flight
        return 0 if full else max(0, self._mapping.batch_size - len(self._waiting))

    def add(self, messages: Iterable[Message], now: float) -> tuple[Message, ...]:
        """Take messages that were received now; return those that the filter keeps out, which the service deletes.

        One that waits here already was hidden for too short: its newer handle counts, in the old one's place.
        """
        unwanted = []
        for message in messages:
            if not self._wants(message):
                unwanted.append(message)
            else:
                since = self._waiting[message.id][1] if message.id in self._waiting else now
                self._waiting[message.id] = (message, since)
        return tuple(unwanted)

    def ready(self, now: float) -> tuple[Message, ...] | None:
        """Hand over the next batch, if there is one and the function may get it; tell `finished` afterwards."""
        due = self.due()
        if due is None or now < due:
            return None
        batch, _ = self._next()
        for message in batch:
            del self._waiting[message.id]
        self._in_flight += 1
        self._busy_groups.update(self._groups(batch))
        return batch

    def due(self) -> float | None:
        """Return when the next batch is ready, if nothing more is received; None if there will be none."""
        if self._in_flight >= self._mapping.most_in_flight:
            return None
        batch, closed = self._next()
        if not batch:
            return None
        first = self._waiting[batch[0].id][1]
        return first if closed else first + self._mapping.window_s

    def finished(self, batch: Collection[Message], failed: Collection[str] = ()) -> tuple[Message, ...]:
        """Note that the function is done with a batch, and the ids in it that failed; return what is let go.

        In a FIFO queue nothing overtakes a message that failed: what waits here of its group is let go, and appears in
        the queue again when its visibility timeout is over.
        """
        self._in_flight -= 1
        self._busy_groups -= self._groups(batch)
        blocked = self._groups(message for message in batch if message.id in failed)
        released = tuple(m for m, _ in self._waiting.values() if m.group in blocked)
        for message in released:
            del self._waiting[message.id]
        return released

    def _groups(self, messages: Iterable[Message]) -> set[str | None]:
        """Return the groups that must keep their order: a standard queue's messages may have groups as well."""
        return {message.group for message in messages} if self._mapping.fifo else set()

    def _next(self) -> tuple[tuple[Message, ...], bool]:
        """Return the batch as far as it has come, and whether it takes no more."""
        batch: list[Message] = []
        size = _FRAME
        for message in self._free():
            size += message.size + bool(batch)
            if batch and size > MOST_BYTES:
                return tuple(batch), True
            batch.append(message)
            if len(batch) == self._mapping.batch_size:
                return tuple(batch), True
        return tuple(batch), False

    def _free(self) -> Iterator[Message]:
        """Yield what waits, but for the groups that the function is busy with: several groups share a batch."""
        return (m for m, _ in self._waiting.values() if m.group not in self._busy_groups)
