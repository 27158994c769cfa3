"""What happens on the platform, as lines of text and as lines of JSON.

The text is that of CloudWatch Logs, each line as soon as it is known: what a function writes while it runs, the rest
of its invocation's log when it ends. The JSON is that of Lambda's Telemetry API, where it has a word for it; `function`
and `sandbox` stand beside each record. Source of its types and fields:
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (2026-11).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pytest_serverless.app.model import App, Function
from pytest_serverless.invocation import aws_log
from pytest_serverless.local.platform_events import PlatformEvent
from pytest_serverless.outcome import LogLine, Outcome

__all__ = ["WARNINGS", "Line", "TextLog", "as_json", "printable"]

WARNINGS = frozenset({"throttle", "note"})
"""The kinds of events that are told even to those who want no log."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Return a line with whatever would move a terminal's cursor, or turn its text around, as an escape sequence."""
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line to be shown; `function` by its id, empty where it is about the platform. `text` is printable."""

    function: str
    text: str
    is_warning: bool = False


class TextLog:
    """Turns events into the lines of a log that is followed."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._fresh: set[str] = set()
        self._shown: dict[tuple[str, str], Counter[str]] = {}

    def lines(self, event: PlatformEvent) -> Iterator[Line]:
        """Return the lines that an event adds."""
        render = getattr(self, f"_{event.kind}", None)
        for text in render(event) if render is not None else ():
            yield Line(event.function, printable(text), event.kind in WARNINGS)

    def _sandbox_started(self, event: PlatformEvent) -> Iterator[str]:
        self._fresh.add(event.sandbox)
        if not _is_json(function := self._app.functions[event.function]):
            yield aws_log.opened(function).rstrip("\n")

    def _sandbox_ended(self, event: PlatformEvent) -> Iterator[str]:
        self._fresh.discard(event.sandbox)
        for key in [key for key in self._shown if key[0] == event.sandbox]:
            del self._shown[key]
        return iter(())

    def _start(self, event: PlatformEvent) -> Iterator[str]:
        function = self._app.functions[event.function]
        is_fresh = event.sandbox in self._fresh
        self._shown[event.sandbox, event.request_id] = Counter([aws_log.opened(function).rstrip("\n")])
        # Of a new sandbox the init phase comes first, and what is to be said of it is known at the end.
        return iter(()) if is_fresh or _is_json(function) else self._started(event, function)

    def _started(self, event: PlatformEvent, function: Function) -> Iterator[str]:
        text = aws_log.started(function, event.request_id).rstrip("\n")
        shown = self._shown.get((event.sandbox, event.request_id))
        if shown is not None and not shown[text] and not _is_json(function):
            shown[text] += 1
            yield text

    def _log(self, event: PlatformEvent) -> Iterator[str]:
        function, line = self._app.functions[event.function], event.record["line"]
        if event.request_id:
            yield from self._started(event, function)
        shown = self._shown.setdefault((event.sandbox, event.request_id), Counter())
        for text in _split(aws_log.written(function, line, event.request_id)):
            shown[text] += 1
            yield text

    def _report(self, event: PlatformEvent) -> Iterator[str]:
        self._fresh.discard(event.sandbox)
        shown = self._shown.pop((event.sandbox, event.request_id), Counter())
        shown += self._shown.pop((event.sandbox, ""), Counter())
        outcome: Outcome = event.record["outcome"]
        for text in _split(outcome.log):
            if shown[text]:
                shown[text] -= 1
            elif text:
                yield text

    def _throttle(self, event: PlatformEvent) -> Iterator[str]:
        yield f"throttled: {event.record['reason']} RequestId: {event.request_id}"

    def _init(self, event: PlatformEvent) -> Iterator[str]:
        error = event.record.get("error")
        if error:
            took = f"Init Duration: {event.record['ms']:.2f} ms"
            yield f"INIT_REPORT {took}\tPhase: init\tStatus: error\tError Type: {error}"

    def _reload(self, event: PlatformEvent) -> Iterator[str]:
        yield "its code has changed: the next invocations get new sandboxes"

    def _note(self, event: PlatformEvent) -> Iterator[str]:
        yield from _split(str(event.record["text"]))


def _is_json(function: Function) -> bool:
    return getattr(function.settings, "log_format", "Text") == "JSON"


def _split(text: str) -> list[str]:
    return text.splitlines()


def as_json(event: PlatformEvent, app: App) -> str:
    """Return an event as one line of JSON, with its times in UTC."""
    kind, record = _KINDS[event.kind](event, app.functions.get(event.function))
    found: dict[str, Any] = {"time": _iso(event.time), "type": kind, "record": record}
    found |= {name: value for name in ("function", "sandbox") if (value := getattr(event, name))}
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(found, ensure_ascii=False))


def _iso(moment: float) -> str:
    text = datetime.fromtimestamp(moment, tz=timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{text}Z"


def _init_start(event: PlatformEvent, function: Function | None) -> tuple[str, Any]:
    kind = "provisioned-concurrency" if event.record.get("provisioned") else "on-demand"
    record = {"initializationType": kind, "phase": "init"}
    if function is not None:
        record |= {
            "runtimeVersion": aws_log.opened(function).partition(": ")[2].strip(),
            "functionName": function.name,
            "functionVersion": function.settings.version,
        }
    return "platform.initStart", record


def _init_report(event: PlatformEvent, function: Function | None) -> tuple[str, Any]:
    error = event.record.get("error")
    record: dict[str, Any] = {"phase": "init", "status": "error" if error else "success"}
    record |= {"metrics": {"durationMs": round(float(event.record.get("ms") or 0), 3)}}
    return "platform.initReport", record | ({"errorType": str(error)} if error else {})


def _start(event: PlatformEvent, function: Function | None) -> tuple[str, Any]:
    version = function.settings.version if function is not None else "$LATEST"
    return "platform.start", {"requestId": event.request_id, "version": version}


def _function(event: PlatformEvent, function: Function | None) -> tuple[str, Any]:
    line: LogLine = event.record["line"]
    text = aws_log.written(function, line, event.request_id) if function is not None else line.message
    return "function", text.rstrip("\n")


def _report(event: PlatformEvent, function: Function | None) -> tuple[str, Any]:
    outcome: Outcome = event.record["outcome"]
    metrics: dict[str, Any] = {
        "durationMs": round(outcome.duration_ms, 3),
        "billedDurationMs": outcome.billed_ms,
        "memorySizeMB": outcome.memory_mb,
        "maxMemoryUsedMB": outcome.memory_used_mb,
    }
    if outcome.init_ms is not None:
        metrics["initDurationMs"] = round(outcome.init_ms, 3)
    status = {"success": "success", "timeout": "timeout"}.get(outcome.status, "error")
    record: dict[str, Any] = {"requestId": event.request_id, "metrics": metrics, "status": status}
    if outcome.failure is not None and status == "error":
        record["errorType"] = outcome.failure.type
    return "platform.report", record


def _own(kind: str) -> Any:
    """Return what renders a kind that Lambda has no word for: its record as it is."""

    def render(event: PlatformEvent, function: Function | None) -> tuple[str, Any]:
        named = {"requestId": event.request_id} if event.request_id else {}
        return f"platform.{kind}", {**named, **event.record}

    return render


_KINDS: dict[str, Any] = {
    "arrival": _own("arrival"),
    "throttle": _own("throttle"),
    "init": _init_report,
    "start": _start,
    "log": _function,
    "report": _report,
    "sandbox_started": _init_start,
    "sandbox_ended": _own("sandboxEnded"),
    "reload": _own("reload"),
    "note": _own("note"),
}
