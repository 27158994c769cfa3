"""What a comparison of two runs says."""

from __future__ import annotations

from typing import Final

from pytest_serverless.load.results.comparing import Change, Comparison
from pytest_serverless.report.document import Given, Report, Section
from pytest_serverless.report.figures import alone, estimated

__all__ = ["comparison_of"]

_WORDS: Final = {"changed": "CHANGED", "within": "within chance", "unknown": "unknown"}


def _told(change: Change) -> str:
    """Return a difference; that of two shares is in points, for a per cent of a share would be something else."""
    told = estimated(change.difference, change.unit)
    return told.replace(" %", " points") if change.unit == "share" else told


def comparison_of(comparison: Comparison) -> Report:
    """Return what changed from A to B first, then everything that was compared."""
    changed = comparison.changed
    lines = tuple((f"{each.metric}: {_told(each)}",) for each in changed)
    rows = tuple(
        (
            each.metric,
            alone(each.a, each.unit),
            alone(each.b, each.unit),
            _told(each),
            _WORDS[each.outcome],
        )
        for each in comparison.changes
    )
    some = f"{len(changed)} of {len(comparison.changes)} metrics changed by more than chance"
    return Report(
        verdict=some if changed else "No change exceeds its interval",
        lines=lines,
        sections=(
            Section(title="From A to B", head=("", "A", "B", "B less A", ""), rows=rows),
            Section(title="Notes", lines=tuple((Given(note),) for note in comparison.notes)),
        ),
    )
