"""The functions of an application as the platform runs them: admitted, run in a sandbox, recorded."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

from pytest_serverless.admission import Admission, Granted, Limits, Personality, Refused, Waiting
from pytest_serverless.admission.personality import PLAIN
from pytest_serverless.admission.throttles import NO_INSTANCE
from pytest_serverless.app.model import App, Function
from pytest_serverless.clock import SYSTEM, Clock
from pytest_serverless.errors import PlatformError, ThrottledError
from pytest_serverless.local.concurrency import function_limits
from pytest_serverless.local.fleet import Fleet
from pytest_serverless.local.invocations import Invocation, Sandbox, SandboxMaker
from pytest_serverless.local.platform_events import EventStream, Kind, PlatformEvent
from pytest_serverless.local.results import Results
from pytest_serverless.local.trace_header import begun, new_root
from pytest_serverless.outcome import LogLine, Outcome

__all__ = ["Platform"]


@dataclass(slots=True, eq=False)
class _Round:
    """What there is between two resets: an invocation belongs to the one it began in.

    `over` tells when that is answered which is due at a time; None: then.
    """

    admission: Admission
    fleet: Fleet
    over: Callable[[float], float] | None
    waiting: dict[int, asyncio.Future[Granted | Refused]] = field(default_factory=dict)
    stale: set[int] = field(default_factory=set)
    starting: set[asyncio.Task[None]] = field(default_factory=set)
    look: asyncio.TimerHandle | None = None
    look_at: float = 0.0
    is_over: bool = False

    async def close(self) -> None:
        self.is_over = True
        if self.look is not None:
            self.look.cancel()
        for waiting in self.waiting.values():
            waiting.cancel()
        starting = list(self.starting)
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        await self.fleet.close()


class Platform:
    """Runs the functions of one application by the provider's rules of concurrency.

    `make` makes the sandboxes. Whatever happens is told to `events`.
    """

    def __init__(
        self,
        app: App,
        *,
        limits: Limits,
        make: SandboxMaker,
        personality: Personality = PLAIN,
        clock: Clock = SYSTEM,
    ) -> None:
        self.app = app
        self.limits = limits
        self.events = EventStream()
        self._make = make
        self._personality = personality
        self._clock = clock
        self._results = Results(clock)
        self._function_limits = function_limits(app)
        self._round = self._begun()

    def _begun(self) -> _Round:
        admission = Admission(self.limits, self._function_limits, self._personality)
        stalls = self._personality.stalls
        return _Round(admission, Fleet(self._make, self._wrote), stalls.from_the_first() if stalls else None)

    async def start(self) -> None:
        """Start the sandboxes of provisioned concurrency; one whose init phase fails is told of, and given up."""
        await asyncio.gather(*self._provisioned(self._round))

    async def close(self) -> None:
        """End every sandbox."""
        await self._round.close()

    async def reset(self) -> None:
        """Begin anew: no sandbox, nothing counted. What runs now is ended with its sandbox."""
        old, self._round = self._round, self._begun()
        await old.close()
        await self.start()

    def reload(self, functions: Iterable[str]) -> None:
        """Let the next invocations of these functions be run by new sandboxes: their code has changed."""
        round_ = self._round
        for function in functions:
            self._tell("reload", function)
            idle, busy = round_.admission.sandboxes(function)
            round_.stale.update(busy)
            self._end(round_, function, idle, why="reload")
        self._provision_again(round_)

    def note(self, text: str) -> None:
        """Tell whoever watches something in words."""
        self._tell("note", "", text=text)

    def truth(self) -> dict[str, Any]:
        """Return what was counted since the start or the last reset, as JSON."""
        return self._round.admission.truth.as_json(self._clock.monotonic())

    async def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        cause: str,
        synchronous: bool = True,
        qualifier: str | None = None,
        request_id: str | None = None,
        trace_id: str | None = None,
        client_context: str | None = None,
        cognito_identity: str | None = None,
        tenant_id: str | None = None,
    ) -> Outcome:
        """Invoke a function by its id, and return what it came to; raises ThrottledError where there is no room.

        `payload` is JSON. `synchronous` tells whether somebody waits for the answer: others are not limited by rate.
        After `close`, PlatformError is raised.
        """
        found, round_ = self.app.functions[function], self._round
        await self._stall(round_)
        if round_.is_over:
            raise PlatformError("The local platform is ending.")
        invocation = Invocation(
            request_id=request_id or str(uuid.uuid4()),
            payload=payload,
            invoked_arn=_arn(found, qualifier),
            trace_id=trace_id or begun(new_root(self._clock.now(), uuid.uuid4().hex[:24]), uuid.uuid4().hex[:16]),
            client_context=client_context,
            cognito_identity=cognito_identity,
            tenant_id=tenant_id,
        )
        self._tell("arrival", function, request_id=invocation.request_id, cause=cause, synchronous=synchronous)
        granted = await self._admitted(round_, invocation, function, qualifier, synchronous=synchronous)
        outcome = await self._run(round_, found, granted, invocation)
        await self._stall(round_)
        return outcome

    async def _stall(self, round_: _Round) -> None:
        """Wait while nothing is answered."""
        if round_.over is None:
            return
        while (now := self._clock.monotonic()) < (over := round_.over(now)):
            await asyncio.sleep(over - now)

    async def _admitted(
        self, round_: _Round, invocation: Invocation, function: str, qualifier: str | None, *, synchronous: bool
    ) -> Granted:
        now = self._clock.monotonic()
        decision = round_.admission.arrive(function, now, qualifier=qualifier, synchronous=synchronous)
        if isinstance(decision, Waiting):
            decision = await self._waited(round_, decision, function)
        if isinstance(decision, Refused):
            self._tell("throttle", function, request_id=invocation.request_id, reason=decision.reason)
            raise ThrottledError(decision.reason, function)
        return decision

    async def _waited(self, round_: _Round, decision: Waiting, function: str) -> Granted | Refused:
        """Wait in the queue of a function whose instances are all busy."""
        waiting: asyncio.Future[Granted | Refused] = asyncio.get_running_loop().create_future()
        round_.waiting[decision.ticket] = waiting
        self._look_later(round_)
        try:
            return await waiting
        except asyncio.CancelledError:
            round_.admission.withdrawn(decision.ticket)
            granted = waiting.result() if waiting.done() and not waiting.cancelled() else None
            if isinstance(granted, Granted):  # it came in the same moment, to nobody
                self._leave(round_, function, granted.sandbox, is_lost=granted.is_new)
            raise
        finally:
            del round_.waiting[decision.ticket]

    async def _run(self, round_: _Round, function: Function, granted: Granted, invocation: Invocation) -> Outcome:
        number = granted.sandbox
        is_lost = True
        try:
            sandbox = self._added(round_, function.id, number) if granted.is_new else round_.fleet[number]
            if granted.is_new:
                self._start_ahead(round_)
            self._tell("start", function.id, sandbox.id, invocation.request_id)
            ran = await sandbox.run(invocation)
            is_lost = number in round_.stale
        finally:
            self._leave(round_, function.id, number, is_lost=is_lost)
        outcome = self._results.outcome(function, invocation, ran)
        self._tell("report", function.id, sandbox.id, invocation.request_id, outcome=outcome)
        return outcome

    def _added(self, round_: _Round, function: str, number: int, *, provisioned: bool = False) -> Sandbox:
        sandbox = round_.fleet.add(number, self.app.functions[function], provisioned=provisioned)
        self._tell("sandbox_started", function, sandbox.id, provisioned=provisioned)
        return sandbox

    def _leave(self, round_: _Round, function: str, number: int, *, is_lost: bool) -> None:
        if is_lost:
            self._end(round_, function, [number], why="gone")
            self._provision_again(round_)
        else:
            self._grant(round_, round_.admission.release(number, self._clock.monotonic()))
        self._look_later(round_)

    def _grant(self, round_: _Round, granted: Iterable[tuple[int, Granted | Refused]]) -> None:
        for ticket, decision in granted:
            waiting = round_.waiting.get(ticket)
            if waiting is not None and not waiting.done():
                waiting.set_result(decision)

    def _look_later(self, round_: _Round) -> None:
        """See to it that who waits too long is refused, and sandboxes which idle too long are ended."""
        now, admission = self._clock.monotonic(), round_.admission
        wait = admission.next_wait(now) if round_.waiting else None
        times = [at for at in (wait, admission.next_idle()) if at is not None]
        if round_.look is not None and round_.look_at > min(times, default=round_.look_at):
            round_.look.cancel()
            round_.look = None
        if times and round_.look is None and not round_.is_over:
            round_.look_at = min(times)
            pause = max(0.001, round_.look_at - now)
            round_.look = asyncio.get_running_loop().call_later(pause, self._look, round_)

    def _look(self, round_: _Round) -> None:
        round_.look = None
        now, admission = self._clock.monotonic(), round_.admission
        self._grant(round_, admission.scaled(now))
        self._grant(round_, [(ticket, Refused(NO_INSTANCE)) for ticket in admission.expired(now)])
        self._tell_ended("", round_.fleet.end(admission.idle(now)), why="idle")
        self._look_later(round_)

    def _end(self, round_: _Round, function: str, numbers: list[int], *, why: str) -> None:
        now, ended = self._clock.monotonic(), round_.fleet.end(numbers)
        round_.stale.difference_update(numbers)
        for number in numbers:
            self._grant(round_, round_.admission.lost(number, now))
        self._tell_ended(function, ended, why=why)

    def _provisioned(self, round_: _Round) -> list[Coroutine[Any, Any, None]]:
        """Return what starts the sandboxes that provisioned concurrency wants and has not."""
        return [self._provision(round_, function, number) for function, number in round_.admission.to_provision()]

    def _provision_again(self, round_: _Round) -> None:
        """Start others in place of the sandboxes of provisioned concurrency that have gone."""
        for starting in [] if round_.is_over else self._provisioned(round_):
            self._start_meanwhile(round_, starting)

    def _start_ahead(self, round_: _Round) -> None:
        """Start the sandboxes that were begun ahead of need."""
        for function, number in round_.admission.to_start():
            self._start_meanwhile(round_, self._provision(round_, function, number, provisioned=False))

    def _start_meanwhile(self, round_: _Round, starting: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(starting)
        round_.starting.add(task)
        task.add_done_callback(round_.starting.discard)
        task.add_done_callback(self._told_of)

    def _told_of(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.note(f"A sandbox could not be started before it is asked for: {error}")

    async def _provision(self, round_: _Round, function: str, number: int, *, provisioned: bool = True) -> None:
        """Start a sandbox before it is asked for: of provisioned concurrency, or ahead of need."""
        failure, ready, began = None, False, self._clock.monotonic()
        try:
            sandbox = self._added(round_, function, number, provisioned=provisioned)
            failure = await sandbox.start()
            ms, error = (self._clock.monotonic() - began) * 1000, failure.type if failure else None
            self._tell("init", function, sandbox.id, ms=ms, error=error)
            ready = failure is None and number not in round_.stale
        finally:
            if not ready:
                self._end(round_, function, [number], why="init failed" if failure else "gone")
        if ready:
            self._grant(round_, round_.admission.release(number, self._clock.monotonic()))
            self._look_later(round_)
        elif failure is None:
            self._provision_again(round_)  # its code has changed meanwhile
        elif provisioned:
            text = f"Provisioned concurrency failed (FUNCTION_ERROR_INIT_FAILURE): {failure.type}: {failure.message}"
            self._tell("note", function, sandbox.id, text=text)

    def _wrote(self, function: str, sandbox: str, line: LogLine, request_id: str) -> None:
        self._tell("log", function, sandbox, request_id, line=line)

    def _tell_ended(self, function: str, sandboxes: list[str], *, why: str) -> None:
        for sandbox in sandboxes:
            self._tell("sandbox_ended", function, sandbox, why=why)

    def _tell(self, kind: Kind, function: str, sandbox: str = "", request_id: str = "", **record: Any) -> None:
        self.events.tell(
            PlatformEvent(
                time=self._clock.now(),
                kind=kind,
                function=function,
                sandbox=sandbox,
                request_id=request_id,
                record=record,
            )
        )


def _arn(function: Function, qualifier: str | None) -> str:
    arn: str = function.settings.invoked_arn(function.name)
    return f"{arn}:{qualifier}" if qualifier else arn
