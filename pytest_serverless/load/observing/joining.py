"""Requests of a run, joined to the platform's log by the id that both know."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.evidence import Log, Logged, by_id, was_first
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.observing.estimating import rates, times

__all__ = ["HEADER", "LIMIT", "Identified", "Joined"]

HEADER: Final = "x-amzn-requestid"
"""The header with the id of the invocation, from the Invoke API and function URLs. Gateways have ids of their own, that
are in no function's log: then nothing is joined, and nothing is said wrongly."""

LIMIT: Final = 50_000
"""How many requests are kept one by one: some 20 MB."""


class Request(NamedTuple):
    """One request that was answered: its id, its phase, and when it was meant to be sent and ended (epoch, seconds)."""

    id: str
    phase: str
    intended_s: float
    ended_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What the log tells of requests: `found` of `sought` were in it; estimates by name, none where none was found."""

    sought: int
    found: int
    estimates: Mapping[str, Interval | Unknown]

    def __str__(self) -> str:
        return f"{self.found:,} of {self.sought:,} requests were found in the log by their ids."


class Identified:
    """Requests that told nothing of their instance but an id; of very many a sample, the same in whatever order.

    `seen` is how many there were. It merges, and goes from process to process as JSON, as an `Aggregate` does.
    """

    __slots__ = ("_kept", "limit", "seen")

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.seen = 0
        self._kept: list[tuple[int, Request]] = []  # a heap by negative hashes: the greatest hash is its first

    def __iter__(self) -> Iterator[Request]:
        return (request for _, request in self._kept)

    def add(self, observation: Observation, request_id: str) -> None:
        """Keep an answer as it was meant, to whose request the platform gave an id; others have no init to wait for."""
        if observation.kind == "ok" and observation.evidence is None and request_id:
            self.seen += 1
            self._keep(Request(request_id, observation.phase, observation.intended_s, observation.ended_s))

    def _keep(self, request: Request) -> None:
        entry = -_hash(request.id), request
        if len(self._kept) < self.limit:
            heapq.heappush(self._kept, entry)
        else:
            heapq.heappushpop(self._kept, entry)

    def take(self) -> Identified:
        """Return what is new since the last time, and begin anew."""
        taken = Identified(self.limit)
        taken.seen, taken._kept = self.seen, self._kept
        self.seen, self._kept = 0, []
        return taken

    def merge(self, other: Identified) -> None:
        """Add what another has kept."""
        self.seen += other.seen
        for request in other:
            self._keep(request)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON, which is also what MessagePack can pack."""
        return {"limit": self.limit, "seen": self.seen, "requests": [list(each) for each in self]}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Identified:
        """Read what `as_json` gave."""
        made = Identified(value["limit"])
        for each in value["requests"]:
            made._keep(Request(*each))
        made.seen = value["seen"]
        return made

    def join(self, log: Log, phases: Iterable[str]) -> Joined:
        """Return what a log tells of the requests of some phases: rates of cold starts, and latency by class."""
        wanted = set(phases)
        requests = [each for each in self if each.phase in wanted]
        logged = by_id(log.invocations)
        pairs = [(each, logged[each.id]) for each in requests if each.id in logged]
        estimates = _estimates(sorted(pairs, key=lambda pair: pair[0].intended_s), len(requests)) if pairs else {}
        return Joined(sought=len(requests), found=len(pairs), estimates=estimates)


Pairs = list[tuple[Request, Logged]]


def _estimates(pairs: Pairs, sought: int) -> dict[str, Interval | Unknown]:
    told = [(request, waited) for request, logged in pairs if (waited := logged.waited) is not None]
    firsts = [(request.intended_s, first) for request, logged in pairs if (first := was_first(logged)) is not None]
    found = rates([(request.intended_s, waited) for request, waited in told], firsts, sought)
    evidence = [logged.evidence for _, logged in pairs if logged.evidence]
    return {
        "cold_starts.user_visible": found.user_visible,
        "cold_starts.new_instance": found.new_instance,
        **times("latency.cold", (_latency_ms(request) for request, waited in told if waited)),
        **times("latency.warm", (_latency_ms(request) for request, waited in told if not waited)),
        **times("init", (each.init_ms for each in evidence if each.init_ms is not None)),
    }


def _latency_ms(request: Request) -> float:
    return (request.ended_s - request.intended_s) * 1e3


def _hash(request_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(request_id.encode(), digest_size=8).digest(), "big")
