"""Buckets of an application: whom they tell of what happens to their objects, and in which form."""

import json

import boto3
import pytest
import requests

from pytest_serverless import events
from pytest_serverless.errors import BackendError

TEMPLATE = """
    Uploads:
      Type: AWS::S3::Bucket
      Properties:
        VersioningConfiguration: {Status: Enabled}
        NotificationConfiguration:
          EventBridgeConfiguration: {}
          QueueConfigurations:
            - {Event: "s3:ObjectRemoved:*", Queue: !GetAtt Removed.Arn}
          TopicConfigurations:
            - {Event: "s3:ObjectTagging:*", Topic: !Ref Tagged}
    Removed: {Type: AWS::SQS::Queue}
    Tagged: {Type: AWS::SNS::Topic}
    Everything:
      Type: AWS::Events::Rule
      Properties:
        EventPattern: {source: [aws.s3], detail: {bucket: {name: [!Ref Uploads]}}}
        Targets: [{Id: seen, Arn: !GetAtt Seen.Arn}]
    Seen: {Type: AWS::SQS::Queue}
    Resize:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.echo
        Events:
          Upload:
            Type: S3
            Properties:
              Bucket: !Ref Uploads
              Events: s3:ObjectCreated:*
              Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}, {Name: suffix, Value: .jpg}]}}
"""

TAGS = {"TagSet": [{"Key": "k", "Value": "v"}]}

CODE = """
    def echo(event, context):
        return event
"""


@pytest.fixture
def shop(make_application):
    return make_application(TEMPLATE, CODE)


def put(shop, key, body=b"x", **options):
    return boto3.client("s3").put_object(Bucket=shop.ref("Uploads"), Key=key, Body=body, **options)


def notified(shop):
    """The records that the function got."""
    outcomes = shop.invocations("Resize")
    assert all(events.check(outcome.value) == [] for outcome in outcomes)
    return [record for outcome in outcomes for record in outcome.value["Records"]]


def names(shop):
    return [record["eventName"] for record in notified(shop)]


@pytest.mark.parametrize(
    ("key", "called"),
    [("in/a.jpg", 1), ("in/.jpg", 1), ("in/a.JPG", 0), ("out/in/a.jpg", 0), ("in/a.jpg.txt", 0)],
)
def test_prefix_and_suffix_both_hold(shop, key, called):
    put(shop, key)
    shop.settle()
    assert len(notified(shop)) == called


def test_a_notification_is_of_the_object_with_its_key_encoded(shop):
    answer = put(shop, "in/tom & jerry.jpg", b"abc")
    shop.settle()
    [record] = notified(shop)
    told = record["s3"]["object"]
    assert told["key"] == "in/tom+%26+jerry.jpg"
    assert (told["size"], told["eTag"], told["versionId"]) == (3, answer["ETag"].strip('"'), answer["VersionId"])
    assert record["s3"]["bucket"]["name"] == shop.ref("Uploads")


def test_later_writes_of_a_key_have_greater_sequencers(shop):
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html (2026-11)."""
    for _ in range(3):
        put(shop, "in/a.jpg")
    shop.settle()
    numbers = [int(record["s3"]["object"]["sequencer"], 16) for record in notified(shop)]
    assert numbers == sorted(set(numbers))


def test_every_way_of_writing_has_its_name(shop):
    s3, bucket = boto3.client("s3"), shop.ref("Uploads")
    put(shop, "in/put.jpg")
    s3.copy_object(Bucket=bucket, Key="in/copy.jpg", CopySource={"Bucket": bucket, "Key": "in/put.jpg"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="in/parts.jpg")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="in/parts.jpg", UploadId=upload, PartNumber=1, Body=b"x" * 6_000_000)
    s3.complete_multipart_upload(
        Bucket=bucket,
        Key="in/parts.jpg",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "in/signed.jpg"})
    assert requests.put(url, data=b"signed", timeout=5).ok
    form = s3.generate_presigned_post(bucket, "in/form.jpg")
    assert requests.post(form["url"], data=form["fields"], files={"file": b"form"}, timeout=5).ok
    shop.settle()

    assert {record["s3"]["object"]["key"]: record["eventName"] for record in notified(shop)} == {
        "in/put.jpg": "ObjectCreated:Put",
        "in/copy.jpg": "ObjectCreated:Copy",
        "in/parts.jpg": "ObjectCreated:CompleteMultipartUpload",
        "in/signed.jpg": "ObjectCreated:Put",
        "in/form.jpg": "ObjectCreated:Post",
    }
    sizes = {record["s3"]["object"]["key"]: record["s3"]["object"]["size"] for record in notified(shop)}
    assert (sizes["in/parts.jpg"], sizes["in/signed.jpg"], sizes["in/form.jpg"]) == (6_000_000, 6, 4)


def test_a_queue_is_told_of_delete_markers_and_of_what_is_gone(shop):
    s3, bucket = boto3.client("s3"), shop.ref("Uploads")
    version = put(shop, "a.txt")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="a.txt")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="a.txt", VersionId=version)
    shop.settle()

    bodies = shop.queue("Removed").json
    assert all(events.check(body) == [] for body in bodies)
    records = [record for body in bodies for record in body["Records"]]
    assert [(one["eventName"], one["s3"]["object"]["versionId"]) for one in records] == [
        ("ObjectRemoved:DeleteMarkerCreated", marker),
        ("ObjectRemoved:Delete", version),
    ]


def test_a_topic_is_told_of_tags_under_the_subject_of_s3(shop):
    s3, bucket = boto3.client("s3"), shop.ref("Uploads")
    put(shop, "a.txt")
    s3.put_object_tagging(Bucket=bucket, Key="a.txt", Tagging=TAGS)
    s3.delete_object_tagging(Bucket=bucket, Key="a.txt")
    shop.settle()

    messages = shop.topic("Tagged").messages
    assert [message.subject for message in messages] == ["Amazon S3 Notification"] * 2
    assert all(events.check(message.json) == [] for message in messages)
    told = [message.json["Records"][0]["eventName"] for message in messages]
    assert told == ["ObjectTagging:Put", "ObjectTagging:Delete"]


def test_eventbridge_is_told_of_everything_whatever_the_others_filter(shop):
    s3, bucket = boto3.client("s3"), shop.ref("Uploads")
    put(shop, "any & where", b"abc")
    s3.put_object_tagging(Bucket=bucket, Key="any & where", Tagging=TAGS)
    s3.delete_object(Bucket=bucket, Key="any & where")
    shop.settle()

    told = shop.queue("Seen").json
    assert all(events.check(event) == [] for event in told)
    assert [event["detail-type"] for event in told] == ["Object Created", "Object Tags Added", "Object Deleted"]
    created, _, deleted = (event["detail"] for event in told)
    assert (created["object"]["size"], created["reason"]) == (3, "PutObject")
    assert deleted["deletion-type"] == "Delete Marker Created"
    assert {event["detail"]["bucket"]["name"] for event in told} == {bucket}


def test_a_configuration_of_the_test_is_followed_and_announced(shop):
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-enable-disable-notification-intro.html."""
    s3, bucket = boto3.client("s3"), shop.ref("Uploads")
    arn = shop.attribute("Seen", "Arn")
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [
                {"Id": "mine", "QueueArn": arn, "Events": ["s3:ObjectCreated:Put"]},
            ],
            "TopicConfigurations": [{"TopicArn": shop.ref("Tagged"), "Events": ["s3:ObjectTagging:*"]}],
        },
    )
    shop.settle()
    [announced] = shop.queue("Seen").json
    assert (announced["Event"], announced["Bucket"]) == ("s3:TestEvent", bucket)
    assert [message.json["Event"] for message in shop.topic("Tagged").messages] == ["s3:TestEvent"]

    put(shop, "anything")
    shop.settle()
    [record] = shop.queue("Seen").json[1]["Records"]
    assert record["s3"]["configurationId"] == "mine"


def test_the_template_is_not_announced(shop):
    put(shop, "a.txt")
    shop.settle()
    assert shop.queue("Removed").bodies == []
    assert shop.topic("Tagged").messages == []


def test_a_function_that_the_test_took_off_is_told_no_more(shop):
    s3 = boto3.client("s3")
    s3.put_bucket_notification_configuration(Bucket=shop.ref("Uploads"), NotificationConfiguration={})
    put(shop, "in/a.jpg")
    assert shop.settle() == 0
    assert shop.queue("Seen").bodies == []


def test_a_failing_function_is_tried_three_times(make_application):
    shop = make_application(
        TEMPLATE, "def echo(event, context):\n    raise ValueError(event['Records'][0]['eventName'])"
    )
    put(shop, "in/a.jpg")
    with shop.expect_failures("Resize", times=3):
        shop.settle()
    assert len({outcome.request_id for outcome in shop.invocations("Resize")}) == 1


def test_a_handlers_own_upload_is_told_too(make_application):
    code = """
        import boto3

        def echo(event, context):
            [record] = event["Records"]
            bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
            boto3.client("s3").delete_object(Bucket=bucket, Key=key)
    """
    shop = make_application(TEMPLATE, code)
    put(shop, "in/a.jpg")
    shop.settle()
    [body] = shop.queue("Removed").json
    assert body["Records"][0]["eventName"] == "ObjectRemoved:DeleteMarkerCreated"


@pytest.mark.parametrize(("lost", "delete"), [("Removed", "sqs"), ("Tagged", "sns")])
def test_a_destination_that_is_gone_is_named(shop, lost, delete):
    s3, bucket = boto3.client("s3"), shop.ref("Uploads")
    put(shop, "a.txt")
    shop.settle()
    if delete == "sqs":
        boto3.client("sqs").delete_queue(QueueUrl=shop.ref(lost))
        s3.delete_object(Bucket=bucket, Key="a.txt")
    else:
        boto3.client("sns").delete_topic(TopicArn=shop.ref(lost))
        s3.put_object_tagging(Bucket=bucket, Key="a.txt", Tagging=TAGS)
    with pytest.raises(
        BackendError, match=r"The bucket Uploads \(.*template.yaml:\d+\) has a notification, and there is no "
    ):
        shop.settle()


SERVERLESS_YML = """
service: shop
provider: {name: aws, runtime: python3.12}
functions:
  resize:
    handler: src/app.echo
    events:
      - s3: {bucket: theirs, event: "s3:ObjectCreated:Put", rules: [{suffix: .jpg}], existing: true}
"""


def test_an_existing_bucket_of_serverless_yml_is_listened_to(make_serverless, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text("def echo(event, context):\n    return event\n")
    (tmp_path / "serverless.yml").write_text(SERVERLESS_YML)
    shop = make_serverless(tmp_path / "serverless.yml")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="theirs")
    for key in ("a.jpg", "a.txt"):
        s3.put_object(Bucket="theirs", Key=key, Body=b"x")
    assert shop.settle() == 1
    [outcome] = shop.invocations("resize")
    assert events.check(outcome.value) == []
    assert json.dumps(outcome.value).count("a.jpg") == 1


def test_an_object_that_no_notification_is_of_is_shown_as_dropped(make_application):
    shop = make_application(
        """
        Uploads: {Type: AWS::S3::Bucket}
        Others: {Type: AWS::S3::Bucket}
        Resize:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.echo
            Events:
              Upload:
                Type: S3
                Properties:
                  Bucket: !Ref Uploads
                  Events: s3:ObjectCreated:*
                  Filter: {S3Key: {Rules: [{Name: suffix, Value: .jpg}]}}
        """,
        CODE,
    )
    put(shop, "a.png")
    boto3.client("s3").put_object(Bucket=shop.ref("Others"), Key="a.png")
    shop.settle()

    dropped = [(entry.subject, entry.cause, entry.what) for entry in shop.timeline.of("dropped")]
    assert dropped == [("Uploads", "s3:ObjectCreated:Put Uploads/a.png", "no notification is of it")]
