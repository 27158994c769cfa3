"""Sandboxes for a test: made, used and ended within one event loop."""

import asyncio
import json
import sys
import uuid
from pathlib import Path

import pytest

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.invocation.aws import LambdaRuntime
from pytest_serverless.local.invocations import Invocation
from pytest_serverless.local.sandboxes.maker import ProcessSandboxes, SandboxSettings

HANDLERS = Path(__file__).parent / "handlers"
LINUX = sys.platform.startswith("linux")
needs_linux = pytest.mark.skipif(not LINUX, reason="it reads /proc")
CLIENTS = ["own", *(["awslambdaric"] if LINUX else [])]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:deeds"


def function_of(handler="deeds.echo", code=HANDLERS, *, settings=None, **given):
    return LambdaRuntime().function(
        name="deeds", handler=handler, code=code, settings=settings or LambdaSettings(), **{"timeout_s": 20, **given}
    )


def invocation_of(event=None, **given):
    payload = event if isinstance(event, bytes) else json.dumps({} if event is None else event).encode()
    given = {"request_id": str(uuid.uuid4()), "invoked_arn": ARN, "trace_id": "Root=1-0-0;Sampled=0", **given}
    return Invocation(payload=payload, **given)


class House:
    """A maker, and what its sandboxes wrote and noted."""

    def __init__(self, **settings):
        self.notes = []
        self.lines = []
        self.maker = ProcessSandboxes(SandboxSettings(**{"shutdown_s": 0.5, **settings}), note=self.notes.append)

    def make(self, handler="deeds.echo", *, provisioned=False, function=None, **given):
        return self.maker(
            function or function_of(handler, **given),
            sandbox_id=uuid.uuid4().hex,
            provisioned=provisioned,
            on_line=lambda line, request_id: self.lines.append((request_id, line)),
        )

    async def ran(self, handler, event=None, **given):
        """Run one invocation in a sandbox of its own, and end it."""
        sandbox = self.make(handler, **given)
        ran = await sandbox.run(invocation_of(event))
        await sandbox.close()
        return ran


def in_house(work, **settings):
    """Return what `work`, given a house, comes to; everything is ended after it."""

    async def live():
        house = House(**settings)
        try:
            return await asyncio.wait_for(work(house), 60)
        finally:
            await house.maker.close()

    return asyncio.run(live())


def value_of(ran):
    return json.loads(ran.payload)


def has_ended(pid):
    """Tell whether a process runs no more, waited for or not."""
    try:
        is_over = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
        return is_over and len(list(Path(f"/proc/{pid}/task").iterdir())) == 1  # its other threads take a little longer
    except (FileNotFoundError, ProcessLookupError):
        return True
