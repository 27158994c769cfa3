"""The state machine of a FIFO queue, judged by what the SQS documentation says of it."""

import pytest

from pytest_serverless.backends.sqs.faults import SqsError
from pytest_serverless.backends.sqs.machine import Counts, Queue
from pytest_serverless.backends.sqs.message import Draft
from pytest_serverless.backends.sqs.settings import Redrive, Settings

NOW = 1_795_000_000.0


def make_queue(**settings):
    return Queue(Settings(fifo=True, **settings), seed="orders.fifo")


def send(queue, body, now=NOW, group=None, deduplication_id=None):
    """Send a message whose group is its first letter unless told."""
    draft = Draft(
        body=body, digest="", sender="AIDAEXAMPLE", group=group or body[0], deduplication_id=deduplication_id or body
    )
    return queue.send(draft, now)


def fill(queue, *bodies, now=NOW):
    for body in bodies:
        send(queue, body, now)


def receive(queue, now=NOW, most=10, **options):
    return [message.body for message, _ in queue.receive(now, most=most, **options).messages]


def handles(queue, now=NOW, most=10, **options):
    return {message.body: handle for message, handle in queue.receive(now, most=most, **options).messages}


def test_a_receive_gives_as_many_of_one_group_as_it_can():
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html:
    # "Amazon SQS first attempts to return as many messages with the same message group ID as possible"
    queue = make_queue()
    fill(queue, "a1", "b1", "a2", "b2", "a3")

    assert receive(queue, most=4) == ["a1", "a2", "a3", "b1"]


def test_a_group_waits_while_one_of_its_messages_is_in_flight():
    queue = make_queue()
    fill(queue, "a1", "a2", "b1")

    assert receive(queue, most=1) == ["a1"]
    assert receive(queue) == ["b1"]
    assert receive(queue) == []


def test_a_group_goes_on_when_its_message_is_deleted():
    queue = make_queue()
    fill(queue, "a1", "a2")
    queue.delete(handles(queue, most=1)["a1"], NOW)

    assert receive(queue) == ["a2"]


def test_a_group_begins_again_when_its_message_was_not_deleted_in_time():
    queue = make_queue(visibility_timeout=30)
    fill(queue, "a1", "a2", "a3")
    receive(queue, most=2)

    assert receive(queue, NOW + 30) == ["a1", "a2", "a3"]


def test_a_group_waits_for_the_message_whose_visibility_was_extended():
    queue = make_queue(visibility_timeout=30)
    fill(queue, "a1", "a2", "a3")
    given = handles(queue, most=2)
    queue.change_visibility(given["a1"], 100, NOW)

    assert receive(queue, NOW + 30) == []
    assert receive(queue, NOW + 100) == ["a1", "a2", "a3"]


def test_a_message_given_back_is_the_next_of_its_group():
    queue = make_queue()
    fill(queue, "a1", "a2")
    queue.change_visibility(handles(queue, most=1)["a1"], 0, NOW)

    assert receive(queue) == ["a1", "a2"]


def test_without_a_visibility_timeout_a_group_is_not_held():
    queue = make_queue(visibility_timeout=0)
    fill(queue, "a1", "a2", "b1")

    assert receive(queue, most=1) == ["a1"]
    assert receive(queue) == ["a1", "a2", "b1"]


def test_a_handle_whose_time_is_over_is_refused():
    # "if a consumer whose message processing time is longer than the visibility timeout tries to delete the processed
    # messages, the action fails with an error":
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    queue = make_queue(visibility_timeout=30)
    fill(queue, "a1")
    handle = handles(queue)["a1"]

    with pytest.raises(SqsError, match="The receipt handle has expired"):
        queue.delete(handle, NOW + 30)
    assert receive(queue, NOW + 30) == ["a1"]
    with pytest.raises(SqsError, match="The receipt handle has expired"):
        queue.delete(handle, NOW + 31)


def test_a_duplicate_is_accepted_and_not_delivered():
    queue = make_queue()
    first = send(queue, "a1", deduplication_id="same")
    second = send(queue, "a2", NOW + 299, deduplication_id="same")

    assert (second.id, second.sequence) == (first.id, first.sequence)
    assert receive(queue, NOW + 299) == ["a1"]


def test_a_duplicate_is_known_after_the_message_was_deleted():
    # "Amazon SQS continues to keep track of the message deduplication ID even after the message is received and
    # deleted": https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    queue = make_queue()
    send(queue, "a1")
    queue.delete(handles(queue)["a1"], NOW)
    send(queue, "a1", NOW + 1)

    assert receive(queue, NOW + 1) == []


def test_what_was_sent_five_minutes_ago_is_forgotten():
    queue = make_queue()
    first = send(queue, "a1")
    second = send(queue, "a1", NOW + 300)

    assert second.id != first.id
    assert receive(queue, NOW + 300) == ["a1", "a1"]


def test_a_duplicate_does_not_prolong_the_interval():
    queue = make_queue()
    send(queue, "a1")
    send(queue, "a1", NOW + 200)
    send(queue, "a1", NOW + 301)

    assert receive(queue, NOW + 301) == ["a1", "a1"]


@pytest.mark.parametrize(("by_group", "expected"), [(False, ["a1"]), (True, ["a1", "b1"])])
def test_duplicates_are_those_of_the_queue_or_of_the_group(by_group, expected):
    queue = make_queue(deduplicates_by_group=by_group)
    send(queue, "a1", deduplication_id="same")
    send(queue, "b1", deduplication_id="same")

    assert receive(queue) == expected


def test_without_an_id_the_content_tells_duplicates():
    queue = make_queue(content_based_deduplication=True)
    for group in ("g", "h"):
        queue.send(Draft(body="same", digest="", sender="AIDAEXAMPLE", group=group), NOW)
    ((message, _),) = queue.receive(NOW, most=10).messages

    # the SHA-256 of "same", as `printf same | sha256sum` has it
    assert message.deduplication_id == "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5"


def test_sequence_numbers_have_twenty_digits_and_increase():
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html: "SequenceNumber is 128
    # bits"; recordings have 20 digits
    queue = make_queue()
    numbers = [send(queue, f"a{n}").sequence for n in range(20)]

    assert numbers == sorted(set(numbers))
    assert {len(number) for number in numbers} == {20}


def test_another_delay_concerns_the_messages_that_are_there():
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html: "For FIFO
    # queues, the per-queue delay setting is retroactive"
    queue = make_queue(delay=100)
    fill(queue, "a1", "a2")
    queue.configure(Settings(fifo=True, delay=10), NOW + 5)

    assert receive(queue, NOW + 9) == []
    assert receive(queue, NOW + 10) == ["a1", "a2"]


def test_a_group_keeps_its_order_even_where_a_later_message_is_ready_first():
    queue = make_queue(delay=10)
    fill(queue, "a1")
    other = make_queue(redrive=Redrive("arn", 1))
    fill(other, "a2")
    receive(other)
    queue.admit(other.receive(NOW + 60).dead[0], "arn:other", NOW + 5)

    assert receive(queue, NOW + 5) == []
    assert receive(queue, NOW + 10) == ["a1", "a2"]


def test_a_dead_letter_frees_its_group():
    queue = make_queue(redrive=Redrive("arn", 1))
    fill(queue, "a1", "a2")
    receive(queue, most=1)
    delivery = queue.receive(NOW + 30, most=1)

    assert [message.body for message in delivery.dead] == ["a1"]
    assert [message.body for message, _ in delivery.messages] == ["a2"]


def test_a_dead_letter_is_told_by_the_id_it_had():
    # "When a message is moved from a FIFO queue to a FIFO DLQ, the original message's deduplication ID will be replaced
    # with the original message's ID": https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
    queue, letters = make_queue(redrive=Redrive("arn", 1)), make_queue()
    sent = send(queue, "a1")
    send(letters, "a1")
    receive(queue)
    letter = letters.admit(queue.receive(NOW + 30).dead[0], "arn:orders", NOW + 30)

    assert letter.deduplication_id == sent.id
    assert receive(letters, NOW + 30) == ["a1", "a1"]


def test_the_retention_of_a_dead_letter_begins_anew():
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
    queue, letters = make_queue(redrive=Redrive("arn", 1)), make_queue(retention=400)
    fill(queue, "a1")
    receive(queue)
    letters.admit(queue.receive(NOW + 100).dead[0], "arn:orders", NOW + 100)

    assert len(letters.messages(NOW + 499)) == 1
    assert letters.messages(NOW + 500) == []


def test_a_message_that_is_too_old_frees_its_group():
    queue = make_queue(retention=60, visibility_timeout=600)
    fill(queue, "a1")
    fill(queue, "a2", now=NOW + 30)
    receive(queue, NOW + 30, most=1)

    assert receive(queue, NOW + 59) == []
    assert receive(queue, NOW + 60) == ["a2"]


def test_a_message_that_is_too_old_is_not_waited_for():
    queue = make_queue(retention=60)
    fill(queue, "a1")
    fill(queue, "a2", now=NOW + 30)

    assert receive(queue, NOW + 60) == ["a2"]


def test_too_many_messages_in_flight_are_no_error():
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html: "For FIFO
    # queues, there can be a maximum of 120,000 in flight messages … If you reach this limit, Amazon SQS returns no
    # error messages"
    queue = make_queue(in_flight_limit=2)
    fill(queue, "a1", "b1", "c1")

    assert receive(queue) == ["a1", "b1"]
    assert receive(queue) == []
    assert queue.counts(NOW) == Counts(visible=1, in_flight=2, delayed=0)


def test_a_repeated_attempt_gets_the_same_messages_and_handles_and_hides_them_anew():
    queue = make_queue(visibility_timeout=30)
    fill(queue, "a1", "b1", "c1")
    first = handles(queue, most=2, attempt="try")

    assert handles(queue, NOW + 20, most=2, attempt="try") == first
    assert queue.messages(NOW + 49)[0].receive_count == 1
    assert receive(queue, NOW + 49) == ["c1"]
    assert receive(queue, NOW + 50) == ["a1", "b1"]


@pytest.mark.parametrize("change", ["delete", "hide", "time"])
def test_a_repeated_attempt_begins_anew_after_a_change(change):
    queue = make_queue(visibility_timeout=30)
    fill(queue, "a1", "b1", "c1")
    given = handles(queue, most=2, attempt="try")
    now = NOW + 1
    if change == "delete":
        queue.delete(given["a1"], now)
    elif change == "hide":
        queue.change_visibility(given["a1"], 60, now)
    else:
        now = NOW + 31

    again = handles(queue, now, attempt="try")

    assert again.keys() == ({"a1", "b1", "c1"} if change == "time" else {"c1"})


def test_a_purge_lets_everything_be_sent_again():
    queue = make_queue()
    fill(queue, "a1", "a2")
    receive(queue, most=1)
    queue.purge()
    fill(queue, "a2", "a1")

    assert receive(queue) == ["a2", "a1"]


def test_what_is_empty_is_not_kept():
    queue = make_queue()
    for number in range(100):
        send(queue, f"x{number}", group=str(number))
    for handle in [handle for _ in range(10) for handle in handles(queue).values()]:
        queue.delete(handle, NOW)

    assert queue._waiting._groups == {}
