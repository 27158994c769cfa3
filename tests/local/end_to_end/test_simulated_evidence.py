"""A simulated platform as a load generator meets it: evidence by every way in, and a truth to hold it to."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from pytest_serverless.errors import PlatformError
from pytest_serverless.load.evidence import count_observations, evidence_of_tail, read_header
from pytest_serverless.load.observations import Observation

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.xdist_group("realtime"),
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, CodeUri: src/, Handler: app.handler, Timeout: 20}}
Resources:
  Plain:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig: {AuthType: NONE}
  Ready:
    Type: AWS::Serverless::Function
    Properties:
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 3}
      Events:
        Http: {Type: HttpApi, Properties: {Path: /ready, Method: get}}
"""


@pytest.fixture(scope="module")
def template(application):
    return application(TEMPLATE, {"src/app.py": "def handler(event, context):\n    raise SystemError\n"})


@pytest.fixture(scope="module")
def platform(start_platform, template):
    return start_platform(
        template,
        simulate="lognormal:median=30ms,sigma=0.3",
        simulate_init="60ms",
        simulate_proactive=0.6,
        simulate_idle="uniform:low=400ms,high=900ms",
        backends=False,
    )


@pytest.fixture(autouse=True)
def anew(platform):
    platform.reset()


def ask(url, method="GET", path="", body=None, headers=None):
    """Send one request; return its times, its status and its headers, by their names in lower case."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname, parts.port, timeout=20)
    connection.connect()
    started_s = time.time()
    connection.request(method, path or parts.path or "/", body, headers or {})
    response = connection.getresponse()
    response.read()
    ended_s = time.time()
    connection.close()
    return started_s, ended_s, response.status, {name.lower(): value for name, value in response.getheaders()}


def by_http(platform, api, path=""):
    started_s, ended_s, status, headers = ask(platform.url(api), path=path)
    return seen(started_s, ended_s, status, read_header(headers.get("x-serverless-probe"), ended_s))


def by_invoke(platform, function):
    path = f"/2015-03-31/functions/{platform.functions[function]}/invocations"
    given = {"X-Amz-Log-Type": "Tail", "Content-Type": "application/json"}
    started_s, ended_s, status, headers = ask(platform.addresses["invoke"], "POST", path, b"{}", given)
    return seen(started_s, ended_s, status, evidence_of_tail(headers["x-amz-log-result"], ended_s))


def seen(started_s, ended_s, status, evidence):
    assert status == 200
    return Observation("s", "call", "hold", started_s, started_s, ended_s, "ok", status=status, evidence=evidence)


def in_waves(send, *sizes, pause_s=0.15):
    """Send so many together, then so many after a pause; return all observations."""
    found = []
    with ThreadPoolExecutor(max(sizes)) as pool:
        for size in sizes:
            found += pool.map(lambda _: send(), range(size))
            time.sleep(pause_s)
    return found


@pytest.mark.parametrize("way", ["http", "invoke"])
def test_what_answers_tell_is_the_truth(platform, way):
    send = (lambda: by_http(platform, "PlainUrl")) if way == "http" else (lambda: by_invoke(platform, "Plain"))
    found = in_waves(send, 4, 10, 20, 30, 40)

    truth, counts = platform.truth(), count_observations(found)
    assert truth["admitted"] == len(found) == counts.known == 104
    assert counts.new_instances == truth["new_instances"]
    # The init of a sandbox may end while the request for it is on its way.
    assert counts.user_visible == pytest.approx(truth["cold_starts"], abs=5)
    assert truth["inits_ahead"] > 0.3 * truth["inits"] > 3
    assert truth["new_instances"] > truth["cold_starts"] >= 5
    assert counts.by_type == {"on-demand": 104}


def test_a_report_and_the_probe_tell_of_one_invocation(platform):
    found = by_invoke(platform, "Plain").evidence

    assert (found.source, found.invocation, found.init_type) == ("report", 1, "on-demand")
    assert found.init_ms == pytest.approx(60, abs=25)
    assert found.billed_ms >= found.duration_ms + found.init_ms - 1
    assert len(found.instance) == 32


def test_provisioned_concurrency_of_the_template_is_there_before_the_first_request(platform):
    found = in_waves(lambda: by_http(platform, "ServerlessHttpApi", "/ready"), 3, 3, 3, 3, pause_s=0)

    truth, counts = platform.truth()["functions"]["Ready"], count_observations(found)
    assert (counts.user_visible, truth["cold_starts"], truth["spill_overs"]) == (0, 0, 0)
    assert counts.by_type == {"provisioned-concurrency": 12}
    assert counts.new_instances == truth["new_instances"] == truth["inits"] == 3


def test_a_platform_that_stalls_answers_late_and_all_at_once(start_platform, template):
    platform = start_platform(
        template, simulate="10ms", simulate_init="0ms", simulate_stall="every=800ms,for=400ms", backends=False
    )
    first = by_http(platform, "PlainUrl")
    time.sleep(max(first.started_s + 0.9 - time.time(), 0))

    late = in_waves(lambda: by_http(platform, "PlainUrl"), 3, pause_s=0)

    assert first.service_ms < 300
    assert max(one.ended_s for one in late) - min(one.ended_s for one in late) < 0.2
    assert all(first.started_s + 1.2 - 0.05 < one.ended_s < first.started_s + 1.6 for one in late)


def test_habits_are_those_of_a_simulated_platform_alone(start_platform, template):
    with pytest.raises(PlatformError, match=r"--simulate-idle and --simulate-stall can be had with --simulate alone"):
        start_platform(template, simulate_idle="5s", simulate_stall="every=5s,for=1s")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"simulate_proactive": 1.5}, "less than 1"),
        ({"simulate_stall": "5s"}, "cannot be read as stalls"),
        ({"simulate_idle": "long"}, "'long' is no time"),
    ],
)
def test_habits_that_cannot_be_are_refused(start_platform, template, settings, words):
    with pytest.raises(PlatformError) as caught:
        start_platform(template, simulate="10ms", **settings)
    assert words in str(caught.value)


def test_the_truth_is_at_the_control_endpoint(platform):
    by_invoke(platform, "Plain")
    parts = urlsplit(platform.addresses["control"])
    connection = HTTPConnection(parts.hostname, parts.port, timeout=5)
    connection.request("GET", f"{parts.path}/truth")
    truth = json.loads(connection.getresponse().read())
    connection.close()

    plain = truth["functions"]["Plain"]
    assert {"arrivals", "admitted", "cold_starts", "new_instances", "inits", "inits_ahead", "throttles"} <= plain.keys()
    assert (plain["arrivals"], plain["admitted"], plain["cold_starts"], plain["new_instances"]) == (1, 1, 1, 1)
