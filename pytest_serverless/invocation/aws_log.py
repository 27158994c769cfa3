"""What CloudWatch Logs shows of one invocation, as text or as JSON.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html (2026-11) and log lines recorded from the
service, for the tabs, the trailing tab of REPORT and the no-break spaces of a traceback.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from pytest_serverless.app.model import Function
from pytest_serverless.invocation.runtime import Call, Figures
from pytest_serverless.outcome import Failure, LogLine

__all__ = ["opened", "render", "started", "written"]

_NO_BREAK = "\u00a0"
_INIT_MS = 10_000.0
"""What the init phase may take; in process it is not cut short."""


def render(call: Call, lines: Sequence[LogLine], figures: Figures, failure: Failure | None) -> str:
    """Return the log of the invocation, in the format that the function is configured for."""
    as_json = call.function.settings.log_format == "JSON"
    return "".join((_json if as_json else _text)(call, lines, figures, failure))


def opened(function: Function) -> str:
    """Return the line that begins the life of a sandbox, as text."""
    return f"INIT_START Runtime Version: {_runtime_version(function)}\n"


def started(function: Function, request_id: str) -> str:
    """Return the line that begins an invocation, as text."""
    return f"START RequestId: {request_id} Version: {function.settings.version}\n"


def written(function: Function, line: LogLine, request_id: str) -> str:
    """Return a line of the function's own, in the format that it is configured for."""
    return (_json_line if function.settings.log_format == "JSON" else _line)(line, request_id)


def _text(call: Call, lines: Sequence[LogLine], figures: Figures, failure: Failure | None) -> Iterator[str]:
    request = f"RequestId: {call.request_id}"
    if figures.init_ms is not None:
        yield opened(call.function)
    if figures.status == "init_error" and failure is not None:
        took, phase = figures.init_ms, "init"
        if took is None:  # it had failed before, and is done over within the invocation
            took, phase = figures.duration_ms, "invoke"
        yield f"INIT_REPORT Init Duration: {took:.2f} ms\tPhase: {phase}\tStatus: error\tError Type: {failure.type}\n"
    if figures.init_overran:
        took = min(figures.init_ms or 0.0, _INIT_MS)
        yield f"INIT_REPORT Init Duration: {took:.2f} ms\tPhase: init\tStatus: timeout\n"
    yield started(call.function, call.request_id)
    for line in lines:
        yield _line(line, call.request_id)
    if failure is not None and _is_untold(call, figures):
        yield _failed(call, figures, failure)
    yield f"END {request}\n"
    yield f"REPORT {request}\t{_report(call, figures, failure)}\n"


def _runtime_version(function: Function) -> str:
    name = re.sub(r"^([a-z]+)(?=\d)", r"\1:", function.settings.runtime)
    return f"{name.removesuffix('.x')}.v1"


def _is_untold(call: Call, figures: Figures) -> bool:
    """Tell whether the log lacks what the function raised: the client of Node.js has written it itself."""
    return figures.status not in ("error", "init_error") or not call.function.settings.runtime.startswith("nodejs")


def _line(line: LogLine, request_id: str) -> str:
    if line.source == "log":
        return f"[{line.level}]\t{_iso(line.time)}\t{request_id}\t{line.message}\n"
    return f"{line.message}\n"


def _failed(call: Call, figures: Figures, failure: Failure) -> str:
    if figures.status == "timeout":
        moment = _iso(figures.started + call.function.timeout_s)
        return f"{moment} {call.request_id} Task timed out after {call.function.timeout_s:.2f} seconds\n\n"
    if figures.status == "exit":
        return f"{failure.message}\n{failure.type}\n"
    head = f"[ERROR] {failure.type}{': ' if failure.message else ''}{failure.message}"
    frames = [_indented(line) for frame in failure.stack_trace for line in frame.splitlines()]
    return "\n".join([head, "Traceback (most recent call last):", *frames]) + "\n"


def _indented(line: str) -> str:
    text = line.lstrip(" ")
    return _NO_BREAK * (len(line) - len(text)) + text


def _report(call: Call, figures: Figures, failure: Failure | None) -> str:
    fields = [
        f"Duration: {figures.duration_ms:.2f} ms",
        f"Billed Duration: {figures.billed_ms} ms",
        f"Memory Size: {call.function.memory_mb} MB",
        f"Max Memory Used: {figures.memory_used_mb} MB",
    ]
    if figures.init_ms is not None and not figures.init_overran:
        fields.append(f"Init Duration: {figures.init_ms:.2f} ms")
    if figures.status == "timeout":
        fields.append("Status: timeout")
    elif figures.status in ("exit", "init_error") and failure is not None:
        fields += ["Status: error", f"Error Type: {failure.type}"]
    else:
        fields.append("")
    return "\t".join(fields)


def _json(call: Call, lines: Sequence[LogLine], figures: Figures, failure: Failure | None) -> Iterator[str]:
    start = figures.started
    if figures.init_ms is not None:
        yield _platform(
            start - figures.init_ms / 1000,
            "initStart",
            {
                "initializationType": "on-demand",
                "phase": "init",
                "runtimeVersion": _runtime_version(call.function),
                "functionName": call.function.name,
                "functionVersion": call.function.settings.version,
            },
        )
    yield _platform(start, "start", {"requestId": call.request_id, "version": call.function.settings.version})
    for line in lines:
        yield _json_line(line, call.request_id)
    if failure is not None and figures.status in ("error", "init_error") and _is_untold(call, figures):
        yield _dumped(
            {
                "timestamp": _iso(start, "seconds"),
                "level": "ERROR",
                "errorMessage": failure.message,
                "errorType": failure.type,
                "requestId": "" if figures.status == "init_error" else call.request_id,
                "stackTrace": list(failure.stack_trace),
            }
        )
    yield _platform(start + figures.duration_ms / 1000, "report", _record(call, figures, failure))


def _record(call: Call, figures: Figures, failure: Failure | None) -> dict[str, Any]:
    metrics: dict[str, Any] = {
        "durationMs": round(figures.duration_ms, 3),
        "billedDurationMs": figures.billed_ms,
        "memorySizeMB": call.function.memory_mb,
        "maxMemoryUsedMB": figures.memory_used_mb,
    }
    if figures.init_ms is not None and not figures.init_overran:
        metrics["initDurationMs"] = round(figures.init_ms, 3)
    status = {"success": "success", "timeout": "timeout"}.get(figures.status, "error")
    record = {"requestId": call.request_id, "metrics": metrics, "status": status}
    return record if failure is None or status == "timeout" else {**record, "errorType": failure.type}


def _json_line(line: LogLine, request_id: str) -> str:
    if line.source != "log":
        return f"{line.message}\n"
    return _dumped(
        {
            "timestamp": _iso(line.time, "seconds"),
            "level": line.level,
            "message": line.message,
            "logger": line.logger,
            "requestId": request_id,
        }
    )


def _platform(moment: float, kind: str, record: dict[str, Any]) -> str:
    return _dumped({"time": _iso(moment), "type": f"platform.{kind}", "record": record})


def _dumped(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _iso(moment: float, timespec: str = "milliseconds") -> str:
    text = datetime.fromtimestamp(moment, tz=timezone.utc).replace(tzinfo=None).isoformat(timespec=timespec)
    return f"{text}Z"
