"""The Invoke API in process and the one over HTTP give the same answers, but for ids."""

import base64
import json
from urllib.parse import quote

import pytest

pytest.importorskip("httptools")
pytest.importorskip("requests")

import requests

from pytest_serverless.deployment.lambda_api import LambdaApi
from tests.local.surfaces.serving import FakePlatform, Kept, alias, app, outcome, serving, version

pytestmark = pytest.mark.realtime

CONTEXT = base64.b64encode(b'{"custom": {"a": "b"}}').decode()
SHOP = app(resources=[version(), alias("live")])
OWN = {"x-amzn-requestid", "x-amzn-trace-id", "content-length"}


@pytest.fixture(scope="module")
def over_http():
    answer = lambda function, payload, given: outcome(payload, log="the log\n")  # noqa: E731  # one of three alike
    with serving(FakePlatform(SHOP, answer), later=Kept()) as surfaces:
        yield surfaces.invoke_url


def in_process(method, url, headers, body):
    run = lambda function, event, **_: outcome(json.dumps(event).encode(), log="the log\n")  # noqa: E731  # as above
    return LambdaApi(SHOP, run, lambda *_: None).respond(method, url, headers, body)


@pytest.mark.parametrize("body", [b'{"a": 1}', b"", b"{", b"\xff", b"[1 2]", b'"' + b"x" * 6_291_556 + b'"'], ids=len)
@pytest.mark.parametrize("name", ["shop-Fn", "shop-Fn:live", "shop-Fn:dead", "us-east-1:123456789012:function:shop-Fn"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Amz-Invocation-Type": "Event"},
        {"X-Amz-Invocation-Type": "DryRun"},
        {"X-Amz-Log-Type": "Tail"},
        {"X-Amz-Client-Context": CONTEXT},
        {"X-Amz-Client-Context": "?"},
    ],
    ids=str,
)
def test_an_invocation_is_answered_alike(over_http, body, name, headers):
    path = f"/2015-03-31/functions/{quote(name, safe='')}/invocations"

    status, said, content = in_process("POST", f"https://lambda.us-east-1.amazonaws.com{path}", headers, body)
    response = requests.post(over_http + path, data=body, headers=headers)

    assert (response.status_code, response.content) == (status, content)
    there = {key.lower(): value for key, value in response.headers.items()}
    here = {key.lower(): value for key, value in said.items()}
    assert {key: there[key] for key in there if key not in OWN | {"content-type"}} == {
        key: here[key] for key in here if key not in OWN | {"content-type"}
    }


def test_a_function_that_is_none_of_ours_is_left_to_the_mocked_service():
    assert in_process("POST", "https://lambda/2015-03-31/functions/nothing/invocations", {}, b"") is None
    assert in_process("GET", "https://lambda/2015-03-31/functions/shop-Fn", {}, b"") is None
