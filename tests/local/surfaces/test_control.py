"""The control endpoints: what they tell, and to whom."""

import asyncio
import json

import pytest

pytest.importorskip("httptools")
pytest.importorskip("requests")

import requests

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.errors import PlatformError, ThrottledError
from pytest_serverless.local.aws.messages import Delivery, decode_outcome
from pytest_serverless.local.platform_events import PlatformEvent
from pytest_serverless.outcome import LogLine
from tests.local.surfaces.serving import FakePlatform, exchange, outcome, serving
from tests.web.asking import app, http

pytestmark = pytest.mark.realtime


@pytest.fixture(scope="module")
def shop():
    platform = FakePlatform(app(http("/a", "GET")))
    with serving(platform) as surfaces:
        yield platform, surfaces.control_url


def test_a_platform_is_healthy_when_it_is_ready():
    with serving(ready=False) as surfaces:
        before = requests.get(f"{surfaces.control_url}/health")
        surfaces.surfaces.ready()
        after = requests.get(f"{surfaces.control_url}/health")

    assert (before.status_code, before.json()["status"]) == (503, "starting")
    assert (after.status_code, after.json()) == (200, {"status": "ok", "provider": "aws", "app": "shop"})


def test_the_truth_is_told_and_forgotten_on_demand(shop):
    platform, control = shop

    assert requests.get(f"{control}/truth").json() == {"arrivals": len(platform.calls)}
    before = platform.resets
    assert requests.post(f"{control}/reset").json() == {"status": "ok"}
    assert platform.resets == before + 1


def test_a_reset_goes_on_to_the_services():
    done = []

    async def reset():
        done.append("services")

    with serving(reset=reset) as surfaces:
        requests.post(f"{surfaces.control_url}/reset")

    assert done == ["services"]


def test_no_delivery_is_run_during_a_reset_or_before_the_platform_is_ready():
    sent = Delivery(function="Fn", payload=b"{}", cause="a queue").encode()
    platform, answers = FakePlatform(), []

    async def reset():
        answers.append(await asyncio.to_thread(requests.post, f"{surfaces.control_url}/invoke", data=sent))

    with serving(platform, reset=reset, ready=False) as surfaces:
        answers.append(requests.post(f"{surfaces.control_url}/invoke", data=sent))
        surfaces.surfaces.ready()
        requests.post(f"{surfaces.control_url}/reset")
        after = requests.post(f"{surfaces.control_url}/invoke", data=sent)

    assert [answer.status_code for answer in answers] == [503, 503]
    assert after.status_code == 200
    assert len(platform.calls) == 1


def test_where_the_services_have_gone_it_says_so():
    async def gone():
        raise PlatformError("The mocked services have ended.")

    with serving(reset=gone, state=gone) as surfaces:
        answers = [requests.post(f"{surfaces.control_url}/reset"), requests.get(f"{surfaces.control_url}/state")]

    told = [(answer.status_code, answer.json()) for answer in answers]
    assert told == [(503, {"error": "The mocked services have ended."})] * 2


def test_functions_are_told_with_their_addresses():
    with serving(FakePlatform(app(http("/a", "GET")))) as surfaces:
        told = requests.get(f"{surfaces.control_url}/functions").json()
        url = surfaces.urls["Http"]

    assert told["invoke"] == surfaces.invoke_url
    assert told["apis"] == {"Http": {"front": "http_api", "url": url}}
    arn = "arn:aws:lambda:us-east-1:123456789012:function:Fn"
    assert told["functions"] == {
        "Fn": {
            "name": "Fn",
            "arn": arn,
            "handler": "app.handler",
            "urls": [url],
            "runtime": LambdaSettings().runtime,
            "architecture": "x86_64",
            "memory_mb": 128,
            "reserved": None,
            "provisioned": {},
        }
    }


def test_the_last_events_are_told_once_each(shop):
    platform, control = shop
    last = requests.get(f"{control}/events").json()["last"]
    line = LogLine(time=1.0, source="stdout", message="hello")
    ran = outcome(b"x" * 1_000_000, status="error", log="y" * 1_000_000)
    for kind, record in (("log", {"line": line}), ("report", {"outcome": ran}), ("note", {"text": "z"})):
        platform.events.tell(PlatformEvent(time=2.0, kind=kind, function="Fn", request_id="r", record=record))

    told = requests.get(f"{control}/events?after={last}").json()

    assert [event["kind"] for event in told["events"]] == ["log", "report", "note"]
    assert told["events"][0]["record"]["line"]["message"] == "hello"
    assert told["events"][1]["record"]["outcome"]["status"] == "error"
    assert len(json.dumps(told)) < 2_000
    assert requests.get(f"{control}/events?after={told['last']}").json() == {"events": [], "last": told["last"]}


def test_only_the_last_thousand_events_are_kept():
    platform = FakePlatform()
    with serving(platform) as surfaces:
        for number in range(1_500):
            platform.events.tell(PlatformEvent(time=float(number), kind="note"))
        told = requests.get(f"{surfaces.control_url}/events").json()

    assert [told["events"][0]["number"], told["last"], len(told["events"])] == [501, 1500, 1000]


def delivered(control, **given):
    delivery = Delivery(**{"function": "Fn", "payload": b'{"a": 1}', "cause": "sqs", **given})
    return requests.post(f"{control}/invoke", data=delivery.encode())


def test_a_delivery_is_run_and_answered_with_all_that_it_came_to(shop):
    platform, control = shop

    response = delivered(control, request_id="r-1", trace_id="Root=1-a-b")

    assert decode_outcome(response.content).payload == b'{"a": 1}'
    call = platform.calls[-1]
    assert (call["cause"], call["request_id"], call["trace_id"], call["synchronous"]) == (
        "sqs",
        "r-1",
        "Root=1-a-b",
        False,
    )


def test_a_delivery_that_cannot_be_run_says_why(capfd):
    answers = {b"1": ThrottledError("ReservedFunctionConcurrentInvocationLimitExceeded", "Fn"), b"2": OSError("broken")}

    def answer(function, payload, given):
        raise answers[payload]

    with serving(FakePlatform(app(http()), answer)) as surfaces:
        control = surfaces.control_url
        throttled, failed = (delivered(control, payload=payload) for payload in answers)
        unknown = delivered(control, function="No")
        nothing = requests.post(f"{control}/invoke", data=b"{}")

    assert (throttled.status_code, throttled.json()["reason"]) == (429, answers[b"1"].reason)
    assert (failed.status_code, "broken" in failed.text) == (500, True)
    assert (unknown.status_code, nothing.status_code) == (404, 400)
    assert "OSError: broken" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "reset", 405), ("POST", "truth", 405), ("GET", "nothing", 404)]
)
def test_what_is_not_there_says_what_is(shop, method, path, status):
    response = requests.request(method, f"{shop[1]}/{path}")

    assert response.status_code == status
    assert path in response.json()["error"]


def test_an_event_is_asked_for_by_its_number(shop):
    assert requests.get(f"{shop[1]}/events?after=x").status_code == 400


def asked(control, *headers, method="POST", path="reset"):
    lines = [f"{method} /_serverless/{path} HTTP/1.1", "Connection: close", "Content-Length: 0", *headers, "", ""]
    answer = exchange(control.removesuffix("/_serverless"), "\r\n".join(lines).encode())
    assert b"access-control" not in answer.lower()
    return int(answer.split()[1])


@pytest.mark.parametrize(
    "host", ["localhost:3000", "LOCALHOST", "127.0.0.1:3000", "127.9.9.9", "[::1]:3000", "shop.localhost"]
)
def test_this_machine_may_ask_under_any_of_its_names(shop, host):
    assert asked(shop[1], f"Host: {host}") == 200
    assert asked(shop[1], f"Host: {host}", f"Origin: http://{host}") == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        ["Host: evil.example.com"],
        ["Host: evil.example.com:3000"],
        ["Host: localhost.evil.example.com"],
        ["Host: 127.0.0.1.evil.example.com"],
        ["Host: 93.184.216.34"],
        ["Host: "],
        ["Host: [::"],
        ["Host: localhost", "Host: evil.example.com"],
        ["Host: localhost", "Origin: http://evil.example.com"],
        ["Host: localhost:3000", "Origin: http://localhost:4000"],
        ["Host: localhost", "Origin: https://localhost"],
        ["Host: localhost", "Origin: null"],
        ["Host: localhost", "Origin: http://localhost", "Origin: http://evil.example.com"],
    ],
    ids=" ".join,
)
def test_a_page_or_a_name_that_was_made_to_point_here_may_not(shop, method, headers):
    platform, control = shop
    before = platform.resets

    assert asked(control, *headers, method=method, path="reset" if method == "POST" else "truth") == 403
    assert platform.resets == before


def test_one_that_listens_everywhere_is_asked_by_any_address_but_no_name():
    with serving(host="0.0.0.0") as surfaces:
        assert surfaces.invoke_url.startswith("http://127.0.0.1:")
        assert asked(surfaces.control_url, "Host: 192.168.1.5:3000") == 200
        assert asked(surfaces.control_url, "Host: evil.example.com") == 403
