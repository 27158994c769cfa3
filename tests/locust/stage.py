"""Runs of Locust as users start them: whole processes, on the loopback alone."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pytest_serverless.load.results import Result, read

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: app.handler
      MemorySize: 128
      InlineCode: |
        def handler(event, context):
            return {"ok": True}
      FunctionUrlConfig:
        AuthType: NONE
"""
SHOP = """
from pytest_serverless.locust import Scenario

class Shop(Scenario):
    arrival_rate = 50
    hold = "4s"

    def journey(self, call):
        call.invoke("Hello", {"n": 1})
"""


@dataclass
class Ran:
    code: int
    out: str
    folder: Path

    @property
    def result(self) -> Result:
        """The result that was written."""
        return read(self.folder / "serverless-result.json")

    @property
    def dispatch(self):
        """What became of all arrivals."""
        return self.result.aggregate.dispatch()


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        wanted = textwrap.dedent(text)
        if not path.exists() or path.read_text() != wanted:  # another process may be reading it
            path.write_text(wanted)


def free_port() -> str:
    """Return a port of the loopback that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def apart(arguments: Iterable[str]) -> list[str]:
    """Let the processes of one run find each other, and none of another run at the same time."""
    if "--processes" not in arguments:
        return []
    port = free_port()
    return ["--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port]


def start(
    folder: Path,
    *arguments: str,
    file: str = SHOP,
    files: dict[str, str] | None = None,
    loadtests: str = "loadtests/",
    env: dict[str, str] | None = None,
) -> subprocess.Popen:
    """Start Locust in a folder that has a template, a locustfile and whatever other files are given."""
    write(folder, {"template.yaml": TEMPLATE, "loadtests/shop.py": file, **(files or {})})
    environment = {"PYTHONPATH": "", **os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "locust",
            "-f",
            loadtests,
            "--headless",
            "--only-summary",
            "--serverless-max-lag",
            "5000",
            *apart(arguments),
            *arguments,
        ],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait(process: subprocess.Popen, folder: Path, timeout_s: float = 60.0) -> Ran:
    """Wait for its end; whatever it has started ends with it."""
    try:
        out, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        end(process)
        out, _ = process.communicate()
        raise AssertionError(f"Locust did not end within {timeout_s:g} s. It said:\n{out}") from None
    return Ran(process.returncode, out, folder)


def end(process: subprocess.Popen) -> None:
    """End it, with whatever it has started, if it has not ended."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    process.stdout.close()


def simulated(service: str = "20ms", *others: str) -> list[str]:
    """Arguments for the application on the local platform, whose functions take that long."""
    arguments = " ".join(["--simulate", service, "--no-backends", *others])
    return ["--serverless-local", ".", "--serverless-local-arguments", arguments]
