"""A report as plain text, at most 100 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from pytest_serverless.report.document import Cell, Given, Report, Section
from pytest_serverless.report.escaping import plain

__all__ = ["WIDTH", "text"]

WIDTH: Final = 100
_GAP: Final = 2
_INDENT: Final = "  "
_LONGEST: Final = 2000


def text(report: Report) -> str:
    """Return a report as lines, each ended."""
    parts = ["\n".join([*_wrapped((report.verdict,), ""), *_lines(report.lines)])]
    parts += ["\n".join([section.title, *_body(section)]) for section in report.sections]
    return "\n\n".join(parts) + "\n"


def _body(section: Section) -> Iterator[str]:
    if section.rows:
        yield from _table(section)
    yield from _lines(section.lines)


def _lines(lines: tuple[tuple[Cell, ...], ...]) -> Iterator[str]:
    for line in lines:
        yield from _wrapped(line, _INDENT)


def _wrapped(line: tuple[Cell, ...], indent: str) -> list[str]:
    return textwrap.wrap(
        plain("".join(part.text if isinstance(part, Given) else part for part in line), _LONGEST),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + _INDENT,
        break_on_hyphens=False,
    )


def _shown(cell: Cell) -> str:
    return plain(cell.text if isinstance(cell, Given) else cell)


def _table(section: Section) -> Iterator[str]:
    """Yield rows with their columns aligned, numbers to the right; what is too wide is cut."""
    rows = [[_shown(cell) for cell in row] for row in (section.head, *section.rows)]
    widths = _widths(rows)
    numeric = [bool(head) and all(_is_number(row[at]) for row in rows[1:]) for at, head in enumerate(rows[0])]
    for row in rows if any(rows[0]) else rows[1:]:
        cells = [
            f"{plain(cell, width):>{width}}" if right else f"{plain(cell, width):<{width}}"
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        yield f"{_INDENT}{(' ' * _GAP).join(cells)}".rstrip()


def _widths(rows: list[list[str]]) -> list[int]:
    """Return the widths of columns; the widest is made narrower until all of them fit."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    room = WIDTH - len(_INDENT) - _GAP * (len(widths) - 1)
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    return widths


def _is_number(shown: str) -> bool:
    return not shown or shown[0].isdigit() or shown[0] in "-+$" or shown.startswith(("n too small", "unknown"))
