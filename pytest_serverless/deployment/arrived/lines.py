"""Tables of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

__all__ = ["table"]


def table(rows: Sequence[Mapping[str, str]], *, most: int) -> Iterator[str]:
    """Yield a line of headings and one for each row, `most` of them; a column without a word is left out."""
    shown = rows[:most]
    names = [
        name for name in dict.fromkeys(name for row in shown for name in row) if any(row.get(name) for row in shown)
    ]
    cells = [names, *([row.get(name, "") for name in names] for row in shown)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells if names else ():
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
    if len(rows) > most:
        yield f"… and {len(rows) - most} more"
