"""What a report consists of, before it has a format."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cell", "Given", "Report", "Section"]


@dataclass(frozen=True, slots=True)
class Given:
    """Text that is not ours: of the target, or of whoever set up the run."""

    text: str


Cell = str | Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A title, a table with a head, and lines below it; either may be empty. A line may consist of several parts."""

    title: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    lines: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The verdict in one line, what it consists of, and the sections that it rests on."""

    verdict: str
    lines: tuple[tuple[Cell, ...], ...]
    sections: tuple[Section, ...]
