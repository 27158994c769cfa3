"""What is in a queue, looked at without receiving it."""

import pytest

from tests.deployment.arrived.conftest import NOW


def test_everything_in_the_queue_is_seen_whatever_its_state(serverless, send, receive):
    send("Jobs", "taken")
    receive("Jobs")
    send("Jobs", "later", DelaySeconds=60)
    send("Jobs", "here")

    queue = serverless.queue("Jobs")

    assert queue.bodies == ["taken", "later", "here"]
    assert [message.state for message in queue.messages] == ["in flight", "delayed", "visible"]
    assert [message.receive_count for message in queue.messages] == [1, 0, 0]
    assert len(queue) == 3


def test_looking_receives_nothing_and_is_not_noticed(serverless, send, receive, noticed):
    send("Jobs", {"id": 1})
    queue, before = serverless.queue("Jobs"), noticed()

    assert (queue.bodies, queue.json, len(queue), len(queue.sent)) == (['{"id": 1}'], [{"id": 1}], 1, 1)
    assert queue.one(json={"id": 1}).receive_count == 0
    assert repr(queue)
    assert noticed() == before
    [message] = receive("Jobs", MessageSystemAttributeNames=["All"])
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_view_shows_what_is_there_when_it_is_asked(serverless, send, receive, clock):
    queue = serverless.queue("Jobs")
    assert not queue

    send("Jobs", "a")
    receive("Jobs", VisibilityTimeout=30)
    assert queue.one().state == "in flight"

    clock.advance(30)
    assert (queue.sent[0].state, queue.one().state) == ("visible", "visible")


def test_a_message_has_what_it_was_sent_with(serverless, send):
    attributes = {
        "text": {"DataType": "String", "StringValue": "t"},
        "whole": {"DataType": "Number", "StringValue": "3"},
        "part": {"DataType": "Number.float", "StringValue": "2.5"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    id_ = send("Lines", "a", MessageGroupId="g", MessageDeduplicationId="d", MessageAttributes=attributes)

    message = serverless.queue("Lines").one()

    assert (message.id, message.group, message.deduplication_id, message.sent) == (id_, "g", "d", NOW)
    assert message.attributes == {"text": "t", "whole": 3, "part": 2.5, "raw": b"\x00\xff"}


def test_what_was_sent_is_known_after_it_is_gone(serverless, send, receive, backend, ref):
    send("Jobs", "done")
    [message] = receive("Jobs")
    backend.client("sqs").delete_message(QueueUrl=ref("Jobs"), ReceiptHandle=message["ReceiptHandle"])
    backend.client("sqs").send_message_batch(QueueUrl=ref("Jobs"), Entries=[{"Id": "1", "MessageBody": "next"}])

    queue = serverless.queue("Jobs")

    assert queue.bodies == ["next"]
    assert [(sent.body, sent.state, sent.receive_count) for sent in queue.sent] == [
        ("done", "gone", 1),
        ("next", "visible", 0),
    ]


def test_a_dead_letter_came_in_like_a_message_that_was_sent(serverless, send, receive, clock, provisioned):
    send("Jobs", "poison")
    receive("Jobs")
    clock.advance(30)
    receive("Jobs")

    letter = serverless.queue("JobsDlq").one(body="poison")

    assert letter.source == provisioned.app.resources["Jobs"].arn
    assert serverless.queue("JobsDlq").sent == [letter]
    assert serverless.queue("Jobs").bodies == []
    assert serverless.queue("Jobs").sent[0].state == "gone"


def test_a_body_that_is_not_json_is_shown(serverless, send):
    send("Jobs", "not json")

    with pytest.raises(AssertionError, match="not JSON: 'not json'"):
        serverless.queue("Jobs").json  # noqa: B018


def test_its_repr_is_a_table_of_what_is_there(serverless, send, receive):
    assert repr(serverless.queue("Jobs")) == "<queue Jobs: empty>"

    send("Jobs", "a")
    receive("Jobs")
    send("Jobs", "bb")

    assert repr(serverless.queue("Jobs")) == (
        "<queue Jobs: 2 messages\n  state      received  body\n  in flight  1         'a'\n  visible              'bb'>"
    )


def test_a_long_repr_says_how_much_it_leaves_out(serverless, send):
    for number in range(10):
        send("Jobs", str(number))

    assert repr(serverless.queue("Jobs")).endswith("'7'\n  … and 2 more>")
