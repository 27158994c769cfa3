"""Invocations a second through the Invoke API of the local platform, beside ministack's, by the same client.

Both run the same handler in processes of their own; the client sends the same bytes over and over on connections that
stay open. ministack (PyPI, pinned) is installed into an environment beside the others; `--quick` leaves it out.
Simulated functions are measured through the same server: it runs no handler then.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import Any
from urllib.request import urlopen

import boto3
from botocore.config import Config
from light_client import drive
from measure import arguments

from pytest_serverless.local.running import RunningPlatform
from pytest_serverless.local.settings import Settings

PEER = "ministack==1.5.33"
ENVIRONMENT = Path(sys.prefix, "peers", PEER.replace("==", "-"))
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: work, CodeUri: ., Handler: app.work, Runtime: python3.12, MemorySize: 256}
"""
HANDLER = "def work(event, context):\n    return {'ok': True}\n"
PATH = "/2015-03-31/functions/work/invocations"


@contextmanager
def ours(folder: Path, **settings: Any) -> Iterator[str]:
    """Yield the URL of our Invoke API."""
    chosen = Settings(template=folder / "template.yaml", backends=False, reload=False, **settings)
    with RunningPlatform(chosen, quiet=True) as platform:
        yield platform.addresses["invoke"] + PATH


@contextmanager
def ministacks() -> Iterator[str]:
    """Yield the URL of ministack's Invoke API."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = {"PATH": os.environ["PATH"], "HOME": str(ENVIRONMENT), "GATEWAY_PORT": str(port)}
    command = [str(installed() / "bin" / "ministack")]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log, start_new_session=True)
        try:
            until(lambda: urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=1).status == 200)
            made_at(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}{PATH}"
        finally:
            process.terminate()
            process.wait(20)


def installed() -> Path:
    """Return the environment that ministack is in, made if need be."""
    if not (ENVIRONMENT / "bin" / "ministack").exists():
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        subprocess.run([ENVIRONMENT / "bin" / "pip", "install", "--quiet", PEER], check=True)
    return ENVIRONMENT


def until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError("ministack did not start")


def made_at(endpoint: str) -> None:
    """Make the function, and wait until it answers."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", HANDLER)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    config = Config(retries={"total_max_attempts": 1})
    client = boto3.client("lambda", endpoint_url=endpoint, config=config, **keys)
    client.create_function(
        FunctionName="work",
        Runtime=f"python3.{sys.version_info[1]}",
        Role="arn:aws:iam::123456789012:role/work",
        Handler="app.work",
        Code={"ZipFile": archive.getvalue()},
    )
    client.get_waiter("function_active_v2").wait(FunctionName="work")
    client.invoke(FunctionName="work", Payload=b"{}")


def told(name: str, measured: Any) -> str:
    rate = measured["answers"] / measured["seconds"]
    return f"{name:>28}: {rate:9,.0f} /s   p50 {measured['p50_ms']:6.2f} ms   p99 {measured['p99_ms']:7.2f} ms"


def main() -> None:
    quick = arguments(__doc__).quick
    seconds = 1.0 if quick else 8.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "template.yaml").write_text(TEMPLATE)
        (folder / "app.py").write_text(HANDLER)
        rates: dict[str, float] = {}
        subjects: dict[str, Callable[[], Any]] = {"ours": lambda: ours(folder)}
        if not quick:
            subjects["ministack"] = ministacks
        for subject, serving in subjects.items():
            with serving() as url:
                for connections in (1, 16):
                    drive(url, connections=connections, seconds=seconds / 8)  # its sandboxes are warm now
                    measured = drive(url, connections=connections, seconds=seconds)
                    rates[f"{subject}, {connections}"] = measured["answers"] / measured["seconds"]
                    print(told(f"{subject}, {connections} connection{'s' * (connections > 1)}", measured))
                    assert set(measured["statuses"]) == {"200"}, measured["statuses"]
        with ours(folder, simulate="1ms", simulate_init="1ms") as url:
            drive(url, connections=32, seconds=seconds / 8)
            print(told("ours, simulated, 32", drive(url, connections=32, seconds=seconds)))
    for connections in (1, 16):
        if f"ministack, {connections}" in rates:
            ratio = rates[f"ours, {connections}"] / rates[f"ministack, {connections}"]
            print(f"{f'with {connections}':>28}: {ratio:.1f} times ministack's rate")


if __name__ == "__main__":
    main()
