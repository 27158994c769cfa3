"""The forms in which log events leave CloudWatch: the CLI's answers, results of Insights, subscriptions, lines.

Sources: the models of `FilterLogEvents`, `GetLogEvents` and `GetQueryResults` in botocore,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html and
SubscriptionFilters.html beside it (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_serverless.load.evidence.lambda_logs import LogEvent
from pytest_serverless.load.evidence.moments import epoch_s

__all__ = ["events_of_answer", "events_of_lines", "events_of_rows", "rows_of_results"]

_line = re.compile(
    r"(?:(?P<first>\S*\[\S+\][0-9a-f]{8,})\s+)?"
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*)\s+"
    r"(?:(?P<second>\S*\[\S+\][0-9a-f]{8,})\s+)?"
    r"(?P<message>.*)"
).match


def rows_of_results(results: Iterable[Iterable[Mapping[str, str]]]) -> Iterator[dict[str, str]]:
    """Return rows of Insights as mappings, from lists of fields and values as the service answers them."""
    for row in results:
        yield {each["field"]: each["value"] for each in row if "field" in each and "value" in each}


def events_of_answer(answer: Mapping[str, Any], stream: str = "") -> Iterator[LogEvent] | None:
    """Return the events of an answer of the API, or of a subscription; None for what is neither.

    `stream` is the name of the stream where the answer has none, as that of `GetLogEvents`.
    """
    if isinstance(answer.get("logEvents"), list):
        function = _function(answer.get("logGroup", ""))
        return _events(answer["logEvents"], str(answer.get("logStream", stream)), function)
    if isinstance(answer.get("events"), list):
        return _events(answer["events"], stream, "")
    return None


def _events(events: Iterable[Any], stream: str, function: str) -> Iterator[LogEvent]:
    for each in events:
        at_s = epoch_s(each.get("timestamp"))
        if at_s is not None and isinstance(each.get("message"), str):
            yield LogEvent(at_s, str(each.get("logStreamName", stream)), each["message"], function)


def events_of_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[LogEvent]:
    """Return the events of rows of Insights. They need `@timestamp` and `@message`; `@logStream` tells sandboxes apart.

    Without `@message`, the fields that Insights finds in a REPORT will do: `@requestId`, `@duration`,
    `@billedDuration`, `@memorySize`, `@maxMemoryUsed`, `@initDuration`.
    """
    for row in rows:
        at_s = epoch_s(row.get("@timestamp"))
        message = row.get("@message") or _report(row)
        if at_s is not None and message:
            stream, group = str(row.get("@logStream") or ""), str(row.get("@log") or "")
            yield LogEvent(at_s, stream, str(message), _function(group))


def _report(row: Mapping[str, Any]) -> str:
    """Return the line of a report from what Insights found in it: sizes are in bytes there."""
    if not row.get("@requestId") or not row.get("@billedDuration"):
        return ""
    try:
        memory, used = (round(float(row.get(name) or 0) / 1e6) for name in ("@memorySize", "@maxMemoryUsed"))
        line = (
            f"REPORT RequestId: {row['@requestId']}\tDuration: {float(row['@duration']):.2f} ms\t"
            f"Billed Duration: {float(row['@billedDuration']):.0f} ms\tMemory Size: {memory} MB\t"
            f"Max Memory Used: {used} MB\t"
        )
        return f"{line}Init Duration: {float(row['@initDuration']):.2f} ms\t" if row.get("@initDuration") else line
    except (KeyError, ValueError):
        return ""


def events_of_lines(lines: Iterable[str], stream: str = "") -> Iterator[LogEvent]:
    """Return the events of lines of text: a time, the stream before or after it, a message.

    So do exports to S3, `aws logs tail` and `sam logs` write them. Lines without a time belong to none.
    """
    for line in lines:
        match = _line(line)
        at_s = epoch_s(match["time"]) if match else None
        if match and at_s is not None:
            yield LogEvent(at_s, match["first"] or match["second"] or stream, match["message"])


def _function(group: str) -> str:
    """Return the function of a log group, which may have an account before it."""
    return group.rpartition(":")[2].removeprefix("/aws/lambda/")
