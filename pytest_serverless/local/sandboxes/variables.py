"""The environment variables of a sandbox, made from scratch: nothing of the user's own shell is in them.

Names and values are those recorded of the service (2026-11); `LambdaRuntime.environment` has most. `HOME` is added: the
service has none, and there a user's home that does not exist; here it would be that of whoever runs the platform.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pytest_serverless.app.model import Function
from pytest_serverless.clock import SYSTEM
from pytest_serverless.invocation.aws import LambdaRuntime
from pytest_serverless.invocation.runtime import Call

__all__ = ["TELEMETRY_FD", "call_of", "variables_of"]

TELEMETRY_FD = 3
"""Where frames of the log are written to; the keeper opens it."""

_RUNTIME = LambdaRuntime()
_COVERAGE = "COVERAGE_"


def call_of(function: Function, request_id: str, sandbox_id: str) -> Call:
    """Return the call that the provider's code describes failures and variables by."""
    return Call(function=function, request_id=request_id, deadline=SYSTEM.now(), clock=SYSTEM, sandbox_id=sandbox_id)


def variables_of(
    function: Function,
    *,
    call: Call,
    folder: Path,
    provisioned: bool,
    base: Mapping[str, str],
    credentials: Mapping[str, str],
    log_stream: str,
    coverage: bool,
) -> dict[str, str]:
    """Return all variables but those of one process; `folder` is the sandbox's own."""
    platform = {name: value for name, value in _RUNTIME.environment(call).items() if value is not None}
    outer = os.environ
    path = [str(layer / "bin") for layer in function.layers if (layer / "bin").is_dir()]
    libraries = [str(place / "lib") for place in (*function.layers, *_code(function)) if (place / "lib").is_dir()]
    result = {
        **platform,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency" if provisioned else "on-demand",
        "LANG": "en_US.UTF-8",
        "SHLVL": "0",
        "PATH": _joined([*path, outer.get("PATH", os.defpath)]),
        "HOME": str(folder / "home"),
        **base,
        **credentials,
        **function.environment,
        "_HANDLER": function.handler,
        "_LAMBDA_TELEMETRY_LOG_FD": str(TELEMETRY_FD),
    }
    if libraries or "LD_LIBRARY_PATH" in outer:
        own = function.environment.get("LD_LIBRARY_PATH", "")
        result["LD_LIBRARY_PATH"] = _joined([own, *libraries, outer.get("LD_LIBRARY_PATH", "")])
    if coverage:
        result |= {name: value for name, value in outer.items() if name.startswith(_COVERAGE)}
    return result


def _code(function: Function) -> Iterable[Path]:
    return (function.code,) if function.code else ()


def _joined(entries: Iterable[str]) -> str:
    return os.pathsep.join(dict.fromkeys(entry for entry in entries if entry))
