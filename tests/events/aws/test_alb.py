"""Application Load Balancer.

Recordings of the service: aws/aws-lambda-go, events/testdata/alb-lambda-target-request-headers-only.json and
-multivalue-headers.json (the target group's id is replaced there); its rules: Lambda functions as targets, in the load
balancer's user guide.
"""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.errors import InconsistentEventError, InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint


def recorded():
    """A request without multi-value headers, as recorded."""
    return {
        "requestContext": {
            "elb": {
                "targetGroupArn": (
                    "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/lambda-target/6d0ecf831eec9f09"
                )
            }
        },
        "httpMethod": "GET",
        "path": "/",
        "queryStringParameters": {"key": "hello"},
        "headers": {
            "accept": "*/*",
            "connection": "keep-alive",
            "host": "lambda-test-alb-1334523864.us-east-1.elb.amazonaws.com",
            "user-agent": "curl/7.54.0",
            "x-amzn-trace-id": "Root=1-5c34e93e-4dea0086f9763ac0667b115a",
            "x-forwarded-for": "25.12.198.67",
            "x-forwarded-port": "80",
            "x-forwarded-proto": "http",
            "x-imforwards": "20",
            "x-myheader": "123",
        },
        "body": "",
        "isBase64Encoded": False,
    }


def recorded_multi_value():
    """The same with multi-value headers."""
    event = recorded()
    headers, query = event.pop("headers"), event.pop("queryStringParameters")
    return {
        **event,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
    }


@pytest.fixture
def alb():
    return AwsEvents(Mint(seed=7)).alb


def rules(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


@pytest.mark.parametrize("recording", [recorded, recorded_multi_value])
def test_the_recordings_are_accepted_and_stay_as_they_are_when_repaired(recording):
    assert events.check(recording()) == []
    assert events.like(recording()) == recording()


@pytest.mark.parametrize(("recording", "multi_value"), [(recorded, False), (recorded_multi_value, True)])
def test_the_keys_are_those_of_the_recording(alb, recording, multi_value):
    event = alb.request(multi_value=multi_value, scheme="http")
    assert set(event) == set(recording())
    assert list(alb.request()) == list(recorded())
    headers = next(name for name in event if "eaders" in name)
    assert set(event[headers]) == set(recording()[headers]) - {"connection", "x-imforwards", "x-myheader"}
    assert str(event[headers]["x-forwarded-port"]).strip("[']") == "80"


def test_path_and_query_are_not_decoded(alb):
    event = alb.request(path="/a%20b/ü?name=John+Smith&%3Fkey=%3FshowAll%3Dtrue")
    assert event["path"] == "/a%20b/%C3%BC"
    assert event["queryStringParameters"] == {"name": "John+Smith", "%3Fkey": "%3FshowAll%3Dtrue"}


def test_a_query_given_by_name_is_encoded_first(alb):
    assert alb.request(query={"q r": "a&b=c"})["queryStringParameters"] == {"q%20r": "a%26b%3Dc"}


def test_a_decoded_query_is_a_violation_with_the_encoded_one_as_its_fix(alb):
    event = alb.request(query={"name": "x"})
    event["queryStringParameters"]["name"] = "John Smith"
    (violation,) = events.check(event)
    assert (violation.rule, violation.fix) == ("query-text", "John%20Smith")


def test_without_multi_value_headers_the_last_value_counts(alb):
    event = alb.request(query={"a": ["1", "2"]}, headers={"X-A": ["1", "2"]})
    assert (event["queryStringParameters"], event["headers"]["x-a"]) == ({"a": "2"}, "2")


def test_with_multi_value_headers_every_value_is_there(alb):
    event = alb.request(query={"a": ["1", "2"]}, headers={"X-A": ["1", "2"]}, multi_value=True)
    assert (event["multiValueQueryStringParameters"], event["multiValueHeaders"]["x-a"]) == (
        {"a": ["1", "2"]},
        ["1", "2"],
    )
    assert not {"headers", "queryStringParameters"} & set(event)


def test_both_kinds_of_maps_at_once_are_a_violation(alb):
    # as in the samples of awslabs/aws-lambda-rust-runtime, lambda-http/tests/data/alb_multi_value_request*.json
    event = alb.request() | {"multiValueHeaders": {"accept": ["*/*"]}, "multiValueQueryStringParameters": {}}
    assert rules(event) == {("headers", "absent"), ("queryStringParameters", "absent")}


def test_maps_of_different_kinds_are_a_violation(alb):
    event = alb.request()
    event["multiValueQueryStringParameters"] = event.pop("queryStringParameters")
    assert rules(event) == {("queryStringParameters", "required"), ("multiValueQueryStringParameters", "absent")}


def test_a_query_that_is_not_there_is_empty_and_a_body_is_text(alb):
    event = alb.request()
    assert (event["queryStringParameters"], event["body"]) == ({}, "")
    assert rules({**event, "body": None}) == {("body", "text")}


def test_header_names_are_in_lower_case(alb):
    assert "x-a" in alb.request(headers={"X-A": "1"})["headers"]
    event = alb.request()
    event["headers"]["X-A"] = "1"
    assert rules(event) == {("headers.X-A", "key:lower-case-header")}


@pytest.mark.parametrize(
    ("body", "headers", "sent", "encoded"),
    [
        ({"a": 1}, {}, '{"a":1}', False),
        ("<a/>", {"Content-Type": "application/xml"}, "<a/>", False),
        (b"\x00", {}, "AA==", True),
        ("a=1", {"Content-Type": "application/x-www-form-urlencoded"}, "YT0x", True),
        ("text", {"Content-Encoding": "identity"}, base64.b64encode(b"text").decode(), True),
    ],
)
def test_content_type_and_content_encoding_decide_on_the_bodys_encoding(alb, body, headers, sent, encoded):
    event = alb.request("POST", body=body, headers=headers)
    assert (event["body"], event["isBase64Encoded"]) == (sent, encoded)


@pytest.mark.parametrize("multi_value", [False, True])
def test_json_in_base64_is_a_violation_whichever_map_says_so(alb, multi_value):
    event = alb.request("POST", body={"a": 1}, multi_value=multi_value)
    wrong = {**event, "body": base64.b64encode(b'{"a":1}').decode(), "isBase64Encoded": True}
    assert rules(wrong) == {("isBase64Encoded", "body-encoding")}
    assert events.like(wrong) == event


def test_a_health_check_has_one_header_and_an_empty_query(alb):
    # awslabs/aws-lambda-rust-runtime, lambda-http/tests/data/alb_health_check.json
    event = alb.health_check("/health")
    del event["requestContext"]
    assert event == {
        "httpMethod": "GET",
        "path": "/health",
        "queryStringParameters": {},
        "headers": {"user-agent": "ELB-HealthChecker/2.0"},
        "body": "",
        "isBase64Encoded": False,
    }
    assert alb.health_check(multi_value=True)["multiValueHeaders"] == {"user-agent": ["ELB-HealthChecker/2.0"]}


def test_the_target_group_is_a_name_or_an_arn(alb):
    arn = "arn:aws:elasticloadbalancing:eu-west-1:210987654321:targetgroup/mine/6d0ecf831eec9f09"
    assert alb.request(target_group=arn)["requestContext"]["elb"]["targetGroupArn"] == arn
    named = alb.request(target_group="mine", region="eu-west-1")["requestContext"]["elb"]["targetGroupArn"]
    assert named.startswith("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/mine/")
    with pytest.raises(InvalidParameterError, match="targetGroupArn"):
        alb.request(target_group="not/a name")


def test_a_minimal_hand_written_event_becomes_an_accurate_one():
    event = events.like(
        {
            "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:region:123456789012:x"}},
            "httpMethod": "GET",
            "path": "/tom & jerry",
            "headers": {"X-A": "1"},
            "multiValueHeaders": None,
            "queryStringParameters": {"name": "John Smith"},
            "body": None,
        }
    )
    assert events.check(event) == []
    assert (event["path"], event["headers"]) == ("/tom%20&%20jerry", {"x-a": "1"})
    assert (event["queryStringParameters"], event["body"]) == ({"name": "John%20Smith"}, "")


def test_an_event_with_both_kinds_of_maps_keeps_the_multi_value_ones():
    event = recorded() | {"multiValueHeaders": {"accept": ["a", "b"]}}
    repaired = events.like(event)
    assert events.check(repaired) == []
    assert repaired["multiValueHeaders"] == {"accept": ["a", "b"]}
    assert repaired["multiValueQueryStringParameters"] == {"key": ["hello"]}


def test_an_override_that_contradicts_is_refused(alb):
    with pytest.raises(InconsistentEventError, match="queryStringParameters"):
        alb.request(multi_value=True, overrides={"queryStringParameters": {"a": "1"}})


UNICODE = st.text(max_size=30)
VISIBLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    path=UNICODE,
    query=st.dictionaries(UNICODE, st.lists(UNICODE, min_size=1, max_size=3), max_size=3),
    value=VISIBLE,
    body=st.one_of(UNICODE, st.binary(max_size=30), st.dictionaries(UNICODE, UNICODE, max_size=2)),
    multi_value=st.booleans(),
)
def test_any_unicode_keeps_every_rule(path, query, value, body, multi_value):
    options = {} if "?" in path.partition("#")[0] else {"query": query}
    event = events.build(
        "aws.alb.request", path=f"/{path}", headers={"X-Note": value}, body=body, multi_value=multi_value, **options
    )
    assert events.check(event) == []
