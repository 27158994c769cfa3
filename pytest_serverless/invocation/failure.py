"""What went wrong in a handler: its own frames, as text."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType

from pytest_serverless.outcome import Failure

__all__ = ["own_frames", "plain_failure", "trimmed"]

_HERE = str(Path(__file__).parent)


def trimmed(trace: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback below our own frames; None where the handler was never entered."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_HERE):
        trace = trace.tb_next
    return trace


def own_frames(error: BaseException) -> tuple[str, ...]:
    """Return the frames of an exception from the handler's on, a text each, as `traceback` prints them."""
    found = traceback.extract_tb(trimmed(error.__traceback__))
    return tuple(
        traceback.format_list([(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in found])
    )


def plain_failure(error: BaseException) -> Failure:
    """Return a failure in Python's own words."""
    return Failure(type=type(error).__name__, message=str(error), stack_trace=own_frames(error), exception=error)
