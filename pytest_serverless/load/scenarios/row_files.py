"""Files of rows, read through once and then row by row from where each begins."""

from __future__ import annotations

import csv
import json
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pytest_serverless.errors import InvalidParameterError, shorten

__all__ = ["CsvFile", "JsonLinesFile", "OwnOfFile"]

_BOM = "\ufeff"


class OwnOfFile:
    """Rows of one worker, by their places among them; `total` has those of all workers."""

    __slots__ = ("_file", "_offsets", "_read", "total")

    def __init__(
        self, file: BinaryIO, offsets: array[int], total: int, read: Callable[[BinaryIO, int], dict[str, Any]]
    ) -> None:
        self._file = file
        self._offsets = offsets
        self._read = read
        self.total = total

    def __len__(self) -> int:
        return len(self._offsets)

    def __getitem__(self, place: int, /) -> dict[str, Any]:
        return self._read(self._file, self._offsets[place])

    def close(self) -> None:
        self._file.close()


class _Lines:
    """The lines of a file from an offset on, decoded; `offset` and `number` are those after the last one read."""

    __slots__ = ("_encoding", "_file", "number", "offset")

    def __init__(self, file: BinaryIO, encoding: str, offset: int = 0) -> None:
        file.seek(offset)
        self._file = file
        self._encoding = encoding
        self.offset = offset
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline()
        if not line:
            raise StopIteration
        is_first = not self.offset
        self.offset += len(line)
        self.number += 1
        text = line.decode(self._encoding)
        return text.removeprefix(_BOM) if is_first else text


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file of CSV with the names in its first row, in an encoding that is ASCII where ASCII is enough."""

    path: Path
    delimiter: str = ","
    encoding: str = "utf-8"

    def check(self, directory: Path | None) -> None:
        _opened(self.path, directory).close()

    def open(self, directory: Path | None, worker: int, workers: int) -> OwnOfFile:
        file = _opened(self.path, directory)
        names: list[str] = []

        def offsets(lines: _Lines) -> Iterator[int]:
            reader = self._reader(lines)
            names.extend(next(reader, []))
            self._check_names(names)
            yield from self._offsets(lines, reader, len(names))

        def read(file: BinaryIO, offset: int) -> dict[str, Any]:
            return dict(zip(names, next(self._reader(_Lines(file, self.encoding, offset))), strict=True))

        return _indexed(file, self.path, self.encoding, offsets, read, worker, workers)

    def _reader(self, lines: _Lines) -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=self.delimiter, strict=True)

    def _check_names(self, names: list[str]) -> None:
        twice = sorted({name for name in names if names.count(name) > 1})
        if not names:
            raise _fault(self.path, 1, "it is empty. Its first line must have the names of the columns")
        if twice:
            raise _fault(self.path, 1, f"two columns are named {twice[0]!r}")

    def _offsets(self, lines: _Lines, reader: Iterator[list[str]], width: int) -> Iterator[int]:
        while True:
            offset, line = lines.offset, lines.number + 1
            try:
                record = next(reader, None)
            except csv.Error as error:
                raise _fault(self.path, line, str(error)) from None
            if record is None:
                return
            if record and len(record) != width:
                raise _fault(
                    self.path, line, f"{len(record)} values, where the first line names {width}: {shorten(record)}"
                )
            if record:
                yield offset


@dataclass(frozen=True, slots=True)
class JsonLinesFile:
    """A file in UTF-8 with a JSON object on each line."""

    path: Path

    def check(self, directory: Path | None) -> None:
        _opened(self.path, directory).close()

    def open(self, directory: Path | None, worker: int, workers: int) -> OwnOfFile:
        def read(file: BinaryIO, offset: int) -> dict[str, Any]:
            return dict(json.loads(next(_Lines(file, "utf-8", offset))))

        return _indexed(_opened(self.path, directory), self.path, "utf-8", self._offsets, read, worker, workers)

    def _offsets(self, lines: _Lines) -> Iterator[int]:
        offset = 0
        for line in lines:
            if line.strip():
                self._check(line, lines.number)
                yield offset
            offset = lines.offset

    def _check(self, line: str, number: int) -> None:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _fault(self.path, number, f"this is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise _fault(self.path, number, f"each line is a JSON object, and this is {shorten(row)}")


def _opened(path: Path, directory: Path | None) -> BinaryIO:
    where = path if directory is None else directory / path
    try:
        return where.open("rb")
    except OSError as error:
        raise InvalidParameterError(
            f"The data in {str(path)!r} cannot be read: {error.strerror}: {where.absolute()}. A path is relative to "
            "the locustfile."
        ) from None


def _indexed(
    file: BinaryIO,
    path: Path,
    encoding: str,
    offsets: Callable[[_Lines], Iterator[int]],
    read: Callable[[BinaryIO, int], dict[str, Any]],
    worker: int,
    workers: int,
) -> OwnOfFile:
    """Read through a file, and keep where the worker's own rows begin."""
    lines = _Lines(file, encoding)
    own, total = array("Q"), 0
    with ExitStack() as failing:
        failing.callback(file.close)
        try:
            for offset in offsets(lines):
                if total % workers == worker:
                    own.append(offset)
                total += 1
        except UnicodeDecodeError as error:
            raise _fault(path, lines.number, f"this is not {encoding}: {error.reason} (byte {error.start})") from None
        if not total:
            raise _fault(path, max(lines.number, 1), "there are no rows")
        failing.pop_all()
    return OwnOfFile(file, own, total, read)


def _fault(path: Path, line: int, what: str) -> InvalidParameterError:
    return InvalidParameterError(f"The data in {str(path)!r}, line {line}: {what}.")
