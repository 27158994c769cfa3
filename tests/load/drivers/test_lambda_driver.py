"""The Lambda driver over a transport that only remembers; botocore judges its addresses and its signatures."""

import base64
import contextlib
import json
from urllib.parse import urlsplit

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.auth import AwsSignature
from pytest_serverless.load.classes import Classifier
from pytest_serverless.load.drivers.lambda_driver import LambdaDriver, invocation_path
from pytest_serverless.load.signing import Keys

URL = "https://lambda.eu-west-1.amazonaws.com"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:checkout"
REPORT = (
    "REPORT RequestId: 8f5\tDuration: 3.50 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t"
    "Init Duration: 120.00 ms\t\n"
)


class Provider:
    def get_frozen_credentials(self):
        return Keys("AKIDEXAMPLE", "a-secret-key", "a-session-token")


def driver(transport, credentials=None):
    return LambdaDriver(transport, URL + "/", Classifier("lambda_invoke"), credentials)


def asked_by_boto3(**parameters):
    """Return the path and query of boto3's own `invoke`."""
    boto3 = pytest.importorskip("boto3")
    from botocore.awsrequest import AWSResponse

    asked = []

    def answer(request, **_):
        asked.append(request.url)
        return AWSResponse(request.url, 200, {}, None)

    client = boto3.client("lambda", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    client.meta.events.register("before-send.lambda.Invoke", answer)
    with contextlib.suppress(AttributeError):  # it reads an answer that is none
        client.invoke(**parameters)
    parts = urlsplit(asked[0])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@pytest.mark.parametrize(
    ("address", "name", "qualifier"),
    [
        ("checkout", "checkout", None),
        ("checkout:live", "checkout", "live"),
        ("checkout:$LATEST", "checkout", "$LATEST"),
        (ARN, ARN, None),
        (f"{ARN}:7", ARN, "7"),
        ("123456789012:function:checkout", "123456789012:function:checkout", None),
        ("123456789012:function:checkout:live", "123456789012:function:checkout", "live"),
    ],
)
def test_a_function_is_addressed_as_boto3_addresses_it(address, name, qualifier):
    more = {} if qualifier is None else {"Qualifier": qualifier}
    assert invocation_path(address) == asked_by_boto3(FunctionName=name, **more)


@pytest.mark.parametrize("address", ["", ":live", "checkout:", f"{ARN}:"])
def test_an_address_without_a_name_is_refused(remembering, address):
    with pytest.raises(InvalidParameterError, match="function"):
        driver(remembering()).send("POST", address, {})


def test_an_invocation_asks_for_the_end_of_the_log(remembering):
    transport = remembering()
    driver(transport).send("GET", "checkout", {}, b"{}")
    assert transport.sent == [("POST", URL + invocation_path("checkout"), {"X-Amz-Log-Type": "Tail"}, b"{}")]


def test_headers_that_are_given_come_besides(remembering):
    transport = remembering()
    driver(transport).send("POST", "f", {"X-Amz-Invocation-Type": "Event", "X-Amz-Log-Type": "None"})
    assert transport.sent[0][2] == {"X-Amz-Invocation-Type": "Event", "X-Amz-Log-Type": "None"}


def test_the_report_is_evidence(remembering):
    tail = base64.b64encode(f"START RequestId: 8f5\n{REPORT}".encode()).decode()
    sent = driver(remembering(200, {"x-amz-log-result": tail})).send("POST", "f", {})
    assert sent.verdict.kind == "ok"
    assert (sent.evidence.source, sent.evidence.init_ms, sent.evidence.billed_ms) == ("report", 120.0, 4)


def test_a_function_s_error_and_a_throttle_are_told_apart(remembering):
    failing = driver(remembering(200, {"x-amz-function-error": "Unhandled"}, b"{}")).send("POST", "f", {})
    body = json.dumps({"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User"}).encode()
    throttled = driver(remembering(429, {"x-amzn-errortype": "TooManyRequestsException"}, body)).send("POST", "f", {})
    assert failing.verdict.kind == "function_error"
    assert throttled.verdict[:2] == ("throttled", "reserved_concurrency")
    assert failing.evidence is None


def test_the_signature_is_over_what_is_sent(remembering):
    botocore_auth = pytest.importorskip("botocore.auth")
    transport = remembering()
    driver(transport, AwsSignature("lambda", "eu-west-1", Provider())).send("POST", f"{ARN}:live", {}, b'{"a": 1}')
    method, url, headers, body = transport.sent[0]
    judged(botocore_auth, method, url, headers, body)


def judged(auth, method, url, headers, body):
    """See that botocore comes to the same signature."""
    import datetime as dt
    from unittest import mock

    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    given = {name: value for name, value in headers.items() if name.lower() not in {"authorization", "x-amz-date"}}
    request = AWSRequest(method=method, url=url, headers=given, data=body)
    when = dt.datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.timezone.utc)
    with mock.patch.object(auth, "get_current_datetime", return_value=when):
        auth.SigV4Auth(Credentials("AKIDEXAMPLE", "a-secret-key", "a-session-token"), "lambda", "eu-west-1").add_auth(
            request
        )
    assert headers["Authorization"] == request.headers["Authorization"]
