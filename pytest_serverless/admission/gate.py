"""Admission: which invocations run, and in which sandbox."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from random import Random

from pytest_serverless.admission import throttles
from pytest_serverless.admission.decisions import Granted, Refused, Waiting
from pytest_serverless.admission.idleness import idleness
from pytest_serverless.admission.limits import FunctionLimits, Limits
from pytest_serverless.admission.personality import PLAIN, Personality
from pytest_serverless.admission.sandboxes import FunctionState, Group, Sandbox, Waiter
from pytest_serverless.admission.setup import states
from pytest_serverless.admission.truth import Truth
from pytest_serverless.errors import UnknownNameError

__all__ = ["Admission"]


class Admission:
    """Decides for each arrival, by the limits of the account and of its functions.

    Room is looked for in this order: a free sandbox of the alias's provisioned concurrency; what the function has
    reserved, less all that is provisioned of it; the account's unreserved concurrency. Every time is in seconds of one
    clock, which is the caller's and never goes back. Numbers of sandboxes and tickets are never used again.

    `truth` counts what happens. Raises PlatformError where the limits cannot be met. What `personality` leaves to
    chance is drawn from its seed: the same arrivals get the same decisions.
    """

    def __init__(
        self, limits: Limits, functions: Mapping[str, FunctionLimits], personality: Personality = PLAIN
    ) -> None:
        limits.check(functions)
        self.truth = Truth(functions)
        self._limits = limits
        self._newest_first = limits.choice == "most_recently_used"
        self._idleness = idleness(personality.idle, limits.idle_s, personality.seed)
        self._idle_s = self._idleness.least_s
        self._begin_idle = self._idleness.begin
        self._proactive = personality.proactive
        self._draws = Random(f"ahead:{personality.seed}")  # noqa: S311  # no secret
        self._ahead: list[tuple[str, int]] = []
        self._states = states(limits, functions, self.truth)
        self._sandboxes: dict[int, Sandbox] = {}
        self._overdue: list[int] = []
        self._last_number = 0
        self._last_ticket = 0
        self._tickets: dict[int, Waiter] = {}
        self._waiting_states: dict[str, FunctionState] = {}
        self._deadlines: list[tuple[float, int]] = []
        self._expired: list[int] = []

    def arrive(
        self, function: str, now: float, *, qualifier: str | None = None, synchronous: bool = True
    ) -> Granted | Refused | Waiting:
        """Decide for an invocation of a function, by its name or by that of an alias or version.

        `synchronous` tells whether somebody waits for the answer: only those invocations are limited by rate.
        """
        try:
            state = self._states[function]
        except KeyError:
            raise UnknownNameError("function", function, self._states) from None
        counts = state.counts
        counts.arrivals += 1
        if state.waiting:
            return self._wait(state, now, qualifier, synchronous=synchronous)
        decision = self._admit(state, now, qualifier, synchronous)
        if type(decision) is Granted:
            return decision
        if decision.limit != "rate" and state.queue_s is not None:
            return self._wait(state, now, qualifier, synchronous=synchronous)
        counts.refuse(decision.reason, decision.limit)
        return decision

    def release(self, sandbox: int, now: float) -> list[tuple[int, Granted]]:
        """Take back a sandbox when an invocation in it has ended; return who of the waiting gets one, by ticket.

        A sandbox of `to_provision` is released once when it is ready. One that is lost already is ignored.
        """
        found = self._sandboxes.get(sandbox)
        if found is None:
            return []
        group = found.group
        if found.is_starting:
            found.is_starting = False
        else:
            self._end_one(found, now)
        if not found.serving:
            found.since = now
            group.idle.append(found)
            if self._begin_idle is not None and group.qualifier is None:
                self._begin_idle(found, now)
        return self._serve_waiting(now) if self._tickets else []

    def lost(self, sandbox: int, now: float) -> list[tuple[int, Granted]]:
        """Forget a sandbox that is gone, with all that ran in it; return as `release` does.

        One of provisioned concurrency is missing until `to_provision` is asked again.
        """
        found = self._sandboxes.get(sandbox)
        if found is None:
            return []
        group = found.group
        if found.serving:
            self.truth.busy -= found.serving
            found.state.counts.end(now, found.serving)
            group.partial.pop(sandbox, None)
            group.pool.busy -= 1
        elif not found.is_starting:
            group.idle.remove(found)
        self._forget(found)
        return self._serve_waiting(now) if self._tickets else []

    def to_provision(self) -> list[tuple[str, int]]:
        """Begin the sandboxes that provisioned concurrency wants and has not; return them with their functions.

        Each serves nothing until it is released; one that cannot be started is lost.
        """
        begun = []
        for state in self._states.values():
            for qualifier, wanted in state.wanted.items():
                group = state.provisioned[qualifier]
                for _ in range(wanted - group.count):
                    sandbox = self._make_ahead(state, group)
                    begun.append((state.name, sandbox.id))
        return begun

    def to_start(self) -> list[tuple[str, int]]:
        """Return the sandboxes that were begun ahead of need since the last time, with their functions.

        They come with others that were begun for an invocation. Each serves nothing until it is released; one that
        cannot be started is lost.
        """
        begun, self._ahead = self._ahead, []
        return begun

    def started(self, function: str, seconds: float) -> None:
        """Tell how long a start took: deadlines may depend on the mean of them."""
        state = self._states[function]
        state.starts += 1
        state.start_s += seconds

    def idle(self, now: float) -> list[int]:
        """Forget the sandboxes that have been idle too long; return all since the last time, to be ended."""
        for state in self._states.values():
            self._evict(state.on_demand, now)
        ended, self._overdue = self._overdue, []
        return ended

    def next_idle(self) -> float | None:
        """Return when `idle` has something to return, if nothing happens until then."""
        if self._overdue:
            return float("-inf")
        at = self._idleness.next(state.on_demand for state in self._states.values())
        return at if at != float("inf") else None

    def sandboxes(self, function: str) -> tuple[list[int], list[int]]:
        """Return the sandboxes of a function: those that are idle, and those that serve or start."""
        state = self._states[function]
        idle = [sandbox.id for group in state.groups() for sandbox in group.idle]
        known = set(idle)
        return idle, [id_ for id_, sandbox in self._sandboxes.items() if sandbox.state is state and id_ not in known]

    def expired(self, now: float) -> list[int]:
        """Refuse who has waited until the deadline; return their tickets, all since the last time."""
        self._expire(now)
        expired, self._expired = self._expired, []
        return expired

    def withdrawn(self, ticket: int) -> None:
        """Forget an invocation that waits no longer, as when its caller has gone."""
        waiter = self._tickets.get(ticket)
        if waiter is not None:
            self._leave(waiter)
            waiter.state.counts.refuse(throttles.NO_INSTANCE, "instances")

    def scaled(self, now: float) -> list[tuple[int, Granted]]:
        """Return who of the waiting gets a sandbox because time has passed and one more may be added."""
        return self._serve_waiting(now) if self._tickets else []

    def next_wait(self, now: float) -> float | None:
        """Return when `expired` or `scaled` has something to return, if nothing happens until then."""
        while self._deadlines and self._deadlines[0][1] not in self._tickets:
            heapq.heappop(self._deadlines)
        times = [_room_at(state, now) for state in self._waiting_states.values()]
        if self._deadlines:
            times.append(self._deadlines[0][0])
        return float("-inf") if self._expired else min(times, default=None)

    def _admit(self, state: FunctionState, now: float, qualifier: str | None, synchronous: bool) -> Granted | Refused:
        """Find a sandbox, or say which limit there is."""
        spills = False
        if qualifier is not None and qualifier in state.provisioned:
            decision = self._admit_provisioned(state, state.provisioned[qualifier], now, synchronous)
            if decision is not None:
                return decision
            spills = True
        group = state.on_demand
        pool = group.pool
        partial = group.partial
        if not partial and pool.busy >= pool.limit:
            return pool.full
        rate = pool.rate
        if rate is not None and synchronous and not rate.take(now):
            return pool.too_fast
        idle = group.idle
        if idle and idle[0].since + self._idle_s <= now:
            self._evict(group, now)
        if partial or idle:
            granted = self._take(state, group, now)
        elif state.scaling is None or state.scaling.take(now):
            granted = self._begin(state, group, now)
        else:
            if rate is not None and synchronous:
                rate.give_back()
            return pool.scaling
        if not spills:
            return granted
        state.counts.spill_overs += 1
        return Granted(granted.sandbox, is_new=granted.is_new, is_first=granted.is_first, spilled=True)

    def _admit_provisioned(
        self,
        state: FunctionState,
        group: Group,
        now: float,
        synchronous: bool,  # a keyword would cost time
    ) -> Granted | Refused | None:
        """Find a sandbox of provisioned concurrency; None where the invocation spills over."""
        if not group.partial and not group.idle:
            return None
        rate = group.pool.rate
        if rate is not None and synchronous and not rate.take(now):
            return group.pool.too_fast if self._limits.provisioned_rate == "refuse" else None
        return self._take(state, group, now)

    def _take(self, state: FunctionState, group: Group, now: float) -> Granted:
        """Let a sandbox that there is serve one more."""
        if group.partial:
            sandbox = group.partial[next(reversed(group.partial) if self._newest_first else iter(group.partial))]
        else:
            sandbox = group.idle.pop() if self._newest_first else group.idle.popleft()
            group.pool.busy += 1
        self._serve(state, group, sandbox, now)
        granted = sandbox.next
        if granted.is_first:
            state.counts.new_instances += 1
            sandbox.used()
        return granted

    def _begin(self, state: FunctionState, group: Group, now: float) -> Granted:
        """Let a new sandbox serve its first invocation."""
        sandbox = self._make(state, group)
        group.pool.busy += 1
        state.counts.cold_starts += 1
        state.counts.new_instances += 1
        sandbox.used()
        self._serve(state, group, sandbox, now)
        if self._proactive:
            self._begin_others(state, group)
        return Granted(sandbox.id, is_new=True)

    def _begin_others(self, state: FunctionState, group: Group) -> None:
        """Begin sandboxes ahead of need: after each init another one by chance, but no more than may ever serve."""
        while group.count < group.pool.limit and self._draws.random() < self._proactive:
            self._ahead.append((state.name, self._make_ahead(state, group).id))

    def _serve(self, state: FunctionState, group: Group, sandbox: Sandbox, now: float) -> None:
        sandbox.serving += 1
        if group.per_sandbox > 1:
            if sandbox.serving < group.per_sandbox:
                group.partial[sandbox.id] = sandbox
                group.partial.move_to_end(sandbox.id)
            else:
                group.partial.pop(sandbox.id, None)
        state.counts.begin(now)
        truth = self.truth
        busy = truth.busy = truth.busy + 1
        if busy > truth.most_busy:  # noqa: PLR1730  # `max` would be a call, in the hottest path
            truth.most_busy = busy

    def _end_one(self, sandbox: Sandbox, now: float) -> None:
        group = sandbox.group
        self.truth.busy -= 1
        sandbox.state.counts.end(now)
        sandbox.serving -= 1
        if sandbox.serving:
            group.partial[sandbox.id] = sandbox
            group.partial.move_to_end(sandbox.id)
        else:
            if group.per_sandbox > 1:
                group.partial.pop(sandbox.id, None)
            group.pool.busy -= 1

    def _make(self, state: FunctionState, group: Group) -> Sandbox:
        self._last_number += 1
        sandbox = self._sandboxes[self._last_number] = Sandbox(self._last_number, state, group)
        group.count += 1
        self.truth.add_sandbox(state.counts)
        return sandbox

    def _make_ahead(self, state: FunctionState, group: Group) -> Sandbox:
        sandbox = self._make(state, group)
        sandbox.is_starting = True
        state.counts.inits_ahead += 1
        return sandbox

    def _forget(self, sandbox: Sandbox) -> None:
        del self._sandboxes[sandbox.id]
        sandbox.is_gone = True
        sandbox.group.count -= 1
        self.truth.remove_sandbox(sandbox.state.counts)

    def _evict(self, group: Group, now: float) -> None:
        for sandbox in self._idleness.over(group, now):
            self._forget(sandbox)
            self._overdue.append(sandbox.id)

    def _wait(self, state: FunctionState, now: float, qualifier: str | None, *, synchronous: bool) -> Waiting:
        self._last_ticket += 1
        mean_start_s = state.start_s / state.starts if state.starts else 0.0
        until = now + max(state.queue_s or 0.0, state.queue_starts * mean_start_s)
        waiter = Waiter(self._last_ticket, until, state, qualifier, synchronous)
        self._tickets[waiter.ticket] = state.waiting[waiter.ticket] = waiter
        self._waiting_states[state.name] = state
        heapq.heappush(self._deadlines, (until, waiter.ticket))
        state.counts.waiting += 1
        return Waiting(waiter.ticket, until)

    def _leave(self, waiter: Waiter) -> None:
        """Let an invocation wait no longer."""
        state = waiter.state
        del self._tickets[waiter.ticket], state.waiting[waiter.ticket]
        state.counts.waiting -= 1
        if not state.waiting:
            del self._waiting_states[state.name]

    def _expire(self, now: float) -> None:
        while self._deadlines and self._deadlines[0][0] <= now:
            waiter = self._tickets.get(heapq.heappop(self._deadlines)[1])
            if waiter is not None:
                self._leave(waiter)
                waiter.state.counts.expire()
                self._expired.append(waiter.ticket)

    def _serve_waiting(self, now: float) -> list[tuple[int, Granted]]:
        """Give what room there is to who has waited longest; a function that gets none lets others by."""
        self._expire(now)
        granted = []
        candidates = dict(self._waiting_states)
        while candidates:
            ticket, name = min((next(iter(state.waiting)), name) for name, state in candidates.items())
            waiter = self._tickets[ticket]
            decision = self._admit(waiter.state, now, waiter.qualifier, waiter.synchronous)
            if isinstance(decision, Granted):
                self._leave(waiter)
                granted.append((ticket, decision))
            if isinstance(decision, Refused) or not waiter.state.waiting:
                del candidates[name]
        return granted


def _room_at(state: FunctionState, now: float) -> float:
    """Return when time alone makes room for the first who waits; never is infinite."""
    group = state.on_demand
    pool = group.pool
    if not group.partial and pool.busy >= pool.limit:
        return float("inf")
    first = next(iter(state.waiting.values()))
    times = [now]
    if pool.rate is not None and first.synchronous:
        times.append(pool.rate.next_at(now))
    if state.scaling is not None and not group.partial and not group.idle:
        times.append(state.scaling.next_at(now))
    return max(times)
