"""What CloudWatch Logs tells of AWS Lambda: its platform's lines, as text or as JSON, each stream being a sandbox.

Sources: log lines recorded from the service, and
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (2026-11).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from pytest_serverless.load.evidence.logged import Init, Log, Logged
from pytest_serverless.load.evidence.moments import epoch_s
from pytest_serverless.load.evidence.report import Report, init_report_ms, read_line

__all__ = ["GAP_S", "LogEvent", "read_events"]

GAP_S = 1.0
"""From the end of an init to the begin of the invocation that waited for it: less than that. What was initialised
ahead of need waits longer for its first invocation, by minutes mostly."""

_json_type = re.compile(r'\{"time": ?"[^"]*", ?"type": ?"platform\.(initStart|initReport|restoreStart)"').match


class LogEvent(NamedTuple):
    """One event of a log: when, in seconds since the epoch; of which stream and which log group or function; what."""

    at_s: float
    stream: str
    message: str
    function: str = ""


class _Stream:
    """One sandbox, from event to event."""

    def __init__(self) -> None:
        self.init_began_s: float | None = None
        self.init_ended_s: float | None = None
        self.init_ms: float | None = None
        self.init_type: str | None = None
        self.count: int | None = None
        self.inits: list[Init] = []

    def begin(self, at_s: float, event: LogEvent, init_type: str | None) -> None:
        """Take note of an init; one that is begun again within an invocation is another."""
        self.init_began_s, self.init_type = at_s, init_type
        self.init_ended_s = self.init_ms = None
        self.count = 0
        self.inits.append(Init(instance=event.stream, started_s=at_s, function=event.function, why=init_type or ""))

    def end(self, at_s: float, ms: float) -> None:
        """Take note of how long the init took."""
        self.init_ms = ms
        self.init_ended_s = self.init_began_s + ms / 1e3 if self.init_began_s is not None else at_s
        if self.inits:
            self.inits[-1] = replace(self.inits[-1], ended_s=self.init_ended_s)


def read_events(events: Iterable[LogEvent]) -> Log:
    """Return what events tell, in any order; a stream without a name stands for sandboxes that are not told apart."""
    log, streams = Log(), dict[str, _Stream]()
    for event in sorted(events, key=lambda each: (each.stream, each.at_s)):
        stream = streams.setdefault(event.stream, _Stream())
        if not _read(event, stream, log):
            log.unread += 1
    log.inits = [init for stream in streams.values() for init in stream.inits]
    return log


def _read(event: LogEvent, stream: _Stream, log: Log) -> bool:
    line = event.message.rstrip("\n")
    report = read_line(line)
    if report is not None:
        log.invocations.append(_logged(report, event, stream) if event.stream else _alone(report, event))
        return True
    if line.startswith(("INIT_START ", "RESTORE_START ")):
        stream.begin(event.at_s, event, "snap-start" if line[0] == "R" else None)
        return True
    ms = init_report_ms(line)
    if ms is not None:
        stream.end(event.at_s, ms)
    kind = _json_type(line)
    if kind and kind[1] != "initReport":
        _begin_json(line, event, stream)
    return ms is not None or kind is not None


def _begin_json(line: str, event: LogEvent, stream: _Stream) -> None:
    try:
        found: dict[str, Any] = json.loads(line)
        at_s = epoch_s(found["time"])
        stream.begin(event.at_s if at_s is None else at_s, event, found["record"].get("initializationType"))
    except (ValueError, KeyError, AttributeError):
        stream.begin(event.at_s, event, None)


def _logged(report: Report, event: LogEvent, stream: _Stream) -> Logged:
    """Return the invocation of a report; the first after an init has it to itself."""
    started_s = event.at_s - report.duration_ms / 1e3
    had_init = report.init_ms is not None or report.restore_ms is not None
    if had_init and stream.count != 0:
        stream.begin(started_s - (report.init_ms or report.restore_ms or 0.0) / 1e3, event, None)
    init_ms = report.init_ms
    if stream.count == 0:
        init_ms = init_ms if init_ms is not None else stream.init_ms
        if stream.init_ended_s is None and (init_ms or report.restore_ms) is not None:
            stream.end(event.at_s, init_ms or report.restore_ms or 0.0)
    if stream.count is not None:
        stream.count += 1
    is_first = stream.count == 1
    evidence = report._replace(init_ms=init_ms).evidence(
        source="logs",
        instance=event.stream,
        invocation=stream.count,
        init_type=stream.init_type,
        init_ended_s=stream.init_ended_s if is_first else None,
    )
    return Logged(
        ids=(report.request_id,),
        started_s=started_s,
        ended_s=event.at_s,
        function=event.function,
        evidence=evidence,
        waited=_waited(stream, started_s) if is_first else False,
        status=report.status,
    )


def _alone(report: Report, event: LogEvent) -> Logged:
    """Return the invocation of a report of which it is not known what came before it."""
    had_init = report.init_ms is not None or report.restore_ms is not None
    return Logged(
        ids=(report.request_id,),
        started_s=event.at_s - report.duration_ms / 1e3,
        ended_s=event.at_s,
        function=event.function,
        evidence=report.evidence(source="logs", invocation=1 if had_init else None),
        waited=had_init,
        status=report.status,
    )


def _waited(stream: _Stream, started_s: float) -> bool:
    if stream.init_type == "provisioned-concurrency":
        return False
    return stream.init_ended_s is not None and started_s - stream.init_ended_s < GAP_S
