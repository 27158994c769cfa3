"""The command `local` as a process: how it begins, what it says, and how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.request import Request, urlopen

import pytest

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
TEMPLATE = f"""
Transform: AWS::Serverless-2016-10-31
Resources:
  Say:
    Type: AWS::Serverless::Function
    Properties: {{Handler: app.handler, Runtime: {PYTHON}, CodeUri: src}}
"""
CODE = "def handler(event, context):\n    print('said', event)\n    return VALUE\n\nVALUE = 'one'\n"
WITHIN_S = 30.0


@pytest.fixture
def start(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text(CODE)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    processes = []

    def start(*options, **given):
        command = [sys.executable, "-m", "pytest_serverless.cli", "local", "--ready-file", "ready.json", *options]
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **given
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def ready(folder, process):
    for _ in range(int(WITHIN_S / 0.05)):
        if (folder / "ready.json").exists():
            return json.loads((folder / "ready.json").read_text())
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    pytest.fail("it is not ready")


def invoke(addresses, event=b"{}"):
    url = f"{addresses['invoke']}/2015-03-31/functions/{addresses['functions']['Say']}/invocations"
    with urlopen(Request(url, data=event, method="POST"), timeout=WITHIN_S) as answer:
        return json.loads(answer.read())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_a_signal_and_ends_well(start, tmp_path, number):
    process = start("--port", "0", "--no-backends")
    addresses = ready(tmp_path, process)
    assert addresses["pid"] == process.pid
    assert invoke(addresses) == "one"

    process.send_signal(number)
    output, errors = process.communicate(timeout=WITHIN_S)

    assert (process.returncode, errors) == (0, "")
    assert "Say  said {}\n" in output
    assert not (tmp_path / "ready.json").exists()
    with pytest.raises(OSError, match=r".*"):
        invoke(addresses)


def test_a_function_whose_code_changes_is_run_anew(start, tmp_path):
    process = start("--port", "0", "--no-backends")
    addresses = ready(tmp_path, process)
    assert invoke(addresses) == "one"

    (tmp_path / "src/app.py").write_text(CODE.replace("one", "another"))

    for _ in range(100):
        if invoke(addresses) == "another":
            break
        time.sleep(0.1)
    else:
        pytest.fail("it is not run anew")


def test_what_happens_is_printed_as_lines_of_json(start, tmp_path):
    process = start("--port", "0", "--no-backends", "--json")
    invoke(ready(tmp_path, process))

    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=WITHIN_S)

    found = [json.loads(line) for line in output.splitlines()]
    kinds = [each["type"] for each in found if each["type"] != "platform.note"]  # of the machine that it runs on
    assert kinds[:3] == ["platform.arrival", "platform.initStart", "platform.start"]
    assert {"function", "platform.report"} <= set(kinds)
    (report,) = [each["record"] for each in found if each["type"] == "platform.report"]
    assert report["metrics"]["initDurationMs"] > 0


def test_it_ends_when_its_input_does(start, tmp_path):
    process = start("--port", "0", "--no-backends", "--until-eof", stdin=subprocess.PIPE)
    ready(tmp_path, process)

    process.stdin.close()
    process.stdin = None
    process.communicate(timeout=WITHIN_S)

    assert process.returncode == 0


def test_a_port_that_is_taken_is_said_in_one_line(start, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("--port", str(taken.getsockname()[1]))
        output, errors = process.communicate(timeout=WITHIN_S)

    assert process.returncode == 2
    assert output == ""
    assert errors.startswith("pytest-serverless: Cannot listen at 127.0.0.1:")
    assert len(errors.splitlines()) == 1


def test_a_reader_that_goes_away_ends_nothing(start, tmp_path):
    process = start("--port", "0", "--no-backends")
    addresses = ready(tmp_path, process)

    process.stdout.close()
    process.stdout = None

    assert [invoke(addresses) for _ in range(3)] == ["one"] * 3
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=WITHIN_S)
    assert (process.returncode, errors) == (0, "")


def test_a_reader_that_does_not_read_holds_no_request_up(start, tmp_path):
    process = start("--port", "0", "--no-backends")
    addresses = ready(tmp_path, process)
    event = json.dumps("x" * 50_000).encode()  # each is written to the log; a pipe takes 64 KB

    assert [invoke(addresses, event) for _ in range(20)] == ["one"] * 20

    process.send_signal(signal.SIGINT)
    process.wait(WITHIN_S)
    assert process.returncode == 0


def test_what_it_was_started_with_reaches_no_function(start, tmp_path):
    (tmp_path / "src/app.py").write_text("import os\ndef handler(event, context):\n    return dict(os.environ)\n")
    process = start("--port", "0", "--no-backends", env={**os.environ, "MY_SECRET": "42"})

    assert "MY_SECRET" not in invoke(ready(tmp_path, process))
