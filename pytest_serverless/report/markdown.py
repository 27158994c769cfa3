"""A report as Markdown, for a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_serverless.report.document import Cell, Given, Report, Section
from pytest_serverless.report.escaping import code, prose

__all__ = ["markdown"]

_LONGEST = 2000
_LONGEST_IN_TABLE = 200


def markdown(report: Report) -> str:
    """Return a report with the verdict as its heading, and its sections as tables."""
    parts = [f"## {prose(report.verdict)}", _list(report.lines)]
    for section in report.sections:
        parts += [f"### {prose(section.title)}", "\n".join(_table(section)), _list(section.lines)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _list(lines: tuple[tuple[Cell, ...], ...]) -> str:
    return "\n".join(f"- {''.join(_shown(part, _LONGEST) for part in line)}" for line in lines)


def _shown(cell: Cell, longest: int = _LONGEST_IN_TABLE) -> str:
    return code(cell.text, longest) if isinstance(cell, Given) else _spaced(cell)


def _spaced(cell: str) -> str:
    """Return prose with the spaces around it, which join it to what it stands beside."""
    return f"{' ' * (cell[:1] == ' ')}{prose(cell)}{' ' * (len(cell) > 1 and cell[-1:] == ' ')}"


def _table(section: Section) -> Iterator[str]:
    if not section.rows:
        return
    yield _row(section.head)
    yield _row(tuple("---" for _ in section.head))
    for row in section.rows:
        yield _row(row)


def _row(cells: tuple[Cell, ...]) -> str:
    return f"| {' | '.join(_shown(cell) for cell in cells)} |"
