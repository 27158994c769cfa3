"""Function URLs.

Checked with AWS where they come from: localstack/localstack, tests/aws/services/lambda_/test_lambda.py, TestLambdaURL.
"""

import base64
import json

import pytest

from pytest_serverless.web.refusals import refuse, throttled
from tests.web.asking import answer, event_of, gateway, outcome, plan, refused, resource, url

PLAIN = gateway(url())


def said(response):
    return response.status, response.body


@pytest.mark.parametrize(
    ("result", "body"),
    [
        ({"hello": "world"}, b'{"hello":"world"}'),
        ({"statusCode": 200, "body": "body123"}, b"body123"),
        ({"statusCode": 200, "body": '{"hello": "world"}'}, b'{"hello": "world"}'),
        (["hello", 3, True], b'["hello",3,true]'),
        ("hello", b"hello"),
        (3, b"3"),
        (3.1, b"3.1"),
        (True, b"true"),
    ],
)
def test_results_are_sent_as_recorded(result, body):
    response = answer(PLAIN, result)

    assert said(response) == (200, body)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-length"] == str(len(body))


def test_headers_and_status_are_sent():
    result = {
        "statusCode": 201,
        "headers": {"My-Custom-Header": "Custom Value"},
        "body": "{}",
        "isBase64Encoded": False,
    }
    response = answer(PLAIN, result)

    assert (response.status, response.headers["my-custom-header"]) == (201, "Custom Value")


def test_a_status_may_be_text():
    assert said(answer(PLAIN, {"statusCode": "418", "body": "i'm a teapot"})) == (418, b"i'm a teapot")


def test_a_failed_function_is_a_bad_gateway():
    assert said(answer(PLAIN, status="error")) == (502, b"Internal Server Error")
    assert said(answer(PLAIN, status="timeout")) == (502, b"Internal Server Error")


def test_a_url_that_is_not_there_denies_access():
    response = refuse("function_url", "not_found", "")

    assert said(response) == (403, b'{"Message":null}')
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-amzn-ErrorType"] == "AccessDeniedException"


def test_a_result_that_cannot_be_sent_says_why():
    response = answer(PLAIN, {"statusCode": 200, "headers": "none"})

    assert response.status == 502
    assert "headers is a map" in response.reason


def test_what_is_no_json_is_sent_as_it_is():
    assert said(answer(PLAIN, payload=b"\xffbytes")) == (200, b"\xffbytes")


def test_base64_is_decoded_and_cookies_are_set():
    result = {
        "statusCode": 200,
        "body": base64.b64encode(b"\xff").decode(),
        "isBase64Encoded": True,
        "cookies": ["a=1"],
    }
    response = answer(PLAIN, result)

    assert (response.body, response.cookies) == (b"\xff", {"a": "1"})


def test_the_request_id_comes_back():
    planned = plan(PLAIN, "GET", "/")
    headers = planned.finish(outcome({})).headers

    assert headers["x-amzn-RequestId"] == planned.event["requestContext"]["requestId"]
    assert headers["x-amzn-trace-id"] == planned.event["headers"]["x-amzn-trace-id"]


def test_a_request_arrives_whole():
    event = event_of(PLAIN, "POST", "/custom_path/a%20b?test_param=test_value", data="text", cookies={"a": "1"})

    assert (event["rawPath"], event["rawQueryString"]) == ("/custom_path/a%20b", "test_param=test_value")
    assert (event["body"], event["isBase64Encoded"]) == ("text", False)
    assert event["cookies"] == ["a=1"]
    assert event["requestContext"]["accountId"] == "anonymous"
    assert "body" not in event_of(PLAIN, "POST", "/")


def test_the_url_of_the_template_is_the_one_in_the_event():
    url_id = "0123456789abcdefghijklmnopqrstuv"
    attributes = {"FunctionUrl": f"https://{url_id}.lambda-url.us-east-1.on.aws/"}
    known = resource("Url", kind="AWS::Lambda::Url", name="arn:of:fn", attributes=attributes)
    gate = gateway(url(), resources=[known])

    assert event_of(gate, "GET", "/")["requestContext"]["apiId"] == url_id
    asked = event_of(gate, "GET", f"https://{url_id}.lambda-url.us-east-1.on.aws/path?a=1")
    assert (asked["rawPath"], asked["requestContext"]["apiId"]) == ("/path", url_id)


def test_a_function_url_is_known_by_its_function_too():
    assert event_of(PLAIN, "GET", "/", api="Fn")


@pytest.mark.parametrize("given", [None, False])
def test_who_has_not_signed_is_forbidden(given):
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html (2026-11), and what users report of it."""
    response = refused(gateway(url(authorizer="iam")), "GET", "/", authorizer=given)

    assert response.status == 403
    assert json.loads(response.body)["Message"].startswith("Forbidden. For troubleshooting Function URL authorization")
    assert response.headers["x-amzn-errortype"] == "AccessDeniedException"


def test_who_has_signed_shows_in_the_event():
    arn = "arn:aws:iam::123456789012:user/bob"
    context = event_of(gateway(url(authorizer="iam")), "GET", "/", authorizer={"userArn": arn})["requestContext"]

    assert context["authorizer"]["iam"]["userArn"] == arn
    assert context["accountId"] == "123456789012"


def test_too_much_is_refused():
    assert refused(PLAIN, "POST", "/", data=b"\xff" * (5 * 1024 * 1024)).status == 413
    assert throttled("function_url").status == 429
