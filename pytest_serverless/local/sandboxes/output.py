"""What a sandbox writes: its pipes, read without waiting, and the lines in them.

Lines of text end at a line break. Messages of the logging module come in frames: four bytes for the kind, four for the
length, eight for the time (microseconds since the epoch), then the text, as AWS's runtime interface clients send them
to the descriptor named by `_LAMBDA_TELEMETRY_LOG_FD`. That is the same pipe as stdout, so that their order is known.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal

from pytest_serverless.outcome import LogLine

__all__ = ["Output", "Splitter"]

MOST_LINE_BYTES = 1 << 18
"""A line without an end is cut here."""
_MOST_FRAME_BYTES = 1 << 24
_FRAME = struct.Struct(">IIQ")
_MAGIC = b"\xa5\x5a\x00"
_KINDS = frozenset({0xA55A0000 | low for low in range(2, 0x20)})
_TEXT = re.compile(r"\[([^\]\n]+)\]\t\d{4}-\d\d-\d\dT[\d:.]+Z\t[^\t\n]*\t(.*)", re.DOTALL)
_PLAIN_JSON = frozenset({"timestamp", "level", "message", "logger", "requestId"})  # of Python: others name no logger


class Output:
    """The pipes of one process; `tell` is told each line."""

    def __init__(self, tell: Callable[[LogLine], None]) -> None:
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._splitters: dict[int, Splitter] = {}
        self.theirs: list[int] = []
        sources: tuple[Literal["stdout", "stderr"], ...] = ("stdout", "stderr")
        for source in sources:
            ours, theirs = os.pipe()
            os.set_blocking(ours, False)
            self._splitters[ours] = Splitter(source)
            self.theirs.append(theirs)
            self._loop.add_reader(ours, self._read, ours)

    def started(self) -> None:
        """Close the ends that the process has."""
        for pipe in self.theirs:
            os.close(pipe)
        self.theirs.clear()

    def drain(self, *, finish: bool = False) -> None:
        """Take what has been written by now; if the process pauses or ends (`finish`), an open line is a line."""
        for pipe in list(self._splitters):
            while self._read(pipe):
                pass
        if finish:
            for splitter in self._splitters.values():
                for line in splitter.finish():
                    self._tell(line)

    def close(self) -> None:
        """Take what there is, and close."""
        self.drain(finish=True)
        self.started()
        for pipe in list(self._splitters):
            self._close(pipe)

    def _read(self, pipe: int) -> bool:
        try:
            data = os.read(pipe, 1 << 16)
        except BlockingIOError:
            return False
        splitter = self._splitters[pipe]
        for line in splitter.feed(data) if data else splitter.finish():
            self._tell(line)
        if not data:
            self._close(pipe)
        return bool(data)

    def _close(self, pipe: int) -> None:
        del self._splitters[pipe]
        self._loop.remove_reader(pipe)
        os.close(pipe)


class Splitter:
    """Makes lines of what is read from one pipe."""

    def __init__(self, source: Literal["stdout", "stderr"]) -> None:
        self._source = source
        self._open = b""
        """The line that has no end yet."""
        self._rest = b""
        """The beginning of a frame."""

    def feed(self, data: bytes) -> list[LogLine]:
        """Return the lines that are whole now; none is later than a message that was written after it."""
        lines = list(self._feed(data))
        for at in range(len(lines) - 1, 0, -1):
            if lines[at - 1].time > lines[at].time:
                lines[at - 1] = replace(lines[at - 1], time=lines[at].time)
        return lines

    def _feed(self, data: bytes) -> Iterator[LogLine]:
        data = self._rest + data
        self._rest = b""
        while data:
            at = data.find(_MAGIC) if self._source == "stdout" else -1
            if at < 0:
                kept = _beginning(data) if self._source == "stdout" else 0
                self._rest = data[len(data) - kept :]
                yield from self._lines(data[: len(data) - kept])
                return
            yield from self._lines(data[:at])
            data = data[at:]
            if len(data) < _FRAME.size:
                self._rest = data
                return
            kind, size, moment = _FRAME.unpack_from(data)
            if kind not in _KINDS or size > _MOST_FRAME_BYTES:
                yield from self._lines(data[:1])  # it only looks like one
                data = data[1:]
                continue
            end = _FRAME.size + size
            if len(data) < end:
                self._rest = data
                return
            yield from _framed(data[_FRAME.size : end], moment / 1e6)
            data = data[end:]

    def finish(self) -> Iterator[LogLine]:
        """Yield what stands after the last line break."""
        text, self._open, self._rest = self._open + self._rest, b"", b""
        if text:
            yield self._line(text)

    def _lines(self, data: bytes) -> Iterator[LogLine]:
        *whole, self._open = (self._open + data).split(b"\n")
        for text in whole:
            yield self._line(text)
        if len(self._open) > MOST_LINE_BYTES:
            yield self._line(self._open)
            self._open = b""

    def _line(self, text: bytes) -> LogLine:
        return LogLine(time=time.time(), source=self._source, message=text.decode(errors="replace"))


def _beginning(data: bytes) -> int:
    """Return how many bytes at the end may be the beginning of a frame."""
    return next((size for size in (2, 1) if data.endswith(_MAGIC[:size])), 0)


def _framed(data: bytes, moment: float) -> Iterator[LogLine]:
    """Yield the line of a frame; the client's own report of an error is none, for the log has it from the outcome."""
    text = data.decode(errors="replace")
    match = _TEXT.fullmatch(text)
    if match:
        message = match[2].removesuffix("\n")
        yield LogLine(time=moment, source="log", message=message, level=match[1])
        return
    fields = _object(text)
    if text.startswith("[ERROR]") and not text.endswith("\n") and "\nTraceback (most recent call last):" in text:
        return
    if fields.keys() >= {"errorType", "errorMessage", "stackTrace"} and "message" not in fields:
        return
    if {"logger"} <= fields.keys() <= _PLAIN_JSON and isinstance(fields.get("message"), str):
        yield LogLine(
            time=moment,
            source="log",
            message=fields["message"],
            level=str(fields.get("level", "")),
            logger=fields.get("logger"),
        )
        return
    yield LogLine(time=moment, source="stdout", message=text.removesuffix("\n"))


def _object(text: str) -> dict[str, Any]:
    """Return the JSON object that the text is, else an empty one."""
    if text.startswith("{"):
        with contextlib.suppress(ValueError):
            found = json.loads(text)
            return found if isinstance(found, dict) else {}
    return {}
