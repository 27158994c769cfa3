"""What Application Insights tells of Azure Functions: its requests, each with whether it was a cold start.

Sources: https://learn.microsoft.com/azure/azure-monitor/reference/tables/apprequests for the columns; the attributes
are those of the host, `faas.coldstart` and `azure.functions.coldstart.impacted` in ResourceSemanticConventions.cs of
https://github.com/Azure/azure-functions-host (2026-11). Hosts of before 2025 write neither: nothing is known then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_serverless.load.evidence.logged import Init, Log, Logged
from pytest_serverless.load.evidence.moments import epoch_s
from pytest_serverless.load.observations import Evidence

__all__ = ["is_azure", "read_rows", "rows_of_tables"]

_COLD = "faas.coldstart"
_IMPACTED = "azure.functions.coldstart.impacted"
_DURATIONS = ("durationms", "duration")
_TIMES = ("timegenerated", "timestamp", "timestamp [utc]", "timegenerated [utc]", "time")


def rows_of_tables(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]] | None:
    """Return the rows of an answer of the query API, as `az monitor app-insights query` prints it; None for others."""
    tables = answer.get("tables")
    if not isinstance(tables, list):
        return None
    return (
        dict(zip([column["name"] for column in table["columns"]], row, strict=False))
        for table in tables
        for row in table["rows"]
    )


def is_azure(row: Mapping[str, Any]) -> bool:
    """Tell whether a row is one of Application Insights."""
    names = {name.lower() for name in row}
    return bool(names & {"operation_id", "operationid"}) and bool(names & {*_DURATIONS, "message"})


def read_rows(rows: Iterable[Mapping[str, Any]]) -> Log:
    """Return what rows tell: requests with a duration are invocations, traces are passed over."""
    log, counts = Log(), dict[str, int]()
    read = [each for row in rows if (each := _Row(row)).is_request or _count_unread(log)]
    for row in sorted(read, key=lambda each: each.started_s):
        log.invocations.append(row.logged(counts))
        if row.is_cold:
            log.inits.append(
                Init(instance=row.instance or "", started_s=row.started_s, function=row.function, why=_COLD)
            )
    return log


def _count_unread(log: Log) -> bool:
    log.unread += 1
    return False


class _Row:
    """One row, whichever of its spellings it has."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self._row = {name.lower(): value for name, value in row.items()}
        self.more = _attributes(self._get("customdimensions", "properties"))
        self.started_s = epoch_s(self._get(*_TIMES)) or 0.0
        self.duration_ms = _number(self._get(*_DURATIONS))
        self.is_request = bool(self.started_s) and self.duration_ms is not None
        self.instance = self.more.get("hostinstanceid") or self._get("cloud_roleinstance", "approleinstance")
        self.function = str(self._get("operation_name", "operationname", "name") or "")
        self.is_cold = _truth(self.more.get(_COLD))

    def _get(self, *names: str) -> Any:
        return next((self._row[name] for name in names if self._row.get(name) not in (None, "")), None)

    def logged(self, counts: dict[str, int]) -> Logged:
        """Return the invocation; `counts` are those of each instance since its cold start."""
        is_known = _COLD in self.more or _IMPACTED in self.more
        waited = bool(self.is_cold or _truth(self.more.get(_IMPACTED)))
        duration_ms = self.duration_ms or 0.0
        ids = (self._get("operation_id", "operationid"), self.more.get("invocationid"), self._get("id"))
        found = tuple(str(id_) for id_ in ids if id_)
        return Logged(
            ids=found,
            started_s=self.started_s,
            ended_s=self.started_s + duration_ms / 1e3,
            function=self.function,
            evidence=self._evidence(found, counts, waited=waited) if is_known else None,
            waited=waited if is_known else None,
            status=str(self._get("resultcode") or ""),
        )

    def _evidence(self, ids: tuple[str, ...], counts: dict[str, int], *, waited: bool) -> Evidence:
        instance = str(self.instance) if self.instance else None
        if self.is_cold and instance:
            counts[instance] = 0
        if instance in counts:
            counts[instance] += 1
        number = counts.get(instance or "")
        return Evidence(
            source="logs",
            instance=instance,
            invocation=number if number is not None else (1 if self.is_cold else None),
            init_ended_s=self.started_s if waited else None,
            duration_ms=self.duration_ms,
            request_id=ids[0] if ids else None,
        )


def _attributes(value: Any) -> dict[str, Any]:
    """Return custom dimensions, which are JSON within JSON or CSV in some exports, by names in lower case."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return {str(name).lower(): each for name, each in value.items()} if isinstance(value, dict) else {}


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None
