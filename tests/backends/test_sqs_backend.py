"""What a test does with the backend itself: look, take snapshots, listen, wait."""

import threading

import botocore.session
import pytest
from aws_lambda_powertools.utilities.parser.models import SqsModel

from pytest_serverless.backends.sqs import SqsBackend, attach
from pytest_serverless.errors import UnknownNameError
from tests.backends.sqs_client import NOW, make_client, make_world


@pytest.fixture
def backend(world):
    return world[0]


def send(sqs, url, *bodies, **options):
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body, **options)


def receive(sqs, url):
    return [
        message["Body"] for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]


@pytest.mark.parametrize(
    "name",
    ["orders", "arn:aws:sqs:us-east-1:123456789012:orders", "https://sqs.us-east-1.amazonaws.com/123456789012/orders"],
)
def test_a_queue_is_found_by_name_arn_and_url(backend, sqs, url, name):
    send(sqs, url, "a", "b")
    queue = backend.queue(name)

    assert queue.bodies == ["a", "b"]
    assert (queue.name, queue.url, queue.arn) == ("orders", url, "arn:aws:sqs:us-east-1:123456789012:orders")


def test_a_name_finds_a_queue_elsewhere_too(backend):
    elsewhere = make_client(backend, region="eu-west-1")
    url = elsewhere.create_queue(QueueName="there")["QueueUrl"]

    assert backend.queue("there").url == url
    assert backend.queue(url).url == url


def test_a_queue_that_is_not_there_is_an_error_with_near_misses(backend, url):
    with pytest.raises(UnknownNameError, match=r"There is no queue named 'order'\. Did you mean 'orders'"):
        backend.queue("order")


def test_looking_changes_nothing(backend, sqs, url):
    send(sqs, url, "a")
    queue = backend.queue("orders")
    queue.messages[0].draft = None
    queue.attributes["VisibilityTimeout"] = "1"

    assert queue.messages[0].receive_count == 0
    assert queue.counts.visible == 1
    assert queue.attributes["VisibilityTimeout"] == "30"
    assert receive(sqs, url) == ["a"]


def test_hidden_messages_are_seen(backend, sqs, url):
    send(sqs, url, "a", "b")
    send(sqs, url, "later", DelaySeconds=60)
    sqs.receive_message(QueueUrl=url)
    queue = backend.queue("orders")

    assert [(message.body, message.state) for message in queue.messages] == [
        ("a", "in flight"),
        ("b", "visible"),
        ("later", "delayed"),
    ]
    assert queue.next_due == NOW + 30
    assert backend.next_due() == NOW + 30


def test_nothing_is_due_where_nothing_is_hidden(backend, sqs, url):
    send(sqs, url, "a")

    assert backend.next_due() is None


def test_a_restored_snapshot_has_everything_as_it_was(backend, sqs, url, clock):
    sqs.tag_queue(QueueUrl=url, Tags={"a": "1"})
    send(sqs, url, "a", "b")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    snapshot = backend.snapshot()
    for _ in range(3):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
        send(sqs, url, "c")
        sqs.tag_queue(QueueUrl=url, Tags={"a": "2"})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
        sqs.create_queue(QueueName="another")
        backend.restore(snapshot)

        assert [(message.body, message.state) for message in backend.queue("orders").messages] == [
            ("a", "in flight"),
            ("b", "visible"),
        ]
        assert [queue.name for queue in backend.queues()] == ["orders"]
        assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "1"}
        assert backend.queue("orders").attributes["VisibilityTimeout"] == "30"
    clock.advance(30)
    assert receive(sqs, url) == ["a", "b"]


def test_a_deleted_queue_comes_back(backend, sqs, url):
    send(sqs, url, "a")
    snapshot = backend.snapshot()
    sqs.delete_queue(QueueUrl=url)
    backend.restore(snapshot)

    assert receive(sqs, url) == ["a"]
    sqs.delete_queue(QueueUrl=url)
    backend.restore(snapshot)
    assert receive(sqs, url) == ["a"]


def test_fifo_queues_come_back_with_what_they_remember(backend, sqs):
    url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    send(sqs, url, "a1", MessageGroupId="a", MessageDeduplicationId="1")
    snapshot = backend.snapshot()
    send(sqs, url, "a2", MessageGroupId="a", MessageDeduplicationId="2")
    receive(sqs, url)
    backend.restore(snapshot)
    send(sqs, url, "again", MessageGroupId="a", MessageDeduplicationId="1")
    send(sqs, url, "a2", MessageGroupId="a", MessageDeduplicationId="2")

    assert receive(sqs, url) == ["a1", "a2"]


def test_a_queue_that_did_not_change_is_not_touched_by_a_restore(backend, sqs, url):
    send(sqs, url, *map(str, range(10)))
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    snapshot = backend.snapshot()
    before = backend.queue("orders")._record
    send(sqs, other, "a")
    backend.restore(snapshot)

    assert backend.queue("orders")._record is before
    assert receive(sqs, other) == []


def test_two_snapshots_do_not_mix(backend, sqs, url):
    empty = backend.snapshot()
    send(sqs, url, "a")
    filled = backend.snapshot()
    for snapshot, expected in ((empty, []), (filled, ["a"]), (empty, []), (filled, ["a"])):
        backend.restore(snapshot)
        assert backend.queue("orders").bodies == expected
        send(sqs, url, "more")


def test_a_reset_forgets_every_queue(backend, sqs, url):
    backend.reset()

    assert backend.queues() == []
    sqs.create_queue(QueueName="orders")


def test_changes_are_told_as_they_happen():
    changes = []
    _, clock, sqs = make_world(on_change=changes.append)
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sent = sqs.send_message(QueueUrl=url, MessageBody="a", DelaySeconds=5)
    clock.advance(5)
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=60)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)

    assert [change.kind for change in changes] == [
        "sqs:CreateQueue",
        "sqs:SendMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
    ]
    assert {change.resource for change in changes} == {"arn:aws:sqs:us-east-1:123456789012:orders"}
    assert (changes[1].details["message_id"], changes[1].details["due"]) == (sent["MessageId"], NOW + 5)
    assert (changes[1].details["message"].body, changes[1].details["message"].state) == ("a", "gone")
    assert changes[1].time == NOW
    assert changes[2].details["due"] == NOW + 65


def test_a_duplicate_is_no_change():
    changes = []
    _, _, sqs = make_world(on_change=changes.append)
    url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    for _ in range(2):
        send(sqs, url, "a", MessageGroupId="g", MessageDeduplicationId="same")

    assert [change.kind for change in changes].count("sqs:SendMessage") == 1


def test_a_dead_letter_is_a_change_of_the_queue_it_came_to():
    changes = []
    _, clock, sqs = make_world(on_change=changes.append)
    sqs.create_queue(QueueName="letters")
    policy = '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:letters", "maxReceiveCount": 1}'
    url = sqs.create_queue(QueueName="orders", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    send(sqs, url, "a")
    receive(sqs, url)
    clock.advance(30)
    receive(sqs, url)

    assert (changes[-1].kind, changes[-1].resource.rpartition(":")[2]) == ("sqs:DeadLetter", "letters")
    assert changes[-1].details["source"] == "arn:aws:sqs:us-east-1:123456789012:orders"


def test_a_listener_may_wait_for_a_thread_that_uses_the_backend():
    seen = []

    def listen(change):
        thread = threading.Thread(target=lambda: seen.append(len(backend.queues())), daemon=True)
        thread.start()
        thread.join(5)

    backend, _, sqs = make_world(on_change=listen)
    sqs.create_queue(QueueName="orders")

    assert seen == [1]


def test_threads_share_a_queue_without_losing_or_doubling_messages(sqs, url):
    taken = []

    def work():
        for _ in range(20):
            send(sqs, url, "a")
            taken.extend(message["MessageId"] for message in sqs.receive_message(QueueUrl=url).get("Messages", []))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == len(set(taken)) == 80


def test_a_session_gives_clients_that_ask_the_backend():
    session = botocore.session.Session()
    backend = SqsBackend()
    attach(session, backend)
    client = session.create_client("sqs", "us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
    client.create_queue(QueueName="orders")

    assert [queue.name for queue in backend.queues()] == ["orders"]


def test_messages_are_of_the_form_that_powertools_knows(sqs, url):
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
    attributes = {"n": {"DataType": "Number", "StringValue": "1"}}
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageAttributes=attributes, MessageSystemAttributes=trace)
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"]
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {"n": {"stringValue": "1", "dataType": "Number"}},
        "md5OfBody": message["MD5OfBody"],
        "md5OfMessageAttributes": message["MD5OfMessageAttributes"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders",
        "awsRegion": "us-east-1",
    }

    assert SqsModel.model_validate({"Records": [record]}).Records[0].attributes.ApproximateReceiveCount == "1"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_a_request_that_is_not_json_is_refused(backend, body):
    headers = {"x-amz-target": "AmazonSQS.SendMessage"}
    status, _, said = backend.respond("POST", "https://sqs.us-east-1.amazonaws.com/", headers, body)

    assert status == 400
    assert b"__type" in said


def test_an_operation_that_does_not_exist_is_refused(backend):
    headers = {"X-Amz-Target": "AmazonSQS.Frobnicate"}
    status, headers, said = backend.respond("POST", "https://sqs.us-east-1.amazonaws.com/", headers, b"{}")

    assert (status, headers["x-amzn-query-error"]) == (400, "InvalidAction;Sender")
    assert b"Frobnicate" in said


def test_a_request_says_its_region_in_its_signature(backend):
    headers = {
        "X-Amz-Target": "AmazonSQS.CreateQueue",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1/sqs/aws4_request, SignedHeaders=host",
    }
    backend.respond("POST", "http://localhost:9324/", headers, b'{"QueueName": "orders"}')

    assert backend.queue("orders").arn == "arn:aws:sqs:eu-west-1:123456789012:orders"
