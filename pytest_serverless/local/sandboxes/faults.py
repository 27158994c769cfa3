"""What the platform says of a process that ended, or an answer that cannot be sent on: the words are the provider's."""

from __future__ import annotations

import json
import signal
from typing import Any, Literal

from pytest_serverless.errors import FunctionExitError, FunctionTimeoutError, InvalidResponseError
from pytest_serverless.invocation.aws import LambdaRuntime
from pytest_serverless.invocation.runtime import Call
from pytest_serverless.outcome import Failure, Status

__all__ = ["MemoryWords", "exited", "out_of_memory", "posted", "timed_out", "too_large"]

MemoryWords = Literal["Runtime.OutOfMemory", "Runtime.ExitError"]
_RUNTIME = LambdaRuntime()
_SIGNALS = {
    signal.SIGHUP: "hangup",
    signal.SIGINT: "interrupt",
    signal.SIGQUIT: "quit",
    signal.SIGILL: "illegal instruction",
    signal.SIGTRAP: "trace/breakpoint trap",
    signal.SIGABRT: "aborted",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point exception",
    signal.SIGKILL: "killed",
    signal.SIGUSR1: "user defined signal 1",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGUSR2: "user defined signal 2",
    signal.SIGPIPE: "broken pipe",
    signal.SIGALRM: "alarm clock",
    signal.SIGTERM: "terminated",
}
"""The signals by the names that Go has for them, which the platform is written in."""


def posted(body: bytes, error_type: str) -> Failure:
    """Return the failure that a runtime posted; its body is the payload as it is."""
    try:
        said: Any = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return Failure(type=error_type or "Runtime.Unknown", message=body.decode(errors="replace"))
    trace = said.get("stackTrace", said.get("trace"))
    return Failure(
        type=str(said.get("errorType") or error_type),
        message=str(said.get("errorMessage", "")),
        stack_trace=tuple(map(str, trace)) if isinstance(trace, list) else (),
    )


def timed_out(call: Call) -> tuple[Failure, bytes]:
    """Return what is said of a function that ran into its timeout."""
    seconds = call.function.timeout_s
    return _described("timeout", FunctionTimeoutError("", timeout_s=seconds), call)


def exited(status: int, call: Call) -> tuple[Failure, bytes]:
    """Return what is said of a process that ended; a negative status is that of a signal."""
    if status >= 0:
        return _described("exit", FunctionExitError("", code=status), call)
    return _signalled("Runtime.ExitError", -status, call)


def out_of_memory(words: MemoryWords, call: Call) -> tuple[Failure, bytes]:
    """Return what is said of a process that was killed for its memory."""
    return _signalled(words, signal.SIGKILL, call)


def too_large(body: bytes, call: Call) -> tuple[Failure, bytes]:
    """Return what is said of a response over the limit."""
    try:
        _RUNTIME.respond(body, call)
    except InvalidResponseError as error:
        return _described("error", error, call)
    raise ValueError(f"{len(body)} bytes are not over the limit")


def _described(status: Status, error: BaseException, call: Call) -> tuple[Failure, bytes]:
    return _failed(status, _RUNTIME.describe(status, error, call), call)


def _signalled(error_type: str, number: int, call: Call) -> tuple[Failure, bytes]:
    name = _SIGNALS.get(signal.Signals(number)) if number in {*signal.Signals} else None
    message = f"RequestId: {call.request_id} Error: Runtime exited with error: signal: {name or number}"
    return _failed("exit", Failure(type=error_type, message=message), call)


def _failed(status: Status, failure: Failure, call: Call) -> tuple[Failure, bytes]:
    return failure, _RUNTIME.fail(status, failure, call)[0]
