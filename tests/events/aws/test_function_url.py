"""Function URLs.

Recordings of the service: aws/aws-lambda-go, lambdaurl/testdata (ids and addresses replaced there by its script), and
aws-powertools/powertools-lambda-python, tests/events/lambdaFunctionUrlEvent.json.
"""

import base64
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint

URL_ID = "0123456789abcdef0123456789abcdef"


def recorded():
    """A request with cookies, as recorded; with ids and the caller put back in."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/hello",
        "rawQueryString": "hello=world&foo=bar",
        "cookies": ["foo=bar", "hello=hello"],
        "headers": {
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "content-length": "18",
            "content-type": "application/json",
            "cookie": "foo=bar; hello=hello",
            "header1": "h1",
            "header2": "h1,h2",
            "host": f"{URL_ID}.lambda-url.us-west-2.on.aws",
            "user-agent": "python-requests/2.28.2",
            "x-amz-date": "20230418T161716Z",
            "x-amzn-tls-cipher-suite": "ECDHE-RSA-AES128-GCM-SHA256",
            "x-amzn-tls-version": "TLSv1.2",
            "x-amzn-trace-id": "Root=1-643ec28d-5503dc7274559e68706dae64",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "queryStringParameters": {"foo": "bar", "hello": "world"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": URL_ID,
            "authorizer": {
                "iam": {
                    "accessKey": "AKIAIOSFODNN7EXAMPLE",
                    "accountId": "123456789012",
                    "callerId": "AIDACKCEVSQ6C2EXAMPLE",
                    "cognitoIdentity": None,
                    "principalOrgId": None,
                    "userArn": "arn:aws:iam::123456789012:user/example-user",
                    "userId": "AIDACKCEVSQ6C2EXAMPLE",
                }
            },
            "domainName": f"{URL_ID}.lambda-url.us-west-2.on.aws",
            "domainPrefix": URL_ID,
            "http": {
                "method": "POST",
                "path": "/hello",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "python-requests/2.28.2",
            },
            "requestId": "28d04d7e-7f0b-4521-9484-f7012b07cb68",
            "routeKey": "$default",
            "stage": "$default",
            "time": "18/Apr/2023:16:17:17 +0000",
            "timeEpoch": 1681834637081,
        },
        "body": '{"hello": "world"}',
        "isBase64Encoded": False,
    }


@pytest.fixture
def function_url():
    return AwsEvents(Mint(seed=7)).function_url


def rules(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


def test_the_recording_is_accepted_and_stays_as_it_is_when_repaired():
    assert events.check(recorded()) == []
    assert events.like(recorded()) == recorded()


def test_the_keys_are_those_of_the_recording_in_its_order(function_url):
    recording = recorded()
    event = function_url.iam("POST", "/hello?a=1", body={"a": 1}, cookies={"a": "1"})
    assert list(event) == list(recording)
    assert list(event["requestContext"]) == list(recording["requestContext"])
    assert list(event["requestContext"]["authorizer"]["iam"]) == list(recording["requestContext"]["authorizer"]["iam"])
    own = {"accept-encoding", "header1", "header2", "x-amz-date"}
    assert set(event["headers"]) == set(recording["headers"]) - own


def test_without_a_signature_the_account_is_anonymous(function_url):
    context = function_url.request()["requestContext"]
    assert context["accountId"] == "anonymous"
    assert "authorizer" not in context
    context["accountId"] = "123456789012"
    assert rules({**function_url.request(), "requestContext": context}) >= {("requestContext.accountId", "anonymous")}


def test_a_signed_request_has_the_callers_account(function_url):
    context = function_url.iam(caller="arn:aws:iam::210987654321:user/till")["requestContext"]
    assert context["accountId"] == context["authorizer"]["iam"]["accountId"] == "210987654321"


def test_the_host_is_made_of_id_and_region(function_url):
    event = function_url.request(url_id=URL_ID, region="eu-central-1")
    context = event["requestContext"]
    assert event["headers"]["host"] == context["domainName"] == f"{URL_ID}.lambda-url.eu-central-1.on.aws"
    assert context["apiId"] == context["domainPrefix"] == URL_ID


def test_request_ids_are_uuids(function_url):
    event = function_url.request()
    assert str(uuid.UUID(event["requestContext"]["requestId"])) == event["requestContext"]["requestId"]
    event["requestContext"]["requestId"] = "MIZRNhJtIAMEMDw="
    assert rules(event) == {("requestContext.requestId", "uuid")}


def test_the_path_is_as_received(function_url):
    event = function_url.request(path="/a%20b/ü")
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/a%20b/%C3%BC"


def test_cookies_are_split_and_stay_in_the_headers(function_url):
    event = function_url.request(cookies={"a": "1", "b": "2"})
    assert (event["cookies"], event["headers"]["cookie"]) == (["a=1", "b=2"], "a=1; b=2")
    del event["cookies"]
    (violation,) = events.check(event)
    assert (violation.path, violation.fix) == ("cookies", ["a=1", "b=2"])


@pytest.mark.parametrize("name", ["body", "cookies", "queryStringParameters", "pathParameters", "stageVariables"])
def test_what_the_documentation_shows_as_null_is_absent(function_url, name):
    event = function_url.request()
    assert name not in event
    assert {path for path, _ in rules({**event, name: None})} == {name}


def test_a_file_is_base64_and_so_is_multipart(function_url):
    kind = "multipart/form-data; boundary=x"
    event = function_url.request("POST", body=b"--x--", headers={"Content-Type": kind})
    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"--x--").decode(), True)
    assert event["headers"]["content-length"] == "5"
    wrong = {**event, "body": "--x--", "isBase64Encoded": False}
    assert rules(wrong) == {("isBase64Encoded", "body-encoding")}


def test_the_event_of_the_documentation_becomes_an_accurate_one():
    # https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads (2026-11), shortened
    event = events.like(
        {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": "/my/path",
            "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
            "cookies": ["cookie1", "cookie2"],
            "headers": {"header1": "value1", "header2": "value1,value2"},
            "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "<urlid>",
                "authentication": None,
                "authorizer": {"iam": {"accountId": "111122223333", "userArn": "arn:aws:iam::111122223333:user/x"}},
                "domainName": "<url-id>.lambda-url.us-west-2.on.aws",
                "http": {"method": "POST", "path": "/my/path", "sourceIp": "123.123.123.123", "userAgent": "agent"},
                "requestId": "id",
                "time": "12/Mar/2020:19:03:58 +0000",
                "timeEpoch": 1583348638390,
            },
            "body": "Hello from client!",
            "pathParameters": None,
            "isBase64Encoded": False,
            "stageVariables": None,
        }
    )
    context = event["requestContext"]
    assert events.check(event) == []
    assert event["queryStringParameters"] == {"parameter1": "value1,value2", "parameter2": "value"}
    assert (event["cookies"], event["headers"]["cookie"]) == (["cookie1", "cookie2"], "cookie1; cookie2")
    assert context["http"]["sourceIp"] == "123.123.123.123"
    assert (context["http"]["userAgent"], event["body"]) == ("agent", "Hello from client!")
    assert context["time"] == "04/Mar/2020:19:03:58 +0000"
    assert context["authorizer"]["iam"]["userArn"] == "arn:aws:iam::111122223333:user/x"
    assert (context["accountId"], context["authorizer"]["iam"]["accountId"]) == ("123456789012", "111122223333")


def test_a_minimal_hand_written_event_becomes_an_accurate_one():
    event = events.like({"rawPath": "/", "requestContext": {"accountId": "anonymous", "http": {"method": "PUT"}}})
    assert events.check(event) == []
    assert (event["requestContext"]["http"]["method"], event["requestContext"]["accountId"]) == ("PUT", "anonymous")


def test_a_hand_written_event_is_told_by_its_host_alone():
    event = events.like({"rawPath": "/", "headers": {"Host": f"{URL_ID}.lambda-url.us-east-1.on.aws"}})
    assert events.check(event) == []
    assert (event["requestContext"]["apiId"], event["requestContext"]["accountId"]) == (URL_ID, "anonymous")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"domain_name": "api.example.com"}, "behind a custom domain"), ({"url_id": "abc"}, "function URL's host")],
)
def test_a_host_no_function_url_has_is_refused(function_url, parameters, message):
    with pytest.raises(InvalidParameterError, match=message):
        function_url.request(**parameters)


UNICODE = st.text(max_size=30)
VISIBLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    path=UNICODE,
    query=st.dictionaries(UNICODE, st.lists(UNICODE, min_size=1, max_size=3), max_size=3),
    value=VISIBLE,
    body=st.one_of(UNICODE, st.binary(max_size=30), st.dictionaries(UNICODE, UNICODE, max_size=2)),
)
def test_any_unicode_keeps_every_rule(path, query, value, body):
    options = {} if "?" in path.partition("#")[0] else {"query": query}
    event = events.build(
        "aws.function_url.request",
        path=f"/{path}",
        headers={"X-Note": value, "Cookie": value},
        body=body,
        **options,
    )
    assert events.check(event) == []
