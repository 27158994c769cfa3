"""What Lambda reports of an invocation: the REPORT line of its log, as text or as JSON.

Sources: log lines recorded from the service, and for JSON
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (2026-11).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pytest_serverless.load.evidence import probe_header
from pytest_serverless.load.observations import Evidence, Source

__all__ = ["Report", "evidence_of_tail", "from_record", "init_report_ms", "read_all", "read_line", "read_tail"]

_JSON = "platform.report"
_head = re.compile(
    r"REPORT RequestId: (\S+)\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms\t"
    r"Memory Size: (\d+) MB\tMax Memory Used: (\d+) MB"
).match
_init_text = re.compile(r"INIT_REPORT Init Duration: ([\d.]+) ms").match
_init_json = re.compile(r'\{"time": ?"[^"]*", ?"type": ?"platform\.initReport"').match

_END = 1360
"""How much of a tail is decoded at first, in base64: 1,020 bytes, and a REPORT has about 200."""


class Report(NamedTuple):
    """One REPORT. `status` is "timeout" or "error", else "success"; `error_type` such as `Runtime.ExitError`.

    `init_ms` is there where a sandbox was initialised for the invocation, or beforehand and it is its first; never
    with provisioned concurrency. `restore_ms` is there where a snapshot was restored.
    """

    request_id: str
    duration_ms: float
    billed_ms: int
    memory_mb: int
    memory_used_mb: int
    init_ms: float | None = None
    restore_ms: float | None = None
    billed_restore_ms: int | None = None
    status: str = "success"
    error_type: str | None = None

    def evidence(self, source: Source = "report", **more: Any) -> Evidence:
        """Return what it says of the instance; `more` are fields of `Evidence` that it does not tell."""
        if self.restore_ms is not None and more.get("init_type") is None:
            more["init_type"] = "snap-start"
        return Evidence(
            source=source,
            init_ms=self.init_ms,
            restore_ms=self.restore_ms,
            duration_ms=self.duration_ms,
            billed_ms=self.billed_ms,
            memory_mb=self.memory_mb,
            memory_used_mb=self.memory_used_mb,
            request_id=self.request_id,
            **more,
        )


def read_line(line: str) -> Report | None:
    """Return the report that a line is, None for any other line."""
    match = _head(line)
    if match is not None:
        return _from_text(match)
    if line.startswith("{") and _JSON in line:
        return _from_json(line)
    return None


def init_report_ms(line: str) -> float | None:
    """Return how long an init took that a line reports as failed or too long, None for any other line."""
    match = _init_text(line)
    if match is not None:
        return float(match[1])
    if _init_json(line) is None:
        return None
    try:
        return float(json.loads(line)["record"]["metrics"]["durationMs"])
    except (KeyError, TypeError, ValueError):
        return None


def read_all(log: str) -> Iterator[Report]:
    """Return every report in a log, in order; what an `INIT_REPORT` says counts for the report after it."""
    init_ms: float | None = None
    for line in log.split("\n"):
        found = init_report_ms(line)
        init_ms = found if found is not None else init_ms
        report = read_line(line)
        if report is not None:
            if init_ms is not None and _is_warm(report):
                report = report._replace(init_ms=init_ms)
            init_ms = None
            yield report


def read_tail(encoded: str) -> Report | None:
    """Return the report in the header `X-Amz-Log-Result`: the last 4 KB of the invocation's log, in base64.

    The beginning may be cut off, within a character too. None where there is no report.
    """
    return _read_tail(encoded)[0]


def evidence_of_tail(encoded: str, received_s: float | None = None) -> Evidence | None:
    """Return what the header `X-Amz-Log-Result` tells: of the report, and of the probe's line if it wrote one.

    `received_s` is when the answer came, as `probe_header.read` wants it.
    """
    report, log = _read_tail(encoded)
    probed = probe_header.find_line(log, received_s)
    if report is None or probed is None:
        return probed if report is None else report.evidence()
    return report.evidence(
        instance=probed.instance,
        invocation=probed.invocation,
        init_type=probed.init_type,
        init_ended_s=probed.init_ended_s,
    )


def _read_tail(encoded: str) -> tuple[Report | None, str]:
    """Return the report of a tail, and as much of its log as was decoded."""
    log = _decoded(encoded[-_END:] if len(encoded) % 4 == 0 else encoded)
    report = _last(log)
    if len(encoded) > _END and (report is None or (_is_warm(report) and any(part in encoded for part in _INIT_PARTS))):
        log = _decoded(encoded)
        report = _last(log)
    if report is not None and _is_warm(report) and ("INIT_REPORT" in log or "platform.initReport" in log):
        *_, report = read_all(log)
    return report, log


def _is_warm(report: Report) -> bool:
    return report.init_ms is None and report.restore_ms is None


def _last(log: str) -> Report | None:
    """Return the last report of a log, looking from its end."""
    end = len(log)
    while (start := max(log.rfind("REPORT RequestId: ", 0, end), log.rfind(_JSON, 0, end))) >= 0:
        report = read_line(log[log.rfind("\n", 0, start) + 1 :].partition("\n")[0])
        if report is not None:
            return report
        end = start
    return None


def _decoded(encoded: str) -> str:
    try:
        return binascii.a2b_base64(encoded).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _parts(text: bytes) -> Iterator[str]:
    """Return what a text looks like within base64, wherever it begins there."""
    for before in range(3):
        whole = (before + len(text)) // 3 * 3 - before
        encoded = base64.b64encode(b"\0" * before + text[:whole]).decode()
        yield encoded[4 if before else 0 :]


_INIT_PARTS = (*_parts(b"INIT_REPORT Init"), *_parts(b"platform.initReport"))


def _from_text(head: re.Match[str]) -> Report:
    request_id, duration, billed, memory, used = head.groups()
    report = Report(request_id, float(duration), int(billed), int(memory), int(used))
    rest = head.string[head.end() :].strip()
    return (
        report if not rest else report._replace(**_more(dict(part.partition(": ")[::2] for part in rest.split("\t"))))
    )


def _more(fields: dict[str, str]) -> dict[str, Any]:
    """Return the fields of a report that only some have."""
    found: dict[str, Any] = {}
    for name, field in _NUMBERS.items():
        number = fields.get(name, "").removesuffix(" ms")
        if number:
            found[field] = int(number) if field == "billed_restore_ms" else float(number)
    found["status"] = fields.get("Status", "success")
    found["error_type"] = fields.get("Error Type")
    return found


_NUMBERS = {
    "Init Duration": "init_ms",
    "Restore Duration": "restore_ms",
    "Billed Restore Duration": "billed_restore_ms",
}


def _from_json(line: str) -> Report | None:
    try:
        found = json.loads(line)
        return from_record(found["record"]) if found["type"] == _JSON else None
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def from_record(record: dict[str, Any]) -> Report:
    """Return the report that the record of a `platform.report` is; raises KeyError or TypeError where it is none."""
    metrics = record["metrics"]
    return Report(
        request_id=record["requestId"],
        duration_ms=float(metrics["durationMs"]),
        billed_ms=int(metrics["billedDurationMs"]),
        memory_mb=int(metrics["memorySizeMB"]),
        memory_used_mb=int(metrics["maxMemoryUsedMB"]),
        init_ms=metrics.get("initDurationMs"),
        restore_ms=metrics.get("restoreDurationMs"),
        billed_restore_ms=metrics.get("billedRestoreDurationMs"),
        status=record.get("status", "success"),
        error_type=record.get("errorType"),
    )
