"""Hears what a function writes, and lets it through: to pytest's own capture, to caplog, to the terminal."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TextIO

from pytest_serverless.clock import Clock
from pytest_serverless.outcome import LogLine

__all__ = ["Capture"]

_FORMATTER = logging.Formatter("%(message)s")


class Capture:
    """Collects the lines of one invocation, in the order of their writing."""

    def __init__(self, clock: Clock) -> None:
        self.lines: list[LogLine] = []
        self._clock = clock

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to stdout, stderr and the root logger while the block runs."""
        root = logging.getLogger()
        handler = _Handler(self)
        out, err = sys.stdout, sys.stderr
        tees = _Tee(out, "stdout", self), _Tee(err, "stderr", self)
        sys.stdout, sys.stderr = tees
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)
            for tee in tees:
                tee.finish()
            # a debugger may have put others in their place
            sys.stdout = out if sys.stdout is tees[0] else sys.stdout
            sys.stderr = err if sys.stderr is tees[1] else sys.stderr

    def record(self, record: logging.LogRecord) -> None:
        """Keep a record of the logging module."""
        message = _FORMATTER.format(record)
        self.lines.append(
            LogLine(time=record.created, source="log", message=message, level=record.levelname, logger=record.name)
        )

    def line(self, source: Literal["stdout", "stderr"], text: str) -> None:
        """Keep a line of a stream."""
        self.lines.append(LogLine(time=self._clock.now(), source=source, message=text))


class _Handler(logging.Handler):
    def __init__(self, capture: Capture) -> None:
        super().__init__()
        self._capture = capture

    def emit(self, record: logging.LogRecord) -> None:
        self._capture.record(record)


class _Tee:
    """A text stream that writes to another, and hears it."""

    def __init__(self, stream: TextIO, source: Literal["stdout", "stderr"], capture: Capture) -> None:
        self._stream = stream
        self._source = source
        self._capture = capture
        self._open = ""

    def write(self, text: str) -> int:
        *lines, self._open = (self._open + text).split("\n")
        for line in lines:
            self._capture.line(self._source, line)
        return self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def finish(self) -> None:
        """Take what stands after the last line break as a line."""
        if self._open:
            self._capture.line(self._source, self._open)
            self._open = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
