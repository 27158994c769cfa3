"""Whether an invocation was cold, by what can tell: reports, the probe, logs and metrics."""

from pytest_serverless.load.evidence.cloudwatch import CloudWatch
from pytest_serverless.load.evidence.exports import read_export, read_text
from pytest_serverless.load.evidence.logged import Init, Log, Logged, by_id
from pytest_serverless.load.evidence.probe_header import HEADER
from pytest_serverless.load.evidence.probe_header import read as read_header
from pytest_serverless.load.evidence.rates import (
    ColdCounts,
    Missing,
    count_log,
    count_observations,
    is_new,
    waited,
    waited_by,
    was_first,
)
from pytest_serverless.load.evidence.report import Report, evidence_of_tail, read_tail

__all__ = [
    "HEADER",
    "CloudWatch",
    "ColdCounts",
    "Init",
    "Log",
    "Logged",
    "Missing",
    "Report",
    "by_id",
    "count_log",
    "count_observations",
    "evidence_of_tail",
    "is_new",
    "read_export",
    "read_header",
    "read_tail",
    "read_text",
    "waited",
    "waited_by",
    "was_first",
]
