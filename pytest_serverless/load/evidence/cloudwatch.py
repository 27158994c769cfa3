"""CloudWatch, asked about a run: the log of its invocations, and Lambda's metrics.

What it takes is told by `POLICY`, `LAG` and `COST`. Sources:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html and cloudwatch_limits_cwl.html beside it,
https://aws.amazon.com/cloudwatch/pricing/ (2026-11, us-east-1).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from pytest_serverless.errors import InvalidParameterError, ServerlessError
from pytest_serverless.load.evidence import cloudwatch_metrics
from pytest_serverless.load.evidence.cloudwatch_exports import events_of_rows, rows_of_results
from pytest_serverless.load.evidence.cloudwatch_metrics import Metrics
from pytest_serverless.load.evidence.lambda_logs import LogEvent, read_events
from pytest_serverless.load.evidence.logged import Log

__all__ = ["COST", "LAG", "LAG_S", "MOST_ROWS", "QUERY", "CloudWatch", "log_group", "policy"]

QUERY: Final = (
    "fields @timestamp, @logStream, @log, @message"
    " | filter @message like /^(REPORT RequestId|INIT_START|INIT_REPORT|RESTORE_START)/"
    ' or type in ["platform.report", "platform.initStart", "platform.initReport", "platform.restoreStart"]'
    " | sort @timestamp asc"
)
"""What is asked of Logs Insights: the lines of the platform, as text or as JSON."""

MOST_ROWS: Final = 10_000
"""Rows of one query. Where there are as many, the time is halved and each half is asked."""

LAG_S: Final = 180.0
"""How long after the run its logs and metrics are complete, mostly."""

LAG: Final = (
    "Log lines can be queried after a minute or so, metrics after three; what is asked earlier is incomplete, and the "
    "number of invocations says so."
)

COST: Final = (
    "A query of Logs Insights costs $0.005 for each GB of the log that it reads, all of the group's within the time of "
    "the run; metrics cost $0.01 for each 1,000 asked for, some ten a function."
)

_GROUPS = 50
"""Log groups of one query."""

_METRICS = 500
"""Metrics of one request."""

_SHORTEST_S = 1
_POLLS = 600


def log_group(function: str) -> str:
    """Return the log group that a function has unless it was given another."""
    return f"/aws/lambda/{function}"


def policy(functions: Iterable[str], *, account: str = "*", region: str = "*", partition: str = "aws") -> str:
    """Return the IAM policy, as JSON, that reading the logs and metrics of these functions takes."""
    groups = [f"arn:{partition}:logs:{region}:{account}:log-group:{log_group(each)}:*" for each in functions]
    statements = [
        {"Effect": "Allow", "Action": ["logs:StartQuery"], "Resource": groups},
        # These know no resources.
        {
            "Effect": "Allow",
            "Action": ["logs:GetQueryResults", "logs:StopQuery", "cloudwatch:GetMetricData"],
            "Resource": "*",
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


class CloudWatch:
    """Asks CloudWatch, by clients of boto3 for `logs` and for `cloudwatch`, and waits for its answers.

    `bytes_scanned` and `metrics_asked` tell what has been read, which is what it costs. `call` calls a method with
    parameters: it may try again, and tell errors in its own way.
    """

    def __init__(
        self,
        logs: Any,
        metrics: Any,
        *,
        sleep: Callable[[float], None] = time.sleep,
        call: Callable[..., Any] | None = None,
    ) -> None:
        self._logs = logs
        self._metrics = metrics
        self._sleep = sleep
        self._call = call or _plainly
        self.bytes_scanned = 0.0
        self.metrics_asked = 0

    def read_log(self, groups: Iterable[str], from_s: float, to_s: float) -> Log:
        """Return what the log groups tell of a stretch of time, in seconds since the epoch.

        Raises `InvalidParameterError` for more groups than a query takes, or none; `ServerlessError` where a query
        fails, and the errors of the clients where it is not allowed.
        """
        names = list(groups)
        if not 1 <= len(names) <= _GROUPS:
            raise InvalidParameterError(f"A query is about 1 to {_GROUPS} log groups, not {len(names)}.")
        return read_events(self._events(names, int(from_s), -int(-to_s // 1)))

    def _events(self, groups: list[str], start: int, end: int) -> Iterator[LogEvent]:
        rows = self._query(groups, start, end)
        if len(rows) < MOST_ROWS or end - start <= _SHORTEST_S:
            yield from events_of_rows(rows)
            return
        # A query has both its ends: the second half begins a second after the first has ended.
        middle = (start + end) // 2
        yield from self._events(groups, start, middle)
        yield from self._events(groups, middle + 1, end)

    def _query(self, groups: list[str], start: int, end: int) -> list[dict[str, str]]:
        window = {"startTime": start, "endTime": end}
        asked = {"logGroupNames": groups, **window, "queryString": QUERY, "limit": MOST_ROWS}
        query = self._call(self._logs.start_query, **asked)["queryId"]
        for _ in range(_POLLS):
            answer = self._call(self._logs.get_query_results, queryId=query)
            if answer["status"] == "Complete":
                self.bytes_scanned += answer.get("statistics", {}).get("bytesScanned", 0.0)
                return list(rows_of_results(answer["results"]))
            if answer["status"] not in {"Scheduled", "Running"}:
                raise ServerlessError(f"The query of {', '.join(groups)} ended as {answer['status']}: {QUERY}")
            self._sleep(1.0)
        raise ServerlessError(f"The query of {', '.join(groups)} has run for {_POLLS} seconds without an end.")

    def read_metrics(
        self, functions: Iterable[str], from_s: float, to_s: float, *, aliases: Mapping[str, str] | None = None
    ) -> dict[str, Metrics]:
        """Return Lambda's metrics by function, of the whole minutes that hold a stretch of time."""
        names, found = list(functions), dict[str, Metrics]()
        at_once = _METRICS // len(cloudwatch_metrics.METRICS)
        for first in range(0, len(names), at_once):
            some = names[first : first + at_once]
            asked = cloudwatch_metrics.request(some, from_s, to_s, aliases=aliases)
            self.metrics_asked += len(asked["MetricDataQueries"])
            found |= cloudwatch_metrics.read_metrics(self._pages(asked), some)
        return found

    def _pages(self, asked: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        answer = self._call(self._metrics.get_metric_data, **asked)
        yield answer
        while answer.get("NextToken"):
            answer = self._call(self._metrics.get_metric_data, **asked, NextToken=answer["NextToken"])
            yield answer


def _plainly(method: Callable[..., Any], **parameters: Any) -> Any:
    return method(**parameters)
