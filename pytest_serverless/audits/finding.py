"""What an audit found, and how it is written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pytest_serverless.app.model import Origin

__all__ = ["Finding", "Severity", "lines_of"]

Severity = Literal["error", "warning", "note"]
"""`error`: it fails where it is deployed; `warning`: it works, and should be otherwise; `note`: nobody can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that an audit found.

    `rule` names what was looked for (`permissions.missing`), `function` the id of the function, or of those, that it is
    about; `suggestion` is what to write in the template, ready to be pasted.
    """

    severity: Severity
    rule: str
    message: str
    function: str = ""
    suggestion: str = ""
    origin: Origin | None = None


def lines_of(findings: Iterable[Finding]) -> Iterator[str]:
    """Write findings as lines of text: each with its place, what to do indented below."""
    for finding in findings:
        where = f"{finding.origin}: " if finding.origin else ""
        yield f"{where}{finding.severity}: {finding.message} [{finding.rule}]"
        yield from (f"    {line}" for line in finding.suggestion.splitlines())
