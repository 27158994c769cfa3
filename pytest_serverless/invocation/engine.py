"""Runs a handler as its platform would: prepares the process, calls, measures, and puts everything back."""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, TypeVar

from pytest_serverless.errors import FunctionExitError, FunctionTimeoutError
from pytest_serverless.invocation import environment
from pytest_serverless.invocation.capture import Capture
from pytest_serverless.invocation.environment import Snapshot, Variables
from pytest_serverless.invocation.handler import Target, load
from pytest_serverless.invocation.limits import Interrupted, run_within
from pytest_serverless.invocation.runtime import Call, Figures, Runtime
from pytest_serverless.invocation.sandbox import Sandbox, layer_folders
from pytest_serverless.outcome import Failure, LogLine, Outcome, Status

__all__ = ["Engine", "is_running"]

T = TypeVar("T")

_outer: list[Snapshot] = []
"""What running invocations will put back, the outermost first: a function that invokes another hands on nothing."""


def is_running() -> bool:
    """Tell whether an invocation runs, whose modules may stand where the test's own do otherwise."""
    return bool(_outer)


@dataclass(slots=True)
class _Attempt:
    """What is known of an invocation so far."""

    status: Status = "success"
    error: BaseException | None = None
    payload: bytes = b""
    value: Any = None
    failure: Failure | None = None
    started: float = 0.0
    duration_ms: float = 0.0
    init_ms: float | None = None
    init_overran: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Runs one call in one sandbox.

    `settings` and `variables` are environment variables, of the test suite and of this call; `baseline` is what they
    were before any test.
    """

    runtime: Runtime
    sandbox: Sandbox
    settings: Mapping[str, str]
    variables: Mapping[str, str]
    baseline: Mapping[str, str]

    def run(self, target: Target, payload: bytes, call: Call) -> tuple[Outcome, BaseException | None]:
        """Return the outcome, and the error that a caller who wants to know of it is given."""
        capture = Capture(call.clock)
        attempt = _Attempt(started=call.clock.now())
        with self._process(call), self.sandbox.entered(), capture.listening():
            self._attempt(attempt, target, payload, call)
        return self._outcome(attempt, call, capture.lines), attempt.error

    def module(self, target: Target, call: Call) -> ModuleType:
        """Return the target's module, imported as for an invocation if it is not there."""
        with self._process(call), self.sandbox.entered():
            load(target)
            return sys.modules[target.module]

    @contextmanager
    def _process(self, call: Call) -> Iterator[None]:
        before = Snapshot.take()
        variables = Variables(
            platform=self.runtime.environment(call),
            together=self.runtime.together,
            function=call.function.environment,
            settings=self.settings,
            call=self.variables,
        )
        base = _outer[0].variables if _outer else before.variables
        wanted = environment.overlay(base, variables, self.baseline)
        code = str(call.function.code) if call.function.code else None
        _outer.append(before)
        installed = self.sandbox.state.install(before, wanted, code, layer_folders(call.function.layers))
        try:
            yield
        finally:
            current = Snapshot.take()
            self.sandbox.state.learn(installed, current)
            before.restore(current)
            _outer.pop()

    def _attempt(self, attempt: _Attempt, target: Target, payload: bytes, call: Call) -> None:
        try:
            attempt.status = "init_error"
            handler = self._handler(attempt, target, call)
            attempt.status = "error"
            self._overrun(attempt, call)
            call = replace(call, deadline=call.clock.now() + call.function.timeout_s)  # the init phase does not count
            invoke = self.runtime.bind(handler, payload, call)
            result = self._timed(attempt, invoke, call)
            attempt.payload, attempt.value = self.runtime.respond(result, call)
            attempt.status = "success"
        except Interrupted:
            attempt.status = "timeout"
            attempt.error = _timeout(target, call)
        except SystemExit as exit_:
            attempt.status = "exit"
            attempt.error = FunctionExitError(
                f"{target.name} ended its process: sys.exit({exit_.code!r}). "
                "A function must return; to fail, let it raise an exception.",
                code=exit_.code,
            )
        except Exception as error:  # noqa: BLE001  # whatever a handler raises is an outcome
            attempt.error = error
        if attempt.error is not None:
            attempt.failure = self.runtime.describe(attempt.status, attempt.error, call)
            attempt.payload, attempt.value = self.runtime.fail(attempt.status, attempt.failure, call)

    def _handler(self, attempt: _Attempt, target: Target, call: Call) -> Any:
        if target.function is not None and not self.sandbox.private:
            return target.function
        warm = target.module in sys.modules
        begun = call.clock.monotonic()
        try:
            return load(target) if warm else _outside_loop(lambda: load(target))
        finally:
            if not warm:
                attempt.init_ms = (call.clock.monotonic() - begun) * 1000

    def _overrun(self, attempt: _Attempt, call: Call) -> None:
        """Let an init phase over its limit count as part of the invocation, where the platform does it over."""
        seconds = (attempt.init_ms or 0.0) / 1000
        if seconds > self.runtime.init_limit_s:
            attempt.init_overran = True
            attempt.duration_ms = seconds * 1000
            if seconds >= call.function.timeout_s:
                raise Interrupted

    def _timed(self, attempt: _Attempt, invoke: Callable[[], T], call: Call) -> T:
        attempt.started = call.clock.now()
        begun = call.clock.monotonic()
        try:
            return _outside_loop(lambda: run_within(call.function.timeout_s - attempt.duration_ms / 1000, invoke))
        finally:
            attempt.duration_ms += (call.clock.monotonic() - begun) * 1000

    def _outcome(self, attempt: _Attempt, call: Call, lines: list[LogLine]) -> Outcome:
        figures = Figures(
            status=attempt.status,
            started=attempt.started,
            duration_ms=attempt.duration_ms,
            billed_ms=self.runtime.billed_ms(
                attempt.duration_ms, None if attempt.init_overran else attempt.init_ms, call
            ),
            init_ms=attempt.init_ms,
            init_overran=attempt.init_overran,
            memory_used_mb=_peak_memory_mb(),
        )
        return Outcome(
            function=call.function.name,
            provider=call.function.provider,
            request_id=call.request_id,
            status=attempt.status,
            payload=attempt.payload,
            value=attempt.value,
            failure=attempt.failure,
            duration_ms=figures.duration_ms,
            billed_ms=figures.billed_ms,
            init_ms=figures.init_ms,
            memory_mb=call.function.memory_mb,
            memory_used_mb=figures.memory_used_mb,
            lines=tuple(lines),
            log=self.runtime.log(call, lines, figures, attempt.failure),
        )


def _timeout(target: Target, call: Call) -> FunctionTimeoutError:
    seconds = call.function.timeout_s
    return FunctionTimeoutError(
        f"{target.name} was still running at its timeout of {seconds:g} s. Raise timeout=, or find what it waits for.",
        timeout_s=seconds,
    )


def _outside_loop(function: Callable[[], T]) -> T:
    """Call the function where no event loop runs: here, or in a thread of its own if one does."""
    if not _loop_is_running():
        return function()
    results: list[T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001  # it is raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), name="serverless-invocation")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _loop_is_running() -> bool:
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _peak_memory_mb() -> int:
    try:
        import resource
    except ImportError:
        return 0  # Windows
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak // (1024 * 1024 if sys.platform == "darwin" else 1024))
