"""Where AWS's services are asked, and how: judged by botocore."""

import datetime as dt
import hashlib
import json
import time

import boto3
import pytest
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import CredentialsError, InvalidParameterError
from pytest_serverless.load.classes import REASONS, Classifier
from pytest_serverless.load.pipelines.services import Services
from pytest_serverless.load.pipelines.writing import message, stored
from tests.load.pipelines.plain import Clock, Keys, Scripted, services

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"


def sent_by_botocore(service, operation, region="eu-west-1", **parameters):
    """The request that boto3 would send; nothing is sent."""
    client = boto3.client(
        service,
        region_name=region,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(request_checksum_calculation="when_required", s3={"addressing_style": "virtual"}),
    )
    caught = []

    def catch(request, **_):
        caught.append(request)
        raise InterruptedError

    client.meta.events.register("before-send", catch)
    with pytest.raises(InterruptedError):
        getattr(client, operation)(**parameters)
    return caught[0]


def send(found, written):
    transport = found._transport
    transport.answers.append((200, b"{}"))
    found.driver(written.service).send(written.method, written.url, written.headers, written.body)
    return transport.asked[-1]


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", "cn-north-1"])
def test_a_message_is_sent_where_and_as_botocore_sends_it(region):
    found = services(Scripted(time.time), region=region)
    method, url, headers, body = send(
        found, message(found, QUEUE, {"a": 1}, group="g", deduplication="d", attributes={"kind": "x"})
    )
    theirs = sent_by_botocore(
        "sqs",
        "send_message",
        region,
        QueueUrl=QUEUE,
        MessageBody='{"a": 1}',
        MessageGroupId="g",
        MessageDeduplicationId="d",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "x"}},
    )

    assert (method, url) == (theirs.method, theirs.url)
    assert json.loads(body) == json.loads(theirs.body)
    assert headers["x-amz-target"] == theirs.headers["X-Amz-Target"].decode()
    assert headers["content-type"] == theirs.headers["Content-Type"].decode()


@given(key=st.text(min_size=1, max_size=40).filter(lambda key: key.encode(errors="ignore").decode() == key))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_an_object_is_put_where_botocore_puts_it(key):
    found = services(Scripted(time.time))
    url = stored(found, "uploads", f"a{key}", b"x").url
    theirs = sent_by_botocore("s3", "put_object", Bucket="uploads", Key=f"a{key}", Body=b"x")

    assert url == theirs.url


def test_an_object_is_signed_with_the_checksum_of_its_body():
    moment = dt.datetime(2026, 11, 23, 17, 0, tzinfo=dt.timezone.utc)
    clock = Clock(moment.timestamp())
    found = services(Scripted(clock), clock=clock)
    _, _, headers, _ = send(found, stored(found, "uploads", "k", b"x"))

    assert headers["X-Amz-Content-SHA256"] == hashlib.sha256(b"x").hexdigest()
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/s3/")
    assert "content-type;host;x-amz-content-sha256;x-amz-date" in headers["Authorization"]


def test_a_bucket_with_dots_is_in_the_path_for_no_certificate_holds_for_it():
    found = services(Scripted(time.time))

    assert found.object_url("a.b", "k") == "https://s3.eu-west-1.amazonaws.com/a.b/k"
    assert found.object_url("ab", "k", "x=1") == "https://ab.s3.eu-west-1.amazonaws.com/k?x=1"


def test_on_the_local_platform_all_is_asked_at_one_place():
    found = services(Scripted(time.time), aws_url="http://127.0.0.1:4566/", resources={"Uploads": "stack-uploads"})

    assert found.object_url("Uploads", "a/b c") == "http://127.0.0.1:4566/stack-uploads/a/b%20c"
    assert found.url("sqs") == "http://127.0.0.1:4566"


def test_without_a_region_or_keys_nothing_is_sent():
    with pytest.raises(InvalidParameterError, match="region of the services is not known"):
        services(Scripted(time.time), region=None).url("sqs")
    found = services(Scripted(time.time))
    without = Services(found.reached, Scripted(time.time), None, time.time)
    with pytest.raises(CredentialsError, match="no AWS credentials"):
        without.driver("s3")


def test_keys_are_asked_for_beside_the_requests():
    class Renewed(Keys):
        asked = 0

        def get_frozen_credentials(self):
            self.asked += 1
            return self

    keys = Renewed()
    found = Services(services(Scripted(time.time)).reached, Scripted(time.time), keys, time.time)
    found.driver("s3")
    found.driver("sqs")
    found.renew()

    assert keys.asked == 2


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (
            503,
            b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>",
            "t",
            "service",
        ),
        (503, b"<Error><Code>ServiceUnavailable</Code></Error>", "t", "service"),
        (403, b'{"__type":"com.amazonaws.sqs#RequestThrottled","message":"x"}', "t", "service"),
        (400, b'{"__type":"com.amazon.coral.availability#ThrottlingException"}', "t", "service"),
        (400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}', "t", "service"),
        (429, b"", "t", "service"),
        (403, b"<Error><Code>AccessDenied</Code></Error>", "refused", "forbidden"),
        (400, b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}', "refused", "http_400"),
        (500, b"<Error><Code>InternalError</Code></Error>", "failed", "platform"),
        (503, b"gateway", "failed", "platform"),
        (200, b"", "ok", ""),
    ],
)
def test_what_services_answer_has_its_class(status, body, kind, reason):
    verdict = Classifier("aws_service")(status, {}, body)

    assert verdict[:2] == ({"t": "throttled"}.get(kind, kind), reason)
    assert not reason or reason in REASONS or reason.startswith("http_")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda found: message(found, QUEUE, {1, 2}), "body of a message"),
        (lambda found: message(found, QUEUE, float("nan")), "body of a message"),
        (lambda found: stored(found, "b", "", b""), "key of an object"),
        (lambda found: stored(found, "b", "k", 3), "body of an object"),
    ],
)
def test_what_cannot_be_written_is_refused(make, said):
    with pytest.raises(InvalidParameterError, match=said):
        make(services(Scripted(time.time)))
