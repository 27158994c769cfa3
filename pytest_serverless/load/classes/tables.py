"""What the answers of each path to a function mean, as data: the first row that holds says it.

A path is what a request goes through. Each table has its date and its sources; "reported" marks rows for which there
is no source but what users of a service say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_serverless.load.classes.rules import Rule, statuses
from pytest_serverless.load.classes.tables_aws import AWS
from pytest_serverless.load.classes.tables_elsewhere import ELSEWHERE

__all__ = ["COMMON", "TABLES", "Table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows about one path, in order."""

    path: str
    date: str
    sources: tuple[str, ...]
    rules: tuple[Rule, ...]


COMMON: tuple[Rule, ...] = (
    Rule(status=statuses(429), probe=True, kind="refused", reason="handler_429"),
    Rule(status=statuses("5xx"), probe=True, kind="function_error", reason="handler_error"),
)
"""What holds on every path before its own rows: where the probe answers, the function ran, and was not throttled."""

TABLES: Mapping[str, Table] = {
    path: Table(path=path, date=date, sources=sources, rules=rules)
    for path, (date, sources, rules) in {**AWS, **ELSEWHERE}.items()
}
"""`lambda_invoke`, `function_url`, `rest_api`, `http_api`, `alb`, `cloudfront`, `aws_service` (queues, buckets and
tables, asked directly), `azure`, `cloud_run` (functions of either generation too), `openwhisk`, and `http` for any
other server."""
