"""What Cloud Logging tells of Cloud Run and its functions: requests, executions, and instances that start.

Sources: https://docs.cloud.google.com/run/docs/logging and the type `LogEntry`
(https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry); the texts of instances that start, and that
those of requests carry `instanceId`, as people quote them from their logs (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_serverless.load.evidence.logged import Init, Log, Logged
from pytest_serverless.load.evidence.moments import epoch_s
from pytest_serverless.load.observations import Evidence

__all__ = ["is_google", "read_entries"]

_starts = re.compile(r"Starting new instance\. Reason: (\w+)").match
_ready = re.compile(r"STARTUP[ _]\w+ probe succeeded").search
_took = re.compile(r"Function execution took (\d+) ms,? finished with status:? ?(?:code: )?(.*)").match


@dataclass(slots=True)
class _Instance:
    started_s: float
    why: str
    function: str = ""
    ready_s: float | None = None
    served: int = 0


def is_google(row: Mapping[str, Any]) -> bool:
    """Tell whether an entry is one of Cloud Logging."""
    return "insertId" in row or ("resource" in row and "logName" in row)


def read_entries(entries: Iterable[Mapping[str, Any]]) -> Log:
    """Return what entries tell, in any order.

    Invocations are entries of requests, and those of executions of the first generation. An instance whose start is
    not in the log had started before; but where no start is in it at all, the log of the system may just not have been
    exported, and it is known of none whether it waited.
    """
    log, instances = Log(), dict[str, _Instance]()
    waiting: list[Mapping[str, Any]] = []
    for entry in sorted(entries, key=lambda each: epoch_s(each.get("timestamp")) or 0.0):
        if _is_invocation(entry):
            waiting.append(entry)
        elif not _read_life(entry, instances, log):
            log.unread += 1
    log.inits = [
        Init(instance=id_, started_s=one.started_s, ended_s=one.ready_s, function=one.function, why=one.why)
        for id_, one in instances.items()
    ]
    # What arrived while an instance started stands before its start.
    log.invocations = [_invocation(entry, instances, is_known=bool(instances)) for entry in waiting]
    return log


def _text(entry: Mapping[str, Any]) -> str:
    payload = entry.get("textPayload")
    if payload is None and isinstance(entry.get("jsonPayload"), dict):
        payload = entry["jsonPayload"].get("message")
    return payload if isinstance(payload, str) else ""


def _labels(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return entry.get("labels") or {}


def _instance_of(entry: Mapping[str, Any]) -> str:
    labels = _labels(entry)
    return str(labels.get("instanceId") or labels.get("instance_id") or "")


def _is_invocation(entry: Mapping[str, Any]) -> bool:
    request = entry.get("httpRequest")
    return (isinstance(request, dict) and "latency" in request) or _took(_text(entry)) is not None


def _read_life(entry: Mapping[str, Any], instances: dict[str, _Instance], log: Log) -> bool:
    """Take note of an instance that starts, or is ready; tell whether the entry is about either."""
    id_, at_s, text = _instance_of(entry), epoch_s(entry.get("timestamp")), _text(entry)
    start = _starts(text)
    if at_s is None or not (start or _ready(text)):
        return False
    if start:
        instances[id_ or f"unnamed {len(instances) + 1}"] = _Instance(at_s, start[1].lower(), _function(entry))
    elif id_ in instances and instances[id_].ready_s is None:
        instances[id_].ready_s = at_s
    return True


def _invocation(entry: Mapping[str, Any], instances: dict[str, _Instance], *, is_known: bool) -> Logged:
    at_s = epoch_s(entry.get("timestamp")) or 0.0
    started_s, ended_s, status = _times(entry, at_s)
    id_ = _instance_of(entry) if is_known else ""
    instance = instances.get(id_)
    ids = _ids(entry)
    number = None
    if instance is not None:
        instance.served += 1
        number = instance.served
    ready_s = None if instance is None else instance.ready_s or instance.started_s
    first = instance is not None and number == 1
    init_ms = (instance.ready_s - instance.started_s) * 1e3 if first and instance and instance.ready_s else None
    evidence = Evidence(
        source="logs",
        instance=id_,
        invocation=number,
        init_ms=init_ms,
        init_type=instance.why if instance else None,
        init_ended_s=ready_s,
        duration_ms=(ended_s - started_s) * 1e3,
        request_id=ids[0] if ids else None,
    )
    return Logged(
        ids=ids,
        started_s=started_s,
        ended_s=ended_s,
        function=_function(entry),
        evidence=evidence if id_ else None,
        waited=(ready_s is not None and ready_s >= started_s) if id_ else None,
        status=status,
    )


def _times(entry: Mapping[str, Any], at_s: float) -> tuple[float, float, str]:
    """Return begin, end and status: an entry of a request has the time of its arrival, one of an execution its end."""
    request = entry.get("httpRequest")
    if isinstance(request, dict) and "latency" in request:
        latency_s = float(str(request["latency"]).removesuffix("s") or 0)
        return at_s, at_s + latency_s, str(request.get("status", ""))
    took = _took(_text(entry))
    took_ms, status = (int(took[1]), took[2]) if took else (0, "")
    return at_s - took_ms / 1e3, at_s, status


def _ids(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of execution and trace: the first comes back to the caller, the second he may have sent."""
    trace = str(entry.get("trace") or "").rpartition("/")[2]
    return tuple(each for each in (str(_labels(entry).get("execution_id") or ""), trace) if each)


def _function(entry: Mapping[str, Any]) -> str:
    labels = (entry.get("resource") or {}).get("labels") or {}
    return str(labels.get("service_name") or labels.get("function_name") or "")
