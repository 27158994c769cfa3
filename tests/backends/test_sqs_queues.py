"""The state machine of a standard queue, judged by what the SQS documentation says of it."""

import sys

import pytest

from pytest_serverless.backends.sqs.faults import SqsError
from pytest_serverless.backends.sqs.machine import Counts, Queue
from pytest_serverless.backends.sqs.message import Draft
from pytest_serverless.backends.sqs.settings import Redrive, Settings

NOW = 1_795_000_000.0


def make_queue(**settings):
    return Queue(Settings(**settings), seed="orders")


def draft(body="hello", **options):
    return Draft(body=body, digest="", sender="AIDAEXAMPLE", **options)


def fill(queue, *bodies, now=NOW, **options):
    return [queue.send(draft(body, **options), now) for body in bodies]


def receive(queue, now=NOW, most=10, **options):
    return [message.body for message, _ in queue.receive(now, most=most, **options).messages]


def handles(queue, now=NOW, most=10, **options):
    return [handle for _, handle in queue.receive(now, most=most, **options).messages]


def test_messages_come_in_the_order_they_were_sent():
    queue = make_queue()
    fill(queue, "a", "b", "c")

    assert receive(queue, most=2) == ["a", "b"]
    assert receive(queue, most=2) == ["c"]
    assert receive(queue, most=2) == []


def test_a_received_message_is_hidden_for_the_visibility_timeout_of_the_queue():
    queue = make_queue(visibility_timeout=30)
    fill(queue, "a")
    receive(queue)

    assert receive(queue, NOW + 29.999) == []
    assert receive(queue, NOW + 30) == ["a"]


def test_a_receive_can_choose_another_visibility_timeout():
    queue = make_queue(visibility_timeout=30)
    fill(queue, "a")
    receive(queue, timeout=5)

    assert receive(queue, NOW + 5) == ["a"]


def test_without_a_visibility_timeout_a_message_stays_visible_and_is_delivered_once_a_receive():
    queue = make_queue(visibility_timeout=0)
    fill(queue, "a", "b")

    assert receive(queue) == ["a", "b"]
    assert receive(queue) == ["a", "b"]
    assert queue.counts(NOW) == Counts(visible=2, in_flight=0, delayed=0)


def test_a_message_counts_its_receives_and_remembers_the_first():
    queue = make_queue()
    fill(queue, "a")
    receive(queue, NOW + 1)
    ((message, _),) = queue.receive(NOW + 40).messages

    assert (message.receive_count, message.first_received, message.sent) == (2, NOW + 1, NOW)


def test_each_receive_has_a_handle_of_its_own():
    queue = make_queue(visibility_timeout=0)
    fill(queue, "a")

    assert len({*handles(queue), *handles(queue), *handles(queue)}) == 3


def test_messages_have_ids_of_their_own_and_the_same_in_each_run():
    ids = [sent.id for sent in fill(make_queue(), *"abc")]

    assert len(set(ids)) == 3
    assert ids == [sent.id for sent in fill(make_queue(), *"abc")]


def test_the_delay_of_the_queue_hides_new_messages():
    queue = make_queue(delay=10)
    fill(queue, "a")

    assert queue.counts(NOW) == Counts(visible=0, in_flight=0, delayed=1)
    assert receive(queue, NOW + 9) == []
    assert receive(queue, NOW + 10) == ["a"]


@pytest.mark.parametrize(("delay", "due"), [(0, NOW), (3, NOW + 3), (None, NOW + 10)])
def test_a_message_can_have_a_delay_of_its_own(delay, due):
    queue = make_queue(delay=10)
    (sent,) = fill(queue, "a", delay=delay)

    assert sent.message.due == due


def test_another_delay_of_a_standard_queue_does_not_concern_the_messages_it_has():
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
    queue = make_queue(delay=10)
    fill(queue, "a")
    queue.configure(Settings(delay=0), NOW)

    assert receive(queue, NOW + 9) == []
    assert receive(queue, NOW + 10) == ["a"]


def test_a_deleted_message_does_not_come_back():
    queue = make_queue()
    fill(queue, "a", "b")
    first, _ = handles(queue)
    deleted = queue.delete(first, NOW + 1)

    assert deleted.body == "a"
    assert receive(queue, NOW + 30) == ["b"]


def test_deleting_again_does_nothing():
    queue = make_queue()
    fill(queue, "a")
    (handle,) = handles(queue)
    queue.delete(handle, NOW)

    assert queue.delete(handle, NOW) is None


def test_the_last_handle_deletes_even_after_its_time():
    queue = make_queue()
    fill(queue, "a")
    (handle,) = handles(queue)

    assert queue.delete(handle, NOW + 60).body == "a"
    assert receive(queue, NOW + 61) == []


def test_an_old_handle_succeeds_without_deleting():
    # "If you use an old ReceiptHandle, the request will succeed, but the message might not be deleted."
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
    queue = make_queue()
    fill(queue, "a")
    (old,) = handles(queue)
    receive(queue, NOW + 30)

    assert queue.delete(old, NOW + 31) is None
    assert receive(queue, NOW + 60) == ["a"]


@pytest.mark.parametrize("handle", ["nonsense", "", "AQEB", "AQEBAAAAAAAAAAEAAAAAAAAAAg==", "é"])
def test_a_handle_that_the_queue_never_gave_is_invalid(handle):
    queue = make_queue()
    fill(queue, "a")
    receive(queue)

    with pytest.raises(SqsError, match="is not a valid receipt handle") as refused:
        queue.delete(handle, NOW)

    assert refused.value.code == "ReceiptHandleIsInvalid"


def test_a_handle_of_another_queue_is_invalid():
    queue, other = make_queue(), Queue(Settings(), seed="others")
    fill(queue, "a")
    fill(other, "a")
    (handle,) = handles(other)

    with pytest.raises(SqsError, match="is not a valid receipt handle"):
        queue.delete(handle, NOW)


def test_visibility_is_counted_from_when_it_is_changed():
    # "if the default timeout … is 60 seconds, 15 seconds have elapsed since you received the message, and you send a
    # ChangeMessageVisibility call with VisibilityTimeout set to 10 seconds, the 10 seconds begin to count from the time
    # that you make the call": https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    queue = make_queue(visibility_timeout=60)
    fill(queue, "a")
    (handle,) = handles(queue)
    queue.change_visibility(handle, 10, NOW + 15)

    assert receive(queue, NOW + 24) == []
    assert receive(queue, NOW + 25) == ["a"]


def test_a_changed_visibility_holds_for_one_receive():
    queue = make_queue(visibility_timeout=60)
    fill(queue, "a")
    (handle,) = handles(queue)
    queue.change_visibility(handle, 10, NOW)
    receive(queue, NOW + 10)

    assert queue.next_due(NOW + 10) == NOW + 70


def test_a_visibility_of_nothing_gives_the_message_back_at_once():
    queue = make_queue()
    fill(queue, "a")
    (handle,) = handles(queue)
    queue.change_visibility(handle, 0, NOW + 1)

    assert receive(queue, NOW + 1) == ["a"]


def test_a_message_stays_in_flight_for_twelve_hours_at_most_counted_from_its_receive():
    # "If you attempt to set the VisibilityTimeout to a value greater than the maximum time left, Amazon SQS returns an
    # error": https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    queue = make_queue(retention=1_000_000)
    fill(queue, "a", now=NOW - 50_000)
    (handle,) = handles(queue)
    queue.change_visibility(handle, 43_190, NOW + 10)

    with pytest.raises(
        SqsError, match=r"Total VisibilityTimeout for the message is beyond the limit \[43200 seconds\]"
    ):
        queue.change_visibility(handle, 43_190, NOW + 11)


def test_the_visibility_of_a_message_that_is_not_in_flight_cannot_be_changed_and_that_is_no_error():
    queue = make_queue()
    fill(queue, "a")
    (handle,) = handles(queue)

    assert queue.change_visibility(handle, 100, NOW + 30) is None
    assert receive(queue, NOW + 31) == ["a"]


def test_the_visibility_of_a_deleted_message_cannot_be_changed():
    queue = make_queue()
    fill(queue, "a")
    (handle,) = handles(queue)
    queue.delete(handle, NOW)

    with pytest.raises(SqsError, match="Message does not exist or is not available for visibility timeout change"):
        queue.change_visibility(handle, 100, NOW)


def test_a_message_received_too_often_is_dead_at_the_next_receive():
    # "When the ReceiveCount for a message exceeds the maxReceiveCount for a queue, Amazon SQS moves the message to the
    # dead-letter-queue": https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    queue = make_queue(redrive=Redrive("arn:dlq", 2))
    fill(queue, "a", "b")
    for at in (NOW, NOW + 30):
        assert receive(queue, at, most=1) == ["a"]

    assert queue.counts(NOW + 60).visible == 2
    delivery = queue.receive(NOW + 60, most=1)

    assert [message.body for message in delivery.dead] == ["a"]
    assert [message.body for message, _ in delivery.messages] == ["b"]
    assert queue.counts(NOW + 60) == Counts(visible=0, in_flight=1, delayed=0)


def test_a_dead_letter_keeps_its_id_its_times_and_its_count():
    queue, letters = make_queue(redrive=Redrive("arn:dlq", 1)), Queue(Settings(), seed="letters")
    (sent,) = fill(queue, "a")
    receive(queue, NOW + 1)
    (dead,) = queue.receive(NOW + 60).dead
    letters.admit(dead, "arn:orders", NOW + 60)
    ((letter, _),) = letters.receive(NOW + 61).messages

    assert (letter.id, letter.sent, letter.first_received) == (sent.id, NOW, NOW + 1)
    assert (letter.receive_count, letter.source) == (2, "arn:orders")


def test_without_a_dead_letter_queue_nothing_is_lost():
    queue = make_queue(redrive=Redrive("arn:dlq", 1))
    fill(queue, "a")
    for at in range(0, 120, 30):
        assert receive(queue, NOW + at, redrives=False) == ["a"]


@pytest.mark.parametrize("state", ["visible", "delayed", "in flight"])
def test_a_message_is_gone_after_the_retention_period(state):
    queue = make_queue(retention=60, visibility_timeout=600)
    fill(queue, "a", delay=100 if state == "delayed" else 0)
    if state == "in flight":
        receive(queue)

    assert len(queue.messages(NOW + 59.9)) == 1
    assert queue.messages(NOW + 60) == []
    assert queue.counts(NOW + 60) == Counts(0, 0, 0)


def test_a_shorter_retention_concerns_the_messages_that_are_there():
    queue = make_queue(retention=1000)
    fill(queue, "a")
    queue.configure(Settings(retention=60), NOW + 100)

    assert queue.messages(NOW + 100) == []


def test_the_retention_of_a_dead_letter_goes_on():
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
    queue, letters = make_queue(redrive=Redrive("arn:dlq", 1)), Queue(Settings(retention=400), seed="letters")
    fill(queue, "a")
    receive(queue)
    letters.admit(queue.receive(NOW + 100).dead[0], "arn:orders", NOW + 100)

    assert len(letters.messages(NOW + 399)) == 1
    assert letters.messages(NOW + 400) == []


def test_a_purge_removes_everything_whatever_its_state():
    queue = make_queue()
    fill(queue, "a", "b", "c")
    fill(queue, "d", delay=10)
    (handle,) = handles(queue, most=1)

    assert queue.purge() == 4
    assert queue.counts(NOW) == Counts(0, 0, 0)
    assert queue.delete(handle, NOW) is None
    assert receive(queue, NOW + 100) == []


def test_too_many_messages_in_flight_are_an_error():
    queue = make_queue(in_flight_limit=3)
    fill(queue, *"abcd")

    assert receive(queue) == ["a", "b", "c"]
    with pytest.raises(SqsError) as refused:
        queue.receive(NOW)
    assert refused.value.code == "OverLimit"
    assert receive(queue, NOW + 30) == ["a", "b", "c"]


def test_what_appears_next_is_told():
    queue = make_queue(visibility_timeout=30)
    fill(queue, "a", "b")
    fill(queue, "c", delay=40)
    first, second = handles(queue)

    assert queue.next_due(NOW) == NOW + 30
    queue.delete(first, NOW)
    queue.change_visibility(second, 50, NOW)
    assert queue.next_due(NOW) == NOW + 40
    assert queue.next_due(NOW + 40) == NOW + 50
    assert queue.next_due(NOW + 50) is None


def steps(function):
    """Count the steps of the interpreter that a call takes."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("fifo", [False, True])
def test_a_backlog_of_ten_thousand_does_not_slow_a_queue_down(fifo):
    def cycle(backlog):
        queue = make_queue(fifo=fifo)
        fill(queue, *map(str, range(backlog)), group="g")
        receive(queue, timeout=1)

        def once():
            fill(queue, "another", now=NOW + 2, group="g")
            for handle in handles(queue, NOW + 3):
                queue.delete(handle, NOW + 4)
            queue.counts(NOW + 5)
            queue.next_due(NOW + 5)

        return steps(once)

    assert cycle(10_000) < 1.1 * cycle(100)


def test_what_is_out_of_date_is_swept_out():
    queue = make_queue(visibility_timeout=600)
    fill(queue, "a")
    (handle,) = handles(queue)
    for second in range(5000):
        queue.change_visibility(handle, 600 + second % 7, NOW + second / 10)
        fill(queue, "b", now=NOW + second / 10)
        queue.delete(handles(queue, NOW + second / 10)[0], NOW + second / 10)

    assert len(queue._appearances._heap) < 200
    assert len(queue._ages._ordered) < 200
