"""What a test sees of a queue."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from pytest_serverless.backends.sqs.machine import Counts
from pytest_serverless.backends.sqs.message import Message
from pytest_serverless.backends.sqs.store import Record
from pytest_serverless.clock import Clock

__all__ = ["QueueView"]


class QueueView:
    """A queue, to look at: nothing here receives, hides or deletes a message."""

    def __init__(self, record: Record, url: str, clock: Clock) -> None:
        self._record = record
        self._clock = clock
        self.url = url

    def __repr__(self) -> str:
        return f"<queue {self.name}: {len(self.messages)} messages>"

    @property
    def name(self) -> str:
        """The name."""
        return self._record.name

    @property
    def arn(self) -> str:
        """The full name."""
        return self._record.arn

    @property
    def attributes(self) -> Mapping[str, str]:
        """The attributes that can be set, as the service has them: all values are text."""
        return dict(self._record.attributes)

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags."""
        return dict(self._record.tags)

    @property
    def messages(self) -> tuple[Message, ...]:
        """Every message in the queue as it is now, in the order they came in: visible, delayed or in flight."""
        kept = self._record.queue.messages(self._clock.now())
        return tuple(dataclasses.replace(message) for message in kept)

    @property
    def bodies(self) -> list[str]:
        """The text of every message in the queue, in the order they came in."""
        return [message.body for message in self._record.queue.messages(self._clock.now())]

    @property
    def counts(self) -> Counts:
        """How many messages are visible, in flight and delayed."""
        return self._record.queue.counts(self._clock.now())

    @property
    def next_due(self) -> float | None:
        """When the next hidden message becomes visible, in seconds since the epoch; None if none is hidden."""
        return self._record.queue.next_due(self._clock.now())
