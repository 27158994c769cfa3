"""How it stands, function by function, as far as the events tell: what a display shows while the platform runs."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_serverless.local.platform_events import PlatformEvent

__all__ = ["FunctionTally", "Tally"]

_RATE_OVER_S = 5


@dataclass(slots=True, kw_only=True)
class FunctionTally:
    """One function's figures; `throttles` are by reason, `sandboxes` those that there are now.

    `seconds` has the arrivals of the last seconds: pairs of a second since the epoch and their number.
    """

    arrivals: int = 0
    in_flight: int = 0
    sandboxes: int = 0
    cold_starts: int = 0
    failures: int = 0
    throttles: Counter[str] = field(default_factory=Counter)
    seconds: deque[tuple[int, int]] = field(default_factory=deque)

    def arrived(self, now: float) -> None:
        """Count an arrival."""
        self.arrivals += 1
        second = int(now)
        if self.seconds and self.seconds[-1][0] == second:
            self.seconds[-1] = (second, self.seconds[-1][1] + 1)
            return
        self.seconds.append((second, 1))
        while self.seconds[0][0] < second - _RATE_OVER_S:
            self.seconds.popleft()

    def rate(self, now: float) -> float:
        """Return the arrivals a second, over the last five whole seconds."""
        second = int(now)
        return sum(count for at, count in self.seconds if second - _RATE_OVER_S <= at < second) / _RATE_OVER_S

    def add(self, other: FunctionTally) -> None:
        """Add another function's figures to these."""
        self.arrivals += other.arrivals
        self.in_flight += other.in_flight
        self.sandboxes += other.sandboxes
        self.cold_starts += other.cold_starts
        self.failures += other.failures
        self.throttles += other.throttles
        self.seconds += other.seconds


class Tally:
    """Counts what the events tell, since it began to listen."""

    def __init__(self) -> None:
        self.functions: dict[str, FunctionTally] = {}
        self._owners: dict[str, str] = {}
        self._running: Counter[str] = Counter()
        self._fresh: set[str] = set()

    def count(self, event: PlatformEvent) -> None:
        """Count one event."""
        act = getattr(self, f"_{event.kind}", None)
        if act is not None:
            act(event)

    def used(self) -> Iterator[tuple[str, FunctionTally]]:
        """Yield the functions that were ever asked for, or have a sandbox."""
        return ((id_, each) for id_, each in self.functions.items() if each.arrivals or each.sandboxes)

    def whole(self) -> FunctionTally:
        """Return the figures of all functions together."""
        whole = FunctionTally()
        for each in self.functions.values():
            whole.add(each)
        return whole

    def _of(self, event: PlatformEvent) -> FunctionTally:
        return self.functions.setdefault(event.function, FunctionTally())

    def _arrival(self, event: PlatformEvent) -> None:
        self._of(event).arrived(event.time)

    def _throttle(self, event: PlatformEvent) -> None:
        self._of(event).throttles[str(event.record["reason"])] += 1

    def _sandbox_started(self, event: PlatformEvent) -> None:
        self._of(event).sandboxes += 1
        self._owners[event.sandbox] = event.function
        if not event.record.get("provisioned"):
            self._fresh.add(event.sandbox)

    def _init(self, event: PlatformEvent) -> None:
        self._fresh.discard(event.sandbox)  # nobody has waited for it

    def _start(self, event: PlatformEvent) -> None:
        found = self._of(event)
        found.in_flight += 1
        self._running[event.sandbox] += 1
        if event.sandbox in self._fresh:
            self._fresh.discard(event.sandbox)
            found.cold_starts += 1

    def _report(self, event: PlatformEvent) -> None:
        found = self._of(event)
        if not event.record["outcome"].ok:
            found.failures += 1
        if self._running[event.sandbox]:  # else it went with its sandbox
            self._running[event.sandbox] -= 1
            found.in_flight -= 1

    def _sandbox_ended(self, event: PlatformEvent) -> None:
        self._fresh.discard(event.sandbox)
        running = self._running.pop(event.sandbox, 0)
        owner = self._owners.pop(event.sandbox, None)
        if owner is not None:  # the event need not say whose it was
            self.functions[owner].sandboxes -= 1
            self.functions[owner].in_flight -= running
