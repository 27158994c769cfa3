"""Queues beside a plain model of what the documentation says: lists, searched from the front at every step."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from pytest_serverless.backends.sqs.faults import SqsError
from pytest_serverless.backends.sqs.machine import Counts, Queue
from pytest_serverless.backends.sqs.message import Draft
from pytest_serverless.backends.sqs.settings import Redrive, Settings

START = 1_795_000_000
RETENTION = 400
MOST_RECEIVES = 3
SECONDS = st.sampled_from([0, 1, 5, 10, 30, 100])
GROUPS = st.lists(st.sampled_from("abc"), min_size=1, max_size=5)


class Plain:
    """One message of the model."""

    def __init__(self, body, group, now, due):
        self.body, self.group, self.sent, self.due = body, group, now, due
        self.receives = 0
        self.handle = None
        self.received_at = None

    def hidden(self, now):
        return self.due > now

    def in_flight(self, now):
        return self.receives > 0 and self.hidden(now)


class Queues(RuleBasedStateMachine):
    """What both kinds of queue have in common."""

    fifo = False
    handles = Bundle("handles")

    def __init__(self):
        super().__init__()
        self.now = START
        redrive = Redrive("arn:dlq", MOST_RECEIVES)
        self.queue = Queue(Settings(fifo=self.fifo, redrive=redrive, retention=RETENTION), seed="model")
        self.model = []
        self.sent = self.left = 0

    @rule(groups=GROUPS, delay=st.sampled_from([0, 0, 0, 5, 20]))
    def send(self, groups, delay):
        delay = 0 if self.fifo else delay
        for group in groups:
            self.sent += 1
            body = f"{group}{self.sent}"
            draft = Draft(body=body, digest="", sender="s", group=group, deduplication_id=body, delay=delay)
            self.queue.send(draft, self.now)
            self.model.append(Plain(body, group, self.now, self.now + delay))

    @rule(target=handles, most=st.integers(1, 10), timeout=st.sampled_from([0, 1, 10, 30]))
    def receive(self, most, timeout):
        delivery = self.queue.receive(self.now, most=most, timeout=timeout)
        taken, dead = self.expected(most)

        assert [message.body for message in delivery.dead] == [message.body for message in dead]
        assert [message.body for message, _ in delivery.messages] == [message.body for message in taken]
        self.forget(dead)
        for plain, (message, handle) in zip(taken, delivery.messages, strict=True):
            plain.receives += 1
            plain.due, plain.handle, plain.received_at = self.now + timeout, handle, self.now
            assert message.receive_count == plain.receives <= MOST_RECEIVES
        return multiple(*(handle for _, handle in delivery.messages))

    @rule(handle=handles)
    def delete(self, handle):
        plain = self.named(handle)
        if self.fifo and plain and not (plain.handle == handle and plain.hidden(self.now)):
            with pytest.raises(SqsError, match="expired"):
                self.queue.delete(handle, self.now)
        elif plain and plain.handle == handle:
            assert self.queue.delete(handle, self.now).body == plain.body
            self.forget([plain])
        else:
            assert self.queue.delete(handle, self.now) is None

    @rule(handle=handles, timeout=SECONDS)
    def change_visibility(self, handle, timeout):
        plain = self.named(handle)
        if plain is None or plain.handle != handle:
            with pytest.raises(SqsError, match="not available"):
                self.queue.change_visibility(handle, timeout, self.now)
        elif plain.hidden(self.now):
            self.queue.change_visibility(handle, timeout, self.now)
            plain.due = self.now + timeout
        else:
            assert self.queue.change_visibility(handle, timeout, self.now) is None

    @rule(seconds=SECONDS)
    def wait(self, seconds):
        self.now += seconds
        self.forget([plain for plain in self.model if plain.sent + RETENTION <= self.now])

    @rule()
    def wait_for_what_appears(self):
        due = self.queue.next_due(self.now)
        hidden = [plain.due for plain in self.model if plain.hidden(self.now)]

        assert due == min(hidden, default=None)
        if due is not None:
            self.now = due
            self.forget([plain for plain in self.model if plain.sent + RETENTION <= self.now])

    @invariant()
    def nothing_is_lost_or_doubled(self):
        kept = [message.body for message in self.queue.messages(self.now)]

        assert kept == [plain.body for plain in self.model]
        assert self.sent == self.left + len(kept)

    @invariant()
    def the_counts_are_right(self):
        in_flight = sum(plain.in_flight(self.now) for plain in self.model)
        hidden = sum(plain.hidden(self.now) for plain in self.model)

        assert self.queue.counts(self.now) == Counts(len(self.model) - hidden, in_flight, hidden - in_flight)

    def expected(self, most):
        """Return what a receive takes, and what it makes dead letters."""
        taken, dead = [], []
        for plain in self.in_turn():
            if len(taken) == most:
                break
            (dead if plain.receives >= MOST_RECEIVES else taken).append(plain)
        return taken, dead

    def in_turn(self):
        return [plain for plain in self.model if not plain.hidden(self.now)]

    def named(self, handle):
        """Return the message that a handle was given for."""
        number = self.queue._receipts.read(handle)[0]
        body = next((message.body for message in self.queue.messages(self.now) if message.number == number), None)
        return next((plain for plain in self.model if plain.body == body), None)

    def forget(self, gone):
        self.left += len(gone)
        self.model = [plain for plain in self.model if plain not in gone]


class FifoQueues(Queues):
    """Groups: in order, and held while one of their messages is in flight."""

    fifo = True

    def in_turn(self):
        found, held = [], {plain.group for plain in self.model if plain.in_flight(self.now)}
        for first in self.model:
            if first.group not in held:
                held.add(first.group)
                for plain in [plain for plain in self.model if plain.group == first.group]:
                    if plain.hidden(self.now):
                        break
                    found.append(plain)
        return found


BOUNDED = settings(deadline=None, max_examples=100, stateful_step_count=50, derandomize=True)

TestStandardQueues = Queues.TestCase
TestStandardQueues.settings = BOUNDED
TestFifoQueues = FifoQueues.TestCase
TestFifoQueues.settings = BOUNDED
