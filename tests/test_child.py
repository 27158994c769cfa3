"""The child process of a test, with scripts in the place of the platform."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from pytest_serverless.child import Child
from pytest_serverless.errors import PlatformError

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

READY = """
import json, os, sys
from pathlib import Path

path = Path(sys.argv[sys.argv.index("--ready-file") + 1])

def ready(**addresses):
    draft = path.with_name("draft-" + path.name)
    draft.write_text(json.dumps({"pid": os.getpid(), **addresses}))
    draft.replace(path)

def end():
    sys.stdin.read()
    path.unlink()
"""


@pytest.fixture
def child(tmp_path):
    made = []

    def make(code, *arguments):
        script = tmp_path / "script.py"
        script.write_text(READY + textwrap.dedent(code))
        made.append(Child(arguments, command=(sys.executable, str(script))))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def is_gone(pid, within_s=10.0):
    for _ in range(int(within_s / 0.02)):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if "\nState:\tZ" in status(pid):
            return True
        time.sleep(0.02)
    return False


def status(pid):
    try:
        with open(f"/proc/{pid}/status") as file:
            return "\n" + file.read()
    except OSError:
        return ""


def test_it_is_ready_when_it_says_so_and_ends_when_it_is_stopped(child):
    platform = child(
        """
        print("hello", flush=True)
        ready(invoke="http://127.0.0.1:1", arguments=sys.argv[1:3])
        end()
        """,
        "template.yaml",
        "--port=0",
    )

    addresses = platform.start(20)

    assert addresses["arguments"] == ["template.yaml", "--port=0"]
    assert platform.is_running
    assert platform.output == "hello\n"
    platform.stop()
    assert is_gone(addresses["pid"])
    assert not platform.is_running
    assert platform.output == "hello\n"


def test_one_that_ends_before_it_is_ready_is_an_error_with_what_it_said(child):
    platform = child("sys.exit('pytest-serverless: Cannot listen at 127.0.0.1:3000.')")

    with pytest.raises(PlatformError, match=r"did not start\. Cannot listen at 127"):
        platform.start(20)


def test_one_that_is_not_ready_in_time_is_ended_and_an_error(child, tmp_path):
    platform = child("print(os.getpid(), flush=True)\nimport time\ntime.sleep(60)")

    with pytest.raises(PlatformError, match=r"is not ready 1 s after its start\. It said:") as error:
        platform.start(1.0)

    assert is_gone(int(str(error.value).splitlines()[-1]))


def test_one_that_does_not_want_to_end_is_killed_with_all_that_it_has_started(child):
    platform = child(
        """
        import signal, subprocess, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        ready(other=other.pid)
        time.sleep(60)
        """
    )
    addresses = platform.start(20)

    platform.stop(within_s=0.3)

    assert is_gone(addresses["pid"])
    assert is_gone(addresses["other"])


def test_it_ends_when_the_process_that_started_it_is_killed(tmp_path):
    (tmp_path / "started.py").write_text(READY + "ready()\nend()\n")
    (tmp_path / "parent.py").write_text(
        textwrap.dedent(
            """
            import sys, time
            from pytest_serverless.child import Child
            child = Child([], command=(sys.executable, sys.argv[1]))
            print(child.start(20)["pid"], flush=True)
            time.sleep(60)
            """
        )
    )
    command = [sys.executable, str(tmp_path / "parent.py"), str(tmp_path / "started.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)

        assert is_gone(pid)


def test_it_leaves_no_file(child, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    platform = child("print('hello', flush=True)\nready()\nend()")
    platform.start(20)
    assert platform.output == "hello\n"

    platform.stop()
    platform.stop()

    assert not os.listdir(tmp_path / "temporary")
