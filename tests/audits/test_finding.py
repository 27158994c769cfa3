"""Findings, written as text."""

from pathlib import Path

from pytest_serverless.app.model import Origin
from pytest_serverless.audits.finding import Finding, lines_of

TEMPLATE = Path("template.yaml")


def test_findings_are_written_as_lines():
    finding = Finding(
        severity="warning",
        rule="permissions.unused",
        message="too much",
        suggestion="Remove it:\n{}",
        origin=Origin(TEMPLATE, 7),
    )

    assert list(lines_of([finding, Finding(severity="note", rule="r", message="m")])) == [
        "template.yaml:7: warning: too much [permissions.unused]",
        "    Remove it:",
        "    {}",
        "note: m [r]",
    ]
