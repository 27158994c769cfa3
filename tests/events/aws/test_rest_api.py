"""REST APIs.

Recordings of the service: aws-powertools/powertools-lambda-typescript, packages/parser/tests/events/apigw-rest
(no-auth, iam-auth, jwt-authorizer-auth, lambda-authorizer-auth, console-test-ui), where the values below are from.
"""

import base64
import json
import time
import uuid
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.errors import InconsistentEventError, InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint

NULLABLE = ["queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body"]
HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "CloudFront-Forwarded-Proto": "https",
    "CloudFront-Is-Desktop-Viewer": "true",
    "CloudFront-Is-Mobile-Viewer": "false",
    "CloudFront-Is-SmartTV-Viewer": "false",
    "CloudFront-Is-Tablet-Viewer": "false",
    "CloudFront-Viewer-ASN": "7224",
    "CloudFront-Viewer-Country": "GB",
    "Host": "puhdx84jy9.execute-api.eu-west-1.amazonaws.com",
    "User-Agent": "HTTPie/3.2.2",
    "Via": "1.1 49c0c4776e390b983c9f9f5365e3140c.cloudfront.net (CloudFront)",
    "X-Amz-Cf-Id": "x9VncJ8IMo4X5UQEL8-Xg94vWwwuokofx236RgW1CrFCTh9DnPrgJA==",
    "X-Amzn-Trace-Id": "Root=1-66704cad-0fbaf1491365339d168b2a7d",
    "X-Forwarded-For": "15.248.3.126, 130.176.209.21",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
}


def recorded():
    """An edge-optimised endpoint's event, as recorded."""
    return {
        "resource": "/no-auth",
        "path": "/no-auth",
        "httpMethod": "POST",
        "headers": dict(HEADERS),
        "multiValueHeaders": {name: [value] for name, value in HEADERS.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourceId": "3nq1cq",
            "resourcePath": "/no-auth",
            "httpMethod": "POST",
            "extendedRequestId": "ZhDrKF5dDoEEHfA=",
            "requestTime": "17/Jun/2024:14:48:13 +0000",
            "path": "/prod/no-auth",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "prod",
            "domainPrefix": "puhdx84jy9",
            "requestTimeEpoch": 1718635693506,
            "requestId": "f88e38e3-2060-4a56-93c0-9efbc6a659a0",
            "identity": {
                "cognitoIdentityPoolId": None,
                "accountId": None,
                "cognitoIdentityId": None,
                "caller": None,
                "sourceIp": "15.248.3.126",
                "principalOrgId": None,
                "accessKey": None,
                "cognitoAuthenticationType": None,
                "cognitoAuthenticationProvider": None,
                "userArn": None,
                "userAgent": "HTTPie/3.2.2",
                "user": None,
            },
            "domainName": "puhdx84jy9.execute-api.eu-west-1.amazonaws.com",
            "deploymentId": "v99qix",
            "apiId": "puhdx84jy9",
        },
        "body": None,
        "isBase64Encoded": False,
    }


@pytest.fixture
def rest_api():
    return AwsEvents(Mint(seed=7)).rest_api


def rules(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


def key_order(value):
    return {name: key_order(item) if name in {"requestContext", "identity"} else None for name, item in value.items()}


def test_the_recording_is_accepted():
    assert events.check(recorded()) == []


def test_the_keys_are_those_of_the_recording_in_its_order(rest_api):
    event = rest_api.request("POST", "/no-auth", endpoint="edge")
    assert json.dumps(key_order(event)) == json.dumps(key_order(recorded()))
    assert set(HEADERS) - {"Accept-Encoding"} == set(event["headers"])


def test_a_recorded_event_stays_as_it_is_when_it_is_repaired():
    assert events.like(recorded()) == recorded()


def test_what_a_request_does_not_have_is_null(rest_api):
    event = rest_api.request()
    assert {name: event[name] for name in NULLABLE} == dict.fromkeys(NULLABLE)
    assert {value for name, value in event["requestContext"]["identity"].items() if "IP" not in name.upper()} == {
        None,
        "curl/8.11.0",
    }


@pytest.mark.parametrize("name", NULLABLE[:4])
def test_an_empty_map_is_a_violation_with_null_as_its_fix(rest_api, name):
    (violation, *_) = events.check({**rest_api.request(), name: {}})
    assert (violation.path, violation.fix) == (name, None)


def test_an_absent_map_is_a_violation(rest_api):
    event = rest_api.request()
    del event["multiValueQueryStringParameters"]
    assert ("multiValueQueryStringParameters", "required") in rules(event)


def test_single_value_maps_hold_the_last_value(rest_api):
    event = rest_api.request(query={"tag": ["important", "urgent"]}, headers={"X-Note": ["1", "2"]})
    assert event["queryStringParameters"] == {"tag": "urgent"}
    assert event["multiValueQueryStringParameters"] == {"tag": ["important", "urgent"]}
    assert (event["headers"]["X-Note"], event["multiValueHeaders"]["X-Note"]) == ("2", ["1", "2"])
    event["queryStringParameters"] = {"tag": "important"}  # as the samples of several tools have it
    assert rules(event) == {("queryStringParameters", "derived")}


def test_the_query_is_decoded_a_plus_is_a_space_and_the_fragment_is_gone(rest_api):
    event = rest_api.request(path="/?at=18:05:10.123456+00:00&q=Hello%20W%C3%B6rld&empty#part")
    assert event["queryStringParameters"] == {"at": "18:05:10.123456 00:00", "q": "Hello Wörld", "empty": ""}


def test_path_and_path_parameters_stay_percent_encoded(rest_api):
    event = rest_api.request(path="/users/test%2Balias@example.com", resource="/users/{email}")
    assert event["path"] == "/users/test%2Balias@example.com"
    assert event["pathParameters"] == {"email": "test%2Balias@example.com"}


def test_a_path_a_url_cannot_carry_is_encoded_as_clients_do(rest_api):
    assert rest_api.request(path="/tom & jerry/ü/100%")["path"] == "/tom%20&%20jerry/%C3%BC/100%25"


@pytest.mark.parametrize("path", ["/proxy-value", "/proxy-value/", "//proxy-value"])
def test_a_greedy_parameter_has_no_slash_around_it(rest_api, path):
    event = rest_api.request(path=path, resource="/{proxy+}")
    assert event["pathParameters"] == {"proxy": "proxy-value"}
    assert event["requestContext"]["path"] == f"/prod{path}"


def test_a_leading_double_slash_is_collapsed_in_path_alone(rest_api):
    event = rest_api.request(path="//proxy-value")
    assert (event["path"], event["requestContext"]["path"]) == ("/proxy-value", "/prod//proxy-value")


def test_the_path_follows_from_resource_and_parameters(rest_api):
    event = rest_api.request(resource="/files/{owner}/{key+}", path_parameters={"owner": "a b", "key": "x/ü"})
    assert event["path"] == "/files/a%20b/x/%C3%BC"
    assert event["pathParameters"] == {"owner": "a%20b", "key": "x/%C3%BC"}


def test_a_custom_domain_leaves_the_stage_out_of_the_path(rest_api):
    event = rest_api.request(path="/v1/orders", resource="/orders", domain_name="api.example.com")
    context = event["requestContext"]
    assert (context["path"], context["domainPrefix"]) == ("/v1/orders", "api")
    assert event["headers"]["Host"] == context["domainName"] == "api.example.com"


def test_ids_have_the_forms_of_a_rest_api(rest_api):
    context = rest_api.request()["requestContext"]
    assert str(uuid.UUID(context["requestId"])) == context["requestId"]
    assert (len(context["extendedRequestId"]), context["extendedRequestId"][-1]) == (16, "=")
    short = rest_api.request()
    short["requestContext"]["requestId"] = "JKJaXmPLvHcESHA="
    assert rules(short) == {("requestContext.requestId", "uuid")}


def test_both_times_are_one(rest_api):
    context = rest_api.request()["requestContext"]
    told = datetime.strptime(context["requestTime"], "%d/%b/%Y:%H:%M:%S %z").timestamp()
    assert told == context["requestTimeEpoch"] // 1000
    assert abs(told - time.time()) < 60


def test_the_time_that_many_samples_contradict_is_a_violation_with_its_fix():
    event = recorded()
    event["requestContext"] |= {"requestTime": "12/Mar/2020:19:03:58 +0000", "requestTimeEpoch": 1583348638390}
    (violation,) = events.check(event)
    assert (violation.path, violation.fix) == ("requestContext.requestTime", "04/Mar/2020:19:03:58 +0000")


def test_only_edge_endpoints_have_the_headers_of_cloudfront(rest_api):
    def cloudfront(endpoint):
        names = rest_api.request(endpoint=endpoint)["headers"]
        return [name for name in names if name.startswith("CloudFront-") or name in {"Via", "X-Amz-Cf-Id"}]

    assert len(cloudfront("edge")) == 9
    assert cloudfront("regional") == cloudfront("private") == []


def test_a_private_endpoint_tells_the_vpc(rest_api):
    event = rest_api.request(endpoint="private", source_ip="10.0.0.7")
    identity, headers = event["requestContext"]["identity"], event["headers"]
    assert (identity["vpcId"], identity["vpceId"]) == (headers["x-amzn-vpc-id"], headers["x-amzn-vpce-id"])
    assert identity["vpceId"] in event["requestContext"]["domainPrefix"]
    assert events.check(event) == []


def test_header_names_keep_the_clients_spelling_but_for_the_gateways_own(rest_api):
    event = rest_api.request(headers={"tEsT-HEADeR": "1", "aUThorization": "x", "user-agent": "till/1.0"})
    assert {"tEsT-HEADeR", "Authorization", "User-Agent"} < set(event["headers"])
    assert event["requestContext"]["identity"]["userAgent"] == "till/1.0"


@pytest.mark.parametrize(
    ("body", "sent", "encoded", "kind"),
    [
        ({"name": "ü"}, '{"name":"ü"}', False, "application/json"),
        ("plain", "plain", False, "text/plain; charset=utf-8"),
        (b"\xff\x00", base64.b64encode(b"\xff\x00").decode(), True, "application/octet-stream"),
        ("", None, False, None),
    ],
)
def test_bodies_take_the_form_of_their_kind(rest_api, body, sent, encoded, kind):
    event = rest_api.request("POST", body=body)
    assert (event["body"], event["isBase64Encoded"], event["headers"].get("Content-Type")) == (sent, encoded, kind)


def test_a_given_content_type_stays(rest_api):
    event = rest_api.request("POST", body={}, headers={"content-type": "application/vnd.api+json"})
    assert (event["headers"]["content-type"], event["body"]) == ("application/vnd.api+json", "{}")


def test_an_address_with_a_mask_is_no_address(rest_api):
    event = rest_api.request()
    event["requestContext"]["identity"]["sourceIp"] = "192.168.0.1/32"
    assert {rule for _, rule in rules(event)} >= {"ip"}


def test_the_source_address_is_among_those_forwarded(rest_api):
    event = rest_api.request(headers={"X-Forwarded-For": "198.51.100.1"}, source_ip="203.0.113.7")
    assert event["headers"]["X-Forwarded-For"] == "198.51.100.1, 203.0.113.7"
    event["requestContext"]["identity"]["sourceIp"] = "203.0.113.8"
    assert rules(event) == {("requestContext.identity.sourceIp", "forwarded-for")}
    assert events.like(event)["requestContext"]["identity"]["sourceIp"] == "198.51.100.1"


def test_host_and_domain_name_are_one(rest_api):
    event = rest_api.request()
    event["requestContext"]["domainName"] = "other.example.com"
    assert ("multiValueHeaders", "host") in rules(event)


def test_region_and_account_show_where_they_belong(rest_api):
    event = rest_api.request(region="cn-north-1", account="999999999999")
    assert event["headers"]["Host"].endswith(".execute-api.cn-north-1.amazonaws.com.cn")
    assert event["requestContext"]["accountId"] == "999999999999"


def test_one_seed_gives_one_event_and_two_calls_give_two():
    one, other = (AwsEvents(Mint(seed=1)).rest_api for _ in range(2))
    first, second = one.request(), one.request()
    assert first["requestContext"]["requestId"] == other.request()["requestContext"]["requestId"]
    assert first["requestContext"]["requestId"] != second["requestContext"]["requestId"]


def test_a_minimal_hand_written_event_becomes_an_accurate_one():
    event = events.like({"httpMethod": "GET", "path": "/items", "queryStringParameters": {"a": "1"}})
    assert events.check(event) == []
    assert event["multiValueQueryStringParameters"] == {"a": ["1"]}
    assert (event["resource"], event["requestContext"]["path"]) == ("/items", "/prod/items")
    assert event["headers"]["Host"] == event["requestContext"]["domainName"]


def test_a_hand_written_event_keeps_what_it_says():
    event = events.like(
        {
            "httpMethod": "POST",
            "path": "/users/17/posts",
            "headers": {"host": "api.example.com", "content-type": "application/json", "x-count": 3},
            "multiValueHeaders": None,
            "pathParameters": {"id": "17"},
            "body": '{"a": 1}',
            "requestContext": {
                "requestTime": "17/Jun/2024:14:48:13 +0000",
                "identity": {"sourceIp": "192.168.0.1/32", "userAgent": "Mine/1.0"},
                "authorizer": {"claims": {"sub": "u1", "auth_time": 1718636404}},
            },
        }
    )
    context = event["requestContext"]
    assert events.check(event) == []
    assert event["resource"] == "/users/{id}/posts"
    assert event["headers"] == {"content-type": "application/json", "x-count": "3", "Host": "api.example.com"}
    assert context["requestTimeEpoch"] == 1718635693000
    assert context["identity"]["sourceIp"] == "192.168.0.1"
    assert context["identity"]["userAgent"] == "Mine/1.0"
    assert context["authorizer"]["claims"] == {"sub": "u1", "auth_time": "1718636404"}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"method": "FETCH"}, "'GET', 'HEAD', 'POST'"),
        ({"path": "orders"}, "starts with a slash"),
        ({"path": "/a?b=1", "query": {"c": "2"}}, "given twice"),
        ({"query": {"page": 1}}, "'page' takes a text"),
        ({"headers": {"X-A": "a\r\nb"}}, "control characters"),
        ({"headers": {"X A": "a"}}, "no name of a header"),
        ({"headers": {"Host": "a.example.com"}, "domain_name": "b.example.com"}, "given twice"),
        ({"cookies": {"a": "1;2"}}, "without a semicolon"),
        ({"cookies": {"a": "1"}, "headers": {"Cookie": "b=2"}}, "given twice"),
        ({"body": {"a": {1}}}, "sent as JSON"),
        ({"body": "\ud800"}, "surrogate"),
        ({"source_ip": "10.0.0.0/8"}, "IPv4 or IPv6"),
        ({"domain_name": "not a host"}, "host name"),
        ({"resource": "/orders/{id}"}, "needs its parameter 'id'"),
        ({"resource": "/orders/{id}", "path": "/users/1"}, "is not on"),
        ({"resource": "/orders/{id}", "path": "/orders/1", "path_parameters": {"id": "2"}}, "has the parameters"),
        ({"endpoint": "global"}, "'regional', 'edge' or 'private'"),
        ({"api_id": "NOT-AN-ID"}, "10 lower-case"),
        ({"stage": "a/b"}, "a stage"),
    ],
)
def test_what_no_client_can_send_is_refused(rest_api, parameters, message):
    with pytest.raises(InvalidParameterError, match=message):
        rest_api.request(**parameters)


def test_overrides_reach_what_is_mirrored(rest_api):
    event = rest_api.request(
        overrides={"requestContext.requestTimeEpoch": 1718635693506, "multiValueQueryStringParameters.a": ["1", "2"]}
    )
    assert event["requestContext"]["requestTime"] == "17/Jun/2024:14:48:13 +0000"
    assert event["queryStringParameters"] == {"a": "2"}


def test_an_override_of_a_mirror_is_refused(rest_api):
    with pytest.raises(InconsistentEventError, match="multiValueHeaders"):
        rest_api.request(overrides={"headers.Host": "other.example.com"})


UNICODE = st.text(max_size=30)
VISIBLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    path=UNICODE,
    query=st.dictionaries(UNICODE, st.lists(UNICODE, min_size=1, max_size=3), max_size=3),
    value=VISIBLE,
    body=st.one_of(UNICODE, st.binary(max_size=30)),
    endpoint=st.sampled_from(["regional", "edge", "private"]),
)
def test_any_unicode_keeps_every_rule(path, query, value, body, endpoint):
    options = {} if "?" in path.partition("#")[0] else {"query": query}
    event = events.build(
        "aws.rest_api.request", path=f"/{path}", headers={"X-Note": value}, body=body, endpoint=endpoint, **options
    )
    assert events.check(event) == []
    if options:
        assert event["multiValueQueryStringParameters"] == (query or None)
