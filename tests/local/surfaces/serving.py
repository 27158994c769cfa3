"""Surfaces on a loop in a thread, before a platform that runs nothing, and clients that ask them."""

import asyncio
import contextlib
import json
import socket
import threading
from pathlib import Path

from pytest_serverless.admission import LAMBDA
from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import App, Function, Resource
from pytest_serverless.local.platform_events import EventStream, PlatformEvent
from pytest_serverless.local.surfaces.assembly import Surfaces
from pytest_serverless.outcome import Failure, Outcome
from pytest_serverless.web.rules import DEFAULT

WITHIN_S = 10


def function(id_="Fn", **given):
    settings = given.pop("settings", LambdaSettings())
    facts = {"name": f"shop-{id_}", "handler": "app.handler", "timeout_s": 3.0, "memory_mb": 128, **given}
    return Function(id=id_, provider="aws", settings=settings, **facts)


def alias(name, version="1", of="shop-Fn"):
    properties = {"FunctionName": of, "Name": name, "FunctionVersion": version}
    return Resource(id=f"Alias{name}", type="AWS::Lambda::Alias", name=name, properties=properties)


def version(of="shop-Fn"):
    properties = {"FunctionName": of}
    attributes = {"Version": "1"}
    return Resource(id="Version", type="AWS::Lambda::Version", name="1", properties=properties, attributes=attributes)


def app(*functions, resources=(), triggers=()):
    functions = functions or (function(),)
    return App(
        name="shop",
        provider="aws",
        region="us-east-1",
        template=Path("template.yaml"),
        functions={one.id: one for one in functions},
        resources={one.id: one for one in resources},
        triggers=tuple(triggers),
    )


def outcome(payload=b"null", *, status="success", log="", request_id="", duration_ms=1.0):
    failure = None if status == "success" else Failure(type="ValueError", message="no such item")
    return Outcome(
        function="Fn",
        provider="aws",
        request_id=request_id,
        status=status,
        payload=payload,
        value=None,
        failure=failure,
        duration_ms=duration_ms,
        billed_ms=1,
        memory_mb=128,
        memory_used_mb=64,
        log=log,
    )


class FakePlatform:
    """Echoes the event, or does what it is told; remembers how it was called.

    `answer` is called with the function, the payload and the other arguments; what it returns (or awaits to) is the
    outcome, bytes the payload of one.
    """

    def __init__(self, application=None, answer=None, limits=LAMBDA):
        self.app = application or app()
        self.limits = limits
        self.events = EventStream()
        self.answer = answer
        self.calls = []
        self.resets = 0

    async def invoke(self, function, payload, **given):
        self.calls.append({"function": function, "payload": payload, **given})
        self.events.tell(PlatformEvent(time=1.0, kind="arrival", function=function, record={"cause": given["cause"]}))
        found = payload if self.answer is None else self.answer(function, payload, given)
        if asyncio.iscoroutine(found):
            found = await found
        if isinstance(found, bytes):
            found = outcome(found, request_id=given["request_id"] or "")
        return found

    def truth(self):
        return {"arrivals": len(self.calls)}

    async def reset(self):
        self.resets += 1


class Kept:
    """What was handed over for later."""

    def __init__(self):
        self.events = []

    async def __call__(self, function, payload, cause, **given):
        self.events.append({"function": function, "payload": payload, "cause": cause, **given})


@contextlib.contextmanager
def on_a_loop():
    """Give a function that runs a coroutine on a loop in another thread, and waits for it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="surfaces")
    thread.start()

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(WITHIN_S)

    try:
        yield run
    finally:
        run(_tidy())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WITHIN_S)
        loop.close()


async def _tidy():
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class Served:
    """Surfaces that are open, with clients that are closed with them."""

    def __init__(self, surfaces, closing):
        self.invoke_url = surfaces.invoke_url
        self.control_url = f"{surfaces.invoke_url}/_serverless"
        self.urls = surfaces.urls
        self.surfaces = surfaces
        self._closing = closing

    def client(self):
        """Return a client of the SDK that asks once, with credentials of nobody."""
        import boto3
        from botocore.config import Config

        client = boto3.client(
            "lambda",
            endpoint_url=self.invoke_url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(retries={"max_attempts": 0}, read_timeout=WITHIN_S, connect_timeout=WITHIN_S),
        )
        return self._closing.enter_context(contextlib.closing(client))


@contextlib.contextmanager
def serving(platform=None, *, later=None, rules=DEFAULT, ready=True, **options):
    """Give surfaces that are open, and ready."""
    with on_a_loop() as run, contextlib.ExitStack() as closing:

        async def opened():
            surfaces = Surfaces(platform or FakePlatform(), later or Kept(), rules=rules, **options)
            return await surfaces.open()

        surfaces = run(opened())
        closing.callback(lambda: run(surfaces.close()))
        if ready:
            surfaces.ready()
        yield Served(surfaces, closing)


def invoke(client, **given):
    """Invoke, and read the payload."""
    answer = client.invoke(**given)
    with contextlib.closing(answer["Payload"]) as payload:
        return {**answer, "Payload": payload.read()}


def port_of(url):
    return int(url.rpartition(":")[2])


def exchange(url, sent, *, until=None):
    """Send bytes as they are, and return what comes back until the server closes, or `until` is in it."""
    with socket.create_connection(("127.0.0.1", port_of(url)), timeout=WITHIN_S) as connection:
        connection.sendall(sent)
        received = b""
        while until is None or until not in received:
            try:
                more = connection.recv(65536)
            except ConnectionResetError:
                break
            if not more:
                break
            received += more
        return received


def as_json(text):
    return json.loads(text)
