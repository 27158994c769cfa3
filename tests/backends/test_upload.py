"""Uploads to one host are taken, whatever client makes them; nothing leaves the process."""

import http.client
import json
import urllib.request

import pytest
import requests
import urllib3

from pytest_serverless.backends.upload import uploads_to
from pytest_serverless.errors import NetworkBlockedError

HOST = "cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com"
PATH = "/a%7Cb?X-Amz-Signature=1&c=d"
BODY = json.dumps({"Status": "SUCCESS", "Reason": "naïve"}).encode()


def with_http_client():
    connection = http.client.HTTPSConnection(HOST, timeout=5)
    connection.request("PUT", PATH, body=BODY, headers={"content-type": ""})
    return connection.getresponse().status


def with_urllib():
    request = urllib.request.Request(f"https://{HOST}{PATH}", data=BODY, method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request) as response:
        return response.status


def with_urllib3():
    """As the `cfnresponse` that CloudFormation puts beside inline code does it."""
    return urllib3.PoolManager().request("PUT", f"https://{HOST}{PATH}", body=BODY, retries=False).status


def with_requests():
    return requests.put(f"https://{HOST}{PATH}", data=BODY, timeout=5).status_code


@pytest.mark.parametrize("upload", [with_http_client, with_urllib, with_urllib3, with_requests])
def test_it_is_taken_and_answered(aws, upload):
    taken = []

    with uploads_to(HOST, lambda *given: taken.append(given)):
        assert upload() == 200
        assert upload() == 200

    assert taken == [("PUT", PATH, BODY)] * 2


@pytest.mark.parametrize("upload", [with_http_client, with_urllib, with_urllib3])
def test_afterwards_the_host_is_as_far_as_any(aws, upload):
    with uploads_to(HOST, lambda *_: None):
        upload()

    with pytest.raises(NetworkBlockedError):
        upload()


def test_other_hosts_stay_guarded(aws):
    with uploads_to(HOST, lambda *_: None), pytest.raises(NetworkBlockedError):
        urllib3.PoolManager().request("GET", "https://example.com/", retries=False)
