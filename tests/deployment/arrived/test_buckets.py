"""What is in a bucket."""

import pytest

from pytest_serverless.errors import UnknownNameError


@pytest.fixture
def upload(backend, ref):
    def upload(**contents):
        for key, body in contents.items():
            backend.client("s3").put_object(Bucket=ref("Uploads"), Key=key, Body=body)

    return upload


def test_a_bucket_has_the_keys_of_its_objects(serverless, upload):
    bucket = serverless.bucket("Uploads")
    assert (bucket.keys, len(bucket)) == ([], 0)

    upload(b="2", a="1")

    assert (bucket.keys, len(bucket)) == (["a", "b"], 2)
    assert "a" in bucket
    assert "c" not in bucket
    assert bucket.one(key="a").size == 1


def test_objects_are_read_as_bytes_text_or_json(serverless, upload):
    upload(text="h\u00e9llo", latin="h\u00e9llo".encode("latin-1"), data='{"n": 1}')
    bucket = serverless.bucket("Uploads")

    assert bucket.read("text") == "h\u00e9llo".encode()
    assert (bucket.text("text"), bucket.text("latin", "latin-1")) == ("h\u00e9llo", "h\u00e9llo")
    assert bucket.json("data") == {"n": 1}
    with pytest.raises(AssertionError, match="not JSON"):
        bucket.json("text")


def test_more_objects_than_a_listing_has_are_all_there(serverless, upload):
    upload(**{f"{number:04}": "" for number in range(1_001)})

    assert len(serverless.bucket("Uploads")) == 1_001


def test_an_object_that_is_not_there_is_answered_with_the_nearest(serverless, upload):
    upload(**{"thumbs/cat.jpg": "x"})

    with pytest.raises(
        UnknownNameError, match=r"no object of the bucket Uploads named 'thumb/cat\.jpg'.*'thumbs/cat\.jpg'"
    ):
        serverless.bucket("Uploads").read("thumb/cat.jpg")


def test_looking_at_a_bucket_is_not_noticed(serverless, upload, noticed):
    upload(a="1")
    before, bucket = noticed(), serverless.bucket("Uploads")

    assert (bucket.keys, bucket.read("a"), "a" in bucket, repr(bucket)) == (
        ["a"], b"1", True, "<bucket Uploads: 1 object\n  key  size\n  'a'  1>"
    )  # fmt: skip
    assert noticed() == before
