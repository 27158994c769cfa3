"""HTTP APIs over a socket: the same answers as in process, and what only a server meets."""

import asyncio
import json
import time
from pathlib import Path

import pytest

pytest.importorskip("httptools")
pytest.importorskip("requests")

import requests

from pytest_serverless.admission import LAMBDA
from pytest_serverless.errors import ThrottledError
from pytest_serverless.web.rules import Rules
from tests.local.surfaces.serving import FakePlatform, exchange, outcome, serving
from tests.web.asking import alb, app, http, resource, rest, url

pytestmark = pytest.mark.realtime

ITEMS = Path(__file__).parents[3] / "fixtures/apps/items_api/template.yaml"
OWN = {"date", "x-amzn-requestid", "x-amz-apigw-id", "apigw-requestid", "x-amzn-trace-id"}


def returning(value, **given):
    """A platform whose functions return a value."""
    return lambda *_: outcome(json.dumps(value).encode(), **given)


def served(*routes, answer=None, resources=(), limits=LAMBDA, **options):
    return serving(FakePlatform(app(*routes, resources=resources), answer, limits), **options)


def event_of(platform):
    return json.loads(platform.calls[-1]["payload"])


@pytest.mark.parametrize("api", ["ItemsRestApi", "ItemsHttpApi"])
@pytest.mark.parametrize(
    ("method", "path", "given"),
    [
        ("POST", "/items", {"json": {"name": "Tom & Jerry's ☕", "price": 3}}),
        ("POST", "/items", {"data": b"{"}),
        ("GET", "/items?limit=2", {}),
        ("GET", "/items?limit=0", {}),
        ("GET", "/items/a%2Fb%20c", {}),
        ("HEAD", "/items", {}),
        ("DELETE", "/items/1", {}),
        ("PUT", "/items/1", {}),
        ("GET", "/things", {}),
        (
            "OPTIONS",
            "/items",
            {"headers": {"Origin": "https://shop.example.com", "Access-Control-Request-Method": "POST"}},
        ),
        ("GET", "/items", {"headers": {"Origin": "https://shop.example.com"}}),
        ("GET", "/items", {"headers": {"X-Large": "x" * 10_300}}),
        ("POST", "/items", {"data": b"x" * (10 * 1024 * 1024 + 1)}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_api_answers_as_it_does_in_process(make_serverless, api, method, path, given):
    shop = make_serverless(ITEMS)
    inside = shop.request(method, path, api=api, **given)
    ran = shop.invocations()

    with serving(FakePlatform(shop.app, lambda *_: ran[-1])) as surfaces:
        outside = requests.request(method, surfaces.urls[api] + path, **given)

    assert outside.status_code == inside.status
    assert outside.content == inside.body
    pairs = [(name.lower(), value) for name, value in inside.headers.pairs if name.lower() not in OWN]
    assert [
        (name.lower(), value) for name, value in outside.raw.headers.iteritems() if name.lower() not in OWN
    ] == pairs
    assert {name.lower() for name in inside.headers} == {name.lower() for name in outside.headers}


def test_a_request_arrives_as_it_was_sent():
    platform = FakePlatform(app(http()), returning("ok"))
    with serving(platform) as surfaces:
        target = b"/caf%C3%A9/a%2Fb?x=1&x=2&y=%26"
        exchange(
            surfaces.urls["Http"],
            b"POST "
            + target
            + b" HTTP/1.1\r\nHost: shop.example.com:3001\r\nX-Two: a\r\nx-two: b\r\nCookie: a=1; b=2\r\n"
            b"Content-Type: image/png\r\nContent-Length: 3\r\nConnection: close\r\n\r\n\x00\xff\x01",
        )

    event = event_of(platform)
    assert (event["rawPath"], event["rawQueryString"]) == ("/café/a/b", "x=1&x=2&y=%26")
    assert (event["headers"]["x-two"], event["cookies"]) == ("a,b", ["a=1", "b=2"])
    assert (event["isBase64Encoded"], event["body"]) == (True, "AP8B")
    assert event["requestContext"]["domainName"] == "shop.example.com"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


def test_bodies_that_are_bytes_go_both_ways():
    answer = returning({"statusCode": 200, "body": "AP8B", "isBase64Encoded": True, "cookies": ["a=1", "b=2"]})
    with served(url(), answer=answer) as surfaces:
        response = requests.post(surfaces.urls["Url"], data=b"\xff" * 10)

    assert response.content == b"\x00\xff\x01"
    assert response.raw.headers.getlist("set-cookie") == ["a=1", "b=2"]


def test_each_front_has_a_port_of_its_own_and_says_what_its_service_says():
    routes = [rest("/a", "GET"), http("/a", "GET"), url(), alb("/a", "GET")]
    with served(*routes, answer=returning({"statusCode": 200, "body": "ok"})) as surfaces:
        assert set(surfaces.urls) == {"Api", "Http", "Url", "Listener"}
        assert len(set(surfaces.urls.values()) | {surfaces.invoke_url}) == 5
        found = {api: requests.get(f"{at}/a").text for api, at in surfaces.urls.items()}
        lost = {api: requests.get(f"{at}/b").status_code for api, at in surfaces.urls.items()}

    assert set(found.values()) == {"ok"}
    assert lost == {"Api": 403, "Http": 404, "Url": 200, "Listener": 404}


@pytest.mark.parametrize("target", ["/dev/a", "/a"])
def test_a_path_may_have_the_stage_before_it_or_not(target):
    platform = FakePlatform(app(rest("/a", "GET", stage="dev")), returning({"body": "ok"}))
    with serving(platform) as surfaces:
        assert requests.get(surfaces.urls["Api"] + target).text == "ok"

    assert event_of(platform)["resource"] == "/a"


FRONTS = [rest("/a", "GET"), http("/a", "GET"), url(), alb("/a", "GET")]


@pytest.mark.parametrize(
    ("route", "status"),
    list(zip(FRONTS, [502, 500, 502, 502], strict=True)),
    ids=lambda value: getattr(value, "front", ""),
)
def test_a_function_that_fails_is_an_error_of_the_gateways(route, status):
    with served(route, answer=lambda *_: outcome(b"{}", status="error")) as surfaces:
        assert requests.get(f"{surfaces.urls[route.api]}/a").status_code == status


@pytest.mark.parametrize(
    ("route", "status"),
    list(zip(FRONTS, [500, 503, 429, 502], strict=True)),
    ids=lambda value: getattr(value, "front", ""),
)
def test_a_function_without_room_is_told_in_the_gateways_way(route, status):
    def full(*_):
        raise ThrottledError("ConcurrentInvocationLimitExceeded", "Fn")

    with served(route, answer=full) as surfaces:
        assert requests.get(f"{surfaces.urls[route.api]}/a").status_code == status


@pytest.mark.parametrize(
    ("route", "status"),
    list(zip(FRONTS, [502, 500, 502, 502], strict=True)),
    ids=lambda value: getattr(value, "front", ""),
)
def test_a_platform_that_fails_is_answered_for_and_told_in_the_log(route, status, capfd):
    def broken(*_):
        raise RuntimeError("broken")

    with served(route, answer=broken) as surfaces:
        assert requests.get(f"{surfaces.urls[route.api]}/a").status_code == status
    assert "RuntimeError: broken" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("route", "status", "said"),
    [(rest("/a", "GET"), 504, "Endpoint request timed out"), (http("/a", "GET"), 503, "Service Unavailable")],
    ids=["rest", "http"],
)
def test_a_gateway_waits_so_long_and_the_function_runs_on(route, status, said):
    ended = []

    async def slow(function, payload, given):
        await asyncio.sleep(0.15)
        ended.append(function)
        return outcome(b'{"body": "late"}', duration_ms=150)

    rules = Rules(rest_api_timeout_ms=50, http_api_timeout_ms=50)
    with served(route, answer=slow, rules=rules) as surfaces:
        response = requests.get(f"{surfaces.urls[route.api]}/a")
        assert ended == []
        deadline = time.monotonic() + 5
        while not ended and time.monotonic() < deadline:
            time.sleep(0.01)

    assert (response.status_code, response.json()) == (status, {"message": said})
    assert ended == ["Fn"]


def test_a_route_waits_as_long_as_its_template_says():
    async def slow(function, payload, given):
        await asyncio.sleep(0.1)
        return outcome(b'{"body": "late"}', duration_ms=100)

    routes = [rest("/short", "GET", timeout_ms=50.0), rest("/long", "GET")]
    with served(*routes, answer=slow) as surfaces:
        statuses = [requests.get(f"{surfaces.urls['Api']}{path}").status_code for path in ("/short", "/long")]

    assert statuses == [504, 200]


def settings(**limits):
    return {f"Throttling{name}Limit": value for name, value in limits.items()}


REST_STAGE = [
    resource("Api"),
    resource(
        "Stage",
        "AWS::ApiGateway::Stage",
        "Prod",
        RestApiId="a1b2c3d4e5",
        StageName="Prod",
        MethodSettings=[
            {"ResourcePath": "/*", "HttpMethod": "*", **settings(Rate=0.001, Burst=2)},
            {"ResourcePath": "/~1many", "HttpMethod": "GET", **settings(Rate=0.001, Burst=4)},
        ],
    ),
]
HTTP_STAGE = [
    resource("Http", "AWS::ApiGatewayV2::Api"),
    resource(
        "Stage",
        "AWS::ApiGatewayV2::Stage",
        "$default",
        ApiId="a1b2c3d4e5",
        StageName="$default",
        DefaultRouteSettings=settings(Rate=0.001, Burst="2"),
        RouteSettings={"GET /many": settings(Rate=0.001, Burst=4)},
    ),
]


@pytest.mark.parametrize(("make", "stage"), [(rest, REST_STAGE), (http, HTTP_STAGE)], ids=["rest", "http"])
def test_a_stage_takes_as_many_requests_as_its_template_says(make, stage):
    routes = [make("/few", "GET"), make("/many", "GET")]
    with served(*routes, answer=returning({"body": "ok", "statusCode": 200}), resources=stage) as surfaces:
        [at] = surfaces.urls.values()
        few = [requests.get(f"{at}/few") for _ in range(4)]
        many = [requests.get(f"{at}/many").status_code for _ in range(6)]

    assert [response.status_code for response in few] == [200, 200, 429, 429]
    assert few[-1].json() == {"message": "Too Many Requests"}
    assert many == [200] * 4 + [429] * 2


def test_a_reset_begins_with_full_buckets():
    limits = LAMBDA.replaced({"gateway_requests_per_s": "0.001", "gateway_burst": "1"})
    with served(http("/a"), answer=returning("ok"), limits=limits) as surfaces:
        first, second = (requests.get(f"{surfaces.urls['Http']}/a").status_code for _ in range(2))
        requests.post(f"{surfaces.control_url}/reset")
        third = requests.get(f"{surfaces.urls['Http']}/a").status_code

    assert [first, second, third] == [200, 429, 200]


def test_the_account_takes_so_many_requests_of_all_apis_together():
    limits = LAMBDA.replaced({"gateway_requests_per_s": "0.001", "gateway_burst": "3"})
    with served(rest("/a"), http("/a"), url(), answer=returning({"body": "ok"}), limits=limits) as surfaces:
        api, web, lone = (surfaces.urls[name] for name in ("Api", "Http", "Url"))
        statuses = [requests.get(f"{at}/a").status_code for at in (api, web, api, web, api)]
        assert requests.get(lone).status_code == 200  # a function URL is not API Gateway's

    assert statuses == [200, 200, 200, 429, 429]


@pytest.mark.parametrize(
    ("kind", "headers", "status"),
    [
        ("jwt", {}, 401),
        ("jwt", {"Authorization": "Bearer nothing"}, 401),
        ("jwt", {"Authorization": "Bearer e30.eyJzdWIiOiAiYm9iIn0.c2ln"}, 200),
        ("jwt", {"Authorization": "Bearer e30.eyJleHAiOiAxfQ.c2ln"}, 401),
        ("iam", {}, 403),
        ("iam", {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/execute-api/aws4_request"}, 200),
        ("lambda", {}, 401),
        ("lambda", {"Authorization": "secret"}, 200),
    ],
)
def test_credentials_are_asked_for_and_taken_as_they_are(kind, headers, status):
    platform = FakePlatform(app(http("/a", "GET", authorizer=kind)), returning({"statusCode": 200}))
    with serving(platform) as surfaces:
        assert requests.get(f"{surfaces.urls['Http']}/a", headers=headers).status_code == status

    if kind == "jwt" and status == 200:
        assert event_of(platform)["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "bob"


def test_a_result_cannot_end_the_headers():
    answer = returning({"statusCode": 200, "headers": {"x-a": "1\r\nx-b: 2\r\n\r\nbody"}, "body": "ok"})
    with served(http("/a", "GET"), answer=answer) as surfaces:
        response = requests.get(f"{surfaces.urls['Http']}/a")

    assert (response.text, "x-b" in response.headers) == ("ok", False)


@pytest.mark.parametrize("target", ["*", "nothing", "http://[/a"])
def test_what_is_no_path_is_a_bad_request(target):
    with served(http()) as surfaces:
        sent = f"OPTIONS {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        assert exchange(surfaces.urls["Http"], sent.encode()).startswith(b"HTTP/1.1 400 ")


def test_a_whole_url_is_asked_by_its_path():
    platform = FakePlatform(app(http()), returning("ok"))
    with serving(platform) as surfaces:
        sent = "GET http://shop.example.com/a?b=1 HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n"
        assert b" 200 " in exchange(surfaces.urls["Http"], sent.encode())

    assert event_of(platform)["rawPath"] == "/a"


def test_an_invocation_by_a_function_url_has_the_requests_id_and_trace():
    platform = FakePlatform(app(url()), returning("ok"))
    with serving(platform) as surfaces:
        response = requests.get(
            surfaces.urls["Url"], headers={"X-Amzn-Trace-Id": "Root=1-6951d70a-3f43124672de60387a603d5d"}
        )

    call = platform.calls[-1]
    assert call["request_id"] == response.headers["x-amzn-requestid"]
    assert call["trace_id"].startswith("Root=1-6951d70a-3f43124672de60387a603d5d;")
    assert call["cause"] == "GET /"
