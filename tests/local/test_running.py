import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pytest_serverless.cli import _parser
from pytest_serverless.cli.local import _settings
from pytest_serverless.errors import InvocationError, PlatformError, ThrottledError, UnknownNameError
from pytest_serverless.local.running import RunningPlatform, arguments_of
from pytest_serverless.local.settings import Settings

APPS = Path(__file__).parents[2] / "fixtures/apps"
ITEMS = APPS / "items_api/template.yaml"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows")


class Answering(BaseHTTPRequestHandler):
    """Answers as the test says, and keeps what it was asked."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        status, headers, content = self.server.answers.get(urlsplit(self.path).path, (200, {}, b"{}"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer  # noqa: N815  # the names that http.server looks for

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as found:
        found.asked, found.answers = [], {}
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def platform(server):
    """One that was started, and is a server of the test's."""
    url = f"http://127.0.0.1:{server.server_port}"
    found = RunningPlatform(Settings(template=ITEMS, port=0))
    found._addresses = {
        "invoke": url,
        "control": f"{url}/_serverless",
        "aws": None,
        "apis": {"Items": f"{url}/dev"},
        "functions": {"Resize": "shop-Resize"},
        "resources": {"Resize": "shop-Resize", "Uploads": "shop-uploads"},
        "environment": {"AWS_DEFAULT_REGION": "eu-west-1"},
    }
    return found


INVOKE = "/2015-03-31/functions/shop-Resize/invocations"


def test_a_request_goes_to_the_api_with_its_stage(platform, server):
    server.answers["/dev/items"] = (201, {"Content-Type": "application/json"}, b'{"id": "42"}')

    response = platform.request("POST", "/items", params={"q": "a b"}, json={"id": "42"}, headers={"X-Who": "me"})

    assert (response.status, response.json()) == (201, {"id": "42"})
    ((method, path, headers, body),) = server.asked
    assert (method, path, json.loads(body)) == ("POST", "/dev/items?q=a%20b", {"id": "42"})
    assert (headers["X-Who"], headers["Content-Type"]) == ("me", "application/json")


def test_a_resource_is_known_by_its_id(platform):
    assert platform.ref("Uploads") == "shop-uploads"
    with pytest.raises(UnknownNameError, match="Did you mean 'Uploads'"):
        platform.ref("Upload")


def test_an_api_is_named_where_there_are_several(platform):
    platform._addresses["apis"]["Orders"] = "http://127.0.0.1:1"

    with pytest.raises(PlatformError, match="Say which: 'Items' or 'Orders'"):
        platform.url()
    with pytest.raises(UnknownNameError, match="Did you mean 'Orders'"):
        platform.request("GET", "/", api="Order")
    assert platform.url("Orders") == "http://127.0.0.1:1"


def test_an_invocation_returns_what_the_function_returned(platform, server):
    server.answers[INVOKE] = (200, {}, b'{"ok": true}')

    assert platform.invoke("Resize", {"key": "a"}) == {"ok": True}
    assert platform.invoke("shop-Resize", b"[1]", qualifier="live") == {"ok": True}
    assert [asked[3] for asked in server.asked] == [b'{"key": "a"}', b"[1]"]
    assert server.asked[1][1] == f"{INVOKE}?Qualifier=live"


def test_a_failed_invocation_is_raised_in_the_words_of_the_function(platform, server):
    error = json.dumps({"errorType": "KeyError", "errorMessage": "'key'", "stackTrace": []}).encode()
    server.answers[INVOKE] = (200, {"X-Amz-Function-Error": "Unhandled"}, error)

    with pytest.raises(InvocationError, match="Resize failed: KeyError: 'key'"):
        platform.invoke("Resize")


def test_a_throttled_invocation_is_raised_with_its_reason(platform, server):
    body = b'{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}'
    server.answers[INVOKE] = (429, {"x-amzn-errortype": "TooManyRequestsException"}, body)

    with pytest.raises(ThrottledError) as error:
        platform.invoke("Resize")

    assert error.value.reason == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_a_function_that_there_is_none_of(platform, server):
    with pytest.raises(UnknownNameError, match="Did you mean 'Resize'"):
        platform.invoke("Resise")
    assert server.asked == []


def test_it_is_quiet_when_the_platform_says_so(platform, server):
    server.answers["/_serverless/state"] = (200, {}, b'{"quiet": true}')
    platform.wait_quiet()

    server.answers["/_serverless/state"] = (200, {}, b'{"quiet": false, "in_flight": 2, "left": ["Orders"]}')
    with pytest.raises(PlatformError, match=r"not quiet after 0.1 s: .*Orders"):
        platform.wait_quiet(timeout_s=0.1)


def test_what_does_not_answer_is_an_error_that_says_so(platform):
    platform._addresses["control"] = "http://127.0.0.1:9"

    with pytest.raises(PlatformError, match="Does the platform still run"):
        platform.truth()


def test_without_the_mocked_services_there_are_no_clients_of_theirs(platform):
    with pytest.raises(PlatformError, match="There is no s3: the platform was started without"):
        platform.client("s3")


def test_a_client_of_lambda_tries_once_and_no_mock_hears_it(platform, server):
    from moto import mock_aws

    from pytest_serverless.backends import finder

    body = b'{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate Exceeded."}'
    server.answers[INVOKE] = (429, {"x-amzn-errortype": "TooManyRequestsException"}, body)
    heard = []
    listeners = dict.fromkeys(finder.Taps.__slots__, lambda **event: heard.append(event))

    with mock_aws(), finder.TAPS.heard_by(listeners):
        client = platform.client("lambda")
        with pytest.raises(client.exceptions.TooManyRequestsException):
            client.invoke(FunctionName="shop-Resize")

    assert len(server.asked) == 1
    assert heard == []
    assert client is platform.client("lambda")
    assert client.meta.region_name == "eu-west-1"
    platform.stop()


@pytest.mark.parametrize(
    "settings",
    [
        Settings(template=ITEMS, port=0),
        Settings(
            template=ITEMS,
            choices={
                "parameters": {"A": "x=y"},
                "imports": {"ssm:/a": "1"},
                "environment": "ci",
                "region": "eu-west-1",
            },
            port=4000,
            host="0.0.0.0",
            limits={"account_concurrency": 10},
            simulate="lognormal:median=20ms,sigma=0.4",
            simulate_init="1s",
            simulate_proactive=0.6,
            simulate_idle="uniform:low=1s,high=2s",
            simulate_stall="every=5s,for=1s,from=5s",
            seed="7",
            backends=False,
            skip_idle=True,
            reload=False,
            coverage=True,
            node="/usr/bin/node",
        ),
        Settings(template=ITEMS, simulate="20ms"),
    ],
)
def test_the_command_reads_the_settings_that_were_meant(settings):
    read = _settings(_parser().parse_args(["local", *arguments_of(settings)]))

    chosen = {name: value for name, value in read.choices.items() if value}
    assert chosen == settings.choices
    assert read.limits == {name: str(value) for name, value in settings.limits.items()}
    for name in ("template", "host", "port", "simulate", "simulate_init", "seed", "backends", "skip_idle", "reload"):
        assert getattr(read, name) == getattr(settings, name), name
    for name in ("simulate_proactive", "simulate_idle", "simulate_stall"):
        assert getattr(read, name) == getattr(settings, name), name
    assert (read.coverage, read.node) == (settings.coverage, settings.node)


# The whole of it


@pytest.fixture(scope="module")
def items():
    with RunningPlatform(Settings(template=ITEMS, port=0, reload=False)) as found:
        yield found


@pytest.mark.realtime
def test_an_application_is_asked_invoked_and_looked_into(items):
    items.reset()
    created = items.request("POST", "/items", json={"name": "pen", "price": 2}, api="ItemsHttpApi")

    assert created.status == 201, created.text
    id_ = created.json()["id"]
    assert items.request("GET", f"/items/{id_}", api="ItemsRestApi").json()["name"] == "pen"
    assert items.client("dynamodb").scan(TableName=items.ref("Items"))["Count"] == 1
    truth = items.truth()
    assert (truth["arrivals"], truth["cold_starts"], truth["throttled"]) == (2, 2, 0)
    assert "CreateItem  REPORT RequestId: " in items.logs
    items.wait_quiet()


@pytest.mark.realtime
def test_after_a_reset_it_is_as_it_was_at_the_start(items):
    items.request("POST", "/items", json={"name": "pen", "price": 2}, api="ItemsHttpApi")

    items.reset()

    (table,) = items.client("dynamodb").list_tables()["TableNames"]
    assert items.client("dynamodb").scan(TableName=table)["Count"] == 0
    assert (items.truth()["arrivals"], items.logs) == (0, "")


@pytest.mark.realtime
def test_many_threads_may_ask(items):
    items.reset()
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: items.request("GET", "/items", api="ItemsHttpApi").status, range(40)))

    assert statuses == [200] * 40
    assert items.truth()["arrivals"] == 40


@pytest.mark.realtime
def test_one_that_cannot_start_says_why(tmp_path):
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {}\n")

    with pytest.raises(PlatformError, match="has no resources"):
        RunningPlatform(Settings(template=template, port=0)).start()
