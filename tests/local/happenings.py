"""What a platform tells, made up: an application of two functions, and the events of its invocations."""

from pathlib import Path

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import App, Function
from pytest_serverless.clock import FixedClock
from pytest_serverless.local.invocations import Invocation, Ran
from pytest_serverless.local.platform_events import PlatformEvent
from pytest_serverless.local.results import Results
from pytest_serverless.outcome import Failure, LogLine

NOW = 1_790_000_000.0
SANDBOX = "5a" * 16
REQUEST = "0c5d6a2e-0000-4000-8000-000000000001"


def function(id_, **given):
    settings = LambdaSettings(runtime="python3.12", log_format=given.pop("log_format", "Text"))
    return Function(
        id=id_,
        name=f"shop-{id_}",
        provider="aws",
        handler="app.handler",
        timeout_s=3.0,
        memory_mb=256,
        settings=settings,
        **given,
    )


def app(*functions):
    found = functions or (function("Resize"), function("Checkout"))
    return App(name="shop", provider="aws", template=Path("template.yaml"), functions={f.id: f for f in found})


def event(kind, function="Resize", *, sandbox=SANDBOX, request_id=REQUEST, time=NOW, **record):
    return PlatformEvent(time=time, kind=kind, function=function, sandbox=sandbox, request_id=request_id, record=record)


def sandbox_started(function="Resize", **record):
    return event("sandbox_started", function, request_id="", **record)


def line(message, source="stdout", level=None):
    return LogLine(time=NOW, source=source, message=message, level=level)


def report(of, *, lines=(), init_ms=None, failure=None, status="success", request_id=REQUEST, sandbox=SANDBOX):
    """The end of an invocation, with the outcome that the platform itself makes of it."""
    ran = Ran(
        status=status,
        payload=b"{}",
        started=NOW,
        duration_ms=12.345,
        failure=failure,
        init_ms=init_ms,
        memory_used_mb=40,
        lines=tuple(lines),
    )
    invocation = Invocation(request_id=request_id, payload=b"{}", invoked_arn="arn", trace_id="Root=1")
    outcome = Results(FixedClock(NOW)).outcome(of, invocation, ran)
    return event("report", of.id, request_id=request_id, sandbox=sandbox, outcome=outcome)


def failed(message="no such key"):
    return Failure(type="KeyError", message=message, stack_trace=('  File "app.py", line 3, in handler\n',))
