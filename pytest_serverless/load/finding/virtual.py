"""A simulated function in virtual time as the target: what a search would find, and what it would send for it.

Hours pass in moments. The decisions are those of the local platform, and the truth is known.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

from pytest_serverless.admission import Granted, Refused, Truth
from pytest_serverless.admission.simulation import FUNCTION, Draw, Options, Simulation
from pytest_serverless.admission.throttles import HEADERS, NO_INSTANCE, STATUS, body
from pytest_serverless.load.classes import Classifier, Verdict
from pytest_serverless.load.observations import Evidence, Observation

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["VirtualSender"]

_OK = Verdict("ok")
_BEFORE_S = 1e-3


class VirtualSender:
    """Sends to one function in virtual time, from `now` on; the options are those of `Simulation` but for `observe`.

    A burst is sent within `spread_s`; before each step `rest_s` pass after the end of the one before. Answers have the
    evidence that the probe gives; `init_times_s` are when inits began, those too that nobody asked for, as the log of a
    platform would tell.
    """

    def __init__(
        self,
        service: Draw,
        *,
        scenario: str = "virtual",
        spread_s: float = 0.005,
        rest_s: float = 1.0,
        **options: Unpack[Options],
    ) -> None:
        self.now = 0.0
        self.init_times_s: list[float] = []
        self._scenario = scenario
        self._spread_s = spread_s
        self._rest_s = rest_s
        self._draws = Random(f"arrivals:{options.get('seed', 0)}")  # noqa: S311  # no secret
        self._draw = service
        self._service_s = 0.0
        self._seen: list[Observation] = []
        self._numbers: dict[int, int] = {}
        self._ready_s: dict[int, float] = {}
        self._classify = Classifier("lambda_invoke")
        self._refusals = {NO_INSTANCE: Verdict("throttled", "instances")}
        options["observe"] = self._observe
        self._run = Simulation(self._serve, **options)

    @property
    def truth(self) -> Truth:
        """What truly happened."""
        return self._run.truth

    def send_together(self, count: int) -> list[Observation]:
        """Send a burst."""
        start = self.now + self._rest_s
        return self._send([start + self._spread_s * i / count for i in range(count)])

    def hold(self, per_s: float, arrivals: int) -> list[Observation]:
        """Send arrivals of a Poisson process."""
        start, times = self.now + self._rest_s, []
        for _ in range(arrivals):
            start -= math.log(1.0 - self._draws.random()) / per_s
            times.append(start)
        return self._send(times)

    def wait(self, seconds: float) -> None:
        """Let time pass; the rest before the next step is part of it."""
        self.now += max(seconds - self._rest_s, 0.0)

    def _send(self, times: list[float]) -> list[Observation]:
        self._seen = []
        self._run.feed(times)
        self._run.rest()
        self.now = max([self.now, *(one.ended_s for one in self._seen)])
        return self._seen

    def _serve(self, draws: Random) -> float:
        self._service_s = self._draw(draws)
        return self._service_s

    def _observe(self, arrived: float, decision: Granted | Refused, done: float) -> None:
        self.init_times_s += [arrived] * (self.truth.functions[FUNCTION].inits - len(self.init_times_s))
        if isinstance(decision, Granted):
            verdict, status, evidence = _OK, 200, self._evidence(decision, arrived, done)
        else:
            verdict, status, evidence = self._refusal(decision.reason), STATUS, None
        made = (self._scenario, "call", "hold", arrived, arrived, done, verdict.kind, verdict.reason)
        self._seen.append(Observation(*made, status=status, evidence=evidence))

    def _evidence(self, granted: Granted, arrived: float, done: float) -> Evidence:
        number = self._numbers[granted.sandbox] = self._numbers.get(granted.sandbox, 0) + 1
        if number == 1:  # else it was started ahead of need: when is not told, but before
            self._ready_s[granted.sandbox] = done - self._service_s if granted.is_new else arrived - _BEFORE_S
        return Evidence(
            source="probe",
            instance=str(granted.sandbox),
            invocation=number,
            init_type="provisioned-concurrency" if granted.provisioned else "on-demand",
            init_ended_s=self._ready_s[granted.sandbox],
            duration_ms=self._service_s * 1e3,
        )

    def _refusal(self, reason: str) -> Verdict:
        """Return what the answer of the service means, as any other answer."""
        found = self._refusals.get(reason)
        if found is None:
            found = self._refusals[reason] = self._classify(STATUS, dict(HEADERS), body(reason))
        return found
