"""Whether a run measured the target, or its own generator: what is not valid has no verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

__all__ = ["Generation", "Tolerances", "Validity", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What the generator did, all its processes together.

    `planned` arrivals were intended, `sent` were sent and `dropped` were not, because too many were in flight; `done`
    have ended, `in_flight_at_stop` had not when the run stopped. `unsent` were still to come then. Lag is how much
    later than intended they were sent; `cpu` is the busiest process's share of a core.

    `answers` are those of requests, of which an arrival may send several; `unauthorised` of them are 401,
    `own_throttles` refusals because this caller is too fast, `unreached` all that never came to a function: refusals,
    and what failed on its way. `lost_workers` are processes that did not report at the end, `errors` failures of the
    toolkit itself, `journey_errors` those of the scenarios' own code; `clock_skew_ms` is the most that two processes
    differ by.
    """

    planned: int
    sent: int
    dropped: int = 0
    unsent: int = 0
    done: int
    in_flight_at_stop: int = 0
    lag_p50_ms: float = 0.0
    lag_p99_ms: float = 0.0
    lag_max_ms: float = 0.0
    cpu: float | None = None
    answers: int
    unauthorised: int = 0
    own_throttles: int = 0
    unreached: int = 0
    lost_workers: int = 0
    errors: int = 0
    journey_errors: int = 0
    clock_skew_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """How much a generator may fail before what it measured is not believed.

    At 2,000 arrivals a second a process lags by 3 ms (p99) on an idle core and by hundreds where the core is shared,
    when measured times are wrong as well. `lag_p99_ms` lies between.
    """

    lag_p99_ms: float = 20.0
    dropped: float = 0.001
    in_flight_at_stop: float = 0.01
    cpu: float = 0.9
    unauthorised: float = 0.01
    unreached: float = 0.9
    journey_errors: float = 0.01
    clock_skew_ms: float = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """Whether a run counts, and if not why; with what it was judged by."""

    reasons: tuple[str, ...]
    generation: Generation
    tolerances: Tolerances = field(default_factory=Tolerances)

    @property
    def is_valid(self) -> bool:
        """Whether there is no reason against it."""
        return not self.reasons

    def __str__(self) -> str:
        return "valid" if self.is_valid else f"INVALID: {'; '.join(self.reasons)}"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        parts = {
            name: {each.name: getattr(part, each.name) for each in fields(part)}
            for name, part in (("generation", self.generation), ("tolerances", self.tolerances))
        }
        return {"valid": self.is_valid, "reasons": list(self.reasons), **parts}


def judge(generation: Generation, tolerances: Tolerances | None = None) -> Validity:
    """Return whether the run is valid, with every reason why it is not; each says what to do."""
    allowed = tolerances or Tolerances()
    reasons = (*_counts(generation), *_pace(generation, allowed), *_target(generation, allowed))
    return Validity(reasons=reasons, generation=generation, tolerances=allowed)


def _counts(run: Generation) -> Iterator[str]:
    """Tell of arrivals that are not accounted for."""
    if not run.sent:
        yield f"nothing was sent of {run.planned:,} planned arrivals"
    if run.planned != run.sent + run.dropped + run.unsent:
        yield (
            f"{run.planned:,} arrivals were planned, but {run.sent:,} sent, {run.dropped:,} dropped and "
            f"{run.unsent:,} left: {run.planned - run.sent - run.dropped - run.unsent:+,} are not accounted for"
        )
    if run.sent != run.done + run.in_flight_at_stop:
        yield (
            f"{run.sent:,} were sent, but {run.done:,} ended and {run.in_flight_at_stop:,} were in flight at the end: "
            f"{run.sent - run.done - run.in_flight_at_stop:+,} are not accounted for"
        )
    if run.lost_workers:
        yield f"{run.lost_workers} of the worker processes did not report at the end"
    if run.errors:
        yield f"the measurement itself failed {run.errors:,} times; see the notes"


def _pace(run: Generation, allowed: Tolerances) -> Iterator[str]:
    """Tell of arrivals that were not sent when they were meant to."""
    if run.lag_p99_ms > allowed.lag_p99_ms:
        yield (
            f"arrivals were sent late: lag p99 {run.lag_p99_ms:.3g} ms, at most {allowed.lag_p99_ms:g} is allowed. "
            "Use more processes, fewer arrivals, or a machine that is not shared"
        )
    if run.cpu is not None and run.cpu > allowed.cpu:
        yield f"the generator took {run.cpu:.0%} of a core, at most {allowed.cpu:.0%} is allowed. Use more processes"
    if run.dropped > allowed.dropped * run.planned:
        yield f"{_part(run.dropped, run.planned)} arrivals were dropped: too many were in flight. Allow more in flight"
    if run.clock_skew_ms > allowed.clock_skew_ms:
        yield (
            f"the clocks of two processes differ by {run.clock_skew_ms:.3g} ms, at most {allowed.clock_skew_ms:g} is "
            "allowed. Synchronise the machines' clocks"
        )


def _target(run: Generation, allowed: Tolerances) -> Iterator[str]:
    """Tell of journeys and answers that say nothing of the function."""
    if run.in_flight_at_stop > allowed.in_flight_at_stop * run.sent:
        yield f"{_part(run.in_flight_at_stop, run.sent)} sent were unanswered at the end. Give them longer to drain"
    if run.journey_errors > allowed.journey_errors * run.sent:
        yield f"{_part(run.journey_errors, run.sent)} journeys raised an error of the scenario's own; see the notes"
    if run.answers and run.unreached >= allowed.unreached * run.answers:
        yield f"{_part(run.unreached, run.answers)} requests came to no function: see the reasons, and the address"
    if run.unauthorised > allowed.unauthorised * run.answers:
        yield f"{_part(run.unauthorised, run.answers)} answers were 401. Check the credentials and their renewal"
    if run.own_throttles:
        yield f"{run.own_throttles:,} refusals were of this caller, which is too fast, not of the function"


def _part(some: int, of: int) -> str:
    return f"{some:,} of {of:,}"
