"""Application Load Balancers: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html."""

import base64

import pytest

from pytest_serverless.web.refusals import throttled
from pytest_serverless.web.rules import Rules
from tests.web.asking import alb, answer, event_of, gateway, refused, resource

PLAIN = gateway(alb())
MULTIPLE = gateway(alb(multi_value_headers=True))


def test_the_documented_result_is_sent():
    result = {
        "isBase64Encoded": False,
        "statusCode": 200,
        "statusDescription": "200 OK",
        "headers": {"Set-cookie": "cookies", "Content-Type": "application/json"},
        "body": "Hello from Lambda (optional)",
    }
    response = answer(PLAIN, result)

    assert (response.status, response.body) == (200, b"Hello from Lambda (optional)")
    assert response.headers["set-cookie"] == "cookies"
    assert response.headers["content-type"] == "application/json"
    assert response.headers["server"] == "awselb/2.0"


def test_the_documented_multi_value_result_is_sent():
    cookies = [
        "cookie-name=cookie-value;Domain=myweb.com;Secure;HttpOnly",
        "cookie-name=cookie-value;Expires=May 8, 2019",
    ]
    response = answer(MULTIPLE, {"statusCode": 200, "multiValueHeaders": {"Set-cookie": cookies}})

    assert response.headers.get_list("set-cookie") == cookies


def test_only_the_map_that_the_target_group_asks_for_is_read():
    both = {"statusCode": 200, "headers": {"x-single": "1"}, "multiValueHeaders": {"x-several": ["1"]}}

    assert "x-single" not in answer(MULTIPLE, both).headers
    assert "x-several" not in answer(PLAIN, both).headers


def test_base64_is_decoded():
    result = {"statusCode": 200, "isBase64Encoded": True, "body": base64.b64encode(b"\xff").decode()}

    assert answer(PLAIN, result).body == b"\xff"
    assert answer(PLAIN, result).headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({}, "statusCode is a number"),
        ({"body": "x"}, "statusCode is a number"),
        ({"statusCode": "200"}, "statusCode is a number"),
        ("text", "a result is a map"),
        (None, "a result is a map"),
        ({"statusCode": 200, "headers": {"a": 5}}, "'a' takes a text"),
        ({"statusCode": 200, "body": {"a": 1}}, "body is a text"),
        ({"statusCode": 200, "body": "?", "isBase64Encoded": True}, "not base64"),
    ],
)
def test_a_malformed_result_is_a_bad_gateway_that_says_why(result, reason):
    response = answer(PLAIN, result)

    assert response.status == 502
    assert b"<h1>502 Bad Gateway</h1>" in response.body
    assert response.headers["content-type"] == "text/html"
    assert reason in response.reason


def test_a_status_as_text_can_be_allowed():
    assert answer(gateway(alb(), rules=Rules(alb_text_status=True)), {"statusCode": "200"}).status == 200


def test_a_failed_function_is_a_bad_gateway():
    assert answer(PLAIN, status="error").status == 502
    assert throttled("alb", of="function").status == 502


def test_a_request_arrives_undecoded():
    event = event_of(PLAIN, "GET", "/a%20b?name=John+Smith&x=1&x=2", headers={"X-A": ["1", "2"]})

    assert event["path"] == "/a%20b"
    assert event["queryStringParameters"] == {"name": "John+Smith", "x": "2"}
    assert event["headers"]["x-a"] == "2"
    several = event_of(MULTIPLE, "GET", "/?x=1&x=2", headers={"X-A": ["1", "2"]})
    assert several["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert several["multiValueHeaders"]["x-a"] == ["1", "2"]


def test_sizes_are_limited():
    assert refused(PLAIN, "POST", "/", data=b"x" * (1024 * 1024 + 1)).status == 413
    assert answer(PLAIN, {"statusCode": 200, "body": "x" * (1024 * 1024)}).status == 502
    larger = gateway(alb(), rules=Rules(alb_bytes=6 * 1024 * 1024))
    assert answer(larger, {"statusCode": 200, "body": "x" * (1024 * 1024)}).status == 200


def test_websockets_are_refused():
    assert refused(PLAIN, "GET", "/", headers={"Upgrade": "websocket"}).status == 400


BALANCER = resource("LoadBalancer", name="arn:lb", attributes={"DNSName": "shop-1.us-east-1.elb.amazonaws.com"})


def test_the_listener_says_where_it_is_asked_and_how():
    listener = resource("Listener", name="arn:listener", LoadBalancerArn="arn:lb", Protocol="HTTP")
    event = event_of(gateway(alb(), resources=[BALANCER, listener]), "GET", "/")

    assert event["headers"]["host"] == "shop-1.us-east-1.elb.amazonaws.com"
    assert (event["headers"]["x-forwarded-proto"], event["headers"]["x-forwarded-port"]) == ("http", "80")
    asked = event_of(gateway(alb(), resources=[BALANCER, listener]), "GET", "http://shop.example.com/")
    assert asked["headers"]["host"] == "shop.example.com"


def test_a_fixed_response_answers_where_no_rule_fits():
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html (2026-11)."""
    fixed = {"StatusCode": "410", "ContentType": "application/json", "MessageBody": '{"gone": true}'}
    listener = resource("Listener", DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}])
    response = refused(gateway(alb("/a"), resources=[listener]), "GET", "/b")

    assert (response.status, response.json()) == (410, {"gone": True})
    assert response.headers["content-type"] == "application/json"
