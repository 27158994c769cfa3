"""An outside distribution adds a provider and its events, and tests and the command line use them like our own."""

import json
import os
import sys
import textwrap

import pytest

ACME = """
import json

from pytest_serverless import hookimpl, Provider
from pytest_serverless.app.model import Function
from pytest_serverless.events.shape import Shape, field, obj
from pytest_serverless.events.source import Common, EventSource, event_type
from pytest_serverless.events.values import UUID, const, text
from pytest_serverless.invocation.failure import plain_failure
from pytest_serverless.invocation.runtime import Call

try:
    from typing import Unpack
except ImportError:
    from typing_extensions import Unpack

MESSAGE = Shape(
    "acme.queue",
    obj(field("kind", const("acme.message")), field("id", UUID), field("body", text())),
    lambda event: event["kind"] == "acme.message",
)


class QueueEvents(EventSource):
    name = "acme.queue"

    @event_type("One message", reference="https://acme.example/queue", shape=MESSAGE)
    def message(self, body: str = "hello", **common: Unpack[Common]) -> dict:
        return self.complete(MESSAGE, {"body": body}, common)


class AcmeRuntime:
    name = "acme"
    request_limit = 1_000
    init_limit_s = 60.0
    together = ()

    def own_function(self, handler):
        return handler

    def function(self, *, name, handler, **given):
        return Function(name=name, provider="acme", handler=handler, timeout_s=3, memory_mb=64, **given)

    def call(self, function, *, clock, request_id, context, options):
        return Call(function=function, request_id=request_id, deadline=clock.now(), clock=clock)

    def environment(self, call):
        return {"ACME_FUNCTION": call.function.name}

    def encode(self, event):
        return json.dumps(event).encode()

    def bind(self, handler, payload, call):
        event = json.loads(payload)
        return lambda: handler(event)

    def respond(self, result, call):
        return str(result).encode(), result

    def describe(self, status, error, call):
        return plain_failure(error)

    def fail(self, status, failure, call):
        return b"failed", "failed"

    def billed_ms(self, duration_ms, init_ms, call):
        return 1

    def log(self, call, lines, figures, failure):
        return "".join(f"acme: {line.message}\\n" for line in lines)


@hookimpl
def pytest_serverless_providers():
    return [Provider(name="acme", title="Acme Functions", runtime=AcmeRuntime)]


@hookimpl
def pytest_serverless_event_sources():
    return [QueueEvents]
"""


@pytest.fixture
def acme(pytester, monkeypatch):
    """A distribution named acme-serverless, installed in a folder of its own."""
    folder = pytester.mkdir("site")
    (folder / "acme_serverless.py").write_text(ACME)
    info = folder / "acme_serverless-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-serverless\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pytest_serverless]\nacme = acme_serverless\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]))
    return folder


@pytest.mark.realtime
def test_its_events_and_functions_are_used_through_the_fixtures(pytester, acme):
    pytester.makepyfile(
        """
        import os
        import pytest
        from pytest_serverless import events

        def handler(event):
            print("got", event["body"])
            return [os.environ["ACME_FUNCTION"], event["body"]]

        def test_events(serverless_events):
            event = serverless_events("acme").queue.message("hi")
            assert event["body"] == "hi"
            assert events.check(event) == []
            assert events.check({**event, "id": "x"})[0].path == "id"
            assert events.like({"kind": "acme.message", "extra": 1}).keys() == {"kind", "id", "body"}
            assert "acme.queue.message" in events.catalog()

        def test_invocation(invoke, serverless_events):
            message = serverless_events("acme").queue.message("hi")
            outcome = invoke(handler, message, provider="acme", name="f", check=False)
            assert (outcome.value, outcome.log, outcome.provider) == (["f", "hi"], "acme: got hi\\n", "acme")
            assert "ACME_FUNCTION" not in os.environ

        def test_unknown_source(serverless_events):
            with pytest.raises(AttributeError, match="Did you mean 'queue'"):
                serverless_events("acme").queu
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=3)


@pytest.mark.realtime
def test_its_events_are_used_from_the_command_line(pytester, acme):
    command = [sys.executable, "-m", "pytest_serverless.cli"]

    listed = pytester.run(*command, "event", "list", "--provider", "acme")
    built = pytester.run(*command, "event", "new", "acme", "queue", "message", "--set", "body=hi")

    listed.stdout.fnmatch_lines(["*acme.queue.message*One message*"])
    event = json.loads(str(built.stdout))
    assert (event["kind"], event["body"]) == ("acme.message", "hi")


@pytest.mark.realtime
def test_two_providers_of_one_name_are_an_error(pytester, acme):
    (acme / "acme_serverless.py").write_text(
        textwrap.dedent(
            """
            from pytest_serverless import hookimpl, Provider

            @hookimpl
            def pytest_serverless_providers():
                return [Provider(name="aws", title="Another")]
            """
        )
    )
    pytester.makepyfile("def test(aws_events): pass")

    pytester.runpytest_subprocess().stdout.fnmatch_lines(["*Two providers are registered as 'aws'*"])


@pytest.mark.realtime
def test_a_provider_without_a_runtime_cannot_invoke(pytester, acme):
    (acme / "acme_serverless.py").write_text(ACME.replace(", runtime=AcmeRuntime", ""))
    pytester.makepyfile("def test(invoke): invoke(lambda event: 1, {}, provider='acme')")

    pytester.runpytest_subprocess().stdout.fnmatch_lines(["*provider 'acme' (Acme Functions) has no runtime*"])
