"""REST APIs: what a function gets, and what becomes of what it returns."""

import base64
import json
import re

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.web.refusals import throttled
from pytest_serverless.web.rules import Rules
from tests.web.asking import answer, event_of, gateway, plan, refused, resource, rest

PLAIN = gateway(rest("/{proxy+}"), rest("/"))
DENIED = "User is not authorized to access this resource with an explicit deny in an identity-based policy"
FAILED = (502, b'{"message": "Internal server error"}')


def said(response):
    return response.status, response.body


# What the service does with a result: localstack/localstack, tests/aws/services/apigateway/test_apigateway_lambda.py
# (test_lambda_aws_proxy_response_format, marked there as checked with AWS).


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [({"statusCode": 200}, 200, b""), ({}, 200, b""), ({"statusCode": 200, "wrongValue": "value"}, *FAILED)],
)
def test_results_are_taken_as_recorded(result, status, body):
    assert said(answer(PLAIN, result)) == (status, body)


def test_headers_alone_are_a_result():
    response = answer(PLAIN, {"statusCode": 200, "headers": {"test-header": "value"}})

    assert (response.body, response.headers["test-header"]) == (b"", "value")


# aws/aws-lambda-dotnet, Tools/LambdaTestTool-v2/tests/…/ApiGatewayResponseTestCases.cs, V1 cases for REST, which its
# integration tests hold against API Gateway.


def test_the_content_type_is_json_unless_the_result_says_otherwise():
    assert answer(PLAIN, {"statusCode": 200, "body": "Hello"}).headers["content-type"] == "application/json"
    own = {"statusCode": 200, "headers": {"content-TYPE": "text/html"}}
    assert answer(PLAIN, own).headers.get_list("content-type") == ["text/html"]


def test_both_maps_of_headers_are_merged():
    result = {
        "statusCode": 200,
        "headers": {"X-Custom-Header": "single-value", "Combined-Header": "single-value", "Twice": "same"},
        "multiValueHeaders": {"Combined-Header": ["multi-value1", "multi-value2"], "Twice": ["same"]},
    }
    headers = answer(PLAIN, result).headers

    assert headers.get_list("combined-header") == ["multi-value1", "multi-value2", "single-value"]
    assert headers.get_list("x-custom-header") == ["single-value"]
    assert headers.get_list("twice") == ["same"]


def test_a_status_of_zero_fails_to_the_byte():
    response = answer(PLAIN, {"statusCode": 0, "body": '{"key":"This body should be replaced"}'})

    assert said(response) == FAILED
    assert response.headers["content-length"] == "36"
    assert response.headers["x-amzn-errortype"] == "InternalServerErrorException"


def test_the_gateway_adds_its_ids():
    planned = plan(PLAIN, "GET", "/")
    headers = answer(PLAIN, {"statusCode": 200}).headers

    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers["x-amzn-RequestId"])
    assert re.fullmatch(r"[A-Za-z0-9_\-]{15}=", headers["x-amz-apigw-id"])
    trace = r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0"
    assert re.fullmatch(trace, headers["X-Amzn-Trace-Id"])
    assert headers["date"] == "Thu, 28 May 2026 20:26:40 GMT"
    assert planned.front == "rest_api"


# Malformed results: https://repost.aws/knowledge-center/malformed-502-api-gateway (2026-11)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (None, "a result is a map"),
        ("hello", "a result is a map"),
        ([1], "a result is a map"),
        ({"statusCode": 200, "body": {"a": 1}}, r"body is a text, got .* Return json\.dumps"),
        ({"statusCode": 200, "body": 5}, "body is a text, got 5"),
        ({"statusCode": "OK"}, "statusCode is a number"),
        ({"statusCode": 200.5}, "statusCode is a number"),
        ({"statusCode": True}, "statusCode is a number"),
        ({"statusCode": 600}, "statusCode is a number"),
        ({"statusCode": 200, "headers": []}, "headers is a map"),
        ({"statusCode": 200, "headers": {"a": {"b": 1}}}, "headers: 'a' takes a text"),
        ({"statusCode": 200, "headers": {"a": ["b"]}}, "headers: 'a' takes a text"),
        ({"statusCode": 200, "multiValueHeaders": {"a": "b"}}, "'a' takes a list of texts"),
        ({"statusCode": 200, "isBase64Encoded": "yes"}, "isBase64Encoded is true or false"),
        ({"statusCode": 200, "cookies": ["a=1"]}, "not cookies"),
        ({"statusCode": 200, "statusDescription": "OK"}, "not statusDescription"),
    ],
)
def test_a_malformed_result_is_a_bad_gateway_that_says_why(result, reason):
    response = answer(PLAIN, result)

    assert said(response) == FAILED
    assert re.search(f"Malformed Lambda proxy response: .*{reason}", response.reason)


@pytest.mark.parametrize("payload", [b'{"statusCode": NaN}', b"\xff\xfe", b"{"])
def test_a_payload_that_is_no_json_is_malformed(payload):
    assert said(answer(PLAIN, payload=payload)) == FAILED


def test_what_has_an_obvious_text_is_taken():
    result = {"statusCode": "201", "headers": {"a": True, "b": 5}, "multiValueHeaders": {"c": [False]}, "body": None}
    response = answer(PLAIN, result)

    assert response.status == 201
    assert (response.headers["a"], response.headers["b"], response.headers["c"]) == ("true", "5", "false")
    assert answer(PLAIN, {"statusCode": 204, "headers": None, "multiValueHeaders": None}).status == 204


def test_numbers_in_headers_can_be_refused():
    strict = gateway(rest("/"), rules=Rules(rest_api_number_headers=False))

    assert said(answer(strict, {"statusCode": 200, "headers": {"a": 5}})) == FAILED
    assert answer(strict, {"statusCode": 200, "headers": {"a": True}}).headers["a"] == "true"


@pytest.mark.parametrize("status", ["error", "timeout", "exit", "init_error"])
def test_a_failed_function_is_a_bad_gateway(status):
    response = answer(PLAIN, status=status, payload=b'{"errorMessage": "no such item", "errorType": "ValueError"}')

    assert said(response) == FAILED
    assert f"ended with {status}: ValueError: no such item" in response.reason


def test_a_function_that_takes_too_long_times_out_the_gateway():
    response = answer(PLAIN, {"statusCode": 200}, duration_ms=29_001)

    assert said(response) == (504, b'{"message": "Endpoint request timed out"}')
    longer = gateway(rest("/"), rules=Rules(rest_api_timeout_ms=60_000))
    assert answer(longer, {"statusCode": 200}, duration_ms=29_001).status == 200


def test_headers_of_the_connection_come_back_renamed():
    """localstack/localstack, …/execute_api/header_utils.py: proxy integrations, as found at the service."""
    own = {
        "Connection": "close",
        "Date": "today",
        "Server": "me",
        "Content-Length": "3",
        "Transfer-Encoding": "chunked",
    }
    headers = answer(PLAIN, {"statusCode": 200, "headers": own, "body": "four"}).headers

    assert headers["x-amzn-Remapped-Date"] == "today"
    assert headers["x-amzn-Remapped-Server"] == "me"
    assert headers["x-amzn-Remapped-Connection"] == "close"
    assert headers["x-amzn-Remapped-Content-Length"] == "3"
    assert headers.get_list("content-length") == ["4"]
    assert "transfer-encoding" not in headers


def test_a_status_without_a_body_has_no_length():
    assert "content-length" not in answer(PLAIN, {"statusCode": 204}).headers
    assert answer(PLAIN, {"statusCode": 200}).headers["content-length"] == "0"


def test_head_gets_no_body():
    response = answer(PLAIN, {"statusCode": 200, "body": "four"}, method="HEAD")

    assert (response.body, response.headers["content-length"]) == (b"", "4")


# Binary: https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html (2026-11)

PNG = b"\x89PNG\r\n\x1a\n\xff"
PICTURE = {
    "statusCode": 200,
    "headers": {"Content-Type": "image/png"},
    "body": base64.b64encode(PNG).decode(),
    "isBase64Encoded": True,
}


@pytest.mark.parametrize(
    ("binary_types", "accept", "decoded"),
    [
        (("image/png",), "image/png", True),
        (("image/png",), "image/png;q=0.8, text/html", True),
        (("image/png",), "text/html, image/png", False),
        (("image/png",), "*/*", False),
        (("image/*",), "image/webp", True),
        (("image~1png",), "image/png", True),
        (("*/*",), "text/html", True),
        (("*/*",), None, True),
        ((), "image/png", False),
    ],
)
def test_base64_is_decoded_where_the_first_accept_is_a_binary_type(binary_types, accept, decoded):
    gate = gateway(rest("/", binary_types=binary_types))
    response = answer(gate, PICTURE, request={"headers": {"Accept": accept} if accept else {}})

    assert response.body == (PNG if decoded else base64.b64encode(PNG))


def test_base64_that_is_none_is_a_configuration_error():
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html (2026-11)."""
    response = answer(gateway(rest("/", binary_types=("*/*",))), {**PICTURE, "body": "not base64!"})

    assert response.status == 500
    assert "body is not base64" in response.reason


def test_a_body_of_a_binary_type_arrives_as_base64():
    gate = gateway(rest("/", binary_types=("image/png",)))
    event = event_of(gate, "POST", "/", data=PNG, headers={"Content-Type": "image/png"})

    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (PNG, True)


def test_a_body_of_another_type_arrives_as_text():
    gate = gateway(rest("/", binary_types=("image/png",)))

    assert event_of(gate, "POST", "/", json={"a": "ü"})["body"] == '{"a":"ü"}'
    event = event_of(gate, "POST", "/", data={"a": "1"})
    assert (event["body"], event["isBase64Encoded"]) == ("a=1", False)
    assert event_of(gate, "POST", "/", data=PNG)["isBase64Encoded"] is False
    assert event_of(gate, "GET", "/")["body"] is None


# Requests


def test_a_request_arrives_whole():
    gate = gateway(rest("/items/{id}", "PUT", stage_variables={"table": "items"}))
    event = event_of(
        gate,
        "PUT",
        "/items/a%20b?q=1&q=2",
        headers={"tEsT-HEADeR": "aValUE", "X-Twice": ["1", "2"], "Connection": "close", "Content-Length": "0"},
        cookies={"a": "1"},
        source_ip="203.0.113.9",
    )

    assert event["resource"] == "/items/{id}"
    assert event["pathParameters"] == {"id": "a%20b"}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"]}
    assert event["queryStringParameters"] == {"q": "2"}
    assert event["headers"]["tEsT-HEADeR"] == "aValUE"
    assert event["multiValueHeaders"]["X-Twice"] == ["1", "2"]
    assert event["headers"]["Cookie"] == "a=1"
    assert not {"Connection", "Content-Length"} & set(event["headers"])  # as header_utils.py has it, see below
    assert event["stageVariables"] == {"table": "items"}
    assert event["requestContext"]["stage"] == "Prod"
    assert event["requestContext"]["identity"]["sourceIp"] == "203.0.113.9"


def test_the_api_has_one_id_for_all_its_requests():
    first, second = (event_of(gateway(rest("/")), "GET", "/")["requestContext"]["apiId"] for _ in range(2))

    assert first == second


# Limits: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html (2026-11)


def test_a_body_over_the_limit_is_too_long():
    assert said(refused(PLAIN, "POST", "/", data=b"x" * (10 * 1024 * 1024 + 1))) == (
        413,
        b'{"message":"Request Too Long"}',
    )


def test_an_event_over_lambdas_limit_is_too_long():
    """aws/aws-lambda-dotnet, Tools/LambdaTestTool-v2/tests/…/LargePayloadTests.cs."""
    response = refused(PLAIN, "POST", "/", data="X" * (6 * 1024 * 1024 + 1024))

    assert said(response) == (413, b'{"message":"Request Too Long"}')
    assert "Lambda takes 6,291,556" in response.reason
    assert event_of(PLAIN, "POST", "/", data="X" * (6 * 1024 * 1024 - 4096))


def test_headers_over_the_limit_are_refused():
    assert refused(PLAIN, "GET", "/", headers={"X-Large": "x" * 10_240}).status == 431
    assert event_of(PLAIN, "GET", "/", headers={"X-Large": "x" * 10_000})


# Authorization


@pytest.mark.parametrize(
    ("kind", "given", "status", "body", "error"),
    [
        ("iam", None, 403, {"message": "Missing Authentication Token"}, "MissingAuthenticationTokenException"),
        ("cognito", None, 401, {"message": "Unauthorized"}, "UnauthorizedException"),
        ("cognito", False, 401, {"message": "Unauthorized"}, "UnauthorizedException"),
        ("lambda", None, 401, {"message": "Unauthorized"}, "UnauthorizedException"),
        (
            "lambda",
            False,
            403,
            {"Message": DENIED},
            "AccessDeniedException",
        ),
    ],
)
def test_who_is_not_let_in_is_told_as_the_service_does(kind, given, status, body, error):
    response = refused(gateway(rest("/", authorizer=kind)), "GET", "/", authorizer=given)

    assert (response.status, json.loads(response.body)) == (status, body)
    assert response.headers["x-amzn-errortype"] == error


def test_what_the_authorizer_says_reaches_the_function():
    def authorized(kind, said):
        return event_of(gateway(rest("/", authorizer=kind)), "GET", "/", authorizer=said)["requestContext"]

    assert authorized("cognito", {"sub": "u1", "email_verified": True})["authorizer"]["claims"]["sub"] == "u1"
    assert authorized("cognito", {"claims": {"sub": "u2"}})["authorizer"]["claims"]["sub"] == "u2"
    context = authorized("lambda", {"principalId": "alice", "tenant": 5})["authorizer"]
    assert (context["principalId"], context["tenant"]) == ("alice", "5")
    arn = "arn:aws:iam::123456789012:user/bob"
    assert authorized("iam", {"userArn": arn})["identity"]["userArn"] == arn
    assert authorized("iam", {})["identity"]["userArn"].endswith("user/alice")


def test_an_authorizer_for_a_route_without_one_is_a_mistake():
    with pytest.raises(InvalidParameterError, match=r"ANY / of Api has no authorizer"):
        plan(gateway(rest("/")), "GET", "/", authorizer={"sub": "u1"})


def test_a_method_may_want_an_api_key():
    gate = gateway(rest("/", api_key_required=True))
    response = refused(gate, "GET", "/")

    assert said(response) == (403, b'{"message":"Forbidden"}')
    assert response.headers["x-amzn-errortype"] == "ForbiddenException"
    identity = event_of(gate, "GET", "/", headers={"X-Api-Key": "k" * 20})["requestContext"]["identity"]
    assert identity["apiKey"] == "k" * 20
    assert identity["apiKeyId"]


def test_the_keys_of_the_template_are_the_ones_that_count():
    key = resource("Key", kind="AWS::ApiGateway::ApiKey", Value="secret-key-of-the-shop")
    gate = gateway(rest("/", api_key_required=True, authorizer="lambda"), resources=[key])

    assert refused(gate, "GET", "/", headers={"x-api-key": "other"}, authorizer={}).status == 403
    event = event_of(gate, "GET", "/", headers={"x-api-key": "secret-key-of-the-shop"}, authorizer={"a": "b"})
    assert event["requestContext"]["authorizer"]["a"] == "b"


# Throttling


def test_throttled_requests_have_the_service_s_words():
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html (2026-11)."""
    assert said(throttled("rest_api")) == (429, b'{"message":"Too Many Requests"}')
    assert said(throttled("rest_api", of="quota")) == (429, b'{"message":"Limit Exceeded"}')
    assert said(throttled("rest_api", of="function")) == (500, b'{"message": "Internal server error"}')
