"""What is left in the services when all is done, so that two runs of one application can be compared.

Ids, moments, digests of them and addresses differ from run to run: each is replaced by a word for it, and what has no
order is put into one.
"""

import json
import re

_IDS = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d)?"), "<moment>"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "<day>"),
]


def state_of(app, client):
    """Return what tables, buckets and queues hold, by their ids; `client` makes boto3 clients."""
    readers = {"AWS::DynamoDB::Table": _items, "AWS::S3::Bucket": _objects, "AWS::SQS::Queue": _messages}
    readers["AWS::Serverless::SimpleTable"] = _items
    found = {id_: readers[each.type](client, each.name) for id_, each in app.resources.items() if each.type in readers}
    return json.loads(normal(json.dumps(found)))


def normal(text):
    """Return a text with ids and moments replaced."""
    for pattern, word in _IDS:
        text = pattern.sub(word, text)
    return text


def _items(client, table):
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return _sorted(item for page in pages for item in page["Items"])


def _objects(client, bucket):
    s3 = client("s3")
    found = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for each in page.get("Contents", []):
            head = s3.head_object(Bucket=bucket, Key=each["Key"])
            found[each["Key"]] = [each["Size"], each["ETag"], head["ContentType"], head["Metadata"]]
    return found


def _messages(client, queue):
    """Take what a queue has: bodies, attributes, and how often each was received before."""
    sqs = client("sqs")
    url = queue if "://" in queue else sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = []
    while True:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        )
        if "Messages" not in answer:
            return _sorted(found)
        found += [_message(each) for each in answer["Messages"]]


def _message(message):
    kept = ("ApproximateReceiveCount", "MessageGroupId", "DeadLetterQueueSourceArn")
    attributes = {name: value for name, value in message["Attributes"].items() if name in kept}
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = message["Body"]
    return {"body": body, "attributes": attributes, "more": message.get("MessageAttributes", {})}


def _sorted(values):
    return sorted(values, key=lambda value: normal(json.dumps(value, sort_keys=True)))
