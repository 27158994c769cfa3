"""Data that arrivals are fed with: a row each, from a list or a file, split over worker processes.

Row i is that of worker i % W. Of a file each worker keeps where its own rows begin, eight bytes each, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from pytest_serverless.errors import InvalidParameterError, UnknownNameError, shorten
from pytest_serverless.load.arrivals.seeds import unit
from pytest_serverless.load.scenarios.row_files import CsvFile, JsonLinesFile

__all__ = ["Feed", "Row", "Rows", "Use", "csv_rows", "feed", "jsonl_rows"]

Row = dict[str, Any]

Use = Literal["recycle", "unique", "random"]
"""In their order and then from the start again; each once, after which arrivals are dropped; or any, each time."""


class _Opened(Protocol):
    """Rows by their places among a worker's own."""

    @property
    def total(self) -> int:
        """How many there are of all workers."""

    def __len__(self) -> int:
        """How many are this worker's."""

    def __getitem__(self, place: int, /) -> Row:
        """Return one of them."""

    def close(self) -> None:
        """Close what is open for them."""


class _Source(Protocol):
    """Where rows are from."""

    def check(self, directory: Path | None) -> None:
        """Raise InvalidParameterError where it is not there."""

    def open(self, directory: Path | None, worker: int, workers: int) -> _Opened:
        """Read through all of it; raise InvalidParameterError for the first row that cannot be used."""


@dataclass(frozen=True, slots=True)
class _InMemory:
    rows: Sequence[Mapping[str, Any]]

    def check(self, directory: Path | None) -> None:
        """It is there."""

    def open(self, directory: Path | None, worker: int, workers: int) -> _Opened:
        return _OwnOfList(self.rows[worker::workers], len(self.rows))


class _OwnOfList:
    __slots__ = ("_rows", "total")

    def __init__(self, rows: Sequence[Mapping[str, Any]], total: int) -> None:
        self._rows = rows
        self.total = total

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int, /) -> Row:
        return dict(self._rows[place])

    def close(self) -> None:
        """There is nothing open."""


class Rows:
    """What one worker gives its arrivals: `take` returns a row, None when all have been used that are used once."""

    __slots__ = ("_opened", "_seed", "_taken", "_use")

    def __init__(self, opened: _Opened, use: Use, seed: int) -> None:
        self._opened = opened
        self._use = use
        self._seed = seed
        self._taken = 0

    def __len__(self) -> int:
        """How many rows this worker has."""
        return len(self._opened)

    def take(self) -> Row | None:
        """Return the next row, the journey's own to change."""
        number, count = self._taken, len(self._opened)
        if self._use == "unique" and number >= count:
            return None
        self._taken += 1
        if self._use == "random":
            return self._opened[int(unit(self._seed, number) * count)]
        return self._opened[number % count]

    def close(self) -> None:
        self._opened.close()


@dataclass(frozen=True, slots=True)
class Feed:
    """Rows and how they are used; best made by `feed`."""

    source: _Source
    use: Use = "recycle"

    def check(self, directory: Path | None = None) -> None:
        """Raise InvalidParameterError for a file that cannot be read; `open` tells what is wrong in it."""
        self.source.check(directory)

    def open(self, directory: Path | None = None, *, worker: int = 0, workers: int = 1, seed: int = 0) -> Rows:
        """Open a worker's part, once for a run: a part that changes would use rows a second time.

        Files are looked for in `directory`, that of the locustfile. All of them is read through, so that what is wrong
        is told before anything is sent: InvalidParameterError. A worker for whom there are no rows shares those of
        another, but has none of those that are used once.
        """
        opened = self.source.open(directory, worker, workers)
        if not len(opened) and self.use != "unique":
            opened.close()
            return self.open(directory, worker=worker % opened.total, workers=opened.total, seed=seed)
        return Rows(opened, self.use, seed)


def csv_rows(path: str | Path, *, delimiter: str = ",", encoding: str = "utf-8") -> CsvFile:
    """Return the rows of a CSV file whose first line has their names; all values are texts."""
    try:
        is_ascii = "\r\n".encode(encoding) == b"\r\n"
    except LookupError:
        raise InvalidParameterError(f"There is no encoding {encoding!r}. Most files are 'utf-8' or 'cp1252'.") from None
    if not is_ascii:
        raise InvalidParameterError(f"Rows are not found in a file in {encoding}. Save it in UTF-8.")
    if len(delimiter) != 1:
        raise InvalidParameterError(f"A delimiter is one character, not {shorten(delimiter)}.")
    return CsvFile(Path(path), delimiter, encoding)


def jsonl_rows(path: str | Path) -> JsonLinesFile:
    """Return the rows of a file that has a JSON object on each line."""
    return JsonLinesFile(Path(path))


def feed(rows: CsvFile | JsonLinesFile | Sequence[Mapping[str, Any]], use: Use = "recycle") -> Feed:
    """Feed each arrival with a row: of `csv_rows("users.csv")`, `jsonl_rows("users.jsonl")`, or a list of mappings."""
    if use not in get_args(Use):
        raise UnknownNameError("use of data", str(use), get_args(Use))
    if isinstance(rows, (CsvFile, JsonLinesFile)):
        return Feed(rows, use)
    if isinstance(rows, (str, bytes, Mapping)) or not isinstance(rows, Sequence):
        raise InvalidParameterError(
            f"Data is a list of mappings, csv_rows('users.csv') or jsonl_rows('users.jsonl'), not {shorten(rows)}."
        )
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise InvalidParameterError(f"Each row of data has names and values; row {number} is {shorten(row)}.")
    if not rows:
        raise InvalidParameterError("The list of data has no rows.")
    return Feed(_InMemory(tuple(rows)), use)
