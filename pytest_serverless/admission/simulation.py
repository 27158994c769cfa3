"""Admission in virtual time: what would come of these arrivals, by the very decisions of the local platform."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, TypedDict

from pytest_serverless.admission.decisions import Granted, Refused, Waiting
from pytest_serverless.admission.gate import Admission
from pytest_serverless.admission.limits import LAMBDA, FunctionLimits, Limits
from pytest_serverless.admission.personality import PLAIN, Personality
from pytest_serverless.admission.throttles import NO_INSTANCE
from pytest_serverless.admission.truth import Truth
from pytest_serverless.errors import InvalidParameterError

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["FUNCTION", "Options", "Simulated", "Simulation", "poisson", "simulate"]

FUNCTION = "function"
"""The name that the simulated function has in the truth."""

Draw = Callable[[Random], float]
"""Draws a time in seconds."""

Observer = Callable[[float, Granted | Refused, float], Any]
"""Is told of each arrival: when it came, what came of it, and when that was over (a refusal: when it was made)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What came of a simulation: the truth, and when the last invocation ended (seconds)."""

    truth: Truth
    end: float

    def as_json(self) -> dict[str, Any]:
        """Return the truth as JSON, up to the end."""
        return self.truth.as_json(self.end)


def simulate(arrivals: Iterable[float], service: Draw, **options: Unpack[Options]) -> Simulated:
    """Let invocations of one function arrive at these times (seconds, never going back), and run until all have ended.

    `service` and the options are those of `Simulation`.
    """
    run = Simulation(service, **options)
    run.feed(arrivals)
    return run.rest()


class Options(TypedDict, total=False):
    """What may be said of a simulation; see there."""

    init: Draw | None
    limits: Limits
    function: FunctionLimits | None
    qualifier: str | None
    synchronous: bool
    seed: int
    observe: Observer | None
    personality: Personality


class Simulation:
    """One function in virtual time, to which invocations come in parts: `feed`, `rest`, and `feed` again.

    `service` draws how long each takes, `init` how much longer the first one in a sandbox does; both are given one
    source that `seed` determines. `qualifier` is the alias that they are sent to. While the platform stalls, nothing is
    decided or answered; sandboxes come free meanwhile.
    """

    def __init__(
        self,
        service: Draw,
        *,
        init: Draw | None = None,
        limits: Limits = LAMBDA,
        function: FunctionLimits | None = None,
        qualifier: str | None = None,
        synchronous: bool = True,
        seed: int = 0,
        observe: Observer | None = None,
        personality: Personality = PLAIN,
    ) -> None:
        self.now = -math.inf
        self._admission = Admission(limits, {FUNCTION: function or FunctionLimits()}, personality)
        self._qualifier = qualifier
        self._synchronous = synchronous
        self._ends: list[tuple[float, int]] = []
        self._waiting: dict[int, float] = {}
        self._last = -math.inf
        self._service = service
        self._init = init
        self._draws = Random(seed)  # noqa: S311  # no secret
        self._observe = observe
        self._over = None if personality.stalls is None else personality.stalls.from_the_first()
        for _, sandbox in self._admission.to_provision():
            self._admission.release(sandbox, self.now)

    @property
    def truth(self) -> Truth:
        """What was counted, as far as it has happened."""
        return self._admission.truth

    def feed(self, arrivals: Iterable[float]) -> None:
        """Let invocations arrive; raises InvalidParameterError where one comes before another or a rest has ended."""
        arrive, ends, qualifier, synchronous = self._admission.arrive, self._ends, self._qualifier, self._synchronous
        observe, over, waiting, last = self._observe, self._over, self._waiting, self._last
        for arrived in arrivals:
            if arrived < last:
                raise InvalidParameterError(f"Arrivals must be in order: {arrived} comes after {last}.")
            self._last = last = arrived
            now = arrived if over is None else over(arrived)
            if (ends and ends[0][0] <= now) or waiting:
                self._advance(now)
            decision = arrive(FUNCTION, now, qualifier=qualifier, synchronous=synchronous)
            if type(decision) is Granted:
                self._start(decision, arrived, now)
            elif type(decision) is Waiting:
                waiting[decision.ticket] = arrived
                self.now = now
            elif observe is not None:
                observe(arrived, decision, now)

    def rest(self) -> Simulated:
        """Let everything end that has begun; return what has come of it all."""
        self._advance(math.inf)
        self._last = max(self.now, self._last)
        end = self._last if self._last > -math.inf else 0.0
        self._admission.idle(end)
        return Simulated(truth=self._admission.truth, end=end)

    def _start(self, granted: Granted, arrived: float, now: float) -> None:
        """Let an invocation run from now on."""
        end = now + self._service(self._draws)
        if granted.is_new and self._init is not None:
            init_s = self._init(self._draws)
            self._admission.started(FUNCTION, init_s)
            end += init_s
        heapq.heappush(self._ends, (end, granted.sandbox))
        if granted.is_new:
            self._start_ahead(now)
        if self._observe is not None:
            self._tell(self._observe, arrived, granted, end)

    def _start_ahead(self, now: float) -> None:
        """Start what is begun ahead of need: it comes free when its init is over."""
        for _, sandbox in self._admission.to_start():
            init_s = 0.0 if self._init is None else self._init(self._draws)
            heapq.heappush(self._ends, (now + init_s, sandbox))

    def _tell(self, observe: Observer, arrived: float, decision: Granted | Refused, done: float) -> None:
        observe(arrived, decision, done if self._over is None else self._over(done))

    def _advance(self, until: float) -> None:
        """Let happen what does until then, in its order."""
        ends, release = self._ends, self._admission.release
        while ends and ends[0][0] <= until:
            if self._waiting:
                self._let_wait(min(ends[0][0], until))
            self.now, sandbox = heapq.heappop(ends)
            granted = release(sandbox, self.now)
            if granted:
                self._start_waiting(granted)
        if self._waiting:
            self._let_wait(until)
        if until < math.inf:
            self.now = until

    def _let_wait(self, until: float) -> None:
        """Let pass the deadlines, and the moments when a sandbox may be added."""
        while self._waiting:
            at = self._admission.next_wait(self.now)
            if at is None or at > until or at == math.inf:
                return
            self.now = max(self.now, at)
            self._start_waiting(self._admission.scaled(self.now))
            for ticket in self._admission.expired(self.now):
                arrived = self._waiting.pop(ticket)
                if self._observe is not None:
                    self._tell(self._observe, arrived, Refused(NO_INSTANCE), self.now)

    def _start_waiting(self, granted: list[tuple[int, Granted]]) -> None:
        for ticket, one in granted:
            self._start(one, self._waiting.pop(ticket), self.now)


def poisson(per_s: float, *, count: int, seed: int = 0) -> Iterator[float]:
    """Return so many arrivals of a Poisson process, from 0 on; `per_s` is the mean of a second."""
    draw, log = Random(seed).random, math.log  # noqa: S311  # no secret
    now = 0.0
    for _ in range(count):
        now -= log(1.0 - draw()) / per_s
        yield now
