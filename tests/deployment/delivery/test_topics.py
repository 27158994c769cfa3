"""Topics of an application: to whom their messages go, and in which form."""

import base64
import json

import boto3
import pytest

from pytest_serverless import events
from pytest_serverless.errors import BackendError

TEMPLATE = """
    News: {Type: AWS::SNS::Topic}
    Inbox: {Type: AWS::SQS::Queue}
    Raw: {Type: AWS::SQS::Queue}
    Lost: {Type: AWS::SQS::Queue}
    ToInbox:
      Type: AWS::SNS::Subscription
      Properties:
        TopicArn: !Ref News
        Protocol: sqs
        Endpoint: !GetAtt Inbox.Arn
        FilterPolicy: {kind: [urgent]}
    ToRaw:
      Type: AWS::SNS::Subscription
      Properties:
        TopicArn: !Ref News
        Protocol: sqs
        Endpoint: !GetAtt Raw.Arn
        RawMessageDelivery: true
        RedrivePolicy: {deadLetterTargetArn: !GetAtt Lost.Arn}
    Tell:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.tell
        Events:
          News: {Type: SNS, Properties: {Topic: !Ref News}}
"""

CODE = """
    def tell(event, context):
        return event
"""


@pytest.fixture
def shop(make_application):
    return make_application(TEMPLATE, CODE)


def text(value):
    return {"DataType": "String", "StringValue": value}


def publish(shop, message, kind=None, *, topic="News", attributes=None, **options):
    given = {"kind": text(kind)} if kind else {}
    return boto3.client("sns").publish(
        TopicArn=shop.ref(topic), Message=message, MessageAttributes={**given, **(attributes or {})}, **options
    )["MessageId"]


def notified(shop):
    """What the function was told; each event is as SNS sends it."""
    values = [outcome.value for outcome in shop.invocations("Tell")]
    assert all(events.check(value) == [] for value in values)
    return [record["Sns"] for value in values for record in value["Records"]]


def test_a_filter_policy_lets_through_what_it_names(shop):
    publish(shop, "one", "urgent")
    publish(shop, "two", "idle")

    assert shop.settle() == 2
    assert [body["Message"] for body in shop.queue("Inbox").json] == ["one"]
    assert [entry.what for entry in shop.timeline.of("dropped")] == ["filter policy"]
    assert [told["Message"] for told in notified(shop)] == ["one", "two"]


def test_each_subscriber_gets_its_own_form_of_one_message(shop):
    """Source: https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html (2026-11)."""
    id_ = publish(shop, "héllo", "urgent", Subject="Hi")
    shop.settle()

    [envelope] = shop.queue("Inbox").json
    [raw] = shop.queue("Raw").messages
    [told] = notified(shop)
    assert (envelope["Type"], envelope["MessageId"], envelope["Subject"]) == ("Notification", id_, "Hi")
    assert envelope["MessageAttributes"] == {"kind": {"Type": "String", "Value": "urgent"}}
    assert envelope["TopicArn"] == told["TopicArn"] == shop.ref("News")
    assert (raw.body, raw.attributes) == ("héllo", {"kind": "urgent"})
    assert (told["Message"], told["Subject"], told["MessageId"]) == ("héllo", "Hi", id_)


def test_without_a_subject_it_is_null_for_a_function_and_absent_for_a_queue(shop):
    publish(shop, "x", "urgent")
    shop.settle()
    assert notified(shop)[0]["Subject"] is None
    assert "Subject" not in shop.queue("Inbox").json[0]


def test_binary_attributes_are_base64_in_json_and_bytes_in_a_raw_message(shop):
    publish(shop, "x", "urgent", attributes={"blob": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}})
    shop.settle()
    shown = {"Type": "Binary", "Value": base64.b64encode(b"\x00\xff").decode()}
    assert notified(shop)[0]["MessageAttributes"]["blob"] == shown
    assert shop.queue("Inbox").json[0]["MessageAttributes"]["blob"] == shown
    assert shop.queue("Raw").messages[0].attributes["blob"] == b"\x00\xff"


def test_a_raw_message_of_more_than_ten_attributes_is_a_client_error(shop):
    """Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html (2026-11)."""
    publish(shop, "many", attributes={f"a{number}": text("x") for number in range(11)})
    shop.settle()
    assert shop.queue("Raw").bodies == []
    assert shop.queue("Lost").bodies == ["many"]
    assert len(notified(shop)[0]["MessageAttributes"]) == 11


def test_one_message_may_have_a_text_for_each_protocol(shop):
    """Source: https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html."""
    texts = json.dumps({"default": "for all", "sqs": "for queues"})
    publish(shop, texts, "urgent", MessageStructure="json")
    shop.settle()
    assert notified(shop)[0]["Message"] == "for all"
    assert shop.queue("Inbox").json[0]["Message"] == shop.queue("Raw").bodies[0] == "for queues"


def test_messages_of_a_batch_come_one_by_one(shop):
    entries = [{"Id": str(number), "Message": f"m{number}"} for number in range(3)]
    boto3.client("sns").publish_batch(TopicArn=shop.ref("News"), PublishBatchRequestEntries=entries)
    shop.settle()
    assert shop.queue("Raw").bodies == ["m0", "m1", "m2"]


def test_a_subscription_of_the_test_takes_part_until_it_ends(shop):
    sns = boto3.client("sns")
    policy = json.dumps({"order": {"total": [{"numeric": [">", 100]}]}})
    made = sns.subscribe(
        TopicArn=shop.ref("News"),
        Protocol="sqs",
        Endpoint=shop.attribute("Lost", "Arn"),
        Attributes={"FilterPolicy": policy, "FilterPolicyScope": "MessageBody", "RawMessageDelivery": "true"},
    )["SubscriptionArn"]
    dear, cheap = json.dumps({"order": {"total": 250}}), json.dumps({"order": {"total": 5}})
    for message in (dear, cheap, "no JSON"):
        publish(shop, message)
    shop.settle()
    assert shop.queue("Lost").bodies == [dear]

    sns.unsubscribe(SubscriptionArn=made)
    publish(shop, dear)
    shop.settle()
    assert shop.queue("Lost").bodies == [dear]


def test_people_are_told_in_the_timeline(shop):
    boto3.client("sns").subscribe(TopicArn=shop.ref("News"), Protocol="sms", Endpoint="+15550100")
    publish(shop, "call me")
    shop.settle()
    told = [(entry.subject, entry.what) for entry in shop.timeline.of("delivery")]
    assert told == [("Raw", ""), ("+15550100", "sms: call me")]


def test_a_queue_that_is_gone_leaves_the_message_with_the_dead_letters(shop):
    boto3.client("sqs").delete_queue(QueueUrl=shop.ref("Raw"))
    publish(shop, "lost", "idle")
    shop.settle()
    [dead] = shop.queue("Lost").messages
    assert (dead.body, dead.attributes) == ("lost", {"kind": "idle"})
    [entry] = shop.timeline.of("dead letter")
    assert (entry.subject, entry.cause) == ("Lost", "subscription of Raw")


def test_a_function_that_is_nowhere_leaves_the_envelope_with_the_dead_letters(shop):
    gone = "arn:aws:lambda:us-east-1:123456789012:function:gone"
    policy = json.dumps({"deadLetterTargetArn": shop.attribute("Lost", "Arn")})
    boto3.client("sns").subscribe(
        TopicArn=shop.ref("News"), Protocol="lambda", Endpoint=gone, Attributes={"RedrivePolicy": policy}
    )
    publish(shop, "lost", "idle")
    shop.settle()
    [envelope] = shop.queue("Lost").json
    assert (envelope["Type"], envelope["Message"]) == ("Notification", "lost")


def test_a_subscriber_that_is_gone_is_named_where_nobody_keeps_the_message(shop):
    shop.ref("ToInbox")
    boto3.client("sqs").delete_queue(QueueUrl=shop.ref("Inbox"))
    publish(shop, "lost", "urgent")
    with pytest.raises(
        BackendError, match=r"The topic News \(.*template.yaml:\d+\) has the subscriber Inbox, and there is no arn:aws:"
    ):
        shop.settle()


def test_a_queue_that_fails_for_a_while_gets_the_message_later(shop, monkeypatch):
    """Three retries at once, two after a second, then backing off.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html (2026-11).
    """
    shop.ref("ToInbox")
    answers = failing(monkeypatch, shop, times=6)
    publish(shop, "at last", "urgent")
    shop.settle()
    assert answers == []
    assert shop.queue("Raw").bodies == ["at last"]
    assert [entry.what for entry in shop.timeline.of("retry")] == [
        *["again in 0 s"] * 3, *["again in 1 s"] * 3,
    ]  # fmt: skip


def failing(monkeypatch, shop, times):
    """Let SendMessage to the raw queue be answered with 500 that often."""
    client = shop.aws.client("sqs")
    send, answers = client.send_message, [500] * times

    def send_message(**given):
        if "-Raw-" in given["QueueUrl"] and answers:
            metadata = {"ResponseMetadata": {"HTTPStatusCode": answers.pop()}}
            raise client.exceptions.ClientError({"Error": {"Code": "InternalFailure"}, **metadata}, "SendMessage")
        return send(**given)

    monkeypatch.setattr(client, "send_message", send_message)
    return answers


FIFO = """
    Orders: {Type: AWS::SNS::Topic, Properties: {FifoTopic: true, ContentBasedDeduplication: true}}
    Inbox: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
    Copy: {Type: AWS::SQS::Queue}
    ToInbox:
      Type: AWS::SNS::Subscription
      Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !GetAtt Inbox.Arn}
    ToCopy:
      Type: AWS::SNS::Subscription
      Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !GetAtt Copy.Arn, RawMessageDelivery: true}
"""


class TestFifo:
    """Source: https://docs.aws.amazon.com/sns/latest/dg/fifo-topic-message-ordering.html and beside it (2026-11)."""

    def test_groups_and_their_order_reach_the_queue(self, make_application):
        shop = make_application(FIFO)
        for number in range(4):
            publish(shop, f"m{number}", topic="Orders", MessageGroupId="ab"[number % 2])
        shop.settle()
        messages = shop.queue("Inbox").messages
        assert [message.json["Message"] for message in messages] == ["m0", "m1", "m2", "m3"]
        assert [message.group for message in messages] == ["a", "b", "a", "b"]
        numbers = [message.json["SequenceNumber"] for message in messages]
        assert numbers == sorted(set(numbers))

    def test_the_same_content_is_sent_once_in_five_minutes(self, make_application):
        shop = make_application(FIFO)
        for _ in range(2):
            publish(shop, "same", topic="Orders", MessageGroupId="a")
        shop.settle()
        assert len(shop.queue("Inbox").messages) == 1
        assert [entry.what for entry in shop.timeline.of("dropped")] == ["deduplication"]

        shop.advance(minutes=6)
        publish(shop, "same", topic="Orders", MessageGroupId="a")
        shop.settle()
        assert len(shop.queue("Inbox").messages) == 2

    def test_an_own_deduplication_id_counts_instead_of_the_content(self, make_application):
        shop = make_application(FIFO)
        for id_ in ("x", "y", "x"):
            publish(shop, "same", topic="Orders", MessageGroupId="a", MessageDeduplicationId=id_)
        shop.settle()
        assert [message.deduplication_id for message in shop.queue("Inbox").messages] == ["x", "y"]

    def test_a_standard_queue_may_subscribe(self, make_application):
        shop = make_application(FIFO)
        publish(shop, "m", topic="Orders", MessageGroupId="a")
        shop.settle()
        assert shop.queue("Copy").bodies == ["m"]


class TestWebhooks:
    """Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html (2026-11)."""

    URL = "https://hooks.example.com/news"

    def subscribe(self, shop, **attributes):
        policy = json.dumps({"deadLetterTargetArn": shop.attribute("Lost", "Arn")})
        return boto3.client("sns").subscribe(
            TopicArn=shop.ref("News"),
            Protocol="https",
            Endpoint=self.URL,
            Attributes={"RedrivePolicy": policy, **attributes},
        )["SubscriptionArn"]

    def test_a_message_is_posted_with_its_headers(self, shop, web_backend):
        """Source: https://docs.aws.amazon.com/sns/latest/dg/http-header.html (2026-11)."""
        web_backend.post(self.URL, status=200)
        arn = self.subscribe(shop)
        id_ = publish(shop, "ping")
        shop.settle()
        [call] = web_backend.calls
        sent, headers = json.loads(call.request.body), call.request.headers
        assert (sent["Type"], sent["Message"], sent["MessageId"]) == ("Notification", "ping", id_)
        assert headers["x-amz-sns-message-type"] == "Notification"
        assert (headers["x-amz-sns-message-id"], headers["x-amz-sns-subscription-arn"]) == (id_, arn)
        assert headers["x-amz-sns-topic-arn"] == shop.ref("News")
        assert headers["Content-Type"] == "text/plain; charset=UTF-8"
        assert "x-amz-sns-rawdelivery" not in headers

    def test_raw_is_the_message_itself(self, shop, web_backend):
        web_backend.post(self.URL, status=200)
        self.subscribe(shop, RawMessageDelivery="true")
        publish(shop, "ping", "urgent")
        shop.settle()
        [call] = web_backend.calls
        assert call.request.body == b"ping"
        assert call.request.headers["x-amz-sns-rawdelivery"] == "true"

    def test_by_default_there_are_three_retries_twenty_seconds_apart(self, shop, web_backend):
        web_backend.post(self.URL, status=503)
        self.subscribe(shop)
        publish(shop, "ping")
        shop.settle()
        assert len(web_backend.calls) == 4
        assert [entry.what for entry in shop.timeline.of("retry")] == ["answered 503, again in 20 s"] * 3
        assert [body["Message"] for body in shop.queue("Lost").json] == ["ping"]

    def test_a_retry_that_is_answered_ends_it(self, shop, web_backend):
        web_backend.post(self.URL, status=500)
        web_backend.post(self.URL, status=204)
        self.subscribe(shop)
        publish(shop, "ping")
        shop.settle()
        assert len(web_backend.calls) == 2
        assert shop.queue("Lost").bodies == []

    def test_a_delivery_policy_says_how_often(self, shop, web_backend):
        web_backend.post(self.URL, status=500)
        retries = {"minDelayTarget": 1, "maxDelayTarget": 60, "numRetries": 2, "numNoDelayRetries": 1}
        self.subscribe(shop, DeliveryPolicy=json.dumps({"healthyRetryPolicy": retries}))
        publish(shop, "ping")
        shop.settle()
        assert len(web_backend.calls) == 3
        assert [entry.what[-5:] for entry in shop.timeline.of("retry")] == ["n 0 s", "n 1 s"]

    @pytest.mark.parametrize(("status", "attempts"), [(400, 1), (403, 1), (404, 1), (429, 4)])
    def test_a_client_error_is_not_tried_again_unless_it_says_later(self, shop, web_backend, status, attempts):
        web_backend.post(self.URL, status=status)
        self.subscribe(shop)
        publish(shop, "ping")
        shop.settle()
        assert len(web_backend.calls) == attempts
        assert len(shop.queue("Lost").bodies) == 1

    def test_nobody_at_the_address_is_tried_again(self, shop, web_backend):
        self.subscribe(shop)
        publish(shop, "ping")
        shop.settle()
        assert [entry.what for entry in shop.timeline.of("retry")] == ["answered nothing, again in 20 s"] * 3
