"""All that was observed in one process, or in several: by phase, scenario and step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.aggregates.cells import Cell, IsCold, IsNew
from pytest_serverless.load.aggregates.dispatch import Dispatch
from pytest_serverless.load.aggregates.in_flight import InFlight, InFlightGauge
from pytest_serverless.load.aggregates.sums import add_counts
from pytest_serverless.load.observations import Evidence, Observation

__all__ = ["SKEW_LIMIT_MS", "VERSION", "Aggregate"]

VERSION: Final = 1
"""Of the form that `as_json` gives."""

SKEW_LIMIT_MS: Final = 50.0
"""Half a slot: where clocks differ by more, what was in flight in several processes at one time is not known."""


class Aggregate:
    """Takes in observations, and what became of arrivals; merges with others.

    `cells` are by (phase, scenario, step), `dispatches` by (phase, scenario). `is_cold` decides which answers are cold;
    without it none is known to be either. `is_new` decides which had a new instance, by the number of the invocation
    alone if it is not given. A sender counts an arrival by `plan` when it comes due, then by `send` or
    `drop`, and by `finish` when its journey has ended; around each request it calls `gauge.enter` and `gauge.leave`,
    and `add` with what was observed. `clocks` has the offset of each worker's clock from the master's in milliseconds,
    as it was measured: times are left as the worker told them.
    """

    def __init__(self, *, is_cold: IsCold | None = None, is_new: IsNew | None = None) -> None:
        self.cells: dict[tuple[str, str, str], Cell] = {}
        self.dispatches: dict[tuple[str, str], Dispatch] = {}
        self.clocks: dict[str, float] = {}
        self.gauge = InFlightGauge()
        self._above: dict[int, int] = {}
        self._is_cold = is_cold or _unknown
        self._is_new = is_new or _by_number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Aggregate) and self.as_json() == other.as_json()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def add(self, observation: Observation) -> None:
        """Count an observation."""
        key = observation.phase, observation.scenario, observation.step
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = Cell()
        cell.add(observation, self._is_cold, self._is_new)

    def plan(self, phase: str, scenario: str, intended_s: float) -> None:
        """Count an arrival that has come due (seconds since the epoch)."""
        self._dispatch(phase, scenario).plan(intended_s)

    def send(self, phase: str, scenario: str, intended_s: float, started_s: float) -> None:
        """Count one whose journey was begun."""
        self._dispatch(phase, scenario).send(intended_s, started_s)

    def drop(self, phase: str, scenario: str, intended_s: float, reason: str) -> None:
        """Count one that was not sent, and why."""
        self._dispatch(phase, scenario).drop(intended_s, reason)

    def finish(self, phase: str, scenario: str) -> None:
        """Count one whose journey has ended, well or badly."""
        self._dispatch(phase, scenario).finish()

    def _dispatch(self, phase: str, scenario: str) -> Dispatch:
        dispatch = self.dispatches.get((phase, scenario))
        if dispatch is None:
            dispatch = self.dispatches[phase, scenario] = Dispatch()
        return dispatch

    def cell(self, *, phase: str | None = None, scenario: str | None = None, step: str | None = None) -> Cell:
        """Return all that was observed of a phase, a scenario, a step; of all of them where none is named."""
        wanted, whole = (phase, scenario, step), Cell()
        for key, cell in self.cells.items():
            if all(want in (None, name) for want, name in zip(wanted, key, strict=True)):
                whole.merge(cell)
        return whole

    def dispatch(self, *, phase: str | None = None, scenario: str | None = None) -> Dispatch:
        """Return what became of the arrivals of a phase, a scenario, or all."""
        whole = Dispatch()
        for (one, other), dispatch in self.dispatches.items():
            if phase in (None, one) and scenario in (None, other):
                whole.merge(dispatch)
        return whole

    @property
    def in_flight(self) -> InFlight:
        """All requests of all processes, with what their gauges have seen."""
        whole = self.cell().in_flight
        add_counts(whole.above, self._above)
        return whole

    @property
    def skew_ms(self) -> float:
        """How far the workers' clocks are apart; see `SKEW_LIMIT_MS`."""
        return max(self.clocks.values(), default=0.0) - min(self.clocks.values(), default=0.0)

    def take(self, *, last: bool = False) -> Aggregate:
        """Return what is new since the last time, and begin anew; all that is taken adds up to the whole.

        The gauge goes on, and keeps what rose in the slot under way until the next time, or gives it the `last` time.
        """
        taken = Aggregate()
        taken.cells, self.cells = self.cells, {}
        taken.dispatches, self.dispatches = self.dispatches, {}
        taken.clocks = dict(self.clocks)
        taken._above, self._above = self._above, {}
        add_counts(taken._above, self.gauge.take(last=last))
        return taken

    def merge(self, other: Aggregate) -> None:
        """Add what another has counted; what its gauge still has is not part of it."""
        for key, cell in other.cells.items():
            self.cells.setdefault(key, Cell()).merge(cell)
        for pair, dispatch in other.dispatches.items():
            self.dispatches.setdefault(pair, Dispatch()).merge(dispatch)
        add_counts(self._above, other._above)
        for worker, offset_ms in other.clocks.items():
            self.clocks[worker] = max(offset_ms, self.clocks.get(worker, offset_ms), key=lambda ms: (abs(ms), ms))

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON, which is also what MessagePack can pack."""
        return {
            "version": VERSION,
            "cells": [[*key, cell.as_json()] for key, cell in sorted(self.cells.items())],
            "dispatches": [[*pair, dispatch.as_json()] for pair, dispatch in sorted(self.dispatches.items())],
            "in_flight_above": [list(pair) for pair in sorted(self._above.items())],
            "clocks": dict(sorted(self.clocks.items())),
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Aggregate:
        """Read what `as_json` gave; raises InvalidParameterError for another version's."""
        if value.get("version") != VERSION:
            raise InvalidParameterError(
                f"Aggregates of version {value.get('version')!r} cannot be read here, only those of {VERSION}. "
                "Let master and workers, or whoever wrote this, run the same version of pytest-serverless-toolkit."
            )
        made = Aggregate()
        made.cells = {(phase, scenario, step): Cell.from_json(cell) for phase, scenario, step, cell in value["cells"]}
        made.dispatches = {(phase, scenario): Dispatch.from_json(each) for phase, scenario, each in value["dispatches"]}
        made._above = dict(value["in_flight_above"])
        made.clocks = dict(value["clocks"])
        return made


def _unknown(_: Observation) -> None:
    return None


def _by_number(evidence: Evidence) -> bool | None:
    return None if evidence.invocation is None else evidence.invocation == 1
