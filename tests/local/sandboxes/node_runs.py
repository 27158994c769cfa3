"""Runs Node.js handlers against a Runtime API on the loopback: under our bootstrap, or under AWS's own client."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import Function
from pytest_serverless.local.sandboxes.nodejs import command, node_version
from pytest_serverless.local.wire.listener import Listener
from pytest_serverless.local.wire.messages import Reply

CORPUS = Path(__file__).parent / "node_corpus"
NODE = shutil.which("node")
SECONDS = 20  # longer than any process here takes

needs_node = pytest.mark.skipif(
    sys.platform == "win32" or NODE is None or node_version(NODE) < (18,),
    reason="Node.js functions need node 18 or newer on PATH, and Linux or macOS",
)


@dataclass(frozen=True)
class Answer:
    """What a client sent: to `response`, `error` or `init/error`; or that it `exit`ed without."""

    kind: str
    body: bytes = b""
    headers: dict = field(default_factory=dict)

    @property
    def value(self):
        return json.loads(self.body)


@dataclass(frozen=True)
class Ran:
    """What came of a process: its answers, what it wrote, the frames it logged, and how it ended."""

    answers: list
    output: str
    frames: bytes
    exit_code: int
    init_ms: float
    took_ms: list

    @property
    def lines(self):
        return self.output.splitlines()


class _RuntimeApi:
    def __init__(self):
        self.asked = asyncio.Event()
        self.waiting = asyncio.Queue()
        self.answered = asyncio.Queue()

    def __call__(self, asked):
        if asked.method == "GET":
            self.asked.set()
            return self._next()
        kind = asked.path.partition("/runtime/")[2]
        headers = {name.lower(): value for name, value in asked.headers}
        kind = kind if kind == "init/error" else kind.rpartition("/")[2]
        self.answered.put_nowait(Answer(kind, asked.body, headers))
        return Reply(202, b'{"status":"OK"}\n')

    async def _next(self):
        headers, body = await self.waiting.get()
        return Reply(200, body, headers)


def nodejs_function(code, handler, *, runtime="nodejs20.x", **given):
    """Return a function of that runtime."""
    given = {"timeout_s": 3.0, "memory_mb": 128, **given}
    return Function(
        name="corpus", provider="aws", handler=handler, code=code, settings=LambdaSettings(runtime=runtime), **given
    )


def run(function, events, *, client=None, env=None, frames=False):
    """Invoke a function in one process with each event, until it ends or all are answered.

    An event is what is sent, or that and a dict of headers. `client` is a command in place of our bootstrap.
    """
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(function, events, client, env or {}, frames, Path(folder)))


async def _run(function, events, client, env, frames, folder):
    api = _RuntimeApi()
    listener = await Listener(api).open()
    arguments, variables = command(function)
    if client:
        arguments = [*arguments[:-1], *client]
    log = None
    if frames:
        log = os.open(folder / "frames", os.O_WRONLY | os.O_CREAT)
        variables["_LAMBDA_TELEMETRY_LOG_FD"] = str(log)
    begun = time.perf_counter()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            arguments,
            cwd=function.code,
            env={"PATH": os.environ["PATH"], **_variables(function, listener.address), **variables, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=() if log is None else (log,),
        )
    ended = asyncio.create_task(asyncio.to_thread(process.wait, SECONDS))
    try:
        asked = asyncio.create_task(api.asked.wait())
        await asyncio.wait([asked, ended], return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        init_ms = (time.perf_counter() - begun) * 1000
        answers, took = [], []
        for number, event in enumerate(events):
            sent = time.perf_counter()
            answer = await _invoke(api, ended, number, event)
            took.append((time.perf_counter() - sent) * 1000)
            answers.append(answer)
            if answer.kind in {"exit", "init/error"}:
                break
        if answers[-1:] and answers[-1].kind not in {"exit", "init/error"}:
            await _between_invocations(api, ended)
    finally:
        listener.close()  # what waits for an invocation ends with it
        await asyncio.sleep(0)
        try:
            await asyncio.wait_for(ended, SECONDS)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            if log is not None:
                os.close(log)
    written = (folder / "frames").read_bytes() if frames else b""
    text = (folder / "output").read_text(encoding="utf-8")
    return Ran(answers, text, written, process.returncode, init_ms, took)


async def _invoke(api, ended, number, event):
    payload, more = event if isinstance(event, tuple) else (event, {})
    headers = {
        "Lambda-Runtime-Aws-Request-Id": f"id-{number}",
        "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 3000),
        "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:corpus",
        "Content-Type": "application/json",
        **more,
    }
    api.asked.clear()
    api.waiting.put_nowait((list(headers.items()), json.dumps(payload).encode()))
    answered = asyncio.create_task(api.answered.get())
    await asyncio.wait([answered, ended], return_when=asyncio.FIRST_COMPLETED)
    if answered.done():
        return answered.result()
    answered.cancel()
    return Answer("exit") if api.answered.empty() else api.answered.get_nowait()


async def _between_invocations(api, ended):
    """Wait until the process asks for the next one, or has ended."""
    asked = asyncio.create_task(api.asked.wait())
    await asyncio.wait([asked, ended], return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()


def _variables(function, address):
    return {
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/corpus",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/23/[$LATEST]0123",
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
    }
