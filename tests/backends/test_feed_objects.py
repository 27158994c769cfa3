"""Objects of buckets: every change is told once, after the call that made it has succeeded."""

import boto3
import pytest
import requests


@pytest.fixture
def s3(aws):
    client = boto3.client("s3")
    client.create_bucket(Bucket="uploads")
    return client


def told(changes):
    return [(one.kind, one.details["key"]) for one in changes]


def test_an_object_that_is_put(s3, changes):
    s3.put_object(Bucket="uploads", Key="tom & jerry.jpg", Body=b"body", Tagging="a=b")

    [change] = changes
    assert (change.service, change.kind, change.resource) == ("s3", "s3:ObjectCreated:Put", "arn:aws:s3:::uploads")
    assert change.details == {
        "bucket": "uploads",
        "key": "tom & jerry.jpg",
        "size": 4,
        "etag": "841a2d689ad86bd1611447453c22c6fc",
        "version_id": None,
        "region": "us-east-1",
    }


def test_an_object_that_comes_by_a_presigned_url(s3, changes):
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "uploads", "Key": "k"})

    assert requests.put(url, data=b"body", timeout=5).status_code == 200

    assert told(changes) == [("s3:ObjectCreated:Put", "k")]
    assert s3.get_object(Bucket="uploads", Key="k")["Body"].read() == b"body"


def test_an_object_that_comes_by_a_form(s3, changes):
    form = s3.generate_presigned_post("uploads", "k")

    assert requests.post(form["url"], data=form["fields"], files={"file": b"body"}, timeout=5).ok

    assert told(changes) == [("s3:ObjectCreated:Post", "k")]


def test_a_presigned_url_gives_the_object(s3):
    s3.put_object(Bucket="uploads", Key="k", Body=b"body")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "uploads", "Key": "k"})

    with requests.Session() as session:
        assert session.get(url).content == b"body"


def test_a_copy(s3, changes):
    s3.put_object(Bucket="uploads", Key="one", Body=b"")
    s3.copy_object(Bucket="uploads", Key="two", CopySource={"Bucket": "uploads", "Key": "one"})

    assert told(changes) == [("s3:ObjectCreated:Put", "one"), ("s3:ObjectCreated:Copy", "two")]


def test_a_multipart_upload(s3, changes):
    upload = s3.create_multipart_upload(Bucket="uploads", Key="k")["UploadId"]
    where = {"Bucket": "uploads", "Key": "k", "UploadId": upload}
    etag = s3.upload_part(**where, PartNumber=1, Body=b"part")["ETag"]
    assert changes == []

    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})

    assert told(changes) == [("s3:ObjectCreated:CompleteMultipartUpload", "k")]
    assert changes[0].details["size"] == 4


def test_deletions(s3, changes):
    for key in ("one", "two", "three"):
        s3.put_object(Bucket="uploads", Key=key, Body=b"")
    changes.clear()

    s3.delete_object(Bucket="uploads", Key="one")
    s3.delete_objects(Bucket="uploads", Delete={"Objects": [{"Key": "two"}, {"Key": "three"}]})
    s3.delete_object(Bucket="uploads", Key="never there")

    assert told(changes) == [("s3:ObjectRemoved:Delete", key) for key in ("one", "two", "three")]


def test_a_bucket_with_versions(s3, changes):
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="uploads", Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket="uploads", Key="k", Body=b"22")
    marker = s3.delete_object(Bucket="uploads", Key="k")["VersionId"]
    s3.delete_object(Bucket="uploads", Key="k", VersionId=first)

    created, _, marked, deleted = changes
    assert (created.details["version_id"], created.details["size"]) == (first, 1)
    assert (marked.kind, marked.details["version_id"]) == ("s3:ObjectRemoved:DeleteMarkerCreated", marker)
    assert (deleted.kind, deleted.details["version_id"]) == ("s3:ObjectRemoved:Delete", first)


def test_tags_of_an_object(s3, changes):
    s3.put_object(Bucket="uploads", Key="k", Body=b"", Tagging="a=b")
    s3.put_object_tagging(Bucket="uploads", Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "c"}]})
    s3.delete_object_tagging(Bucket="uploads", Key="k")

    kinds = [one.kind for one in changes]
    assert kinds == ["s3:ObjectCreated:Put", "s3:ObjectTagging:Put", "s3:ObjectTagging:Delete"]


def test_permissions_and_restoring_of_an_object(s3, changes):
    s3.put_object(Bucket="uploads", Key="k", Body=b"", StorageClass="GLACIER")
    s3.put_object_acl(Bucket="uploads", Key="k", ACL="public-read")
    s3.restore_object(Bucket="uploads", Key="k", RestoreRequest={"Days": 1})

    kinds = [one.kind for one in changes]
    assert kinds == ["s3:ObjectCreated:Put", "s3:ObjectAcl:Put", "s3:ObjectRestore:Post"]


def test_deletions_together_in_a_bucket_with_versions(s3, changes):
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="uploads", Key="k", Body=b"")["VersionId"]
    s3.put_object(Bucket="uploads", Key="k", Body=b"")
    changes.clear()
    s3.delete_objects(Bucket="uploads", Delete={"Objects": [{"Key": "k"}, {"Key": "k", "VersionId": version}]})

    marked, deleted = changes
    assert (marked.kind, deleted.kind) == ("s3:ObjectRemoved:DeleteMarkerCreated", "s3:ObjectRemoved:Delete")
    assert deleted.details["version_id"] == version


def test_a_call_that_fails_tells_nothing(s3, changes):
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.put_object(Bucket="nowhere", Key="k", Body=b"")

    assert changes == []


def test_notifications_are_told_of_and_not_delivered(s3, changes):
    boto3.client("sns").create_topic(Name="news")
    topic = {"TopicArn": "arn:aws:sns:us-east-1:123456789012:news", "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration={"TopicConfigurations": [topic]}
    )
    s3.put_object(Bucket="uploads", Key="k", Body=b"")

    assert [one.kind for one in changes] == ["s3:TestEvent", "s3:ObjectCreated:Put"]


def test_what_is_put_as_a_form_is_kept_as_it_was_sent(s3):
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "uploads", "Key": "k"})

    form = {"Content-Type": "application/x-www-form-urlencoded"}  # which curl says if it is told nothing else
    assert requests.put(url, data=b"\xff\xd8key=1&file=2", headers=form, timeout=5).status_code == 200

    kept = s3.get_object(Bucket="uploads", Key="k")
    assert (kept["Body"].read(), kept["ContentType"]) == (b"\xff\xd8key=1&file=2", form["Content-Type"])
