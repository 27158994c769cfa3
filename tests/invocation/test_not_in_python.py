"""Functions in other languages: not run in process, and their logs are not those of Python."""

from types import SimpleNamespace

import pytest

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import Function
from pytest_serverless.errors import InvocationError
from pytest_serverless.invocation.aws import LambdaRuntime
from pytest_serverless.invocation.invoker import Invoker
from pytest_serverless.invocation.runtime import Call, Figures
from pytest_serverless.outcome import Failure, LogLine


def _function(runtime, **settings):
    settings = LambdaSettings(runtime=runtime, **settings)
    return Function(
        id="Greet", name="greet", provider="aws", handler="index.handler", timeout_s=3, memory_mb=128, settings=settings
    )


@pytest.mark.parametrize("act", [lambda invoker, f: invoker.run(f, {}), lambda invoker, f: invoker.module(f)])
def test_a_function_in_nodejs_is_said_to_run_on_the_local_platform(act):
    with pytest.raises(InvocationError, match=r"Greet runs on nodejs20\.x.*`pytest-serverless local`"):
        act(Invoker(), _function("nodejs20.x"))


def test_a_function_in_any_other_language_is_said_to_run_nowhere_here():
    with pytest.raises(InvocationError, match=r"Greet runs on java21, and only Python .* where it is deployed"):
        Invoker().run(_function("java21"), {})


def _log(runtime, status="error", **settings):
    clock = SimpleNamespace(now=lambda: 1_795_000_000.0)
    function = _function(runtime, **settings)
    figures = Figures(
        status=status,
        started=1_795_000_000.0,
        duration_ms=1.5,
        billed_ms=2,
        init_ms=100.0,
        init_overran=False,
        memory_used_mb=40,
    )
    call = Call(function=function, request_id="id", deadline=0, clock=clock)
    failure = Failure(type="TypeError", message="no", stack_trace=("TypeError: no",))
    lines = [LogLine(time=0, source="stdout", message="2026-11-18T11:06:40.000Z\tid\tERROR\tInvoke Error \t{}")]
    return LambdaRuntime().log(call, lines, figures, failure)


def test_the_log_names_the_runtime_as_the_service_does():
    assert _log("nodejs20.x").startswith("INIT_START Runtime Version: nodejs:20.v1\n")
    assert _log("python3.12").startswith("INIT_START Runtime Version: python:3.12.v1\n")


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
@pytest.mark.parametrize("status", ["error", "init_error"])
def test_what_nodejs_has_written_of_an_error_is_not_written_again(status, log_format):
    assert "stackTrace" not in _log("nodejs20.x", status, log_format=log_format)
    assert "Traceback" not in _log("nodejs20.x", status, log_format=log_format)
    assert ("stackTrace" if log_format == "JSON" else "Traceback") in _log("python3.12", status, log_format=log_format)


def test_the_platform_tells_of_timeouts_and_exits_in_any_language():
    assert "Task timed out after 3.00 seconds" in _log("nodejs20.x", "timeout")
    assert "TypeError\n" in _log("nodejs20.x", "exit")
