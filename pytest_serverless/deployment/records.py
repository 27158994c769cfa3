"""What was invoked, by what, and what of it nobody expected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_serverless.deployment.timeline import Timeline
from pytest_serverless.errors import UnexpectedFailureError
from pytest_serverless.outcome import Outcome

__all__ = ["Record", "Records", "in_short"]

_NOTHING = "Nothing has happened: serverless.settle() delivers what was caused, inside of the block."

_PLACE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')


@dataclass(slots=True)
class Record:
    """One invocation of a function of the application.

    `cause` says in words what called it. `expected` is whether its failure, if it failed, is no surprise: the test has
    the error in its hands, or said that it would come.
    """

    function: str
    cause: str
    outcome: Outcome
    expected: bool = False


class Records:
    """The invocations of one test, in order; each is in the timeline too."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._records: list[Record] = []
        self._awaited: list[str] = []

    def add(self, record: Record, now: float) -> None:
        """Take an invocation down that ended now."""
        record.expected = record.expected or record.function in self._awaited
        self._records.append(record)
        what, status = in_short(record.outcome), record.outcome.status
        self._timeline.note(now, "invocation", record.function, record.cause, status=status, what=what)

    def of(self, function: str | None = None) -> list[Record]:
        """Return the invocations of a function, or all."""
        return [record for record in self._records if function in (None, record.function)]

    def request_ids(self, function: str) -> set[str]:
        """Return the ids of a function's invocations."""
        return {record.outcome.request_id for record in self.of(function)}

    @contextmanager
    def expecting(self, function: str, times: int | None) -> Iterator[None]:
        """Expect failures of a function while the block runs: that many of them, or at least one."""
        before = len(self._failures(function))
        self._awaited.append(function)
        try:
            yield
        finally:
            self._awaited.remove(function)
        found = len(self._failures(function)) - before
        if found != times if times is not None else found == 0:
            wanted = "at least one" if times is None else str(times)
            raise UnexpectedFailureError(
                f"Expected {wanted} failed invocation{'s' * (times not in (None, 1))} of {function}, and there were "
                f"{found or 'none'}.\n{self._timeline.table(last=60) if self._timeline else _NOTHING}"
            )

    def demand_none_unexpected(self) -> None:
        """Raise `UnexpectedFailureError` where an invocation failed that nobody expected."""
        surprises = [record for record in self._records if not record.outcome.ok and not record.expected]
        if surprises:
            names = ", ".join(dict.fromkeys(record.function for record in surprises))
            raise UnexpectedFailureError(
                f"{len(surprises)} unexpected failed invocation{'s' * (len(surprises) > 1)} (of {names}).\n"
                f"{self._timeline.table(last=60)}\n"
                "Mend the function, or say that it fails: with serverless.expect_failures(...)."
            )

    def _failures(self, function: str) -> list[Record]:
        return [record for record in self.of(function) if not record.outcome.ok]


def in_short(outcome: Outcome) -> str:
    """Return why an invocation failed, on one line; empty where it did not."""
    if outcome.failure is None:
        return ""
    message = outcome.failure.message.partition("\n")[0]
    places = [found for line in outcome.failure.stack_trace if (found := _PLACE.search(line)) and not _foreign(found)]
    place = f" ({Path(places[-1]['file']).name}:{places[-1]['line']})" if places else ""
    return f"{outcome.failure.type}: {message}{place}"


def _foreign(place: re.Match[str]) -> bool:
    """Tell whether a line of a traceback is in a library."""
    return "site-packages" in place["file"]
