"""The local platform as a target: a process of its own, for as long as it is needed and no longer."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import urllib.request
from importlib.util import find_spec

import pytest

pytest.importorskip("httptools")
pytest.importorskip("watchfiles")

from pytest_serverless.errors import InvalidParameterError, PlatformError
from pytest_serverless.load.results import TargetFunction
from pytest_serverless.load.targets import LocalPlatformTarget, Reached
from tests.local.end_to_end.stage import Processes, until

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.xdist_group("realtime"),
    pytest.mark.timeout(60),
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, CodeUri: src/, MemorySize: 256, Architectures: [arm64]}}
Resources:
  Items:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      FunctionName: items
      ReservedConcurrentExecutions: 3
      Events:
        Http: {Type: HttpApi, Properties: {Path: /items, Method: GET}}
        Rest: {Type: Api, Properties: {Path: /items, Method: GET}}
  Live:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      FunctionName: live
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}
      FunctionUrlConfig: {AuthType: NONE}
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text("def handler(event, context):\n    return 'ran'\n")
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder / "template.yaml"


@pytest.fixture(scope="module")
def platform(template):
    target = LocalPlatformTarget(template, "--simulate 1ms --region eu-west-1 --limit account_concurrency=150")
    target.start()
    yield target
    target.stop()


def test_it_is_reached_where_it_says_and_as_what_it_is(platform):
    reached = platform.reached

    assert reached.kind == "local"
    assert {id_: reached.path(id_) for id_ in reached.urls} == {
        "ServerlessHttpApi": "http_api",
        "ServerlessRestApi": "rest_api",
        "LiveUrl": "function_url",
    }
    assert reached.functions == {"Items": "items", "Live": "live"}
    assert reached.measured.functions == (
        TargetFunction(name="items", runtime="python3.12", architecture="arm64", memory_mb=256, reserved=3),
        TargetFunction(name="live", runtime="python3.12", architecture="arm64", memory_mb=256, provisioned=2),
    )
    assert (reached.measured.provider, reached.measured.region) == ("local", "eu-west-1")
    assert reached.account == "123456789012"
    assert reached.resources["Orders"].endswith("/orders")
    assert reached.environment["AWS_REGION"] == "eu-west-1"
    assert "live:live" in reached.notes[0]
    assert Reached.from_json(json.loads(json.dumps(reached.as_json()))) == reached


def test_what_it_counts_is_told(platform):
    url = f"{platform.reached.url('ServerlessHttpApi')}/items"
    for _ in range(3):
        with urllib.request.urlopen(url) as answer:
            assert answer.status == 200

    truth = platform.truth()

    assert truth["arrivals"] == truth["admitted"] == 3
    assert truth["cold_starts"] == 1
    assert "REPORT" not in platform.output


def test_it_ends_with_its_block(template):
    target = LocalPlatformTarget(template, ["--simulate=1ms"])
    with target as reached:
        assert target.is_running
        assert reached.invoke_url
    assert not target.is_running

    with pytest.raises(PlatformError, match="does not answer"):
        target.truth()


def test_what_is_wrong_with_a_template_is_told(tmp_path):
    target = LocalPlatformTarget(tmp_path / "tempalte.yaml")

    with pytest.raises(PlatformError, match=r"did not start\. There is no file .*tempalte\.yaml"):
        target.start()
    with pytest.raises(PlatformError, match="was not started"):
        _ = target.reached


def test_an_argument_that_there_is_not_is_told(template):
    with pytest.raises(PlatformError, match="unrecognized arguments: --simulated"):
        LocalPlatformTarget(template, "--simulated").start()


@pytest.mark.parametrize("arguments", ["--ready-file x", ["--ready-file=x"], "--until-eof"])
def test_what_is_its_own_is_not_taken_from_others(template, arguments):
    with pytest.raises(InvalidParameterError, match="is set by what starts the local platform"):
        LocalPlatformTarget(template, arguments)


def test_arguments_that_a_shell_would_not_read_are_refused(template):
    with pytest.raises(InvalidParameterError, match="No closing quotation"):
        LocalPlatformTarget(template, "--simulate '20ms")


def test_an_interpreter_that_there_is_not_is_told(template, tmp_path):
    with pytest.raises(PlatformError, match=r"did not start: .*No such file.*nowhere"):
        LocalPlatformTarget(template, python=tmp_path / "nowhere").start()


def test_it_is_refused_on_windows(template, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")

    with pytest.raises(PlatformError, match="WSL 2"):
        LocalPlatformTarget(template).start()


SCRIPT = """
    import sys
    if sys.argv[2] == "patched":
        import locust  # patches what is below, and all that is imported after it
    import json, subprocess, time
    from pytest_serverless.load.targets import LocalPlatformTarget

    target = LocalPlatformTarget(sys.argv[1], "--simulate 1ms")
    reached = target.start()
    if sys.argv[2] == "patched":
        import gevent
        ticks = []
        def tick():
            while True:
                ticks.append(1)
                gevent.sleep(0.001)
        gevent.spawn(tick)
        target.truth()
        assert ticks, "an answer is waited for without letting others run"
    print(json.dumps({"arrivals": target.truth()["arrivals"], "pid": target._child._process.pid}), flush=True)
    if sys.stdin.readline().strip() == "stop":
        target.stop()
        print("stopped", flush=True)
        sys.stdin.readline()
    else:
        time.sleep(60)
"""


def started(tmp_path, template, how):
    script = tmp_path / "run.py"
    script.write_text(textwrap.dedent(SCRIPT))
    return subprocess.Popen(
        [sys.executable, str(script), str(template), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.skipif(find_spec("locust") is None, reason="needs Locust, which patches the standard library")
def test_under_gevent_it_starts_answers_and_stops_with_all_that_it_has_started(tmp_path, template):
    with started(tmp_path, template, "patched") as run:
        told = json.loads(run.stdout.readline())
        assert told["arrivals"] == 0
        processes = Processes.under(told["pid"])
        run.stdin.write("stop\n")
        run.stdin.flush()
        assert run.stdout.readline() == "stopped\n"
        assert not Processes.alive(processes)
        run.stdin.write("end\n")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks at processes in /proc")
@pytest.mark.parametrize("how", ["plain", "patched"])
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_it_does_not_outlive_who_started_it(tmp_path, template, how, ending):
    if how == "patched" and find_spec("locust") is None:
        pytest.skip("needs Locust")
    with started(tmp_path, template, how) as run:
        told = json.loads(run.stdout.readline())
        processes = Processes.under(told["pid"])
        assert Processes.alive(processes)

        os.kill(run.pid, ending)

        assert until(lambda: not Processes.alive(processes), 10)
