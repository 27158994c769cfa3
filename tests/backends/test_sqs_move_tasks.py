"""Dead letters on their way back.

What is "recorded" is kept by https://github.com/localstack/localstack in
tests/aws/services/sqs/test_sqs_move_task.snapshot.json.
"""

import json
from base64 import b64encode

import pytest

from tests.backends.sqs_client import NOW, refusal


def arn(name):
    return f"arn:aws:sqs:us-east-1:123456789012:{name}"


def url(name):
    return f"https://sqs.us-east-1.amazonaws.com/123456789012/{name}"


@pytest.fixture
def dead(sqs, clock):
    """Two dead letters of two sources."""
    sqs.create_queue(QueueName="letters")
    redrive = json.dumps({"deadLetterTargetArn": arn("letters"), "maxReceiveCount": 1})
    for name in ("first", "second"):
        sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})
        sqs.send_message(QueueUrl=url(name), MessageBody=f"of {name}")
        sqs.receive_message(QueueUrl=url(name))
    clock.advance(30)
    for name in ("first", "second"):
        sqs.receive_message(QueueUrl=url(name))
    return arn("letters")


def tasks(sqs, **options):
    return sqs.list_message_move_tasks(SourceArn=arn("letters"), **options)["Results"]


def bodies(world, name):
    return world[0].queue(name).bodies


def test_letters_go_back_to_where_they_came_from(world, sqs, dead):
    # recorded
    assert sqs.start_message_move_task(SourceArn=dead)["TaskHandle"]

    assert bodies(world, "letters") == []
    assert (bodies(world, "first"), bodies(world, "second")) == (["of first"], ["of second"])
    assert tasks(sqs) == [
        {
            "Status": "COMPLETED",
            "SourceArn": arn("letters"),
            "ApproximateNumberOfMessagesMoved": 2,
            "ApproximateNumberOfMessagesToMove": 2,
            "StartedTimestamp": int((NOW + 30) * 1000),
        }
    ]


def test_letters_go_where_they_are_told(world, sqs, dead):
    sqs.create_queue(QueueName="other")
    sqs.start_message_move_task(SourceArn=dead, DestinationArn=arn("other"))

    assert bodies(world, "other") == ["of first", "of second"]
    assert tasks(sqs)[0]["DestinationArn"] == arn("other")


def test_a_moved_message_is_a_new_one(world, sqs, dead, clock):
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html:
    # "all redriven messages are considered new messages with a new messageID and enqueueTime"
    (letter, _) = world[0].queue("letters").messages
    clock.advance(100)
    sqs.start_message_move_task(SourceArn=dead)
    (message,) = world[0].queue("first").messages

    assert message.id != letter.id
    assert (message.sent, message.receive_count, message.source) == (NOW + 130, 0, None)


def test_a_rate_takes_its_time(world, sqs, dead, clock):
    # what is listed while it runs is recorded
    handle = sqs.start_message_move_task(SourceArn=dead, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]

    assert tasks(sqs)[0] == {
        "TaskHandle": handle,
        "Status": "RUNNING",
        "SourceArn": arn("letters"),
        "MaxNumberOfMessagesPerSecond": 1,
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": 2,
        "StartedTimestamp": int((NOW + 30) * 1000),
    }
    for moved in (1, 2):
        assert world[0].next_due() == clock.now() + 1
        clock.advance(1)
        assert tasks(sqs)[0]["ApproximateNumberOfMessagesMoved"] == moved
    assert tasks(sqs)[0]["Status"] == "COMPLETED"
    assert world[0].next_due() is None


def test_rates_are_met_at_the_instant_that_is_told(world, sqs, dead, clock):
    sqs.start_message_move_task(SourceArn=dead, MaxNumberOfMessagesPerSecond=7)
    clock.advance(world[0].next_due() - clock.now())
    world[0].advance()

    assert tasks(sqs)[0]["ApproximateNumberOfMessagesMoved"] == 1


def test_a_cancelled_task_leaves_what_it_did_not_move(world, sqs, dead, clock):
    handle = sqs.start_message_move_task(SourceArn=dead, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    clock.advance(1)

    assert sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] == 1
    clock.advance(10)
    assert tasks(sqs)[0]["Status"] == "CANCELLED"
    assert bodies(world, "letters") == ["of second"]


def test_one_task_at_a_time(sqs, dead):
    # recorded
    sqs.start_message_move_task(SourceArn=dead, MaxNumberOfMessagesPerSecond=1)

    assert refusal(sqs.start_message_move_task, SourceArn=dead) == (
        "InvalidParameterValue",
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    )


def test_the_last_tasks_are_listed_first(sqs, dead, clock):
    for _ in range(3):
        sqs.start_message_move_task(SourceArn=dead)
        clock.advance(1)

    assert len(tasks(sqs)) == 1
    started = [task["StartedTimestamp"] for task in tasks(sqs, MaxResults=10)]
    assert started == sorted(started, reverse=True)
    assert len(started) == 3


def test_a_task_fails_when_its_destination_is_deleted(sqs, dead, clock):
    # recorded
    sqs.create_queue(QueueName="other")
    sqs.start_message_move_task(SourceArn=dead, DestinationArn=arn("other"), MaxNumberOfMessagesPerSecond=1)
    clock.advance(1)
    sqs.delete_queue(QueueUrl=url("other"))
    clock.advance(1)

    assert tasks(sqs)[0]["Status"] == "FAILED"
    assert tasks(sqs)[0]["FailureReason"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert tasks(sqs)[0]["ApproximateNumberOfMessagesMoved"] == 1


def test_a_message_that_came_from_nowhere_stays(world, sqs, dead):
    sqs.purge_queue(QueueUrl=url("letters"))
    sqs.send_message(QueueUrl=url("letters"), MessageBody="sent here")
    sqs.start_message_move_task(SourceArn=dead)

    assert tasks(sqs)[0]["FailureReason"] == "CouldNotDetermineMessageSource"
    assert bodies(world, "letters") == ["sent here"]


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        # all recorded
        (
            {"SourceArn": arn("first")},
            "InvalidParameterValue",
            "Source queue must be configured as a Dead Letter Queue.",
        ),
        (
            {"SourceArn": arn("letters"), "DestinationArn": arn("no")},
            "ResourceNotFoundException",
            "The resource that you specified for the DestinationArn parameter doesn't exist.",
        ),
        (
            {"SourceArn": arn("no")},
            "ResourceNotFoundException",
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        ),
    ],
)
def test_tasks_that_cannot_be_started(sqs, dead, parameters, code, message):
    assert refusal(sqs.start_message_move_task, **parameters) == (code, message)


def task_handle(task_id, source):
    return b64encode(json.dumps({"taskId": task_id, "sourceArn": source}).encode()).decode()


@pytest.mark.parametrize(
    ("handle", "code", "message"),
    [
        # all recorded
        ("dummy", "InvalidParameterValue", "Value for parameter TaskHandle is invalid."),
        (
            task_handle("1", arn("no")),
            "ResourceNotFoundException",
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        ),
        (task_handle("1", arn("letters")), "ResourceNotFoundException", "Task does not exist."),
    ],
)
def test_tasks_that_cannot_be_cancelled(sqs, dead, handle, code, message):
    assert refusal(sqs.cancel_message_move_task, TaskHandle=handle) == (code, message)
