"""Our SQS and moto's: the same where moto is right, and what the documentation says where it is not.

Nothing here waits: what takes time is judged in the other tests.
"""

import hashlib
import json

import boto3
import pytest
from moto import mock_aws

from tests.backends.sqs_client import make_world, refusal


def attributes_of(sqs, url, *names):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names or ["All"]).get("Attributes", {})


def received(sqs, url, **options):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options).get("Messages", [])


# What both do. Each is given a client, and returns what can be compared.


def digests(sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    attributes = {
        "é".encode().hex(): {"DataType": "String", "StringValue": "é & <x>"},
        "b": {"DataType": "Binary.gif", "BinaryValue": b"\x00\x01\xff"},
        "n": {"DataType": "Number.float", "StringValue": "1.50"},
    }
    sent = sqs.send_message(QueueUrl=url, MessageBody="é\t\n", MessageAttributes=attributes)
    (message,) = received(sqs, url, MessageAttributeNames=["All"])
    keys = ("Body", "MD5OfBody", "MessageAttributes", "MD5OfMessageAttributes")
    return sent["MD5OfMessageBody"], sent["MD5OfMessageAttributes"], {key: message[key] for key in keys}


def attributes_chosen(sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    attributes = {key: {"DataType": "String", "StringValue": "x"} for key in ("bar.one", "bar.two", "foo")}
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageAttributes=attributes)
    (message,) = received(sqs, url, MessageAttributeNames=["bar.*"])
    return message["MessageAttributes"]


def names_of_system_attributes(sqs):
    url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="d")
    (message,) = received(sqs, url, AttributeNames=["All"])
    return set(message["Attributes"])


def attributes_of_a_new_queue(sqs):
    created = attributes_of(sqs, sqs.create_queue(QueueName="q")["QueueUrl"])
    return {key: value for key, value in created.items() if not key.endswith("Timestamp")}


def a_group_in_flight(sqs):
    url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    for number, group in enumerate("aab"):
        sqs.send_message(
            QueueUrl=url, MessageBody=f"{group}{number}", MessageGroupId=group, MessageDeduplicationId=str(number)
        )
    first = sqs.receive_message(QueueUrl=url)["Messages"]
    others = received(sqs, url)
    return [[message["Body"] for message in messages] for messages in (first, others)]


def counts(sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    for delay in (0, 0, 60):
        sqs.send_message(QueueUrl=url, MessageBody="a", DelaySeconds=delay)
    return attributes_of(sqs, url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed")


def errors(sqs):
    url = sqs.create_queue(QueueName="q", Attributes={"DelaySeconds": "5"})["QueueUrl"]
    return [
        refusal(sqs.create_queue, QueueName="q", Attributes={"DelaySeconds": "6"})[0],
        refusal(sqs.get_queue_url, QueueName="never"),
        refusal(sqs.create_queue, QueueName="tom & jerry"),
        refusal(sqs.send_message, QueueUrl=url, MessageBody="a", DelaySeconds=901),
        refusal(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Dummy"]),
        refusal(sqs.add_permission, QueueUrl=url, Label="l", AWSAccountIds=["1"], Actions=["CreateQueue"]),
        refusal(sqs.send_message_batch, QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "a"}] * 2)[1],
    ]


def tags(sqs):
    url = sqs.create_queue(QueueName="q", tags={"a": "1", "b": "2"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"a": "3"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["b"])
    return sqs.list_queue_tags(QueueUrl=url)["Tags"]


def second_purge(sqs):
    """Return the refusal of a second purge: PurgeQueueInProgress in API_PurgeQueue."""
    url = sqs.create_queue(QueueName="purged")["QueueUrl"]
    sqs.purge_queue(QueueUrl=url)
    return refusal(sqs.purge_queue, QueueUrl=url)[0]


SAME = (
    digests,
    attributes_chosen,
    names_of_system_attributes,
    attributes_of_a_new_queue,
    a_group_in_flight,
    counts,
    errors,
    tags,
    second_purge,
)


@pytest.mark.parametrize("probe", SAME, ids=lambda probe: probe.__name__)
def test_both_do_the_same(probe):
    ours = probe(make_world()[2])
    with mock_aws():
        moto = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
        theirs = probe(moto)

    assert ours == theirs


# What moto does otherwise than the documentation says. Each has the page and the value that it demands.


def batch_results(sqs):
    """Say which lists the answer to a batch has; AWS leaves out the empty one: github.com/aws/aws-sdk/issues/657."""
    url = sqs.create_queue(QueueName="batch")["QueueUrl"]
    result = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "a"}])
    return set(result) & {"Successful", "Failed"}


def duplicate_ids(sqs):
    """Tell whether a duplicate has the ids of the message it stands for: recorded by LocalStack's tests."""
    url = sqs.create_queue(QueueName="twice.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    message = {"QueueUrl": url, "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    first, second = sqs.send_message(**message), sqs.send_message(**message)
    return (first["MessageId"], first["SequenceNumber"]) == (second["MessageId"], second["SequenceNumber"])


def duplicates_after_deletion(sqs):
    """Count the deliveries of a duplicate after the first was deleted.

    "Amazon SQS continues to keep track of the message deduplication ID even after the message is received and deleted":
    API_SendMessage.
    """
    url = sqs.create_queue(QueueName="again.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    message = {"QueueUrl": url, "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    sqs.send_message(**message)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=received(sqs, url)[0]["ReceiptHandle"])
    sqs.send_message(**message)
    return len(received(sqs, url))


def content_overruled(sqs):
    """Return the deduplication ids of two messages with one body, by group: DeduplicationScope in API_CreateQueue."""
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true", "DeduplicationScope": "messageGroup"}
    url = sqs.create_queue(QueueName="scope.fifo", Attributes=attributes)["QueueUrl"]
    for group in "ab":
        sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId=group)
    return len(received(sqs, url))


def sequence_in_order(sqs):
    """Tell whether sequence numbers increase: "a large, non-consecutive number … increases": API_SendMessage."""
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="order.fifo", Attributes=attributes)["QueueUrl"]
    sent = [
        sqs.send_message(QueueUrl=url, MessageBody=str(n), MessageGroupId="g", MessageDeduplicationId=str(n))
        for n in range(9)
    ]
    numbers = [each.get("SequenceNumber") for each in sent]
    return numbers == sorted(numbers)


def dead_letter_source(sqs):
    """Return DeadLetterQueueSourceArn of a dead letter: MessageSystemAttributeName in API_Message."""
    sqs.create_queue(QueueName="letters")
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:letters", "maxReceiveCount": 1}
    attributes = {"VisibilityTimeout": "0", "RedrivePolicy": json.dumps(policy)}
    url = sqs.create_queue(QueueName="source", Attributes=attributes)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a")
    received(sqs, url)
    received(sqs, url)
    (letter,) = received(sqs, sqs.get_queue_url(QueueName="letters")["QueueUrl"], AttributeNames=["All"])
    return letter["Attributes"].get("DeadLetterQueueSourceArn")


def size_in_bytes(sqs):
    """Tell whether size is counted in bytes, not in characters: "1,048,576 bytes" in API_SendMessage."""
    url = sqs.create_queue(QueueName="size", Attributes={"MaximumMessageSize": "1024"})["QueueUrl"]
    return refusal(sqs.send_message, QueueUrl=url, MessageBody="é" * 1000)[0]


def standard_dead_letters_of_fifo(sqs):
    """Return the refusal of a FIFO dead-letter queue for a standard one: "of the same type", API_CreateQueue."""
    sqs.create_queue(QueueName="letters.fifo", Attributes={"FifoQueue": "true"})
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:letters.fifo", "maxReceiveCount": 1}
    return refusal(sqs.create_queue, QueueName="plain", Attributes={"RedrivePolicy": json.dumps(policy)})[0]


DOCUMENTED = [
    (batch_results, {"Successful"}),
    (duplicate_ids, True),
    (duplicates_after_deletion, 0),
    (content_overruled, 2),
    (sequence_in_order, True),
    (dead_letter_source, "arn:aws:sqs:us-east-1:123456789012:source"),
    (size_in_bytes, "InvalidParameterValue"),
    (standard_dead_letters_of_fifo, "InvalidParameterValue"),
]


@pytest.mark.parametrize(("probe", "expected"), DOCUMENTED, ids=lambda value: getattr(value, "__name__", ""))
def test_ours_does_what_is_documented(probe, expected):
    assert probe(make_world()[2]) == expected


def test_content_is_told_by_its_sha_256():
    """API_SendMessage: "Amazon SQS uses a SHA-256 hash to generate the MessageDeduplicationId"."""
    sqs = make_world()[2]
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="q.fifo", Attributes=attributes)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="é", MessageGroupId="g")
    (message,) = received(sqs, url, AttributeNames=["MessageDeduplicationId"])

    assert message["Attributes"] == {"MessageDeduplicationId": hashlib.sha256("é".encode()).hexdigest()}
