"""Logs that somebody exported: which provider's and of what form, is seen from what they hold."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.evidence import azure_logs, cloudwatch_exports, google_logs
from pytest_serverless.load.evidence.lambda_logs import LogEvent, read_events
from pytest_serverless.load.evidence.logged import Log

__all__ = ["FORMS", "read_export", "read_text"]

FORMS = (
    "AWS: `aws logs filter-log-events`, `get-log-events` or `get-query-results` as JSON, results of Insights as JSON "
    "or CSV, exports to S3, `aws logs tail`, `sam logs`; Azure: the table requests of Application Insights, as JSON or "
    "CSV; Google Cloud: `gcloud logging read --format=json`, or entries as lines of JSON"
)
"""What can be read."""


def read_export(path: Path) -> Log:
    """Return what a file tells, or all files of a folder; those that end in `.gz` are unpacked.

    Raises `InvalidParameterError` where a file cannot be read, or nothing in any of them tells of an invocation.
    """
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    log = Log()
    for file in files:
        log.add(read_text(_content(file), stream=_stream(path, file), name=str(file)))
    if not log.invocations and not log.inits:
        raise InvalidParameterError(f"{path} tells of no invocation ({log.unread:,} entries). What is read: {FORMS}.")
    return log


def _content(file: Path) -> str:
    try:
        content = file.read_bytes()
        return (gzip.decompress(content) if file.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, EOFError, ValueError) as error:
        raise InvalidParameterError(f"{file} cannot be read: {error}") from error


def _stream(folder: Path, file: Path) -> str:
    """Return the stream of a file that was exported to S3: there a folder is a stream."""
    return file.parent.name if folder.is_dir() and file.parent != folder else ""


def read_text(text: str, *, stream: str = "", name: str = "the text") -> Log:
    """Return what the text of an export tells; `stream` is that of events which have none.

    Raises `InvalidParameterError` for JSON that is cut off, or has another form.
    """
    head = text.lstrip()[:1]
    if head in {"[", "{"}:
        return _read_values(_values(text, name), stream)
    first = text.partition("\n")[0]
    if "," in first and ("@timestamp" in first or "timestamp" in first.lower()):
        return _read_values(list(csv.DictReader(io.StringIO(text))), stream)
    return read_events(cloudwatch_exports.events_of_lines(text.splitlines(), stream))


def _values(text: str, name: str) -> list[Any]:
    """Return the values of JSON: those of a list, one alone, or one a line."""
    try:
        value = json.loads(text)
    except ValueError as whole:
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise InvalidParameterError(f"{name} is no JSON, nor lines of it: {whole}") from whole
    return value if isinstance(value, list) else [value]


def _read_values(values: list[Any], stream: str) -> Log:
    log = Log()
    events: list[LogEvent] = []
    rows: dict[str, list[Mapping[str, Any]]] = {"aws": [], "azure": [], "google": []}
    for value in values:
        found = _opened(value, stream)
        if found is None:
            log.unread += 1
        elif isinstance(found, str):
            rows[found].append(value)
        else:
            for each in found:
                events.append(each) if isinstance(each, LogEvent) else rows[_of(each) or "aws"].append(each)
    log.add(read_events([*events, *cloudwatch_exports.events_of_rows(rows["aws"])]))
    if rows["azure"]:
        log.add(azure_logs.read_rows(rows["azure"]))
    if rows["google"]:
        log.add(google_logs.read_entries(rows["google"]))
    return log


def _opened(value: Any, stream: str) -> Iterator[Any] | str | None:
    """Return the events or rows within a value, or whose row it is itself; None where it is nobody's."""
    if isinstance(value, list) and value and all(isinstance(each, dict) and "field" in each for each in value):
        return cloudwatch_exports.rows_of_results([value])
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("results"), list):
        return cloudwatch_exports.rows_of_results(value["results"])
    return cloudwatch_exports.events_of_answer(value, stream) or azure_logs.rows_of_tables(value) or _of(value)


def _of(row: Mapping[str, Any]) -> str | None:
    if "@timestamp" in row:
        return "aws"
    if google_logs.is_google(row):
        return "google"
    return "azure" if azure_logs.is_azure(row) else None
