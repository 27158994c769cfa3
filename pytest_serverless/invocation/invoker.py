"""`invoke`: one handler, one event, in this process.

::

    from pytest_serverless import invoke

    value = invoke("app.handler", event)                   # the handler's value; its own exception if it raises
    outcome = invoke("app.handler", event, check=False)    # what the platform would answer, log and bill

In process a timeout can end Python code and calls that a signal interrupts, on the main thread of Linux and macOS. It
cannot end a call into C that does not return, nor threads that the handler started; elsewhere (Windows, other threads,
under a running event loop) the handler runs to its end, and the timeout is reported then. It does not apply while a
debugger is at work.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypedDict, overload

from pytest_serverless.app.model import Function
from pytest_serverless.clock import SYSTEM, Clock
from pytest_serverless.errors import InvalidParameterError, PayloadTooLargeError, ServerlessError
from pytest_serverless.invocation.engine import Engine, is_running
from pytest_serverless.invocation.environment import BASELINE
from pytest_serverless.invocation.failure import trimmed
from pytest_serverless.invocation.handler import Target, target_of
from pytest_serverless.invocation.runtime import Runtime
from pytest_serverless.invocation.sandbox import Sandbox, code_root, demand_importable, demand_python
from pytest_serverless.outcome import Outcome
from pytest_serverless.registry import registry

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["ColdStart", "Handler", "Invoker", "Options", "invoke", "value_of"]

Handler = str | Callable[..., Any]
"""A callable, or its name: `package.module.function`."""

ColdStart = Literal["never", "each_test"]


class Options(TypedDict, total=False):
    """What may be said of an invocation."""

    provider: str
    """Who runs it: `aws` unless said otherwise."""
    name: str
    """The function's name as deployed; made of the handler's name unless given."""
    code: str | Path
    """The folder that is deployed: the first on the import path, and the working directory, during the call."""
    env: Mapping[str, str]
    """Environment variables, stronger than any others."""
    timeout: float
    """In seconds; the provider's default unless given (AWS: 3)."""
    memory_mb: int
    """The provider's default unless given (AWS: 128)."""
    cold: bool
    """Import the handler's code anew, as in a new execution environment."""
    request_id: str
    """The invocation's id; a fresh one unless given."""
    settings: Any
    """What only the provider knows of the function, as `app.aws.LambdaSettings`."""
    client_context: Mapping[str, Any]
    """AWS: what the caller sends as ClientContext."""
    cognito_identity: Mapping[str, str]
    """AWS: `cognitoIdentityId` and `cognitoIdentityPoolId`."""
    tenant_id: str
    """AWS: the tenant, of a function with tenant isolation."""
    trace_id: str
    """AWS: the X-Ray header, for `_X_AMZN_TRACE_ID`."""
    qualifier: str
    """AWS: the alias or version that the caller names."""
    inputs: Mapping[str, Any]
    """Azure: the values of input bindings by name, in the form of the wire."""


_Key = tuple[str, Path | None, str, str, tuple[tuple[str, str], ...]]
"""Provider, code, module, and the id and environment of a template's function: deployed functions share nothing."""

_warm: dict[_Key, Sandbox] = {}
"""The sandboxes of this process, kept warm for as long as it lives."""


class Invoker:
    """Invokes handlers on behalf of one test.

    `settings` are environment variables of the whole suite; `defaults` has the settings of functions by provider. With
    `cold_start="each_test"` the first invocation of each handler imports it anew. What was imported anew stays warm for
    this invoker's later invocations, and goes with it.
    """

    def __init__(
        self,
        *,
        clock: Clock = SYSTEM,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        settings: Mapping[str, str] | None = None,
        baseline: Mapping[str, str] = BASELINE,
        cold_start: ColdStart = "never",
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        self._clock = clock
        self._new_id = new_id
        self._settings = settings or {}
        self._baseline = baseline
        self._cold_start = cold_start
        self._defaults = defaults or {}
        self._own: dict[_Key, Sandbox] = {}

    @overload
    def __call__(
        self,
        handler: Handler,
        event: Any = ...,
        context: Any = ...,
        *,
        check: Literal[False],
        **options: Unpack[Options],
    ) -> Outcome: ...

    @overload
    def __call__(
        self,
        handler: Handler,
        event: Any = ...,
        context: Any = ...,
        *,
        check: Literal[True] = ...,
        **options: Unpack[Options],
    ) -> Any: ...

    def __call__(
        self,
        handler: Handler,
        event: Any = None,
        context: Any = None,
        *,
        check: bool = True,
        **options: Unpack[Options],
    ) -> Any:
        """Invoke a handler as its platform does, and return its value; see `invoke`."""
        __tracebackhide__ = True
        outcome, error = self._run(handler, event, context, options)
        return value_of(outcome, error) if check else outcome

    def __repr__(self) -> str:
        return "<invoke(handler, event, context=None, *, check=True, …)>"

    def _run(
        self, handler: Handler, event: Any, context: Any, options: Options
    ) -> tuple[Outcome, BaseException | None]:
        given: dict[str, Any] = {**options}
        runtime = _runtime(given.pop("provider", "aws"))
        target = target_of(handler, runtime.own_function)
        given.setdefault("settings", self._defaults.get(runtime.name))
        env, cold, request_id = given.pop("env", {}), given.pop("cold", False), given.pop("request_id", None)
        function = _function(runtime, target, given)
        return self.run(
            function, event, context, target=target, env=env, cold=cold, request_id=request_id, options=given
        )

    def run(
        self,
        function: Function,
        event: Any = None,
        context: Any = None,
        *,
        target: Target | None = None,
        env: Mapping[str, str] | None = None,
        cold: bool = False,
        request_id: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> tuple[Outcome, BaseException | None]:
        """Invoke a function; return the outcome, and the error that a caller who wants to know of it is given.

        `target` is its handler where the caller has it already; the other parameters are as in `Options`.
        """
        runtime = _runtime(function.provider)
        target = target or target_of(function.handler)
        payload = runtime.encode(event)
        if len(payload) > runtime.request_limit:
            raise PayloadTooLargeError(size=len(payload), limit=runtime.request_limit, what="The event")
        request_id = request_id or (self._new_id() if context is None else None)
        call = runtime.call(function, clock=self._clock, request_id=request_id, context=context, options=options or {})
        engine = self._engine(runtime, target, function, cold=cold, env=_texts(env or {}))
        return engine.run(target, payload, replace(call, sandbox_id=engine.sandbox.id))

    def module(self, function: Function) -> ModuleType:
        """Return the module that a function's invocations run, imported if need be."""
        runtime, target = _runtime(function.provider), target_of(function.handler)
        call = runtime.call(function, clock=self._clock, request_id=self._new_id(), context=None, options={})
        return self._engine(runtime, target, function, cold=False, env={}).module(target, call)

    def _engine(
        self, runtime: Runtime, target: Target, function: Function, *, cold: bool, env: Mapping[str, str]
    ) -> Engine:
        return Engine(
            runtime=runtime,
            sandbox=self._sandbox(target, function, cold=cold),
            settings=self._settings,
            variables=env,
            baseline=self._baseline,
        )

    def _sandbox(self, target: Target, function: Function, *, cold: bool) -> Sandbox:
        demand_python(function)
        key = function.provider, function.code, target.module, function.id, tuple(function.environment.items())
        if cold or (self._cold_start == "each_test" and key not in self._own):
            demand_importable(target)
            self._own[key] = Sandbox(self._new_id().replace("-", ""), code_root(target, function.code), private=True)
        return self._own.get(key) or _warm_sandbox(key, target)


@overload
def invoke(
    handler: Handler, event: Any = ..., context: Any = ..., *, check: Literal[False], **options: Unpack[Options]
) -> Outcome: ...


@overload
def invoke(
    handler: Handler, event: Any = ..., context: Any = ..., *, check: Literal[True] = ..., **options: Unpack[Options]
) -> Any: ...


def invoke(
    handler: Handler, event: Any = None, context: Any = None, *, check: bool = True, **options: Unpack[Options]
) -> Any:
    """Invoke a handler as its platform does, and return its value as a caller reads it.

    `handler` is a callable or its name (`package.module.function`); `event` anything that is JSON (bytes are sent as
    they are); `context` the handler's second argument, made where None. The other parameters are those of `Options`.

    An exception of the handler is raised as it is, with its own traceback. A timeout is a `FunctionTimeoutError`,
    `sys.exit` a `FunctionExitError`, a result that is no JSON or too large an `InvalidResponseError`; what keeps the
    handler from being found or imported a `HandlerNotFoundError` or `HandlerImportError`. With `check=False` the
    `Outcome` is returned instead, with what the platform would send back. An event that the platform refuses
    (`InvalidPayloadError`, `PayloadTooLargeError`) is an error in either case.
    """
    __tracebackhide__ = True
    if check:
        return Invoker()(handler, event, context, **options)
    return Invoker()(handler, event, context, check=False, **options)


def value_of(outcome: Outcome, error: BaseException | None) -> Any:
    """Return the value of an invocation, or raise what kept it from having one."""
    __tracebackhide__ = True
    if error is not None:
        raise error if isinstance(error, ServerlessError) else error.with_traceback(trimmed(error.__traceback__))
    return outcome.value


def _warm_sandbox(key: _Key, target: Target) -> Sandbox:
    code = key[1]
    if key not in _warm:
        digest = hashlib.md5(repr(key).encode(), usedforsecurity=False).hexdigest()
        _warm[key] = Sandbox(digest, code, private=code is not None)
    sandbox = _warm[key]
    if sandbox.private and not sandbox.modules and not is_running():
        sandbox.private = code_root(target, None) != code  # unless the test can import it, and its modules are the ones
    return sandbox


@cache
def _runtime(provider: str) -> Runtime:
    found = registry().provider(provider)
    if found.runtime is None:
        raise InvalidParameterError(
            f"The provider {provider!r} ({found.title}) has no runtime, so its functions cannot be invoked here."
        )
    return found.runtime()


def _function(runtime: Runtime, target: Target, given: dict[str, Any]) -> Function:
    sizes = {
        field: _positive(name, given.pop(name))
        for name, field in (("timeout", "timeout_s"), ("memory_mb", "memory_mb"))
        if name in given
    }
    return runtime.function(
        name=given.pop("name", None) or re.sub(r"[^A-Za-z0-9_-]", "-", target.name)[-64:].lstrip("-"),
        handler=target.name,
        code=_folder(given.pop("code", None)),
        settings=given.pop("settings"),
        **sizes,
    )


def _folder(code: str | Path | None) -> Path | None:
    if code is None:
        return None
    folder = Path(code).resolve()
    if not folder.is_dir():
        raise InvalidParameterError(f"code= is the folder that is deployed, and {str(folder)!r} is not a folder.")
    return folder


def _positive(name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise InvalidParameterError(f"{name} must be a number above 0, got {value!r}.")
    return value


def _texts(variables: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in variables.items():
        if not isinstance(value, str):
            raise InvalidParameterError(f"Environment variables are text: env={{{name!r}: {value!r}}} is not.")
    return variables
