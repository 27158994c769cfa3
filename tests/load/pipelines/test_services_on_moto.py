"""Sinks and writes against moto's server: another party's idea of SQS, S3 and DynamoDB, met by plain HTTP."""

import time

import pytest
from moto.s3.models import s3_backends

from pytest_serverless.errors import PlatformError
from pytest_serverless.load.pipelines import DynamoDbSink, S3Sink, SqsSink, Tracker, Watch
from pytest_serverless.load.pipelines.ids import Ids
from pytest_serverless.load.pipelines.writing import message, stored
from tests.load.pipelines.plain import Plain, services

REGION = "eu-west-1"


def send(found, written):
    return found.driver(written.service).send(written.method, written.url, written.headers, written.body)


def no_driver():
    raise AssertionError("no HTTP API is asked")


def ids(count, run=7):
    made = Ids(run, 0)
    return [made.make() for _ in range(count)]


def test_a_message_is_sent_and_found_at_the_sink_and_taken_off_it(url, client):
    queue = client("sqs").create_queue(QueueName="results")["QueueUrl"]
    found = services(Plain(), aws_url=url, resources={"Results": queue})
    sent = ids(25)
    for name in sent:
        assert (
            send(found, message(found, "Results", {"order": {"id": name}}, attributes={"a": "b"})).verdict.kind == "ok"
        )
    client("sqs").send_message(QueueUrl=queue, MessageBody="of somebody else")
    reader = SqsSink("Results", id="$.order.id").reader(found, no_driver)
    seen = []
    while len(seen) < 25:
        seen += reader.read()[0]

    assert sorted(each.id for each in seen) == sorted(sent)
    left = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    visible = int(left["ApproximateNumberOfMessages"]) + int(left["ApproximateNumberOfMessagesNotVisible"])
    assert visible == 1


def test_a_queue_is_found_by_its_name_once(url, client):
    client("sqs").create_queue(QueueName="by-name.fifo", Attributes={"FifoQueue": "true"})
    transport = Plain()
    found = services(transport, aws_url=url)
    for number in range(2):
        sent = send(found, message(found, "by-name.fifo", "hello", group="one", deduplication=str(number)))
        assert sent.verdict.kind == "ok"

    asked = [headers["x-amz-target"] for _, _, headers, _ in transport.exchanges]
    assert asked == ["AmazonSQS.GetQueueUrl", "AmazonSQS.SendMessage", "AmazonSQS.SendMessage"]
    with pytest.raises(PlatformError, match=r"sqs:GetQueueUrl was not done: 400.*does not exist"):
        found.queue_url("nowhere")


def test_an_object_is_put_and_found_by_listing_over_pages_and_only_once(url, client):
    client("s3").create_bucket(Bucket="uploads", CreateBucketConfiguration={"LocationConstraint": REGION})
    found = services(Plain(), aws_url=url, resources={"Uploads": "uploads"})
    reader = S3Sink("Uploads", prefix="out put/").reader(found, no_driver)
    assert reader.read()[0] == []
    before = time.time()
    sent = ids(3)
    for name in sent:
        assert send(found, stored(found, "Uploads", f"out put/tom & {name}.jpg", b"x")).verdict.kind == "ok"
    send(found, stored(found, "Uploads", f"elsewhere/{ids(9)[-1]}", "text", headers={"content-type": "text/plain"}))
    seen, until_s = reader.read()

    assert sorted(each.id for each in seen) == sent
    assert all(each.since_s < before < each.at_s for each in seen)
    assert before < until_s
    assert reader.read()[0] == []
    assert client("s3").get_object(Bucket="uploads", Key=f"out put/tom & {sent[0]}.jpg")["Body"].read() == b"x"
    other = client("s3").head_object(Bucket="uploads", Key=f"elsewhere/{ids(9)[-1]}")
    assert other["ContentType"] == "text/plain"


def test_a_listing_goes_on_over_its_pages(url, client):
    client("s3").create_bucket(Bucket="many", CreateBucketConfiguration={"LocationConstraint": REGION})
    made = ids(1001)
    backend = s3_backends["123456789012"]["aws"]  # a thousand requests would take seconds
    for name in made:
        backend.put_object("many", name, b"")
    transport = Plain()
    seen, _ = S3Sink("many").reader(services(transport, aws_url=url), no_driver).read()

    assert sorted(each.id for each in seen) == made
    assert len(transport.exchanges) == 2


@pytest.mark.parametrize("key", ["thumbnails/{id}.jpg", "{id}"])
def test_an_object_is_looked_up_by_its_key(url, client, key):
    bucket = f"by-key-{len(key)}"
    client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    found = services(Plain(), aws_url=url)
    reader = S3Sink(bucket, key=key).reader(found, no_driver)
    there, missing = ids(2)
    intended_s = time.time()
    reader.expect(there, intended_s)
    reader.expect(missing, intended_s)
    assert reader.read()[0] == []
    client("s3").put_object(Bucket=bucket, Key=key.replace("{id}", there), Body=b"")
    seen, until_s = reader.read()

    assert [each.id for each in seen] == [there]
    assert intended_s < seen[0].since_s < seen[0].at_s
    assert intended_s < until_s <= time.time()


def test_items_are_found_by_reading_the_table_and_by_their_key(url, client):
    client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    found = services(Plain(), aws_url=url, resources={"Orders": "orders"})
    by_reading = DynamoDbSink("Orders").reader(found, no_driver)
    by_key = DynamoDbSink("Orders", key="pk").reader(found, no_driver)
    first, second, third = ids(3)
    by_key.expect(first, time.time())
    by_key.expect(third, time.time())
    assert by_reading.read()[0] == by_key.read()[0] == []
    padding = {"S": "x" * 300_000}
    for number in range(5):  # pages of 1 MB
        client("dynamodb").put_item(TableName="orders", Item={"pk": {"S": f"other-{number}"}, "padding": padding})
    client("dynamodb").put_item(TableName="orders", Item={"pk": {"S": first}})
    client("dynamodb").put_item(
        TableName="orders", Item={"pk": {"S": "x"}, "of": {"M": {"event": {"S": f"a/{second}"}}}}
    )

    assert sorted(each.id for each in by_reading.read()[0]) == [first, second]
    assert by_reading.read()[0] == []
    assert [each.id for each in by_key.read()[0]] == [first]


@pytest.mark.parametrize(
    ("sink", "said"),
    [
        (SqsSink("https://sqs.eu-west-1.amazonaws.com/123456789012/nowhere"), "receiving from the sink"),
        (S3Sink("nowhere"), "listing the sink nowhere was not done: 404"),
        (S3Sink("nowhere", key="{id}"), "looking into the sink nowhere was not done: 404"),
        (DynamoDbSink("nowhere"), "reading the sink nowhere was not done: 400"),
        (DynamoDbSink("nowhere", key="pk"), "looking into the sink nowhere was not done: 400"),
    ],
)
def test_a_sink_that_is_not_there_is_told_before_the_run(url, sink, said):
    reader = sink.reader(services(Plain(), aws_url=url), no_driver)

    with pytest.raises(PlatformError, match=said):
        Watch(reader, Tracker(), "Orders 0", time.sleep).look()


def test_what_is_refused_is_told_by_its_class(url):
    found = services(Plain(), aws_url=url)
    sent = send(found, stored(found, "no-such-bucket", "key", b"x"))

    assert sent.verdict[:2] == ("refused", "not_found")
