"""A run from its beginning to its result: told by the process that conducts, the only one or the master of several."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

from pytest_serverless.errors import ServerlessError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Plan
from pytest_serverless.load.estimates.thresholds import Threshold
from pytest_serverless.load.estimates.validity import Tolerances
from pytest_serverless.load.results import Result
from pytest_serverless.load.running.concluding import Facts, Tally, judged_phases, result_of, window_of
from pytest_serverless.load.running.edges import Edges
from pytest_serverless.load.running.late_evidence import LateEvidence, Read
from pytest_serverless.load.running.progress import progress
from pytest_serverless.load.running.session import Order, Report
from pytest_serverless.load.running.watching import PHASE
from pytest_serverless.load.safety import bill_so_far
from pytest_serverless.load.scenarios.definition import Definition
from pytest_serverless.load.scenarios.setting_up import clean_up, set_up
from pytest_serverless.load.targets.reached import Reached

__all__ = ["Conductor", "Link", "Settings", "longer"]

_LOOK_S: Final = 0.1
_AHEAD_S: Final = 0.5
"""So long before its start a run is announced to the processes."""
_DECIDE_S: Final = 4.0
"""So long before its end it is decided whether a run goes on: workers report every three seconds."""
_TELL_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the command line says of a run; `notes` are what became of it that must be told."""

    seed: int = 0
    thresholds: tuple[Threshold, ...] = ()
    tolerances: Tolerances = field(default_factory=Tolerances)
    extend_s: float = 0.0
    result: Path | None = None
    page: Path | None = None
    closed: bool = False
    profile: str | None = None
    notes: tuple[str, ...] = ()


class Link(Protocol):
    """The processes that send."""

    @property
    def workers(self) -> int:
        """How many there are."""

    def prepare(self, order: Order) -> None:
        """Let each prepare its share, and wait for them; raises what one of them says."""

    def start(self, start_s: float) -> None:
        """Let all begin at an instant of this process's clock."""

    def extend(self, plans: Mapping[str, Plan], since_s: float) -> None:
        """Let all go on with longer plans."""

    def reports(self) -> list[tuple[int, Report]]:
        """Return what came since the last call, by the number of the process."""

    @property
    def is_done(self) -> bool:
        """Whether all have sent everything."""

    @property
    def lost(self) -> Sequence[str]:
        """Which processes have been lost, in words."""

    def finish(self) -> list[tuple[int, Report]]:
        """Let all send no more, wait for what is under way, and return their last reports."""


class EarlyEnd(Protocol):
    """Tells when a run must end early."""

    def why_stop(self, aggregate: Aggregate, now_s: float) -> str | None:
        """Return why, or None; asked about once a second with all that was told until then."""


@dataclass(slots=True)
class _State:
    reached: Reached | None = None
    round_trip_ms: float | None = None
    shared: dict[str, Any] = field(default_factory=dict)
    started_s: float = 0.0
    ended_s: float = 0.0
    plans: dict[str, Plan] = field(default_factory=dict)
    left_s: float = 0.0
    why: list[str] = field(default_factory=list)


class Conductor:
    """Begins a run, watches it, and brings it to its result, once, however it ends.

    `tell` is given a line whenever there is something to say. `guard` ends a run that must not go on.
    `read` gives what the platform itself knows, once the run has ended.
    """

    def __init__(
        self,
        definitions: Sequence[Definition],
        reached: Reached,
        link: Link,
        edges: Edges,
        settings: Settings,
        *,
        guard: EarlyEnd,
        tell: Callable[[str], None],
        round_trip_ms: Callable[[], float | None],
        read: Read | None = None,
    ) -> None:
        self.definitions = definitions
        self.tally = Tally()
        self.result: Result | None = None
        self._link = link
        self._edges = edges
        self._settings = settings
        self._guard = guard
        self._tell = tell
        self._round_trip_ms = round_trip_ms
        self._state = _State(
            reached=reached,
            plans={each.name: each.plan for each in definitions},
            started_s=edges.clock(),
            left_s=settings.extend_s,
        )
        self._is_complete = settings.closed  # somebody else decides when it ends
        self._has_set_up: list[Definition] = []
        self._is_finished = False
        self._late = LateEvidence(read)
        self._run_id = f"{uuid.uuid4()}"

    def run(self) -> None:
        """Prepare, send, and return when everything was sent or nothing more may be."""
        for note in self._settings.notes:
            self._tell(note)
        try:
            self._prepare()
        except ServerlessError as error:
            self._end(f"the run could not begin: {error}")
            self.tally.unsent = sum(round(plan.planned().arrivals) for plan in self._state.plans.values())
            return
        self._state.started_s = self._edges.clock() + _AHEAD_S
        self._link.start(self._state.started_s)
        try:
            self._watch()
        except Exception as error:  # noqa: BLE001  # whatever it is, what was measured until now must be told
            self.tally.failures += 1
            self._is_complete = False
            self._end(f"watching it ended by {type(error).__name__}: {error}")

    def _prepare(self) -> None:
        state, reached = self._state, self._reached
        for definition in self.definitions:
            state.shared[definition.name] = set_up(definition, reached, profile=self._settings.profile)
            self._has_set_up.append(definition)
        state.round_trip_ms = self._round_trip_ms()
        self._link.prepare(
            Order(
                worker=0,
                workers=self._link.workers,
                seed=self._settings.seed,
                reached=reached,
                plans=state.plans,
                shared=state.shared,
                round_trip_ms=state.round_trip_ms,
                run=uuid.UUID(self._run_id).int & 0xFFFFFFFF,
                identify=self._late.is_wanted,
            )
        )

    def _watch(self) -> None:
        told_s = looked_s = self._edges.clock()
        while not self._link.is_done:
            self._edges.sleep(_LOOK_S)
            now_s = self._edges.clock()
            if now_s - looked_s < 1:
                continue
            looked_s = now_s
            self.take()
            self.tally.tracker.fold(now_s)
            why = self._why_end(now_s)
            if why:
                self._is_complete = False
                self._end(why)
                return
            self._maybe_extend(now_s)
            if now_s - told_s >= _TELL_S:
                told_s = now_s
                self._tell(progress(self.tally.aggregate, list(self._state.plans.values()), now_s - self.started_s))
        self._await_effects()
        self._is_complete = True

    def _await_effects(self) -> None:
        """Wait until every effect of a pipeline was seen, or is overdue."""
        overdue_s = max((each.sink.deadline_s for each in self.definitions if each.sink is not None), default=0.0)
        until_s = self._edges.clock() + overdue_s
        self.take()
        while (now_s := self._edges.clock()) < until_s and self.tally.tracker.outstanding(now_s):
            self._edges.sleep(_LOOK_S)
            self.take()

    def _why_end(self, now_s: float) -> str | None:
        if self._link.lost:
            return f"lost while it ran: {', '.join(self._link.lost)}"
        return self._guard.why_stop(self.tally.aggregate, now_s)

    def _maybe_extend(self, now_s: float) -> None:
        """Go on for longer where what was measured does not decide: by what it seems to need, within what is allowed.

        It is decided shortly before the end, so that there is no gap.
        """
        state = self._state
        if not state.plans:
            return
        ends_s = max(plan.duration_s for plan in state.plans.values())
        if state.left_s <= 0 or now_s < self.started_s + ends_s - _DECIDE_S:
            return
        so_far = self._result(complete=True, ended_s=now_s)
        if all(each.outcome != "inconclusive" for each in so_far.judgements):
            state.left_s = 0.0
            return
        longer_s = min(max(10.0, (now_s - self.started_s) / 2), state.left_s)
        state.left_s -= longer_s
        plans = {name: longer(plan, longer_s) for name, plan in state.plans.items()}
        self._tell(f"inconclusive after {now_s - self.started_s:.0f} s: going on for {longer_s:.0f} s")
        self._link.extend(plans, ends_s)
        state.plans = plans
        self.definitions = [replace(each, plan=plans[each.name]) for each in self.definitions]

    def take(self) -> None:
        """Take in what the processes have told since the last time."""
        for worker, report in self._link.reports():
            self.tally.add(worker, report)

    def _end(self, why: str) -> None:
        self._state.why.append(why)
        self._tell(why)

    def conclude(self, why: str = "") -> Result:
        """Bring the run to its end and return its result; the first call does it, for whatever reason it comes."""
        if self.result is not None:
            return self.result
        if why and not self._is_complete and not self._state.why:
            self._end(why)
        self.finish()
        if self.tally.failures and self._is_complete:
            self._is_complete = False
            self._state.why.insert(0, "the measurement itself failed")  # the reason comes first
        self.result = self._result(complete=self._is_complete, ended_s=self._state.ended_s)
        return self.result

    def finish(self) -> None:
        """Let all processes end, take their last reports, and clean up; once."""
        if self._is_finished:
            return
        self._is_finished = True
        try:
            for worker, report in self._link.finish():
                self.tally.add(worker, report)
        finally:
            self._state.ended_s = self._edges.clock()  # what follows is no part of the run
            self._clean_up()

    def observe(self) -> None:
        """Wait for what the platform itself knows of a run that came to its end, where that is wanted.

        It may take minutes. Whoever ends it where it waits has a result without.
        """
        if self._is_complete and self._is_finished and self.result is None:
            window = window_of(self.tally.aggregate, judged_phases(self.definitions))
            self._late.wait(window, self._edges, self._tell)

    @property
    def started_s(self) -> float:
        """When the first arrival could come, in seconds since the epoch."""
        return self._state.started_s

    @property
    def _reached(self) -> Reached:
        assert self._state.reached is not None  # noqa: S101  # given at the start
        return self._state.reached

    def _notes(self) -> list[str]:
        late = [self._late.note] if self._late.note else []
        return [*self._settings.notes, *late, *self._reached.notes]

    def _clean_up(self) -> None:
        for definition in self._has_set_up:
            self._clean_up_of(definition)

    def _clean_up_of(self, definition: Definition) -> None:
        try:
            clean_up(definition, self._reached, self._state.shared.get(definition.name), profile=self._settings.profile)
        except ServerlessError as error:
            self._end(str(error))

    def _result(self, *, complete: bool, ended_s: float) -> Result:
        thresholds = [each for definition in self.definitions for each in definition.thresholds]
        return result_of(
            self.tally,
            Facts(
                run_id=self._run_id,
                started_s=self.started_s,
                ended_s=ended_s,
                target=self._reached.measured,
                definitions=self.definitions,
                workers=self._link.workers,
                lost_workers=len(self._link.lost),
                round_trip_ms=self._state.round_trip_ms,
                thresholds=dict.fromkeys([*thresholds, *self._settings.thresholds]),
                loop="closed" if self._settings.closed else "open",
                judged=(PHASE,) if self._settings.closed else (),
                complete=complete,
                tolerances=self._settings.tolerances,
                bill=bill_so_far(self._reached, self.tally.aggregate),
                observed=self._late.observed,
                notes=(*self._state.why, *self._notes()),
            ),
        )


def longer(plan: Plan, more_s: float) -> Plan:
    """Return a plan whose last phase lasts longer; what came before stays as it was."""
    *others, last = plan.phases
    return Plan([*others, replace(last, duration_s=last.duration_s + more_s)], mix=plan.mix)
