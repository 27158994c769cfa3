"""Simulated sandboxes: no process and no handler, only the time that each would take, drawn from distributions."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from random import Random
from typing import Any, Final

from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.limits import LAMBDA
from pytest_serverless.app.model import Function
from pytest_serverless.clock import SYSTEM, Clock
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.invocation.aws import LambdaRuntime
from pytest_serverless.invocation.runtime import Call
from pytest_serverless.local.invocations import Invocation, Ran
from pytest_serverless.local.sandboxes import faults
from pytest_serverless.local.sandboxes.variables import call_of
from pytest_serverless.outcome import Failure, LogLine, Status

__all__ = ["SimulatedSandbox", "SimulatedSandboxes"]

_PROBE: Final = "x-serverless-probe"


class SimulatedSandboxes:
    """Makes simulated sandboxes.

    `service` is how long an invocation takes, `init` an init phase: texts as `Durations` reads them. Each function
    draws from a source of its own, which `seed` determines. A share of `failure_rate` of the invocations fails. As on
    the platform, an init phase beyond `init_limit_s` is done over within the invocation, and an invocation ends at its
    function's timeout, after which the init phase is part of the next one.
    """

    def __init__(
        self,
        *,
        service: str,
        init: str = "150ms",
        seed: str = "0",
        failure_rate: float = 0.0,
        memory_used_mb: int = 64,
        init_limit_s: float = LAMBDA.init_limit_s,
        clock: Clock = SYSTEM,
    ) -> None:
        if not 0 <= failure_rate <= 1:
            raise InvalidParameterError(f"failure_rate is a share between 0 and 1, not {failure_rate!r}.")
        self.service = Durations.parse(service)
        self.init = Durations.parse(init)
        self.failure_rate = failure_rate
        self.memory_used_mb = memory_used_mb
        self.init_limit_s = init_limit_s
        self.clock = clock
        self._seed = seed
        self._draws: dict[str, Random] = {}

    def __call__(
        self, function: Function, *, sandbox_id: str, provisioned: bool, on_line: Callable[[LogLine, str], None]
    ) -> SimulatedSandbox:
        """Return a new sandbox of a function; nothing is told to `on_line`."""
        draws = self._draws.get(function.id)
        if draws is None:
            draws = self._draws[function.id] = Random(f"{self._seed}:{function.id}")  # noqa: S311  # no secret
        return SimulatedSandbox(function, sandbox_id, self, draws, provisioned=provisioned)


class SimulatedSandbox:
    """A sandbox that only takes time.

    It answers as a function behind an HTTP API does; the body has `sandbox` (its id), `invocation` (its number in the
    sandbox, from 1) and `cold` (whether there was an init phase for it). The probe's header and its line in the log
    (see `pytest_serverless/load/probes`) tell when the init phase was.
    """

    def __init__(
        self, function: Function, sandbox_id: str, maker: SimulatedSandboxes, draws: Random, *, provisioned: bool
    ) -> None:
        self.id = sandbox_id
        self._type = "provisioned-concurrency" if provisioned else "on-demand"
        self._init_s = (0.0, 0.0)
        self._function = function
        self._maker = maker
        self._draws = draws
        self._is_new = True
        self._is_ready = False
        self._invocations = 0
        self._pauses: set[asyncio.Future[bool]] = set()
        self._closed = False

    async def start(self) -> Failure | None:
        """Do the init phase beforehand; it never fails."""
        self._is_new = False
        began = self._maker.clock.now()
        self._is_ready = await self._pause(self._maker.init.draw(self._draws))
        self._init_s = (began, self._maker.clock.now())
        return None

    async def run(self, invocation: Invocation) -> Ran:
        """Take the time of an invocation, and of the init phase before it if it is not done."""
        self._invocations += 1
        number, maker, timeout_s = self._invocations, self._maker, self._function.timeout_s
        needed_s = maker.service.draw(self._draws)
        fails = maker.failure_rate > 0 and self._draws.random() < maker.failure_rate
        init_ms, overran = await self._first_init()
        started, began = maker.clock.now(), maker.clock.monotonic()
        if not self._is_ready:
            init_s = maker.init.draw(self._draws)
            self._init_s = (started, started + init_s)
            needed_s += init_s
        lives = await self._pause(min(needed_s, timeout_s))
        duration_ms = (maker.clock.monotonic() - began) * 1000
        self._is_ready = lives and needed_s <= timeout_s
        call = call_of(self._function, invocation.request_id, self.id)
        ended = maker.clock.now()
        probed = self._probed(number, duration_ms, ended)
        status, failure, payload = self._answer(
            call, number, fails=fails, cold=init_ms is not None, lives=lives, headers=_headers(invocation, probed)
        )
        line = LogLine(time=ended, source="stdout", message=f"{_PROBE}: {probed};request={invocation.request_id}")
        return Ran(
            status=status,
            payload=payload,
            failure=failure,
            started=started,
            duration_ms=timeout_s * 1000 if status == "timeout" else duration_ms,
            init_ms=init_ms,
            init_overran=overran,
            memory_used_mb=min(maker.memory_used_mb, self._function.memory_mb),
            lines=(line,) if status in ("success", "error") else (),
        )

    async def close(self) -> None:
        """End it; what runs in it ends as when a process is killed."""
        self._closed = True
        for pause in self._pauses:
            if not pause.done():
                pause.set_result(False)

    async def _first_init(self) -> tuple[float | None, bool]:
        """Take the time of the first init phase; return its milliseconds, and whether it took too long."""
        if not self._is_new:
            return None, False
        self._is_new = False
        needed_s, limit_s = self._maker.init.draw(self._draws), self._maker.init_limit_s
        started, began = self._maker.clock.now(), self._maker.clock.monotonic()
        lives = await self._pause(min(needed_s, limit_s))
        if needed_s > limit_s:
            return limit_s * 1000, True
        self._is_ready = lives
        self._init_s = (started, self._maker.clock.now())
        return (self._maker.clock.monotonic() - began) * 1000, False

    def _probed(self, number: int, took_ms: float, now: float) -> str:
        """Return what the probe would tell."""
        start, end = self._init_s
        return (
            f"v1;instance={self.id};n={number};init_start={start:.3f};init_end={end:.3f};type={self._type};"
            f"ms={took_ms:.3f};now={now:.3f}"
        )

    def _answer(
        self, call: Call, number: int, *, fails: bool, cold: bool, lives: bool, headers: dict[str, Any]
    ) -> tuple[Status, Failure | None, bytes]:
        if not lives:
            return "exit", *faults.exited(-signal.SIGKILL, call)
        if not self._is_ready:
            return "timeout", *faults.timed_out(call)
        if fails:
            failure = Failure(type="SimulatedError", message=f"One of the {self._maker.failure_rate:.2%} that fail.")
            return "error", failure, LambdaRuntime().fail("error", failure, call)[0]
        body = json.dumps({"sandbox": self.id, "invocation": number, "cold": cold})
        return "success", None, json.dumps({"statusCode": 200, **headers, "body": body}).encode()

    async def _pause(self, seconds: float) -> bool:
        """Let time pass; return False where the sandbox was closed meanwhile."""
        if self._closed:
            return False
        loop = asyncio.get_running_loop()
        pause: asyncio.Future[bool] = loop.create_future()
        timer = loop.call_later(seconds, _end, pause)
        self._pauses.add(pause)
        try:
            return await pause
        finally:
            timer.cancel()
            self._pauses.discard(pause)


def _headers(invocation: Invocation, probed: str) -> dict[str, Any]:
    """Return the headers of an answer, as whoever asks takes them: some load balancers want lists."""
    if b'"multiValueHeaders"' in invocation.payload and b'"elb"' in invocation.payload:
        return {"multiValueHeaders": {"content-type": ["application/json"], _PROBE: [probed]}}
    return {"headers": {"content-type": "application/json", _PROBE: probed}}


def _end(pause: asyncio.Future[bool]) -> None:
    if not pause.done():
        pause.set_result(True)
