"""HTTP APIs: what a function gets, and what becomes of what it returns."""

import base64
import json
import re

import pytest

from pytest_serverless.web.refusals import throttled
from pytest_serverless.web.rules import Rules
from tests.web.asking import answer, event_of, gateway, http, refused

PLAIN = gateway(http())
PAYLOAD_1 = gateway(http(payload_format="1.0"))
FAILED = (500, b'{"message":"Internal Server Error"}')


def said(response):
    return response.status, response.body


# aws/aws-lambda-dotnet, Tools/LambdaTestTool-v2/tests/…/InvokeResponseExtensionsIntegrationTests.cs and
# ApiGatewayResponseTestCases.cs: what its integration tests hold against API Gateway.


@pytest.mark.parametrize(
    ("payload", "body"),
    [
        (b'{"name": "John Doe", "age":', b'{"name": "John Doe", "age":'),
        (b'{"name": "John Doe", "age": 30}', b'{"name": "John Doe", "age": 30}'),
        (b"[1, 2, 3, 4, 5]", b"[1, 2, 3, 4, 5]"),
        (b"Hello, World!", b"Hello, World!"),
        (b"42", b"42"),
        (b"true", b"true"),
        (b'"test"', b"test"),
        (b'"Hello, World!"', b"Hello, World!"),
        (b'""', b""),
        (b'"Special \\"quoted\\" text"', b'Special "quoted" text'),
        (b'{"key" : "value", "headers" : {"content-type": "application/xml"}}', None),
    ],
)
def test_a_result_without_a_status_is_the_body(payload, body):
    response = answer(PLAIN, payload=payload)

    assert said(response) == (200, payload if body is None else body)
    assert response.headers["content-type"] == "application/json"


def test_a_result_with_a_status_is_text_unless_it_says_otherwise():
    assert answer(PLAIN, {"statusCode": 200, "body": "Hi"}).headers["content-type"] == "text/plain; charset=utf-8"
    own = {"statusCode": 201, "body": "<a/>", "headers": {"Content-Type": "application/xml"}}
    response = answer(PLAIN, own)
    assert (response.status, response.headers["content-type"], response.body) == (201, "application/xml", b"<a/>")


@pytest.mark.parametrize("gate", [PLAIN, PAYLOAD_1], ids=["2.0", "1.0"])
def test_a_status_of_zero_fails_to_the_byte(gate):
    response = answer(gate, {"statusCode": 0, "body": "replaced"})

    assert said(response) == FAILED
    assert response.headers["content-length"] == "35"
    assert response.headers["content-type"] == "application/json"


def test_the_gateway_adds_its_id():
    headers = answer(PLAIN, {"statusCode": 200}).headers

    assert re.fullmatch(r"[A-Za-z0-9_\-]{15}=", headers["Apigw-Requestid"])
    assert "date" in headers


def test_base64_is_decoded_whatever_the_type():
    result = {"statusCode": 200, "body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True}

    assert answer(PLAIN, result).body == b"\x00\xff"
    assert answer(PAYLOAD_1, result).body == b"\x00\xff"


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"statusCode": 200.5, "body": "Hello"}, "statusCode is a number"),
        ({"statusCode": "teapot"}, "statusCode is a number"),
        ({"statusCode": None}, "statusCode is a number"),
        ({"statusCode": 200, "body": {"a": 1}}, "body is a text"),
        ({"statusCode": 200, "headers": ["a"]}, "headers is a map"),
        ({"statusCode": 200, "cookies": "a=1"}, "cookies is a list of texts"),
        ({"statusCode": 200, "body": "?", "isBase64Encoded": True}, "body is not base64"),
    ],
)
def test_a_result_that_cannot_be_sent_is_an_error_that_says_why(result, reason):
    response = answer(PLAIN, result)

    assert said(response) == FAILED
    assert reason in response.reason


def test_keys_that_it_does_not_know_are_not_read():
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html."""
    assert said(answer(PLAIN, {"statusCode": 200, "body": "x", "other": 1})) == (200, b"x")


def test_each_cookie_is_a_header_of_its_own():
    """The same page: cookies take the place of multi-value headers."""
    result = {
        "cookies": ["cookie1", "b=2; Path=/"],
        "isBase64Encoded": False,
        "statusCode": 200,
        "headers": {"a": "1,2"},
    }
    response = answer(PLAIN, {**result, "body": "Hello from Lambda!"})

    assert response.headers.get_list("set-cookie") == ["cookie1", "b=2; Path=/"]
    assert response.headers["a"] == "1,2"


@pytest.mark.parametrize("status", ["error", "timeout", "exit", "init_error"])
def test_a_failed_function_is_an_internal_error(status):
    assert said(answer(PLAIN, status=status)) == FAILED


def test_a_function_that_takes_too_long_is_unavailable():
    response = answer(PLAIN, {}, duration_ms=30_001)

    assert said(response) == (503, b'{"message":"Service Unavailable"}')
    assert answer(gateway(http(), rules=Rules(http_api_timeout_ms=40_000)), {}, duration_ms=30_001).status == 200


# Payload format 1.0


@pytest.mark.parametrize("result", [{"name": "x"}, "text", None, [1]])
def test_format_1_wants_a_whole_result(result):
    assert said(answer(PAYLOAD_1, result)) == FAILED


def test_format_1_takes_multi_value_headers():
    result = {"statusCode": 200, "headers": {"a": "1"}, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}}
    headers = answer(PAYLOAD_1, result).headers

    assert headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert headers["a"] == "1"
    assert headers["content-type"] == "text/plain; charset=utf-8"


def test_format_1_has_the_event_of_a_rest_api():
    gate = gateway(http("/items/{id}", "GET", payload_format="1.0"))
    event = event_of(gate, "GET", "/items/a%20b?q=1&q=2")

    assert (event["version"], event["pathParameters"]) == ("1.0", {"id": "a b"})
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"]}


@pytest.mark.parametrize(
    ("kind", "given", "shown"),
    [
        ("jwt", {"sub": "u1", "n": 5}, {"claims": {"sub": "u1", "n": "5"}, "scopes": None}),
        ("jwt", {"claims": {"sub": "u1"}, "scopes": ["read"]}, {"claims": {"sub": "u1"}, "scopes": ["read"]}),
        ("lambda", {"tenant": "a"}, {"tenant": "a"}),
    ],
)
def test_format_1_shows_what_the_authorizer_said(kind, given, shown):
    gate = gateway(http(payload_format="1.0", authorizer=kind))

    assert event_of(gate, "GET", "/", authorizer=given)["requestContext"]["authorizer"] == shown


# aws/aws-lambda-dotnet, Tools/LambdaTestTool-v2/tests/…/HttpContextTestCases.cs, V2 cases


def test_a_request_arrives_whole():
    gate = gateway(http("/test9/api/users/{userId}/orders", "POST", stage_variables={"table": "orders"}))
    event = event_of(
        gate,
        "POST",
        "/test9/api/users/123/orders?status=pending&tag=important&tag=urgent",
        headers={"user-agent": "TestAgent", "x-custom-Header": "value1", "accept": ["text/html", "application/json"]},
        cookies={"session": "abc123", "theme": "dark"},
    )

    assert event["routeKey"] == "POST /test9/api/users/{userId}/orders"
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/test9/api/users/123/orders"
    assert event["rawQueryString"] == "status=pending&tag=important&tag=urgent"
    assert event["queryStringParameters"] == {"status": "pending", "tag": "important,urgent"}
    assert event["headers"]["x-custom-header"] == "value1"
    assert event["headers"]["accept"] == "text/html,application/json"
    assert event["pathParameters"] == {"userId": "123"}
    assert event["cookies"] == ["session=abc123", "theme=dark"]
    assert event["stageVariables"] == {"table": "orders"}
    assert "body" not in event


def test_paths_and_their_parameters_are_decoded():
    gate = gateway(http("/test13/api/users/{username}/orders/{orderName}", "POST"))
    event = event_of(gate, "POST", "/test13/api/users/****%20Doe/orders/Summer%20Sale%202023")

    assert event["rawPath"] == "/test13/api/users/**** Doe/orders/Summer Sale 2023"
    assert event["pathParameters"] == {"username": "**** Doe", "orderName": "Summer Sale 2023"}


def test_headers_of_the_connection_stay_behind():
    sent = {"Connection": "close", "TE": "trailers", "Transfer-Encoding": "chunked", "X-A": "1"}

    assert not {"connection", "te", "transfer-encoding"} & set(event_of(PLAIN, "GET", "/", headers=sent)["headers"])


def test_binary_content_arrives_as_base64():
    event = event_of(PLAIN, "POST", "/", data=b"\x01\x02\x03\x04\x05")

    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"\x01\x02\x03\x04\x05")
    event = event_of(PLAIN, "POST", "/", json={"a": 1})
    assert (event["isBase64Encoded"], event["body"]) == (False, '{"a":1}')


def test_the_path_has_the_stage_unless_that_is_the_default():
    assert event_of(gateway(http("/items", stage="v1")), "GET", "/items")["rawPath"] == "/v1/items"
    assert event_of(gateway(http("/items")), "GET", "/items")["rawPath"] == "/items"


# Authorization


@pytest.mark.parametrize(
    ("kind", "given", "status", "message"),
    [
        ("jwt", None, 401, "Unauthorized"),
        ("jwt", False, 403, "Forbidden"),
        ("lambda", None, 401, "Unauthorized"),
        ("lambda", False, 403, "Forbidden"),
        ("iam", None, 403, "Forbidden"),
        ("iam", False, 403, "Forbidden"),
    ],
)
def test_who_is_not_let_in_is_told_as_the_service_does(kind, given, status, message):
    response = refused(gateway(http(authorizer=kind)), "GET", "/", authorizer=given)

    assert (response.status, json.loads(response.body)) == (status, {"message": message})
    assert response.headers.get("www-authenticate") == ("Bearer" if (kind, given) == ("jwt", None) else None)


def test_what_the_authorizer_says_reaches_the_function():
    def authorized(kind, said):
        return event_of(gateway(http(authorizer=kind)), "GET", "/", authorizer=said)["requestContext"]["authorizer"]

    jwt = authorized("jwt", {"claims": {"sub": "u1"}, "scopes": ["read"]})["jwt"]
    assert (jwt["claims"]["sub"], jwt["scopes"]) == ("u1", ["read"])
    assert authorized("lambda", {"tenant": 5}) == {"lambda": {"tenant": 5}}
    arn = "arn:aws:iam::123456789012:user/bob"
    assert authorized("iam", {"userArn": arn})["iam"]["userArn"] == arn


def test_too_much_is_refused_in_the_service_s_words():
    """aws/aws-lambda-dotnet, Tools/LambdaTestTool-v2/tests/…/LargePayloadTests.cs."""
    large = (413, b'{"message":"Request Entity Too Large"}')

    assert said(refused(PLAIN, "POST", "/", data="X" * (6 * 1024 * 1024 + 1024))) == large
    assert said(refused(PLAIN, "POST", "/", data="X" * (10 * 1024 * 1024 + 1))) == large
    assert said(throttled("http_api")) == (429, b'{"message":"Too Many Requests"}')
    assert throttled("http_api", of="function").status == 503
