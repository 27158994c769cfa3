"""The query protocol of older clients: forms and XML.

The forms are those of https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
and of the model that botocore had until November 2023.
"""

from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

from tests.backends.sqs_client import make_world

SPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"
ENDPOINT = "https://sqs.us-east-1.amazonaws.com/"


@pytest.fixture
def backend():
    return make_world()[0]


@pytest.fixture
def url(backend):
    return text(ask(backend, "CreateQueue", QueueName="orders"), "CreateQueueResult/QueueUrl")


def ask(backend, action, to=ENDPOINT, status=200, **parameters):
    form = urlencode({"Action": action, "Version": "2012-11-05", **parameters})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answered, _, body = backend.respond("POST", to, headers, form.encode())
    assert answered == status, body
    return ET.fromstring(body)


def path(steps):
    return "/".join(SPACE + step for step in steps.split("/"))


def text(root, steps):
    return root.findtext(path(steps))


def texts(root, steps):
    return [element.text for element in root.findall(path(steps))]


def receive(backend, url, **parameters):
    root = ask(backend, "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages="10", **parameters)
    return root.findall(path("ReceiveMessageResult/Message"))


def test_a_message_goes_there_and_back(backend, url):
    sent = ask(
        backend,
        "SendMessage",
        QueueUrl=url,
        MessageBody="<tom & jerry>\r\né",
        **{
            "MessageAttribute.1.Name": "a.b",
            "MessageAttribute.1.Value.DataType": "String",
            "MessageAttribute.1.Value.StringValue": "x & y",
            "MessageAttribute.2.Name": "raw",
            "MessageAttribute.2.Value.DataType": "Binary",
            "MessageAttribute.2.Value.BinaryValue": "AP8=",
        },
    )
    (message,) = receive(backend, url, **{"AttributeName.1": "All", "MessageAttributeName.1": "All"})
    attributes = {
        text(each, "Name"): (text(each, "Value/StringValue") or text(each, "Value/BinaryValue"))
        for each in message.findall(path("MessageAttribute"))
    }

    assert text(message, "Body") == "<tom & jerry>\r\né"
    assert text(message, "MessageId") == text(sent, "SendMessageResult/MessageId")
    assert text(message, "MD5OfBody") == text(sent, "SendMessageResult/MD5OfMessageBody")
    assert attributes == {"a.b": "x & y", "raw": "AP8="}
    assert "ApproximateReceiveCount" in texts(message, "Attribute/Name")


def test_a_request_can_go_to_the_queue_itself(backend, url):
    ask(backend, "SendMessage", to=url, MessageBody="a")
    (message,) = receive(backend, url)
    ask(backend, "DeleteMessage", to=url, ReceiptHandle=text(message, "ReceiptHandle"))

    assert backend.queue("orders").bodies == []


def test_a_request_can_stand_in_the_url(backend, url):
    query = urlencode({"Action": "SendMessage", "MessageBody": "a b"})
    status, headers, _ = backend.respond("GET", f"{url}?{query}", {}, None)

    assert (status, headers["Content-Type"]) == (200, "text/xml")
    assert backend.queue("orders").bodies == ["a b"]


def test_batches_have_numbered_entries(backend, url):
    entries = {
        f"SendMessageBatchRequestEntry.{number}.{name}": value
        for number, body in ((1, "a"), (2, ""), (10, "c"))
        for name, value in (("Id", f"id{number}"), ("MessageBody", body), ("DelaySeconds", "0"))
    }
    root = ask(backend, "SendMessageBatch", QueueUrl=url, **entries)

    assert texts(root, "SendMessageBatchResult/SendMessageBatchResultEntry/Id") == ["id1", "id10"]
    assert texts(root, "SendMessageBatchResult/BatchResultErrorEntry/Id") == ["id2"]
    assert texts(root, "SendMessageBatchResult/BatchResultErrorEntry/SenderFault") == ["true"]
    assert backend.queue("orders").bodies == ["a", "c"]


def test_handles_can_be_given_in_a_batch(backend, url):
    ask(backend, "SendMessage", QueueUrl=url, MessageBody="a")
    (message,) = receive(backend, url)
    entry = {"Id": "1", "ReceiptHandle": text(message, "ReceiptHandle")}
    hidden = {
        f"ChangeMessageVisibilityBatchRequestEntry.1.{k}": v for k, v in {**entry, "VisibilityTimeout": "0"}.items()
    }
    root = ask(backend, "ChangeMessageVisibilityBatch", QueueUrl=url, **hidden)
    assert texts(root, "ChangeMessageVisibilityBatchResult/ChangeMessageVisibilityBatchResultEntry/Id") == ["1"]

    deleted = {f"DeleteMessageBatchRequestEntry.1.{k}": v for k, v in entry.items()}
    root = ask(backend, "DeleteMessageBatch", QueueUrl=url, **deleted)
    assert texts(root, "DeleteMessageBatchResult/DeleteMessageBatchResultEntry/Id") == ["1"]


def test_attributes_and_tags_are_pairs(backend):
    root = ask(
        backend,
        "CreateQueue",
        QueueName="q",
        **{
            "Attribute.1.Name": "VisibilityTimeout",
            "Attribute.1.Value": "5",
            "Attribute.2.Name": "DelaySeconds",
            "Attribute.2.Value": "7",
            "Tag.1.Key": "team",
            "Tag.1.Value": "a & b",
        },
    )
    url = text(root, "CreateQueueResult/QueueUrl")
    names = {"AttributeName.1": "VisibilityTimeout", "AttributeName.2": "DelaySeconds"}
    attributes = ask(backend, "GetQueueAttributes", QueueUrl=url, **names)

    assert texts(attributes, "GetQueueAttributesResult/Attribute/Name") == ["VisibilityTimeout", "DelaySeconds"]
    assert texts(attributes, "GetQueueAttributesResult/Attribute/Value") == ["5", "7"]
    assert text(ask(backend, "ListQueueTags", QueueUrl=url), "ListQueueTagsResult/Tag/Value") == "a & b"
    ask(backend, "UntagQueue", QueueUrl=url, **{"TagKey.1": "team"})
    assert ask(backend, "ListQueueTags", QueueUrl=url).find(path("ListQueueTagsResult/Tag")) is None


def test_queues_are_listed(backend, url):
    root = ask(backend, "ListQueues", QueueNamePrefix="ord", MaxResults="10")

    assert texts(root, "ListQueuesResult/QueueUrl") == [url]


def test_permissions_are_lists(backend, url):
    permission = {"AWSAccountId.1": "111111111111", "AWSAccountId.2": "222222222222", "ActionName.1": "SendMessage"}
    ask(backend, "AddPermission", QueueUrl=url, Label="x", **permission)

    assert '"SQS:SendMessage"' in backend.queue("orders").attributes["Policy"]
    assert "222222222222" in backend.queue("orders").attributes["Policy"]


def test_an_operation_without_a_result_has_none(backend, url):
    root = ask(backend, "PurgeQueue", QueueUrl=url)

    assert root.tag == f"{SPACE}PurgeQueueResponse"
    assert [child.tag for child in root] == [f"{SPACE}ResponseMetadata"]


def test_errors_have_the_older_codes_and_words(backend):
    # recorded by https://github.com/localstack/localstack: test_non_existent_queue of its test_sqs.snapshot.json
    root = ask(backend, "GetQueueUrl", QueueName="no", status=400)

    assert root.tag == f"{SPACE}ErrorResponse"
    assert text(root, "Error/Type") == "Sender"
    assert text(root, "Error/Code") == "AWS.SimpleQueueService.NonExistentQueue"
    assert text(root, "Error/Message") == "The specified queue does not exist for this wsdl version."
    assert root.find(path("Error/Detail")) is not None


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"MaxNumberOfMessages": "many"}, "MalformedInput"),
        ({"AttributeName.x": "All"}, "MalformedQueryString"),
        ({"QueueUrl.more": "x"}, "MalformedQueryString"),
    ],
)
def test_a_form_that_is_none_is_refused(backend, url, parameters, code):
    root = ask(backend, "ReceiveMessage", status=400, **{"QueueUrl": url, **parameters})

    assert text(root, "Error/Code") == code


def test_a_request_without_an_action_is_refused(backend):
    status, _, body = backend.respond("GET", ENDPOINT, {}, None)

    assert status == 400
    assert b"InvalidAction" in body
