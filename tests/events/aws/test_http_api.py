"""HTTP APIs.

Recordings of the service: aws-powertools/powertools-lambda-typescript, packages/parser/tests/events/apigw-http
(jwt-authorizer-auth, iam-auth, no-auth), and aws/aws-lambda-go, events/testdata/apigw-v2-request-no-authorizer.json.
Cases that AWS checks against the service: aws/aws-lambda-dotnet, Tools/LambdaTestTool-v2, HttpContextTestCases.cs;
their names stand at the tests.
"""

import base64
import json
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.errors import InconsistentEventError, InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint

ABSENT_UNLESS_USED = {"body", "cookies", "queryStringParameters", "pathParameters", "stageVariables"}


def recorded():
    """A request that a JWT authorizer let in, as recorded (the token shortened by its owners)."""
    return {
        "version": "2.0",
        "routeKey": "POST /cognito",
        "rawPath": "/cognito",
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "authorization": "Bearer eyJra[...]A",
            "content-length": "0",
            "host": "lsw1ro4ipb.execute-api.eu-west-1.amazonaws.com",
            "user-agent": "HTTPie/3.2.2",
            "x-amzn-trace-id": "Root=1-66705b09-5f85233d2fb7bd54034f7e30",
            "x-forwarded-for": "15.248.3.126",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "lsw1ro4ipb",
            "authorizer": {
                "jwt": {
                    "claims": {
                        "aud": "3nkoep4151b7umeggnottc30u9",
                        "auth_time": "1718636404",
                        "cognito:username": "aamorosi",
                        "event_id": "c7f6cc62-c476-4c6a-ba5b-745244dfe5ee",
                        "exp": "1718722804",
                        "iat": "1718636404",
                        "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_y0bLG4i27",
                        "jti": "13727aba-89e6-4896-bd9e-8cbc0f478f9c",
                        "origin_jti": "37cc02cf-5c14-4636-beb3-4f8ca887935b",
                        "sub": "d2f50444-0041-7036-aea2-a955fca33d37",
                        "token_use": "id",
                    },
                    "scopes": None,
                }
            },
            "domainName": "lsw1ro4ipb.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "lsw1ro4ipb",
            "http": {
                "method": "POST",
                "path": "/cognito",
                "protocol": "HTTP/1.1",
                "sourceIp": "15.248.3.126",
                "userAgent": "HTTPie/3.2.2",
            },
            "requestId": "ZhMpgigvDoEEPlg=",
            "routeKey": "POST /cognito",
            "stage": "$default",
            "time": "17/Jun/2024:15:49:29 +0000",
            "timeEpoch": 1718639369348,
        },
        "isBase64Encoded": False,
    }


@pytest.fixture
def http_api():
    return AwsEvents(Mint(seed=7)).http_api


def rules(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


def test_the_recording_is_accepted_and_stays_as_it_is_when_repaired():
    assert events.check(recorded()) == []
    assert events.like(recorded()) == recorded()


def test_the_keys_are_those_of_the_recording_in_its_order(http_api):
    event, recording = http_api.jwt_authorizer("POST", "/cognito", route="/cognito"), recorded()
    assert list(event) == list(recording)
    assert list(event["requestContext"]) == list(recording["requestContext"])
    assert list(event["requestContext"]["http"]) == list(recording["requestContext"]["http"])
    assert set(event["headers"]) == set(recording["headers"]) - {"accept-encoding"}


def test_what_a_request_does_not_have_is_absent(http_api):
    event = http_api.request()
    assert not ABSENT_UNLESS_USED & set(event)
    assert not {"authorizer", "authentication"} & set(event["requestContext"])
    assert event["rawQueryString"] == ""


@pytest.mark.parametrize("name", sorted(ABSENT_UNLESS_USED))
def test_null_in_place_of_absent_is_a_violation(http_api, name):
    assert name in {path for path, _ in rules({**http_api.request(), name: None})}


def test_headers_are_in_lower_case_and_repeated_ones_joined(http_api):
    event = http_api.request(headers={"X-Custom-Header": "value1", "Accept": ["text/html", "application/json"]})
    assert event["headers"]["x-custom-header"] == "value1"
    assert event["headers"]["accept"] == "text/html,application/json"
    assert all(name == name.lower() for name in event["headers"])
    event["headers"]["X-Other"] = "1"
    assert rules(event) == {("headers.X-Other", "key:lower-case-header")}


def test_cookies_leave_the_headers_and_are_split(http_api):
    event = http_api.request(headers={"Cookie": "session=abc123; theme=dark"})
    assert event["cookies"] == ["session=abc123", "theme=dark"]
    assert "cookie" not in event["headers"]
    event["headers"]["cookie"] = "session=abc123"
    assert ("headers.cookie", "key:lower-case-header") in rules(event)


def test_the_raw_query_keeps_its_encoding_and_the_map_is_decoded_and_joined(http_api):
    # V2_UrlEncodedQueryString
    event = http_api.request(path="/?q=Hello%20World&tag=C%23%20Programming&tag=.NET%20Core")
    assert event["rawQueryString"] == "q=Hello%20World&tag=C%23%20Programming&tag=.NET%20Core"
    assert event["queryStringParameters"] == {"q": "Hello World", "tag": "C# Programming,.NET Core"}


def test_path_and_path_parameters_are_decoded(http_api):
    # V2_UnicodeCharactersInPath
    path = "/api/products/%E2%98%95%20Coffee/reviews/%F0%9F%98%8A%20Happy"
    event = http_api.request(path=path, route="POST /api/products/{productName}/reviews/{reviewTitle}", method="POST")
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/api/products/☕ Coffee/reviews/😊 Happy"
    assert event["pathParameters"] == {"productName": "☕ Coffee", "reviewTitle": "😊 Happy"}
    assert event["routeKey"] == event["requestContext"]["routeKey"]


def test_a_named_stage_shows_in_the_path(http_api):
    event = http_api.request(path="/orders/17", stage="dev", route="ANY /orders/{id}")
    assert (event["rawPath"], event["pathParameters"]) == ("/dev/orders/17", {"id": "17"})
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/orders/17"
    assert ("rawPath", "stage-in-path") in rules(event)


def test_a_custom_domain_leaves_the_stage_out(http_api):
    event = http_api.request(path="/orders", stage="dev", domain_name="api.example.com")
    assert (event["rawPath"], event["headers"]["host"]) == ("/orders", "api.example.com")


def test_ids_have_the_form_of_an_http_api(http_api):
    event = http_api.request()
    assert (len(event["requestContext"]["requestId"]), event["requestContext"]["requestId"][-1]) == (16, "=")
    event["requestContext"]["requestId"] = "f88e38e3-2060-4a56-93c0-9efbc6a659a0"
    assert rules(event) == {("requestContext.requestId", "request-id")}


def test_both_times_are_one_and_in_milliseconds(http_api):
    context = http_api.request()["requestContext"]
    told = datetime.strptime(context["time"], "%d/%b/%Y:%H:%M:%S %z").timestamp()
    assert told == context["timeEpoch"] // 1000
    event = http_api.request()
    event["requestContext"]["timeEpoch"] //= 1000  # as `sam local start-api` sends it
    assert ("requestContext.timeEpoch", "epoch-ms") in rules(event)


@pytest.mark.parametrize(
    ("body", "headers", "sent", "encoded"),
    [
        ({"a": "ü"}, {}, '{"a":"ü"}', False),
        ("text", {}, "text", False),
        (b'{"a":1}', {"Content-Type": "application/json"}, '{"a":1}', False),
        (bytes([1, 2, 3, 4, 5]), {"Content-Type": "application/octet-stream"}, "AQIDBAU=", True),  # V2_BinaryContent
        ("a=1&b=2", {"Content-Type": "application/x-www-form-urlencoded"}, base64.b64encode(b"a=1&b=2").decode(), True),
        ('{"a":1}', {"Content-Type": "application/json", "Content-Encoding": "gzip"}, "eyJhIjoxfQ==", True),
    ],
)
def test_the_content_type_decides_on_the_bodys_encoding(http_api, body, headers, sent, encoded):
    event = http_api.request("POST", body=body, headers=headers)
    assert (event["body"], event["isBase64Encoded"]) == (sent, encoded)


def test_json_in_base64_is_a_violation_and_is_decoded_in_repair(http_api):
    event = http_api.request("POST", body={"a": 1})
    wrong = {**event, "body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
    assert rules(wrong) == {("isBase64Encoded", "body-encoding")}
    assert events.like(wrong) == event


def test_a_form_in_the_clear_is_a_violation(http_api):
    event = http_api.request("POST", body="a=1", headers={"content-type": "application/x-www-form-urlencoded"})
    wrong = {**event, "body": "a=1", "isBase64Encoded": False}
    assert rules(wrong) == {("isBase64Encoded", "body-encoding")}
    assert events.like(wrong) == event


def test_every_claim_is_text_and_scopes_are_null_or_a_list(http_api):
    jwt = http_api.jwt_authorizer(claims={"exp": 1718722804, "groups": ["a", "b"], "ok": True}, scopes=["read"])[
        "requestContext"
    ]["authorizer"]["jwt"]
    assert set(map(type, jwt["claims"].values())) == {str}
    assert (jwt["claims"]["exp"], jwt["claims"]["groups"], jwt["claims"]["ok"]) == ("1718722804", "[a b]", "true")
    assert jwt["scopes"] == ["read"]
    assert http_api.jwt_authorizer()["requestContext"]["authorizer"]["jwt"]["scopes"] is None


def test_a_lambda_authorizers_context_is_null_or_what_it_returned(http_api):
    assert http_api.lambda_authorizer()["requestContext"]["authorizer"] == {"lambda": None}  # as recorded
    context = {"tenant": 7, "admin": True}
    assert http_api.lambda_authorizer(context=context)["requestContext"]["authorizer"] == {"lambda": context}


def test_a_signed_request_tells_the_caller(http_api):
    iam = http_api.iam(caller="arn:aws:sts::210987654321:assumed-role/Admin/till")["requestContext"]["authorizer"][
        "iam"
    ]
    assert (iam["accountId"], iam["cognitoIdentity"], iam["principalOrgId"]) == ("210987654321", None, None)
    assert iam["callerId"] == iam["userId"]
    assert iam["callerId"].endswith(":till")


def test_a_client_certificate_stands_in_authentication(http_api):
    authentication = http_api.mutual_tls(subject="CN=till")["requestContext"]["authentication"]
    assert authentication["clientCert"]["subjectDN"] == "CN=till"


def test_a_minimal_hand_written_event_becomes_an_accurate_one():
    event = events.like(
        {
            "version": "2.0",
            "rawPath": "/users/17",
            "rawQueryString": "",
            "queryStringParameters": {"a": "1 2"},
            "pathParameters": {"id": "17"},
            "headers": {"Content-Type": "application/json", "Cookie": "a=1; b=2"},
            "requestContext": {"http": {"method": "POST"}, "stage": "dev", "time": "17/Jun/2024:15:49:29 +0000"},
            "body": '{"a": 1}',
        }
    )
    assert events.check(event) == []
    assert (event["rawQueryString"], event["queryStringParameters"]) == ("a=1%202", {"a": "1 2"})
    assert (event["routeKey"], event["rawPath"]) == ("ANY /users/{id}", "/dev/users/17")
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["requestContext"]["timeEpoch"] == 1718639369000
    assert event["requestContext"]["domainName"] == event["headers"]["host"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"route": "orders"}, "route is"),
        ({"route": "GET /orders", "method": "POST"}, "does not take the route"),
        ({"path_parameters": {"id": "1"}}, "give route="),
        ({"route": "/orders/{id}", "path": "/users/1"}, "is not on"),
        ({"route": "/orders/{id}", "path_parameters": {"id": "a/b"}}, "is not on"),
        ({"body": b"\xff", "headers": {"Content-Type": "text/plain"}}, "is not UTF-8"),
        ({"stage": "a b"}, "a stage"),
    ],
)
def test_what_cannot_be_is_refused(http_api, parameters, message):
    with pytest.raises(InvalidParameterError, match=message):
        http_api.request(**parameters)


def test_overrides_reach_what_is_derived_and_mirrors_are_refused(http_api):
    event = http_api.request(overrides={"rawQueryString": "a=1&a=2", "requestContext.timeEpoch": 1718639369348})
    assert event["queryStringParameters"] == {"a": "1,2"}
    assert event["requestContext"]["time"] == "17/Jun/2024:15:49:29 +0000"
    with pytest.raises(InconsistentEventError, match="routeKey"):
        http_api.request(overrides={"requestContext.routeKey": "GET /x"})


UNICODE = st.text(max_size=30)
VISIBLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    name=st.sampled_from(["request", "payload_1"]),
    path=UNICODE,
    query=st.dictionaries(UNICODE, st.lists(UNICODE, min_size=1, max_size=3), max_size=3),
    value=VISIBLE,
    body=st.one_of(UNICODE, st.binary(max_size=30), st.dictionaries(UNICODE, UNICODE, max_size=2)),
    stage=st.sampled_from(["$default", "dev"]),
    greedy=st.booleans(),
)
def test_any_unicode_keeps_every_rule(name, path, query, value, body, stage, greedy):
    options = {} if "?" in path.partition("#")[0] else {"query": query}
    options |= {"route": "/{proxy+}"} if greedy else {}
    event = events.build(
        f"aws.http_api.{name}", path=f"/{path}", headers={"X-Note": value}, body=body, stage=stage, **options
    )
    assert events.check(event) == []
    assert json.loads(json.dumps(event)) == event
