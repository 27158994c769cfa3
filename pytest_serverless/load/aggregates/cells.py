"""What was observed of one step of one scenario in one phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal

from pytest_serverless.load.aggregates.histogram import Histogram, bucket_middle_ms, bucket_of
from pytest_serverless.load.aggregates.in_flight import InFlight
from pytest_serverless.load.aggregates.instances import Instances
from pytest_serverless.load.observations import Evidence, Kind, Observation

__all__ = ["CLASSES", "COURSE_S", "Cell", "Class", "IsCold"]

Class = Literal["warm", "cold", "unknown", "throttled", "ambiguous", "failed"]
"""Whose times are kept apart: a throttled run must not look fast, nor one with cold starts slow in its warm part.

Answers as meant are warm or cold, or unknown where there is no evidence of either. Failed are all others that are
neither throttled nor ambiguous: errors of the function, refusals and what had no answer.
"""

CLASSES: Final[tuple[Class, ...]] = ("warm", "cold", "unknown", "throttled", "ambiguous", "failed")
_COLUMNS: Final = {name: column for column, name in enumerate(CLASSES)}
_OF_KIND: Final[Mapping[Kind, int]] = {
    "throttled": _COLUMNS["throttled"],
    "ambiguous": _COLUMNS["ambiguous"],
    "function_error": _COLUMNS["failed"],
    "refused": _COLUMNS["failed"],
    "failed": _COLUMNS["failed"],
}
_NEW: Final = len(CLASSES)

COURSE_S: Final = 1
"""The width of a slot of the course of counts, in seconds."""
TIMES_S: Final = 5
"""The same of the course of times."""
_COARSE: Final = 4
"""So many bits less have the times of their course than the histograms: within 0.8 % of the value."""

IsCold = Callable[[Observation], "bool | None"]
"""Tells whether a request waited for an instance to start; None where its evidence does not tell."""


class Cell:
    """Counts, times, instances and the course of both; all of it merges.

    `counts` has how many there were by kind, reason and status. `latency` (from the intended start) and `service` (from
    the real one) are histograms by class, `init` and `duration` what instances told of themselves. `evidenced` requests
    came with evidence, `numbered` ones with their number on their instance, of which `new_instances` had the first;
    `inits` with the time of an init. `billed` has how many milliseconds were billed for how many requests, by the
    memory in MB.
    """

    __slots__ = (
        "_course",
        "_times",
        "billed",
        "counts",
        "duration",
        "evidenced",
        "in_flight",
        "init",
        "inits",
        "instances",
        "latency",
        "new_connections",
        "new_instances",
        "numbered",
        "service",
        "wire_attempts",
    )

    def __init__(self) -> None:
        self.counts: dict[tuple[Kind, str, int | None], int] = {}
        self.latency = {name: Histogram() for name in CLASSES}
        self.service = {name: Histogram() for name in CLASSES}
        self.init = Histogram()
        self.duration = Histogram()
        self.instances = Instances()
        self.in_flight = InFlight()
        self.billed: dict[int, list[int]] = {}
        self.new_connections = self.wire_attempts = 0
        self.evidenced = self.numbered = self.new_instances = self.inits = 0
        self._course: dict[int, list[int]] = {}
        self._times: dict[tuple[int, int], dict[int, int]] = {}
