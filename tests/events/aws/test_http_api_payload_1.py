"""HTTP APIs, payload format 1.0."""

import pytest

from pytest_serverless import events
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint


def recorded():
    """A request with payload format 1.0, on a named stage, as found in a public repository's test."""
    headers = {
        "Content-Length": "0",
        "Host": "1xfslfeqxf.execute-api.us-east-1.amazonaws.com",
        "User-Agent": "curl/7.77.0",
        "X-Amzn-Trace-Id": "Root=1-66abaa79-20e2acd0599ba1fe21814507",
        "X-Forwarded-For": "203.0.113.90",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        "accept": "*/*",
        "authorization": "Bearer token",
    }
    return {
        "version": "1.0",
        "resource": "/api/core/services",
        "path": "/dev/api/core/services",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {"name": ""},
        "multiValueQueryStringParameters": {"name": [""]},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "1xfslfeqxf",
            "authorizer": {"claims": None, "scopes": None, "traceID": "Root=1-66abaa79-20e2acd0599ba1fe21814507"},
            "domainName": "1xfslfeqxf.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "1xfslfeqxf",
            "extendedRequestId": "b1eTFgYfIAMEcKg=",
            "httpMethod": "GET",
            "identity": {
                "accessKey": None,
                "accountId": None,
                "caller": None,
                "cognitoAmr": None,
                "cognitoAuthenticationProvider": None,
                "cognitoAuthenticationType": None,
                "cognitoIdentityId": None,
                "cognitoIdentityPoolId": None,
                "principalOrgId": None,
                "sourceIp": "203.0.113.90",
                "user": None,
                "userAgent": "curl/7.77.0",
                "userArn": None,
            },
            "path": "/dev/api/core/services",
            "protocol": "HTTP/1.1",
            "requestId": "b1eTFgYfIAMEcKg=",
            "requestTime": "01/Aug/2024:15:32:09 +0000",
            "requestTimeEpoch": 1722526329808,
            "resourceId": "GET /api/core/services",
            "resourcePath": "/api/core/services",
            "stage": "dev",
        },
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }


@pytest.fixture
def http_api():
    return AwsEvents(Mint(seed=7)).http_api


def test_the_recording_is_accepted_and_stays_as_it_is_when_repaired():
    assert events.check(recorded()) == []
    assert events.like(recorded()) == recorded()


def test_payload_1_has_the_keys_of_the_recording_in_its_order(http_api):
    event, recording = http_api.payload_1(path="/api/core/services", route="/api/core/services"), recorded()
    assert list(event) == list(recording)
    assert list(event["requestContext"]) == [name for name in recording["requestContext"] if name != "authorizer"]
    assert list(event["requestContext"]["identity"]) == list(recording["requestContext"]["identity"])
    assert set(event["headers"]) == set(recording["headers"]) - {"authorization"}


def test_payload_1_mirrors_the_route_and_spells_headers_its_own_way(http_api):
    event = http_api.payload_1(
        "POST",
        "/users/a%20b/x",
        route="ANY /users/{id}/{rest+}",
        stage="dev",
        headers={"X-Note": ["1", "2"], "Authorization": "t"},
        cookies={"a": "1"},
    )
    context = event["requestContext"]
    assert (context["resourceId"], event["resource"]) == ("ANY /users/{id}/{rest+}", "/users/{id}/{rest+}")
    assert (event["path"], context["path"]) == ("/dev/users/a b/x", "/dev/users/a b/x")
    assert event["pathParameters"] == {"id": "a b", "rest": "x"}
    assert context["requestId"] == context["extendedRequestId"]
    assert (event["headers"]["x-note"], event["multiValueHeaders"]["x-note"]) == ("2", ["1", "2"])
    assert {"authorization", "cookie", "Content-Length", "Host", "User-Agent"} < set(event["headers"])
    assert event["stageVariables"] is None
    assert events.check(event) == []


def test_a_minimal_hand_written_payload_1_becomes_an_accurate_one():
    event = events.like({"version": "1.0", "httpMethod": "GET", "path": "/x", "headers": {"user-agent": "till"}})
    assert events.check(event) == []
    assert (event["resource"], event["headers"]["User-Agent"]) == ("$default", "till")
