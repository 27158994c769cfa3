"""SDKs, presigned URLs and plain HTTP against the process: handlers and users change nothing but the endpoint."""

import json
import time
import urllib.error
import urllib.request

import pytest
import requests

pytestmark = pytest.mark.realtime


def fetched(url, data=None, method=None, headers=()):
    request = urllib.request.Request(url, data=data, method=method, headers=dict(headers))
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.read()


def test_what_the_template_declares_is_there(cloud):
    assert cloud.client("secretsmanager").get_secret_value(SecretId=cloud.ref("Secret"))["SecretString"] == "hush"
    assert cloud.client("ssm").get_parameter(Name="/app/setting")["Parameter"]["Value"] == "on"
    assert cloud.client("dynamodb").describe_table(TableName=cloud.ref("Items"))["Table"]["TableStatus"] == "ACTIVE"
    assert cloud.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_objects_with_any_name_come_back(cloud):
    s3, bucket, key = cloud.client("s3"), cloud.ref("Uploads"), "tom & jerry/ü+%20?.txt"
    s3.put_object(Bucket=bucket, Key=key, Body=b"cheese", Metadata={"by": "jerry"})

    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"cheese"
    assert s3.get_object(Bucket=bucket, Key=key, Range="bytes=1-2")["Body"].read() == b"he"
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == 6
    assert s3.head_object(Bucket=bucket, Key=key)["Metadata"] == {"by": "jerry"}
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls(cloud, version):
    import boto3
    from botocore.config import Config

    s3 = boto3.client(
        "s3",
        endpoint_url=cloud.url,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(signature_version=version),
    )
    named = {"Bucket": cloud.ref("Uploads"), "Key": "a b"}
    put, get = (s3.generate_presigned_url(operation, Params=named) for operation in ("put_object", "get_object"))
    form = s3.generate_presigned_post(named["Bucket"], "posted")
    s3.close()

    assert fetched(put, b"x", "PUT", {"Content-Type": "text/plain"})[0] == 200
    assert fetched(get) == (200, b"x")
    assert requests.post(form["url"], data=form["fields"], files={"file": b"y"}, timeout=10).status_code == 204


def test_an_upload_in_chunks_as_sdks_stream_it(cloud):
    """What SDKs send that do not know a body's length: chunks in chunks, with a checksum behind.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html (2026-11).
    """
    coded = b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=a/20261101/us-east-1/s3/aws4_request, SignedHeaders=host, "
        "Signature=0",
        "Content-Encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "11",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-sdk-checksum-algorithm": "CRC32",
    }
    url = f"{cloud.url}/{cloud.ref('Uploads')}/streamed"

    assert requests.put(url, data=iter([coded[:9], coded[9:]]), headers=headers, timeout=10).status_code == 200
    assert cloud.client("s3").get_object(Bucket=cloud.ref("Uploads"), Key="streamed")["Body"].read() == b"hello world"


def test_a_bucket_in_the_name_of_the_host(cloud):
    cloud.client("s3").put_object(Bucket=cloud.ref("Uploads"), Key="k", Body=b"v", ACL="public-read")

    assert fetched(f"{cloud.url}/k", headers={"Host": f"{cloud.ref('Uploads')}.localhost:1"}) == (200, b"v")


def test_an_error_is_the_services_own(cloud):
    s3, dynamodb = cloud.client("s3"), cloud.client("dynamodb")

    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=cloud.ref("Uploads"), Key="absent")
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.get_item(TableName="absent", Key={"id": {"S": "1"}})


@pytest.mark.parametrize(
    ("service", "operation"), [("dynamodb", "list_imports"), ("chime", "list_accounts"), ("sesv2", "list_tenants")]
)
def test_what_nobody_mocks_says_so(cloud, service, operation):
    client = cloud.client(service)

    with pytest.raises(client.exceptions.ClientError, match="NotImplemented"):
        getattr(client, operation)()


def test_queue_urls_of_the_service_are_understood(cloud):
    sqs, url = cloud.client("sqs"), cloud.ref("Plain")
    sqs.send_message(QueueUrl=url, MessageBody="hello")

    assert url.startswith("https://sqs.us-east-1.amazonaws.com/")
    assert cloud.bodies("Plain") == ["hello"]


def test_the_query_protocol_of_queues(cloud):
    path = cloud.ref("Plain").partition("amazonaws.com")[2]
    form = b"Action=SendMessage&MessageBody=hi&Version=2012-11-05"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    assert b"<MessageId>" in fetched(f"{cloud.url}{path}", form, headers=kind)[1]
    assert b"<Body>hi</Body>" in fetched(f"{cloud.url}{path}?Action=ReceiveMessage&Version=2012-11-05")[1]


def test_a_receive_waits_as_long_as_it_says(cloud):
    sqs, began = cloud.client("sqs"), time.monotonic()

    assert "Messages" not in sqs.receive_message(QueueUrl=cloud.ref("Plain"), WaitTimeSeconds=1)
    assert 0.9 < time.monotonic() - began < 3


def test_a_receive_that_waits_gets_the_message_at_once_and_holds_nobody_up(cloud):
    from concurrent.futures import ThreadPoolExecutor

    sqs, url = cloud.client("sqs"), cloud.ref("Patient")
    with ThreadPoolExecutor() as pool:
        began = time.monotonic()
        received = pool.submit(sqs.receive_message, QueueUrl=url)
        time.sleep(0.3)
        sqs.send_message(QueueUrl=url, MessageBody="at last")
        sent = time.monotonic() - began

        assert received.result(10)["Messages"][0]["Body"] == "at last"
        assert sent < 1
        assert time.monotonic() - began < 2


def test_a_message_that_appears_ends_the_wait(cloud):
    sqs, url, began = cloud.client("sqs"), cloud.ref("Plain"), time.monotonic()
    sqs.send_message(QueueUrl=url, MessageBody="delayed", DelaySeconds=1)

    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert 0.9 < time.monotonic() - began < 3


def test_a_client_that_leaves_takes_no_message(cloud):
    import socket

    url = cloud.ref("Plain")
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 10}).encode()
    host, _, port = cloud.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as gone:
        head = "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
        gone.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        time.sleep(0.2)
    time.sleep(0.2)
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="still here")

    assert cloud.bodies("Plain") == ["still here"]


def test_the_invoke_api_is_the_platforms(cloud):
    answer = cloud.client("lambda").invoke(FunctionName="Work", Payload=b'{"a": 1}')

    assert json.loads(answer["Payload"].read()) == {"forwarded": 1}
    assert answer["ExecutedVersion"] == "$LATEST"
    cloud.client("lambda").list_functions()
    [asked, listed] = cloud.platform.forwarded
    assert listed.path == "/2015-03-31/functions"
    assert (asked.path, asked.body) == ("/2015-03-31/functions/Work/invocations", b'{"a": 1}')


def test_reset_puts_the_resources_back(cloud):
    s3, sqs = cloud.client("s3"), cloud.client("sqs")
    s3.put_object(Bucket=cloud.ref("Uploads"), Key="k", Body=b"")
    s3.create_bucket(Bucket="another-bucket")
    sqs.send_message(QueueUrl=cloud.ref("Plain"), MessageBody="m")
    cloud.ask("POST", "reset")

    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [cloud.ref("Uploads")]
    assert s3.list_objects_v2(Bucket=cloud.ref("Uploads"))["KeyCount"] == 0
    assert cloud.bodies("Plain") == []


@pytest.mark.parametrize("path", ["elsewhere", "events"])
def test_control_endpoints_refuse_what_they_do_not_know(cloud, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        cloud.ask("POST", path, b'{"function": "Nobody", "payload": "1", "cause": ""}')

    assert refused.value.code in (400, 404)
    refused.value.close()
