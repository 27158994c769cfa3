"""The state machine of one queue: what SQS does with messages as time passes.

It has no clock: every step is told what time it is, in seconds since the epoch, and times must not go back. A step
costs the logarithm of the backlog at most. What concerns a second queue is left to the caller: a receive also returns
the messages that belong into the dead-letter queue now.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/ and
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/ (2026-11). What the service leaves to chance
has an order here: a standard queue gives its messages as they were sent, and as many as were asked for.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from pytest_serverless.backends.sqs.deduplication import Memory
from pytest_serverless.backends.sqs.faults import SqsError, invalid_value
from pytest_serverless.backends.sqs.lines import Groups, Line, Waiting
from pytest_serverless.backends.sqs.message import DELAYED, GONE, IN_FLIGHT, VISIBLE, Draft, Message
from pytest_serverless.backends.sqs.receipts import Receipts
from pytest_serverless.backends.sqs.schedule import Ages, Appearances
from pytest_serverless.backends.sqs.settings import Settings

__all__ = ["LONGEST_HIDDEN_S", "Counts", "Delivery", "Queue", "Sent"]

LONGEST_HIDDEN_S: Final = 43_200
"""How long a message can stay in flight, counted from its receive."""

_FIRST_SEQUENCE: Final = 18_849_496_460_467_696_128
_REVISIONS = itertools.count(1)


@dataclass(slots=True)
class Sent:
    """What a send came to; `message` is None where an earlier one with the same deduplication id stands for it."""

    id: str
    sequence: str | None
    message: Message | None


@dataclass(slots=True)
class Delivery:
    """What a receive came to: messages with their handles, and those that it made dead letters."""

    messages: list[tuple[Message, str]]
    dead: list[Message]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages are visible, in flight and delayed."""

    visible: int
    in_flight: int
    delayed: int


class Queue:
    """The messages of one queue.

    `seed` is what its ids are made from: different for each queue, the same in each run. `revision` is another number
    after every change.
    """

    def __init__(self, settings: Settings, *, seed: str) -> None:
        self.settings = settings
        self.revision = next(_REVISIONS)
        self._seed = seed.encode()
        self._receipts = Receipts(seed)
        self._messages: dict[int, Message] = {}
        self._waiting: Waiting = Groups() if settings.fifo else Line()
        self._appearances = Appearances()
        self._ages = Ages()
        self._sent = Memory()
        self._attempts = Memory()
        self._serial = 0
        self._in_flight = self._delayed = 0
        self._now: float | None = None

    def send(self, draft: Draft, now: float) -> Sent:
        """Put a message into the queue, unless it is a duplicate in the sense of a FIFO queue."""
        self.advance(now)
        if not self.settings.fifo:
            message = self._enter(draft, None, now)
            return Sent(message.id, message.sequence, message)
        identity = draft.deduplication_id or hashlib.sha256(draft.body.encode()).hexdigest()
        key = (draft.group if self.settings.deduplicates_by_group else None, identity)
        known: Sent | None = self._sent.recall(key, now)
        if known is not None:
            return known
        message = self._enter(draft, identity, now)
        self._sent.remember(key, Sent(message.id, message.sequence, None), now)
        return Sent(message.id, message.sequence, message)

    def receive(
        self,
        now: float,
        *,
        most: int = 1,
        timeout: float | None = None,
        attempt: str | None = None,
        redrives: bool = True,
    ) -> Delivery:
        """Hand out up to `most` messages and hide them for `timeout` seconds, or as long as the queue does.

        `attempt` is FIFO's ReceiveRequestAttemptId: a repeated one gets the same messages again, as long as none of
        them was deleted, appeared again, or had its visibility changed. `redrives` says whether there is a dead-letter
        queue to take what was received too often.
        """
        self.advance(now)
        hidden = self.settings.visibility_timeout if timeout is None else timeout
        repeated = self._repeat(attempt, now, hidden) if attempt and self.settings.fifo else None
        if repeated is not None:
            return Delivery(repeated, [])
        taken, dead = self._choose(self._room(most), redrives=redrives)
        delivered = [(message, self._hand_out(message, now, hidden)) for message in taken]
        if taken:
            self.touch()
        if attempt and self.settings.fifo:
            self._attempts.remember(attempt, [(message, message.receipt, message.due) for message in taken], now)
        return Delivery(delivered, dead)

    def delete(self, handle: str, now: float) -> Message | None:
        """Delete the message that was received with a handle; return it, or None where the service does nothing.

        Nothing happens where the message is gone, or, in a standard queue, where it was received again since. A FIFO
        queue refuses a handle whose time is over.
        """
        self.advance(now)
        message, current = self._find(handle)
        if message is None:
            return None
        if self.settings.fifo and not (current and message.state == IN_FLIGHT):
            raise invalid_value(handle, "ReceiptHandle", "The receipt handle has expired.")
        if current:
            self._remove(message)
        return message if current else None

    def change_visibility(self, handle: str, timeout: float, now: float) -> Message | None:
        """Hide a message for `timeout` seconds from now; return it, or None where it is no longer in flight."""
        self.advance(now)
        message, current = self._find(handle)
        if message is None or not current:
            reason = "Message does not exist or is not available for visibility timeout change."
            raise invalid_value(handle, "ReceiptHandle", reason)
        if message.state != IN_FLIGHT:
            return None
        if now + timeout - message.received > LONGEST_HIDDEN_S:
            reason = f"Total VisibilityTimeout for the message is beyond the limit [{LONGEST_HIDDEN_S} seconds]"
            raise invalid_value(f"{timeout:.0f}", "VisibilityTimeout", reason)
        self._hide(message, now + timeout, now)
        return message

    def admit(self, message: Message, source: str, now: float) -> Message:
        """Take a dead letter from the queue `source`.

        Its id, its times and its count of receives stay. In a standard queue its retention goes on; in a FIFO queue it
        begins anew, and the id becomes the deduplication id, so that no two letters are taken for one.
        Source: …/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html and
        …/sqs-configure-dead-letter-queue-redrive.html (2026-11).
        """
        self.advance(now)
        number, sequence = self._next_number()
        fifo = self.settings.fifo
        letter = dataclasses.replace(
            message,
            number=number,
            sequence=sequence,
            deduplication_id=message.id if fifo else None,
            kept_from=now if fifo else message.kept_from,
            state=VISIBLE,
            due=now,
            source=source,
        )
        self._keep(letter)
        return letter

    def restart(self, message: Message, now: float) -> Message:
        """Take a message that a move task brings: a new one, with an id and times of its own."""
        self.advance(now)
        return self._enter(dataclasses.replace(message.draft, delay=None), message.deduplication_id, now)

    def withdraw(self, now: float) -> Message | None:
        """Remove the next message that could be received now, and return it."""
        self.advance(now)
        with closing(self._waiting.draw()) as waiting:
            message = next(waiting, None)
        if message is not None:
            self._remove(message)
        return message

    def put_back(self, message: Message, now: float) -> None:
        """Take a message again that was withdrawn and could not be moved."""
        self.advance(now)
        message.state = VISIBLE
        self._keep(message)

    def purge(self) -> int:
        """Remove every message, also those in flight, and forget what was sent; return how many there were."""
        count = len(self._messages)
        for message in self._messages.values():
            message.state = GONE
        self._messages.clear()
        self._waiting = Groups() if self.settings.fifo else Line()
        self._appearances, self._ages = Appearances(), Ages()
        self._sent.clear()
        self._in_flight = self._delayed = 0
        self.touch()
        return count

    def configure(self, settings: Settings, now: float) -> None:
        """Change the settings. Only a FIFO queue applies another delay to the messages that it has already."""
        self.advance(now)
        later = settings.delay - self.settings.delay if settings.fifo else 0
        self.settings = settings
        self._now = None
        if later:
            for message in [message for message in self._messages.values() if message.state == DELAYED]:
                message.due += later
                self._await(message)
        self.touch()
        self.advance(now)

    def counts(self, now: float) -> Counts:
        """Return how many messages are in each state."""
        self.advance(now)
        visible = len(self._messages) - self._in_flight - self._delayed
        return Counts(visible, self._in_flight, self._delayed)

    def messages(self, now: float) -> list[Message]:
        """Return every message, whatever its state, as they came in."""
        self.advance(now)
        return list(self._messages.values())

    def next_due(self, now: float) -> float | None:
        """Return when the next hidden message becomes visible, if nobody touches it; None if none is hidden."""
        self.advance(now)
        return self._appearances.next()

    def touch(self) -> None:
        """Note that something of the queue changed."""
        self.revision = next(_REVISIONS)

    def advance(self, now: float) -> None:
        """Let time pass: hidden messages appear, old ones go."""
        if now == self._now:
            return  # the entries of a batch come at one instant
        self._now = now
        for message in self._appearances.until(now):
            self._appear(message)
        for number in self._ages.until(now - self.settings.retention):
            if number in self._messages:
                self._remove(self._messages[number])

    def _enter(self, draft: Draft, deduplication_id: str | None, now: float) -> Message:
        number, sequence = self._next_number()
        delay = self.settings.delay if draft.delay is None or self.settings.fifo else draft.delay
        message = Message(
            number,
            self._message_id(number),
            draft,
            sent=now,
            kept_from=now,
            due=now + delay,
            state=DELAYED if delay else VISIBLE,
            deduplication_id=deduplication_id,
            sequence=sequence,
        )
        self._keep(message)
        return message

    def _keep(self, message: Message) -> None:
        self._messages[message.number] = message
        self._ages.put(message, self._messages)
        if message.state == DELAYED:
            self._delayed += 1
            self._await(message)
        self._waiting.arrive(message)
        self.touch()

    def _choose(self, room: int, *, redrives: bool) -> tuple[list[Message], list[Message]]:
        """Take the messages that are next; those that were received too often are dead, and no longer in the queue."""
        taken: list[Message] = []
        dead: list[Message] = []
        most = self.settings.redrive.most if self.settings.redrive and redrives else None
        with closing(self._waiting.draw()) as waiting:
            while len(taken) < room and (message := next(waiting, None)) is not None:
                if most is not None and message.receive_count >= most:
                    self._remove(message)
                    dead.append(message)
                else:
                    taken.append(message)
        return taken, dead

    def _room(self, most: int) -> int:
        room = self.settings.in_flight_limit - self._in_flight
        if room <= 0 and not self.settings.fifo:
            raise SqsError("OverLimit", "Too many messages are in flight: delete those that were processed.")
        return min(most, room)

    def _hand_out(self, message: Message, now: float, timeout: float) -> str:
        self._serial += 1
        message.receipt = self._serial
        message.receive_count += 1
        message.received = now
        message.first_received = message.first_received or now
        if timeout > 0:
            message.state = IN_FLIGHT
            self._in_flight += 1
            self._waiting.taken(message)
            message.due = now + timeout
            self._await(message)
        else:
            self._waiting.arrive(message)
        return self._receipts.handle(message.number, message.receipt)

    def _repeat(self, attempt: str | None, now: float, timeout: float) -> list[tuple[Message, str]] | None:
        """Return what the attempt was given before, hidden anew; None if that is over, or it is the first."""
        given: list[tuple[Message, int, float]] | None = self._attempts.recall(attempt, now)
        if not given or any(
            message.state != IN_FLIGHT or message.receipt != receipt or message.due != due
            for message, receipt, due in given
        ):
            return None
        for message, _, _ in given:
            self._hide(message, now + timeout, now)
        self._attempts.remember(attempt, [(message, receipt, message.due) for message, receipt, _ in given], now)
        return [(message, self._receipts.handle(message.number, receipt)) for message, receipt, _ in given]

    def _hide(self, message: Message, until: float, now: float) -> None:
        message.due = until
        if until > now:
            self._await(message)
        else:
            self._appear(message)
        self.touch()

    def _await(self, message: Message) -> None:
        self._appearances.put(message, self._in_flight + self._delayed)

    def _appear(self, message: Message) -> None:
        was = message.state
        message.state = VISIBLE
        if was == DELAYED:
            self._delayed -= 1
            self._waiting.ready(message)
        else:
            self._in_flight -= 1
            self._waiting.arrive(message)
            self._waiting.left(message)
        self.touch()

    def _remove(self, message: Message) -> None:
        was, message.state = message.state, GONE
        del self._messages[message.number]
        if was == IN_FLIGHT:
            self._in_flight -= 1
            self._waiting.left(message)
        else:
            self._delayed -= was == DELAYED
            self._waiting.dropped(message)
        self.touch()

    def _find(self, handle: str) -> tuple[Message | None, bool]:
        """Return the message that a handle names, and whether the handle is of its last receive."""
        place = self._receipts.read(handle)
        if place is None:
            raise SqsError(
                "ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.'
            )
        message = self._messages.get(place[0])
        return message, message is not None and message.receipt == place[1]

    def _next_number(self) -> tuple[int, str | None]:
        self._serial += 1
        number = self._serial
        return number, f"{_FIRST_SEQUENCE + 256 * number:020d}" if self.settings.fifo else None

    def _message_id(self, number: int) -> str:
        digits = hashlib.md5(b"%s/%d" % (self._seed, number), usedforsecurity=False).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
