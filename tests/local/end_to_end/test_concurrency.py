"""A hundred requests at once under a reserved concurrency of ten: the client's count and the platform's are one."""

import asyncio
import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
ACCOUNT = "ConcurrentInvocationLimitExceeded"
WAVE_S = 30

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, CodeUri: src/, Timeout: 20}}
Resources:
  Ten:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, ReservedConcurrentExecutions: 10}
  One:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.respond
      ReservedConcurrentExecutions: 1
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Rest: {Type: Api, Properties: {Path: /one, Method: get}}
        Http: {Type: HttpApi, Properties: {Path: /one, Method: get}}
  Stopped:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, ReservedConcurrentExecutions: 0}
  Other:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler}
"""
CODE = """
import os
import time

invocations = 0

def handler(event, context):
    global invocations
    invocations += 1
    time.sleep(event.get("seconds", 0))
    return {"pid": os.getpid(), "invocation": invocations}

def respond(event, context):
    time.sleep(0.4)
    return {"statusCode": 200, "body": "ran"}
"""


@pytest.fixture(scope="module")
def running(application, start_platform):
    return start_platform(application(TEMPLATE, {"src/app.py": CODE}), backends=False)


@pytest.fixture
def platform(running):
    running.reset()
    return running


def wave(platform, count, *, function="Ten", seconds=0.0):
    """Ask `count` times at one moment, each by a connection of its own; return statuses, headers and answers."""

    async def ask(host, port, opened):
        reader, writer = await asyncio.open_connection(host, port)
        opened.release()
        body = json.dumps({"seconds": seconds}).encode()
        path = f"/2015-03-31/functions/{platform.functions[function]}/invocations"
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        await all_open.wait()
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        top, _, content = answer.partition(b"\r\n\r\n")
        status, *lines = top.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        return int(status.split()[1]), headers, json.loads(content)

    async def everybody():
        nonlocal all_open
        all_open, opened = asyncio.Event(), asyncio.Semaphore(0)
        parts = urlsplit(platform.addresses["invoke"])
        asked = [asyncio.ensure_future(ask(parts.hostname, parts.port, opened)) for _ in range(count)]
        for _ in asked:
            await opened.acquire()
        all_open.set()
        return await asyncio.gather(*asked)

    all_open = None
    return asyncio.run(asyncio.wait_for(everybody(), WAVE_S))


def statuses(answers):
    return Counter(status for status, _, _ in answers)


def test_of_a_hundred_at_once_ten_run_and_ninety_are_told_why_not(platform):
    answers = wave(platform, 100, seconds=0.5)

    assert statuses(answers) == {200: 10, 429: 90}
    ran = [body for status, _, body in answers if status == 200]
    assert len({body["pid"] for body in ran}) == 10
    assert {body["invocation"] for body in ran} == {1}
    for headers, body in ((headers, body) for status, headers, body in answers if status == 429):
        assert headers["x-amzn-errortype"] == "TooManyRequestsException"
        assert (body["Reason"], body["Type"]) == (RESERVED, "User")


def test_the_truth_agrees_with_the_client_to_the_unit_and_the_next_wave_is_warm(platform):
    first = wave(platform, 100, seconds=0.5)
    told = platform.truth()
    second = wave(platform, 10, seconds=0.3)
    third = wave(platform, 100, seconds=0.3)
    truth = platform.truth()

    reasons = Counter(body["Reason"] for status, _, body in first if status == 429)
    ten = told["functions"]["Ten"]
    assert (ten["arrivals"], ten["admitted"], ten["throttled"]) == (100, statuses(first)[200], statuses(first)[429])
    assert ten["throttles"] == told["throttles"] == reasons
    assert (ten["cold_starts"], ten["sandboxes"]) == (10, {"now": 10, "most": 10, "ever": 10})
    assert (ten["busy"]["most"], ten["busy"]["now"], ten["waiting"]) == (10, 0, 0)

    assert statuses(second) == {200: 10}
    pids = {body["pid"] for status, _, body in first if status == 200}
    assert {body["pid"] for _, _, body in second} == pids, "each found a sandbox of the first wave, and one of its own"
    assert statuses(third) == {200: 10, 429: 90}
    ten = truth["functions"]["Ten"]
    assert (ten["arrivals"], ten["admitted"], ten["throttled"]) == (210, 30, 180)
    assert (ten["cold_starts"], ten["sandboxes"]["ever"]) == (10, 10), "no cold start after the first wave"
    assert truth["arrivals"] == 210
    assert ten["busy"]["seconds"] == pytest.approx(sum(ten["busy"]["cells"]) * ten["busy"]["cell_s"], abs=0.11 * 10)


def test_the_log_has_a_line_for_each(platform):
    wave(platform, 100, seconds=0.3)

    lines = platform.logs.splitlines()
    assert len([line for line in lines if RESERVED in line]) == 90
    assert len([line for line in lines if "REPORT RequestId" in line and "Init Duration" in line]) == 10


def test_boto3_in_threads_sees_the_same(platform):
    client = platform.client("lambda")

    def ask(_):
        try:
            payload = json.dumps({"seconds": 0.6}).encode()
            return json.load(client.invoke(FunctionName=platform.functions["Ten"], Payload=payload)["Payload"])
        except client.exceptions.TooManyRequestsException as error:
            return error.response

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))

    refused = [answer for answer in answers if "Error" in answer]
    assert len(answers) - len(refused) == 10
    assert {(each["Reason"], each["ResponseMetadata"]["HTTPStatusCode"]) for each in refused} == {(RESERVED, 429)}
    assert {each["ResponseMetadata"]["RetryAttempts"] for each in refused} == {0}
    truth = platform.truth()
    assert (truth["arrivals"], truth["throttles"]) == (20, {RESERVED: 10})


def test_a_reserved_concurrency_of_zero_stops_a_function(platform):
    ((status, _, body),) = wave(platform, 1, function="Stopped")

    assert (status, body["Reason"]) == (429, RESERVED)
    assert platform.truth()["functions"]["Stopped"]["throttles"] == {RESERVED: 1}


def test_other_functions_have_the_concurrency_of_the_account(application, start_platform):
    platform = start_platform(
        application(TEMPLATE.partition("  Ten:")[0] + TEMPLATE[TEMPLATE.index("  Other:") :], {"src/app.py": CODE}),
        backends=False,
        limits={"account_concurrency": 4},
    )

    answers = wave(platform, 20, function="Other", seconds=0.4)

    assert statuses(answers) == {200: 4, 429: 16}
    assert {body["Reason"] for status, _, body in answers if status == 429} == {ACCOUNT}
    assert platform.truth()["throttles"] == {ACCOUNT: 16}


@pytest.mark.parametrize(
    ("api", "refused"),
    [
        ("ServerlessRestApi", (500, {"message": "Internal server error"})),
        ("ServerlessHttpApi", (503, {"message": "Service Unavailable"})),
        ("OneUrl", (429, None)),
    ],
)
def test_the_gateways_say_it_in_their_own_words(platform, api, refused):
    path = "/" if api == "OneUrl" else "/one"
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: platform.request("GET", path, api=api), range(3)))

    assert sorted(answer.status for answer in answers) == [200, refused[0], refused[0]]
    assert all(answer.json() == refused[1] for answer in answers if answer.status != 200 and refused[1])
