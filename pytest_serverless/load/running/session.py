"""One process of a run: what it prepares, sends, sees, and tells whoever conducts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Plan, Share
from pytest_serverless.load.finding import Found, at_most
from pytest_serverless.load.finding.steps import always
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.observing import Identified
from pytest_serverless.load.pipelines import Tracker
from pytest_serverless.load.running.counted import Counted
from pytest_serverless.load.running.edges import Edges, Task
from pytest_serverless.load.running.equipment import Equipment
from pytest_serverless.load.running.searching import SearchRun
from pytest_serverless.load.running.sending import Sender, Stream
from pytest_serverless.load.running.sinks import SinkReading
from pytest_serverless.load.scenarios.definition import Definition
from pytest_serverless.load.scenarios.journeys import Player
from pytest_serverless.load.targets.reached import Reached

__all__ = ["Order", "Report", "Session"]

_LOOK_S: Final = 0.02
_RENEW_S: Final = 1.0
_AHEAD_S: Final = 0.25
"""For so long a request is assumed to take, when connections are opened for it."""


def _silent(_: str) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What every process of a run is told before it begins; plain JSON on its way.

    `run` is a number that no other run has. `identify` says that ids of requests are kept. `shared` has what each
    scenario's set-up returned, by its name; `plans` are those that all follow.
    """

    worker: int
    workers: int
    seed: int
    reached: Reached
    plans: Mapping[str, Plan]
    shared: Mapping[str, Any] = field(default_factory=dict)
    round_trip_ms: float | None = None
    run: int = 0
    identify: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "worker": self.worker,
            "workers": self.workers,
            "seed": self.seed,
            "reached": self.reached.as_json(),
            "plans": {name: plan.as_json() for name, plan in self.plans.items()},
            "shared": dict(self.shared),
            "round_trip_ms": self.round_trip_ms,
            "run": self.run,
            "identify": self.identify,
        }

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> Order:
        return Order(
            **{
                **given,
                "reached": Reached.from_json(given["reached"]),
                "plans": {name: Plan.from_json(plan) for name, plan in given["plans"].items()},
            }
        )


@dataclass(slots=True, kw_only=True)
class Report:
    """What a process tells: what is new since its last report, and where it stands.

    `cpu` is its share of a core since it began to send, `unsent` how many arrivals were still to come when it was
    stopped. `errors` are failures of the scenarios' own code until now, `failures` of the toolkit's since the last
    report; `troubles` has them in words. `trackers` follow what pipelines were sent; `found` is
    what a search came to, at its end. `identified` has the ids of requests, where they are kept.
    """

    aggregate: Aggregate
    cpu: float | None = None
    unsent: int = 0
    errors: int = 0
    failures: int = 0
    troubles: tuple[str, ...] = ()
    trackers: tuple[Tracker, ...] = ()
    found: Found | None = None
    identified: Identified | None = None
    is_last: bool = False

    def as_json(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("cpu", "unsent", "errors", "failures", "is_last")}
        return {
            **plain,
            "troubles": list(self.troubles),
            "trackers": [each.as_json() for each in self.trackers],
            "found": self.found.as_json() if self.found is not None else None,
            "identified": self.identified.as_json() if self.identified is not None else None,
            "aggregate": self.aggregate.as_json(),
        }

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> Report:
        return Report(
            **{
                **given,
                "aggregate": Aggregate.from_json(given["aggregate"]),
                "troubles": tuple(given["troubles"]),
                "found": Found.from_json(given["found"]) if given["found"] is not None else None,
                "identified": Identified.from_json(given["identified"]) if given["identified"] is not None else None,
                "trackers": tuple(Tracker.from_json(each) for each in given["trackers"]),
            }
        )


class Session:
    """The part that one process has in a run: `prepare`, `start`, and `finish`, which may come at any time.

    `make_equipment(definition, order, aggregate)` gives what a scenario sends with. `on_observation` and
    `on_drop(scenario, phase)` are told of everything that happens, as it happens. `max_arrivals` is for a search, of
    which nobody knows before how many it sends.
    """

    def __init__(
        self,
        definitions: Sequence[Definition],
        order: Order,
        edges: Edges,
        make_equipment: Callable[[Definition, Order, Aggregate], Equipment],
        *,
        on_observation: Callable[[Observation], None] | None = None,
        on_drop: Callable[[str, str], None] | None = None,
        tell: Callable[[str], None] = _silent,
        max_arrivals: int | None = None,
    ) -> None:
        self.order = order
        self._tell = tell
        self._allows = always if max_arrivals is None else at_most(max_arrivals)
        self._edges = edges
        self._definitions = definitions
        self._on_drop = on_drop
        self.aggregate = Counted(on_observation, round_trip_ms=order.round_trip_ms or 0.0)
        self._equipment = [make_equipment(each, order, self.aggregate) for each in definitions]
        share = Share(worker=order.worker, workers=order.workers)
        self._players = [
            Player(each, equipment.caller, seed=order.seed, share=share)
            for each, equipment in zip(definitions, self._equipment, strict=True)
        ]
        pipelines = [each.caller.pipeline for each in self._equipment]
        self._sinks = SinkReading((each for each in pipelines if each is not None), edges)
        self._tasks: list[Task] = []
        self._sender: Sender | SearchRun | None = None
        self._start_s = self._cpu_s = self._used_s = 0.0
        self._stopped_s: float | None = None
        self._failed: list[str] = []
        self._untold = 0
        self._plans = dict(order.plans)

    def prepare(self) -> None:
        """Get credentials, and open the connections that will be needed; raises what makes that impossible."""
        opened = 0
        for definition, equipment in zip(self._definitions, self._equipment, strict=True):
            # Scenarios share the connections of a process, and each needs its own beside those of the others.
            opened += connections_of(self._plans[definition.name], self.order.workers, definition.max_in_flight)
            equipment.prepare(opened)

    def start(self, start_s: float) -> None:
        """Send from that instant on, in seconds since the epoch by this process's clock."""
        self._start_s = start_s
        self._cpu_s = self._edges.processor()
        self._sender = self._search() or self._plain(start_s)
        self._tasks = [self._edges.spawn(self._send, self._sender), self._edges.spawn(self._renew)]
        self._sinks.start()

    def _plain(self, start_s: float) -> Sender:
        streams = [self._stream(*pair) for pair in zip(self._definitions, self._players, strict=True)]
        return Sender(streams, self.aggregate, self._edges, start_s, on_drop=self._on_drop)

    def _search(self) -> SearchRun | None:
        """Return the search of the one scenario that this run is of; None where it has none."""
        definition = self._definitions[0]
        if definition.find is None:
            return None
        return SearchRun(
            definition.find,
            definition.name,
            self._players[0],
            self.aggregate,
            self._edges,
            open_connections=self._equipment[0].open,
            most_in_flight=definition.max_in_flight,
            seed=self.order.seed,
            tell=self._tell,
            allows=self._allows,
        )

    def extend(self, plans: Mapping[str, Plan], since_s: float) -> None:
        """Go on with longer plans from where the former ended, `since_s` seconds from the start."""
        sender = self._sender
        if sender is None or self._stopped_s is not None:
            return
        self._plans = dict(plans)
        is_over = sender.is_done
        sender.extend(self._arrivals(definition, since_s) for definition in self._definitions)
        if is_over:  # it was told late: those that are late are sent at once
            self._tasks[0] = self._edges.spawn(self._send, sender)

    @property
    def is_done(self) -> bool:
        """Whether everything was sent: `finish` waits for what is under way then, no longer than scenarios allow."""
        return self._sender is not None and (self._sender.is_done or bool(self._failed))

    @property
    def drain_s(self) -> float:
        """How long to wait for what is under way."""
        return max((each.drain_s for each in self._definitions), default=0.0)

    def finish(self) -> None:
        """Send no more, wait for what is under way, as long as the scenarios allow, and end the rest."""
        if self._sender is None or self._stopped_s is not None:
            return
        self._stopped_s = self._edges.clock()
        self._used_s = self._edges.processor() - self._cpu_s
        sending, *others = self._tasks
        sending.kill()
        until_s = self._stopped_s + self.drain_s
        while self._sender.in_flight and self._edges.clock() < until_s:
            self._edges.sleep(_LOOK_S)
        self._sender.end()
        self._sinks.finish()
        for each in others:
            each.kill()

    def close(self) -> None:
        """Close all connections."""
        for player, equipment in zip(self._players, self._equipment, strict=True):
            player.close()
            equipment.close()

    def report(self, *, last: bool = False) -> Report:
        """Return what is new since the last report."""
        until_s = self._stopped_s or self._edges.clock()
        elapsed_s = until_s - self._start_s
        used_s = self._used_s if self._stopped_s is not None else self._edges.processor() - self._cpu_s
        failures, self._untold = self._untold, 0
        return Report(
            aggregate=self.aggregate.take(last=last),
            cpu=used_s / elapsed_s if self._sender is not None and elapsed_s > 1 else None,
            unsent=self._unsent() if last else 0,
            errors=sum(each.caller.errors.count for each in self._equipment),
            failures=failures,
            troubles=self._troubles(last=last),
            trackers=self._sinks.take(),
            found=self._sender.found if last and isinstance(self._sender, SearchRun) else None,
            identified=self._identified(),
            is_last=last,
        )

    def _identified(self) -> Identified | None:
        """Return the ids of requests since the last time, those of all scenarios; None where they are not kept."""
        kept = [each.caller.identified for each in self._equipment]
        parts = [each.take() for each in kept if each is not None]
        for each in parts[1:]:
            parts[0].merge(each)
        return parts[0] if parts else None

    def _troubles(self, *, last: bool) -> tuple[str, ...]:
        """Return what went wrong until now; at the end, too, what still does with credentials and sinks."""
        told = [*self._failed, *(text for each in self._equipment for text in each.caller.errors.kept)]
        if last:
            told += [text for each in self._equipment for text in each.troubles()]
        return tuple(told)

    def _unsent(self) -> int:
        """Return how many arrivals were to come when it was stopped; on average, of Poisson arrivals."""
        if not isinstance(self._sender, Sender) or self._stopped_s is None or self._sender.is_done:
            return 0
        share = Share(
            worker=self.order.worker,
            workers=self.order.workers,
            since_s=max(self._stopped_s - self._start_s, 0.0),
        )
        return sum(round(plan.planned(share).arrivals) for plan in self._plans.values())

    def _stream(self, definition: Definition, player: Player) -> Stream:
        return Stream(
            arrivals=self._arrivals(definition, 0.0),
            player=player,
            most_in_flight=math.ceil(definition.max_in_flight / self.order.workers),
            first_number=self.order.worker,
            step=self.order.workers,
        )

    def _arrivals(self, definition: Definition, since_s: float) -> Any:
        share = Share(worker=self.order.worker, workers=self.order.workers, since_s=since_s)
        return self._plans[definition.name].arrivals(self.order.seed, definition.name, share)

    def _send(self, sender: Sender | SearchRun) -> None:
        try:
            sender.send_all()
        except Exception as error:  # noqa: BLE001  # whatever it is, nothing more will be sent: the run must end
            self._fail("sending", error)

    def _renew(self) -> None:
        while True:
            self._edges.sleep(_RENEW_S)
            try:
                for equipment in self._equipment:
                    equipment.renew()
            except Exception as error:  # noqa: BLE001  # whatever it is, credentials would expire unseen
                self._fail("renewing credentials", error)
                return

    def _fail(self, doing: str, error: Exception) -> None:
        self._untold += 1
        self._failed.append(f"{doing} ended by {type(error).__name__}: {error}")


def connections_of(plan: Plan, workers: int, most: int) -> int:
    """Return how many connections a process should have open at the start: for its largest burst, or its rate."""
    bursts = max((phase.burst for phase in plan.phases), default=0)
    per_s = max((max(phase.from_per_s, phase.to_per_s) for phase in plan.phases), default=0.0)
    return min(math.ceil(max(bursts, per_s * _AHEAD_S) / workers) + 1, math.ceil(most / workers))
