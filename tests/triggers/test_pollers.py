"""Received messages become batches: by number, by time and by size, in order, group by group.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html and services-sqs-scaling.html
(2026-11).
"""

import json

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint
from pytest_serverless.triggers.pollers import MOST_BYTES, Message, Poller, payload_size
from pytest_serverless.triggers.queues import QueueMapping

START = 1_795_000_000.0
MEGABYTE = 1024 * 1024


def message(id_, *, group=None, size=100, handle="handle"):
    return Message(id_, handle, {}, size, group)


def messages(ids, **given):
    return [message(id_, **given) for id_ in ids]


def ids(batch):
    return None if batch is None else "".join(message.id for message in batch)


def poller(**given):
    return Poller(QueueMapping(**given))


# Number, time and size


def test_without_a_window_whatever_was_received_is_a_batch():
    polled = poller()
    polled.add(messages("ab"), START)

    assert polled.due() == START
    assert ids(polled.ready(START)) == "ab"
    assert polled.ready(START) is None


def test_a_batch_has_no_more_messages_than_it_may():
    polled = poller(batch_size=3)
    polled.add(messages("abcde"), START)

    assert [ids(polled.ready(START)) for _ in range(3)] == ["abc", "de", None]


def test_the_window_begins_with_the_first_message():
    polled = poller(batch_size=10, window_s=20)
    polled.add(messages("a"), START)
    polled.add(messages("b"), START + 15)

    assert polled.due() == START + 20
    assert polled.ready(START + 19.9) is None
    assert ids(polled.ready(START + 20)) == "ab"


def test_a_full_batch_does_not_wait_and_the_rest_has_a_window_of_its_own():
    polled = poller(batch_size=2, window_s=20)
    polled.add(messages("a"), START)
    polled.add(messages("bc"), START + 5)

    assert ids(polled.ready(START + 5)) == "ab"
    assert polled.ready(START + 20) is None
    assert polled.due() == START + 25


def test_nothing_received_means_nothing_due():
    assert poller().due() is None


def test_a_batch_closes_before_it_would_pass_six_megabytes():
    polled = poller(batch_size=100, window_s=60)
    polled.add(messages("abcdefg", size=MEGABYTE), START)

    # six records of a megabyte are six megabytes without the frame and the commas
    assert ids(polled.ready(START)) == "abcde"
    assert polled.ready(START + 59) is None


def test_a_batch_may_have_exactly_six_megabytes():
    polled = poller()
    polled.add([message("a", size=MOST_BYTES - 114 - 1), message("b", size=100)], START)

    batch = polled.ready(START)

    assert ids(batch) == "ab"
    assert payload_size(batch) == MOST_BYTES


def test_a_batch_has_not_one_byte_more_the_comma_included():
    polled = poller()
    polled.add([message("a", size=MOST_BYTES - 114), message("b", size=100)], START)

    assert ids(polled.ready(START)) == "a"


def test_a_message_that_is_too_large_alone_goes_alone():
    polled = poller()
    polled.add([message("a", size=MOST_BYTES), message("b")], START)

    assert [ids(polled.ready(START)) for _ in range(2)] == ["a", "b"]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_size_is_that_of_the_event_as_json(aws_events, count):
    records = [
        aws_events.sqs.fifo(body=f"Grüße {'é' * number} 🎉 \u2028", group=f"g{number}")["Records"][0]
        for number in range(count)
    ]

    taken = [Message.of(record) for record in records]

    event = json.dumps({"Records": records}, ensure_ascii=False, separators=(",", ":"))
    assert payload_size(taken) == len(event.encode())
    assert [one.group for one in taken] == [f"g{number}" for number in range(count)]
    assert taken[0].id == records[0]["messageId"]
    assert taken[0].handle == records[0]["receiptHandle"]


@pytest.fixture
def aws_events():
    return AwsEvents(Mint(seed=1))


# What the filter keeps out, what comes twice, and how much to receive


def test_what_the_filter_keeps_out_is_returned_to_be_deleted():
    polled = Poller(QueueMapping(window_s=10), wants=lambda message: message.id in "ac")

    assert ids(polled.add(messages("abcd"), START)) == "bd"
    assert ids(polled.ready(START + 10)) == "ac"


def test_a_message_that_is_received_again_while_it_waits_has_its_newer_handle():
    polled = poller(window_s=60)
    polled.add([message("a", handle="old"), message("b")], START)
    polled.add([message("a", handle="new")], START + 31)

    assert polled.due() == START + 60
    assert [(one.id, one.handle) for one in polled.ready(START + 60)] == [("a", "new"), ("b", "handle")]


def test_there_is_room_for_one_batch_and_none_while_the_function_is_busy():
    polled = poller(batch_size=10, max_concurrency=2)
    assert polled.room == 10
    polled.add(messages("abc"), START)
    assert polled.room == 7
    first = polled.ready(START)
    polled.add(messages("d"), START)
    polled.ready(START)
    assert polled.room == 0
    polled.finished(first)
    assert polled.room == 10


def test_no_more_batches_are_in_flight_than_the_mapping_allows():
    polled = poller(batch_size=1, max_concurrency=2)
    polled.add(messages("abc"), START)

    first, _ = polled.ready(START), polled.ready(START)

    assert (polled.ready(START), polled.due()) == (None, None)
    polled.finished(first)
    assert ids(polled.ready(START)) == "c"


# Groups


def test_a_batch_has_messages_of_several_groups():
    polled = poller(fifo=True)
    polled.add([message("a", group="1"), message("b", group="2"), message("c", group="1")], START)

    assert ids(polled.ready(START)) == "abc"


def test_a_group_waits_while_the_function_is_busy_with_it_and_others_do_not():
    polled = poller(fifo=True, batch_size=2)
    polled.add([message("a", group="1"), message("b", group="1"), message("c", group="1")], START)
    first = polled.ready(START)
    polled.add([message("d", group="2")], START)

    assert ids(first) == "ab"
    assert ids(polled.ready(START)) == "d"
    assert polled.ready(START) is None
    polled.finished(first)
    assert ids(polled.ready(START)) == "c"


def test_nothing_overtakes_a_message_of_its_group_that_failed():
    polled = poller(fifo=True, batch_size=2)
    polled.add([message("a", group="1"), message("b", group="2"), message("c", group="1")], START)
    polled.add([message("d", group="2")], START)
    first = polled.ready(START)

    released = polled.finished(first, failed={"a"})

    assert ids(released) == "c"
    assert ids(polled.ready(START)) == "d"


def test_groups_of_a_standard_queue_share_its_capacity_and_have_no_order():
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html (2026-11)."""
    polled = poller(batch_size=1)
    polled.add(messages("ab", group="1"), START)
    first, second = polled.ready(START), polled.ready(START)

    assert (ids(first), ids(second)) == ("a", "b")
    polled.add(messages("c", group="1"), START)
    assert polled.finished(first, failed={"a"}) == ()


# A plain model


class Polling(RuleBasedStateMachine):
    """The poller beside lists that are searched from the front."""

    batches = Bundle("batches")

    @initialize(
        fifo=st.booleans(),
        size=st.integers(1, 5),
        window=st.sampled_from([0, 3, 10]),
        most=st.sampled_from([None, 2]),
    )
    def configure(self, fifo, size, window, most):
        self.mapping = QueueMapping(fifo=fifo, batch_size=size, window_s=0 if fifo else window, max_concurrency=most)
        self.poller = Poller(self.mapping)
        self.now = START
        self.waiting, self.flying, self.done, self.received = [], [], [], []

    @rule(kinds=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([100, MEGABYTE, 4 * MEGABYTE]))))
    def receive(self, kinds):
        new = [
            message(f"{group}{len(self.received) + n}", group=group, size=size) for n, (group, size) in enumerate(kinds)
        ]
        self.received += new
        self.waiting += [(one, self.now) for one in new]
        assert self.poller.add(new, self.now) == ()

    @rule(seconds=st.sampled_from([1, 3, 7]))
    def wait(self, seconds):
        self.now += seconds

    @rule(target=batches)
    def take(self):
        expected = self.expected()
        batch = self.poller.ready(self.now)
        assert batch == expected
        if batch is None:
            return multiple()
        assert len(batch) <= self.mapping.batch_size
        assert payload_size(batch) <= MOST_BYTES
        self.waiting = [entry for entry in self.waiting if entry[0] not in batch]
        self.flying.append(batch)
        return batch

    @rule(batch=batches, data=st.data())
    def finish(self, batch, data):
        if batch not in self.flying:
            return
        failed = data.draw(st.sets(st.sampled_from([one.id for one in batch])))
        self.flying.remove(batch)
        blocked = {one.group for one in batch if one.id in failed} if self.mapping.fifo else set()
        expected = tuple(one for one, _ in self.waiting if one.group in blocked)
        assert self.poller.finished(batch, failed) == expected
        self.waiting = [entry for entry in self.waiting if entry[0] not in expected]
        self.done += [*batch, *expected]

    def free(self):
        busy = {one.group for batch in self.flying for one in batch} if self.mapping.fifo else set()
        return [entry for entry in self.waiting if entry[0].group not in busy]

    def expected(self):
        free = self.free()
        if not free or len(self.flying) >= self.mapping.most_in_flight:
            return None
        counts = range(1, min(len(free), self.mapping.batch_size) + 1)
        most = max(n for n in counts if n == 1 or sum(one.size + 1 for one, _ in free[:n]) + 13 <= MOST_BYTES)
        closed = most == self.mapping.batch_size or most < len(free)
        if not closed and self.now < free[0][1] + self.mapping.window_s:
            return None
        return tuple(one for one, _ in free[:most])

    @invariant()
    @precondition(lambda self: hasattr(self, "poller"))
    def nothing_is_lost_or_twice_and_nothing_is_ready_before_it_is_due(self):
        everywhere = [*self.done, *(one for batch in self.flying for one in batch), *(one for one, _ in self.waiting)]
        assert sorted(one.id for one in everywhere) == sorted(one.id for one in self.received)
        due = self.poller.due()
        assert (due is not None and due <= self.now) is (self.expected() is not None)


Polling.TestCase.settings = settings(deadline=None, max_examples=60, stateful_step_count=25, derandomize=True)
TestPolling = Polling.TestCase
