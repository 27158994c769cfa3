"""What doctor says: one finding at a time, and many of them in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "columns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that doctor says.

    A `problem` breaks something, what is `missing` can be added, a `note` is good to know, `ok` is well.
    """

    level: Literal["ok", "note", "missing", "problem"]
    subject: str
    text: str
    remedy: str = ""


def columns(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield findings as lines in columns, each remedy below its finding."""
    wide = max((len(finding.subject) for finding in findings), default=0)
    for finding in findings:
        yield f"{finding.level:<8} {finding.subject:<{wide}}  {finding.text}"
        if finding.remedy:
            yield f"{'':<8} {'':<{wide}}  -> {finding.remedy}"
