"""What happened to an application in one test: every attempt, delivery, drop and dead letter, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, overload

__all__ = ["Entry", "Kind", "Timeline"]

Kind = Literal["invocation", "delivery", "dropped", "dead letter", "retry", "schedule", "left"]
"""`invocation`: a function was run; `delivery`: a service handed something on; `dropped`: a filter left it out, or
nobody takes it any more; `dead letter`: it went where failures are kept; `retry`: it is to be tried again; `schedule`:
its time came; `left`: it was still to be done when `settle()` stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened.

    `time` is in seconds since the epoch, `after_s` since the test began. `subject` is the function or resource that it
    happened to, `cause` what brought it about, `status` how an invocation ended, `what` says more, in words.
    """

    time: float
    after_s: float
    kind: Kind
    subject: str
    cause: str = ""
    status: str = ""
    what: str = ""


class Timeline(Sequence[Entry]):
    """The entries of one test, oldest first; printed as a table, a line each.

    Where `most` is given, not many more than the last that many are kept; all are counted.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._entries: list[Entry] = []
        self._counts: Counter[Kind] = Counter()
        self._start: float | None = None

    def begin(self, now: float) -> None:
        """Count from this instant on."""
        self._start = now

    @property
    def began(self) -> float:
        """When it began, in seconds since the epoch."""
        return 0.0 if self._start is None else self._start

    def note(self, now: float, kind: Kind, subject: str, cause: str = "", *, status: str = "", what: str = "") -> None:
        """Take something down."""
        self._counts[kind] += 1
        start = self._start = now if self._start is None else self._start
        self._entries.append(
            Entry(time=now, after_s=now - start, kind=kind, subject=subject, cause=cause, status=status, what=what)
        )
        if self._most is not None and len(self._entries) >= 2 * self._most:
            del self._entries[: -self._most]

    def count(self, kind: Kind) -> int:
        """Return how many entries of a kind there are."""
        return self._counts[kind]

    def of(self, kind: Kind) -> list[Entry]:
        """Return the entries of one kind."""
        return [entry for entry in self._entries if entry.kind == kind]

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...

    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        return self._entries[index]

    def __len__(self) -> int:
        return len(self._entries)

    def __str__(self) -> str:
        """Return a table of everything."""
        return self.table()

    def table(self, last: int | None = None) -> str:
        """Return a table of the `last` entries, or of all."""
        shown = self._entries if last is None else self._entries[-last:]
        rows = [("time", "what", "of", "by", "status", "")]
        rows += [(_offset(e.after_s), e.kind, e.subject, e.cause, e.status, e.what) for e in shown]
        hidden = len(self._entries) - len(shown)
        return "\n".join([*([f"({hidden} earlier)"] if hidden else []), *_aligned(rows)])

    def __repr__(self) -> str:
        return f"<timeline of {len(self)}>\n{self}"


def _offset(seconds: float) -> str:
    """Return how long after the start: `+0.012s`, `+3m05s`, `+2h00m30s`, `+1d02h00m`; before it: `-3m05s`."""
    if seconds < 0:
        return f"-{_offset(-seconds)[1:]}"
    if seconds < 60:
        return f"+{seconds:.3f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"+{days}d{hours:02}h{minutes:02}m"
    return f"+{hours}h{minutes:02}m{rest:02}s" if hours else f"+{minutes}m{rest:02}s"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
