"""The server is killed, without a chance to tidy up: nothing that it started outlives it."""

import json
import os
import signal
import subprocess
import sys
import time
from urllib.request import Request, urlopen

import pytest

from tests.local.end_to_end.stage import Processes, until, write_application

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks at processes in /proc"),
]

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, CodeUri: src/, Timeout: 60}}
Resources:
  Idle:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.idle}
  Busy:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.busy}
  Stubborn:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.stubborn}
  Jobs: {Type: AWS::SQS::Queue}
"""
CODE = """
import signal
import subprocess
import sys
import time

def idle(event, context):
    return "ran"

def busy(event, context):
    time.sleep(60)

def stubborn(event, context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"])
    open("/tmp/left", "w").write("left")
    return "ran"
"""
WITHIN_S = 3.0


@pytest.fixture
def server(tmp_path):
    """A server with sandboxes that idle, run and do not want to end, beside its services; what it has started."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    template = write_application(tmp_path, TEMPLATE, {"src/app.py": CODE})
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "pytest_serverless.cli", "local", str(template), "--port=0", "--no-reload"]
    process = subprocess.Popen(
        [*command, "--ready-file", str(ready)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    seen = set()
    try:
        until(lambda: ready.exists() or process.poll() is not None, 30)
        addresses = json.loads(ready.read_text())
        invoke(addresses, "Idle")
        invoke(addresses, "Stubborn")
        invoke(addresses, "Busy", kind="Event")
        seen = until(lambda: len(found := Processes.under(process.pid)) >= 7 and found, 10)
        yield process, addresses, temporary, seen
    finally:
        process.kill()
        process.wait()
        for pid, _ in Processes.alive(seen):
            os.kill(pid, signal.SIGKILL)


def invoke(addresses, function, kind="RequestResponse"):
    url = f"{addresses['invoke']}/2015-03-31/functions/{addresses['functions'][function]}/invocations"
    headers = {"X-Amz-Invocation-Type": kind, "Content-Type": "application/json"}
    with urlopen(Request(url, data=b"{}", headers=headers), timeout=20) as got:
        return got.headers.get("X-Amz-Function-Error"), got.read()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_nothing_outlives_the_server(server, number):
    process, _, temporary, seen = server
    assert os.listdir(temporary), "its sandboxes have folders"

    process.send_signal(number)
    ended = time.monotonic()
    process.wait(10)

    until(lambda: not Processes.alive(seen), WITHIN_S + (3 if number != signal.SIGKILL else 0))
    until(lambda: not Processes.with_variable(str(temporary)), WITHIN_S)
    until(lambda: not os.listdir(temporary), WITHIN_S)
    assert time.monotonic() - ended < 2 * WITHIN_S
    assert process.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 0)


@pytest.mark.parametrize("after_s", [0.2, 0.4, 0.7])
def test_nothing_is_left_where_it_is_killed_as_it_starts(tmp_path, after_s):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    template = write_application(tmp_path, TEMPLATE, {"src/app.py": CODE})
    command = [sys.executable, "-m", "pytest_serverless.cli", "local", str(template), "--port=0"]
    variables = {**os.environ, "TMPDIR": str(temporary)}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=variables, start_new_session=True, **quiet) as process:
        time.sleep(after_s)
        process.kill()

    until(lambda: not Processes.with_variable(str(temporary)), WITHIN_S)
    until(lambda: not os.listdir(temporary), WITHIN_S)


def test_it_goes_on_where_its_sandboxes_are_killed(server):
    process, addresses, _, _ = server
    before = Processes.under(process.pid)
    sandboxes = {(pid, start) for pid, start in before if b"app." in command_of(pid)}
    assert len(sandboxes) == 3

    for pid, _ in sandboxes:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not Processes.alive(sandboxes))

    assert invoke(addresses, "Idle") == (None, b'"ran"')
    assert process.poll() is None


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""
