"""The SQS API through botocore: what each operation does."""

import hashlib
import json

import pytest

from tests.backends.sqs_client import NOW, make_client, make_world

ATTRIBUTES = {
    "text": {"DataType": "String", "StringValue": "tom & jerry"},
    "number": {"DataType": "Number.int", "StringValue": "42"},
    "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}


@pytest.fixture
def fifo_url(sqs):
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    return sqs.create_queue(QueueName="orders.fifo", Attributes=attributes)["QueueUrl"]


def arn(name, region="us-east-1"):
    return f"arn:aws:sqs:{region}:123456789012:{name}"


def with_dead_letters(sqs, name="orders", most=2, **attributes):
    """Make a queue and its dead-letter queue; return their URLs."""
    suffix = ".fifo" if attributes else ""
    letters = sqs.create_queue(QueueName=f"letters{suffix}", Attributes=attributes)["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn(f"letters{suffix}"), "maxReceiveCount": most})
    queue = sqs.create_queue(QueueName=f"{name}{suffix}", Attributes={**attributes, "RedrivePolicy": policy})
    return queue["QueueUrl"], letters


def received(sqs, url, **options):
    return sqs.receive_message(QueueUrl=url, **{"MaxNumberOfMessages": 10, **options}).get("Messages", [])


def bodies(sqs, url, **options):
    return [message["Body"] for message in received(sqs, url, **options)]


def attributes_of(sqs, url, *names):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names or ["All"]).get("Attributes", {})


def make_dead(sqs, clock, url, *texts, most=2):
    for text in texts:
        sqs.send_message(QueueUrl=url, MessageBody=text)
    for _ in range(most + 1):
        received(sqs, url)
        clock.advance(30)


def test_a_message_goes_there_and_back(sqs, url):
    sent = sqs.send_message(QueueUrl=url, MessageBody="tom & jerry é", MessageAttributes=ATTRIBUTES)
    (message,) = received(sqs, url, MessageAttributeNames=["All"])

    assert message["Body"] == "tom & jerry é"
    assert message["MessageAttributes"] == ATTRIBUTES
    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"] == hashlib.md5("tom & jerry é".encode()).hexdigest()
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]


def test_digests_of_attributes_are_those_of_the_service():
    # recorded by https://github.com/localstack/localstack in tests/aws/services/sqs/test_sqs.snapshot.json
    _, _, sqs = make_world()
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    trace = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"
    binary = {"attr1": {"DataType": "Binary", "BinaryValue": trace}}
    texts = {"General": "Kenobi", "Hello": "There", "Help.Me": "Me"}
    strings = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}

    sent = [sqs.send_message(QueueUrl=url, MessageBody="msg", MessageAttributes=each) for each in (binary, strings)]

    assert [each["MD5OfMessageAttributes"] for each in sent] == [
        "8cbe4db156db8a94db8b801b7addb984",
        "4c360f3fdafd970e05fae2f149d997f5",
    ]


@pytest.mark.parametrize(
    ("names", "digest", "expected"),
    [
        ([], None, set()),
        (["All"], "4c360f3fdafd970e05fae2f149d997f5", {"General", "Hello", "Help.Me"}),
        ([".*"], "4c360f3fdafd970e05fae2f149d997f5", {"General", "Hello", "Help.Me"}),
        (["Foo"], None, set()),
        (["Hello", "General"], "fca026605781cb4126a1e9044df24232", {"Hello", "General"}),
        (["Hello", "Foo"], "a311262e065454b75da111d535b8dacd", {"Hello"}),
        (["Hel.*"], "83fee93c1bcd8b9a5a923ffacdc636c7", {"Hello", "Help.Me"}),
        (["AWS.", "..foo"], None, set()),
    ],
)
def test_a_receive_gets_the_attributes_it_names_and_their_digest(sqs, url, names, digest, expected):
    # recorded from the service, as above
    texts = {"General": "Kenobi", "Hello": "There", "Help.Me": "Me"}
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
    sqs.send_message(QueueUrl=url, MessageBody="msg", MessageAttributes=attributes)
    (message,) = received(sqs, url, MessageAttributeNames=names)

    assert set(message.get("MessageAttributes", {})) == expected
    assert message.get("MD5OfMessageAttributes") == digest


def test_system_attributes_are_sent_when_asked_for(sqs, url, clock):
    header = "Root=1-5759e988-bd862e3fe1be46a994272793"
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="a", MessageSystemAttributes=trace, MessageGroupId="tenant")
    clock.advance(1.5)
    (message,) = received(sqs, url, MessageSystemAttributeNames=["All"])

    assert sent["MD5OfMessageSystemAttributes"]
    assert message["Attributes"].pop("SenderId").startswith("AIDA")
    assert message["Attributes"] == {
        "SentTimestamp": "1795000000250",
        "ApproximateFirstReceiveTimestamp": "1795000001750",
        "ApproximateReceiveCount": "1",
        "AWSTraceHeader": header,
        "MessageGroupId": "tenant",
    }


def test_the_older_name_of_system_attributes_works_too(sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="a")
    (message,) = received(sqs, url, AttributeNames=["SentTimestamp"])

    assert message["Attributes"] == {"SentTimestamp": "1795000000250"}


def test_a_fifo_message_has_its_order_among_its_attributes(sqs, fifo_url):
    sent = sqs.send_message(QueueUrl=fifo_url, MessageBody="a", MessageGroupId="g")
    (message,) = received(sqs, fifo_url, AttributeNames=["All"])

    assert message["Attributes"]["SequenceNumber"] == sent["SequenceNumber"]
    assert message["Attributes"]["MessageGroupId"] == "g"
    assert message["Attributes"]["MessageDeduplicationId"] == hashlib.sha256(b"a").hexdigest()


def test_an_empty_receive_has_no_list_of_messages(sqs, url):
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html: "If no messages are
    # available and the wait time expires, the call does not return a message list."
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_long_poll_returns_at_once(sqs, url, clock):
    assert received(sqs, url, WaitTimeSeconds=20) == []
    assert clock.now() == NOW


def test_a_receive_gives_one_message_unless_told(sqs, url):
    for text in "abc":
        sqs.send_message(QueueUrl=url, MessageBody=text)

    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_batch_succeeds_message_by_message(sqs, url):
    entries = [{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": "b", "DelaySeconds": 901}]
    result = sqs.send_message_batch(QueueUrl=url, Entries=entries)

    assert [entry["Id"] for entry in result["Successful"]] == ["1"]
    assert result["Failed"] == [
        {
            "Id": "2",
            "SenderFault": True,
            "Code": "InvalidParameterValue",
            "Message": "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
        }
    ]
    assert bodies(sqs, url) == ["a"]


def test_a_batch_leaves_out_the_list_that_would_be_empty(sqs, url):
    # https://github.com/aws/aws-sdk/issues/657
    good = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "a"}])
    bad = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": "dummy"}])

    assert "Failed" not in good
    assert "Successful" not in bad
    assert bad["Failed"][0]["Code"] == "ReceiptHandleIsInvalid"


def test_a_batch_deletes_and_a_batch_changes_visibility(sqs, url, clock):
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": text, "MessageBody": text} for text in "abc"])
    a, b, c = [message["ReceiptHandle"] for message in received(sqs, url)]
    sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": a}])
    hidden = [
        {"Id": "b", "ReceiptHandle": b, "VisibilityTimeout": 0},
        {"Id": "c", "ReceiptHandle": c, "VisibilityTimeout": 60},
    ]
    result = sqs.change_message_visibility_batch(QueueUrl=url, Entries=hidden)

    assert [entry["Id"] for entry in result["Successful"]] == ["b", "c"]
    assert bodies(sqs, url) == ["b"]
    clock.advance(60)
    assert bodies(sqs, url) == ["b", "c"]


def test_a_message_ends_in_the_dead_letter_queue(sqs, clock):
    url, letters = with_dead_letters(sqs)
    make_dead(sqs, clock, url, "poison")
    (letter,) = received(sqs, letters, AttributeNames=["All"])

    assert bodies(sqs, url) == []
    assert letter["Body"] == "poison"
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == arn("orders")
    assert letter["Attributes"]["ApproximateReceiveCount"] == "3"
    assert letter["Attributes"]["SentTimestamp"] == "1795000000250"


def test_a_fifo_message_ends_in_the_fifo_dead_letter_queue(sqs, clock):
    url, letters = with_dead_letters(sqs, FifoQueue="true", ContentBasedDeduplication="true", most=1)
    for text in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=text, MessageGroupId="g")
    assert bodies(sqs, url, MaxNumberOfMessages=1) == ["a"]
    clock.advance(30)

    assert bodies(sqs, url) == ["b"]
    (letter,) = received(sqs, letters, AttributeNames=["All"])
    assert (letter["Body"], letter["Attributes"]["MessageGroupId"]) == ("a", "g")


def test_a_message_stays_where_it_is_when_the_dead_letter_queue_is_gone(sqs, clock):
    url, letters = with_dead_letters(sqs, most=1)
    sqs.delete_queue(QueueUrl=letters)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    for _ in range(3):
        assert bodies(sqs, url) == ["a"]
        clock.advance(30)


def test_sources_of_a_dead_letter_queue_are_listed(sqs):
    url, letters = with_dead_letters(sqs)
    other = sqs.create_queue(QueueName="more", Attributes=attributes_of(sqs, url, "RedrivePolicy"))["QueueUrl"]

    assert sqs.list_dead_letter_source_queues(QueueUrl=letters)["queueUrls"] == [url, other]
    assert sqs.list_dead_letter_source_queues(QueueUrl=url)["queueUrls"] == []


def test_the_attributes_of_a_new_queue(sqs, url):
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    assert attributes_of(sqs, url) == {
        "QueueArn": arn("orders"),
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "CreatedTimestamp": "1795000000",
        "LastModifiedTimestamp": "1795000000",
        "VisibilityTimeout": "30",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
    }


def test_the_attributes_of_a_new_fifo_queue(sqs, fifo_url):
    names = ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"]

    assert attributes_of(sqs, fifo_url, *names) == dict(zip(names, ["true", "true", "queue", "perQueue"], strict=True))


def test_attributes_are_changed_at_once(sqs, url, clock):
    clock.advance(10)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5", "DelaySeconds": "1"})
    sqs.send_message(QueueUrl=url, MessageBody="a")

    assert attributes_of(
        sqs, url, "VisibilityTimeout", "LastModifiedTimestamp", "ApproximateNumberOfMessagesDelayed"
    ) == {
        "VisibilityTimeout": "5",
        "LastModifiedTimestamp": "1795000010",
        "ApproximateNumberOfMessagesDelayed": "1",
    }
    clock.advance(1)
    assert bodies(sqs, url) == ["a"]
    clock.advance(5)
    assert bodies(sqs, url) == ["a"]


@pytest.mark.parametrize("name", ["Policy", "RedrivePolicy", "KmsMasterKeyId"])
def test_an_attribute_is_taken_away_by_emptiness(sqs, name):
    url, _ = with_dead_letters(sqs)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn("orders")}
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": statement}), "KmsMasterKeyId": "k"}
    )
    assert attributes_of(sqs, url, name)

    sqs.set_queue_attributes(QueueUrl=url, Attributes={name: ""})

    assert attributes_of(sqs, url, name) == {}


def test_a_queue_encrypted_by_a_key_is_not_encrypted_by_sqs(sqs):
    # recorded: test_sse_queue_attributes of the snapshot named above
    key = {"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000"}
    url = sqs.create_queue(QueueName="q", Attributes=key)["QueueUrl"]

    assert attributes_of(sqs, url, *key, "SqsManagedSseEnabled") == {**key, "SqsManagedSseEnabled": "false"}


def test_the_counts_are_of_each_state(sqs, url):
    for text in "abc":
        sqs.send_message(QueueUrl=url, MessageBody=text)
    sqs.send_message(QueueUrl=url, MessageBody="d", DelaySeconds=10)
    received(sqs, url, MaxNumberOfMessages=1)
    counts = {name: value for name, value in attributes_of(sqs, url).items() if name.startswith("Approximate")}

    assert list(counts.values()) == ["2", "1", "1"]


def test_making_a_queue_again_returns_the_one_there_is(sqs, url):
    assert sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "30"})["QueueUrl"] == url


def test_a_url_is_found_by_name(sqs, url):
    assert sqs.get_queue_url(QueueName="orders")["QueueUrl"] == url
    assert sqs.get_queue_url(QueueName="orders", QueueOwnerAWSAccountId="123456789012")["QueueUrl"] == url
    assert url == "https://sqs.us-east-1.amazonaws.com/123456789012/orders"


def test_a_queue_can_be_named_in_place_of_its_url(sqs, url):
    sqs.send_message(QueueUrl="orders", MessageBody="a")

    assert bodies(sqs, url) == ["a"]


def test_queues_are_listed_by_prefix_and_page_by_page(sqs):
    urls = [sqs.create_queue(QueueName=f"q{number}")["QueueUrl"] for number in range(5)]
    sqs.create_queue(QueueName="other")
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix="q", PaginationConfig={"PageSize": 2})

    assert [page["QueueUrls"] for page in pages] == [urls[:2], urls[2:4], urls[4:]]
    assert "NextToken" not in sqs.list_queues(QueueNamePrefix="q")
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="none")


def test_tags_are_kept(sqs):
    url = sqs.create_queue(QueueName="q", tags={"a": "1"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"b": "2", "a": "3"})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "3", "b": "2"}

    sqs.untag_queue(QueueUrl=url, TagKeys=["a", "b", "c"])
    assert "Tags" not in sqs.list_queue_tags(QueueUrl=url)


def test_permissions_are_statements_of_the_policy(sqs, url):
    # recorded: test_sqs_permission_lifecycle of the snapshot named above
    sqs.add_permission(QueueUrl=url, Label="one", AWSAccountIds=["111111111111"], Actions=["ReceiveMessage"])
    policy = json.loads(attributes_of(sqs, url, "Policy")["Policy"])

    assert policy == {
        "Version": "2008-10-17",
        "Id": f"{arn('orders')}/SQSDefaultPolicy",
        "Statement": [
            {
                "Sid": "one",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                "Action": "SQS:ReceiveMessage",
                "Resource": arn("orders"),
            }
        ],
    }
    sqs.remove_permission(QueueUrl=url, Label="one")
    assert attributes_of(sqs, url, "Policy") == {}


def test_a_purged_queue_is_empty(sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="a")
    sqs.purge_queue(QueueUrl=url)

    assert bodies(sqs, url) == []


def test_regions_and_accounts_are_separate(world, sqs, url):
    backend, _, _ = world
    elsewhere = make_client(backend, region="cn-north-1")
    other = elsewhere.create_queue(QueueName="orders")["QueueUrl"]
    elsewhere.send_message(QueueUrl=other, MessageBody="there")

    assert other == "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/orders"
    assert attributes_of(elsewhere, other, "QueueArn") == {"QueueArn": "arn:aws-cn:sqs:cn-north-1:123456789012:orders"}
    assert bodies(sqs, url) == []
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="orders", QueueOwnerAWSAccountId="210987654321")


def test_an_endpoint_of_ones_own_is_in_the_urls(world):
    local = make_client(world[0], endpoint_url="http://localhost:4566")
    url = local.create_queue(QueueName="orders")["QueueUrl"]
    local.send_message(QueueUrl=url, MessageBody="a")

    assert url == "http://localhost:4566/123456789012/orders"
    assert bodies(local, url) == ["a"]


def test_every_operation_of_the_model_is_there(sqs):
    from pytest_serverless.backends.sqs.operations import OPERATIONS

    assert set(OPERATIONS) == set(sqs.meta.service_model.operation_names)
