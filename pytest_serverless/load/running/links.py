"""Who conducts and who sends, in one process or in several: messages carry what a call would."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from pytest_serverless.errors import PlatformError, ServerlessError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Plan
from pytest_serverless.load.running.edges import Edges
from pytest_serverless.load.running.session import Order, Report, Session
from pytest_serverless.load.running.watching import Watching

__all__ = ["LocalLink", "Messenger", "WorkerEnd", "WorkersLink"]

_LOOK_S: Final = 0.02
_PINGS: Final = 5
_PREPARE_S: Final = 60.0
_SPARE_S: Final = 10.0
"""So much longer than their draining may processes take for their last report."""

MakeSession = Callable[[Order], Session | Watching]


class LocalLink:
    """The only process: what conducts sends too."""

    def __init__(self, make_session: MakeSession) -> None:
        self._make_session = make_session
        self._session: Session | Watching | None = None
        self.workers = 1
        self.lost: Sequence[str] = ()

    def prepare(self, order: Order) -> None:
        self._session = self._make_session(order)
        self._session.prepare()

    def start(self, start_s: float) -> None:
        if self._session is not None:
            self._session.start(start_s)

    def extend(self, plans: Mapping[str, Plan], since_s: float) -> None:
        if self._session is not None:
            self._session.extend(plans, since_s)

    def reports(self) -> list[tuple[int, Report]]:
        return [(0, self._session.report())] if self._session is not None else []

    @property
    def is_done(self) -> bool:
        return self._session is not None and self._session.is_done

    def finish(self) -> list[tuple[int, Report]]:
        if self._session is None:
            return []
        session, self._session = self._session, None
        session.finish()
        report = session.report(last=True)
        session.close()
        return [(0, report)]


class Messenger(Protocol):
    """Sends a message to whoever is at the other end: a worker by its id, or the master."""

    def __call__(self, kind: str, data: Any, worker: str | None = None, /) -> None: ...


class WorkersLink:
    """Workers, as their master sees them.

    `alive()` gives the ids of those that are connected and not missing. `took(kind, worker, data)` takes what a worker
    sends.
    """

    def __init__(self, send: Messenger, alive: Callable[[], Sequence[str]], edges: Edges, drain_s: float) -> None:
        self._send = send
        self._alive = alive
        self._edges = edges
        self._drain_s = drain_s
        self._numbers: dict[str, int] = {}
        self._offsets_s: dict[str, float] = {}
        self._pongs: dict[str, list[tuple[float, float]]] = {}
        self._ready: dict[str, str] = {}
        self._done: set[str] = set()
        self._last: dict[str, Report] = {}
        self._reports: list[tuple[int, Report]] = []
        self._lost: list[str] = []
        self._is_finishing = False
        self._extensions = 0
        self._run = 0

    @property
    def workers(self) -> int:
        return len(self._numbers) or max(len(self._alive()), 1)

    def took(self, kind: str, worker: str, data: Any) -> None:
        """Take what a worker sends; what others send, that came later or belong to another run, is left aside."""
        if kind == "pong":
            now_s = self._edges.clock()
            self._pongs.setdefault(worker, []).append((now_s - data["sent_s"], data["clock_s"] - data["sent_s"]))
        elif worker not in self._numbers or data["run"] != self._run:
            return
        elif kind == "ready":
            self._ready[worker] = data["error"]
        elif kind == "done":
            if data["extensions"] == self._extensions:
                self._done.add(worker)
        elif kind == "report":
            self._reports.append((self._numbers[worker], Report.from_json(data["told"])))
        elif kind == "final":
            self._last.setdefault(worker, Report.from_json(data["told"]))

    def prepare(self, order: Order) -> None:
        self._numbers = {worker: number for number, worker in enumerate(self._alive())}
        self._run = order.run
        self._measure_clocks()
        for worker, number in self._numbers.items():
            own = replace(order, worker=number, workers=len(self._numbers))
            self._send("prepare", own.as_json(), worker)
        self._wait(lambda: self._numbers.keys() <= self._ready.keys() | set(self._gone()), _PREPARE_S)
        faults = list(dict.fromkeys(error for error in self._ready.values() if error))
        if faults:
            raise PlatformError(" ".join(faults))
        if not self._numbers.keys() <= self._ready.keys():
            raise PlatformError("not all worker processes were ready: look at what they have printed.")

    def start(self, start_s: float) -> None:
        for worker in self._numbers:
            self._send("start", {"start_s": start_s + self._offsets_s.get(worker, 0.0)}, worker)

    def extend(self, plans: Mapping[str, Plan], since_s: float) -> None:
        self._done.clear()
        self._extensions += 1
        plain = {name: plan.as_json() for name, plan in plans.items()}
        for worker in self._numbers:
            self._send("extend", {"plans": plain, "since_s": since_s}, worker)

    def reports(self) -> list[tuple[int, Report]]:
        taken, self._reports = self._reports, []
        clocks = Aggregate()
        clocks.clocks = {str(self._numbers[worker]): offset * 1e3 for worker, offset in self._offsets_s.items()}
        return [*taken, (0, Report(aggregate=clocks))] if taken else []

    @property
    def is_done(self) -> bool:
        return bool(self._numbers) and self._numbers.keys() <= self._done

    @property
    def lost(self) -> Sequence[str]:
        if not self._is_finishing:
            self._lost = [f"worker {self._numbers[worker]}" for worker in self._gone()]
        return self._lost

    def finish(self) -> list[tuple[int, Report]]:
        if self._is_finishing:
            return []
        lost = set(self._gone())
        self._lost = [f"worker {self._numbers[worker]}" for worker in sorted(lost)]
        self._is_finishing = True
        asked = {worker for worker in self._numbers.keys() - lost if self._ready.get(worker) == ""}
        for worker in asked:
            self._send("finish", {}, worker)
        self._wait(lambda: asked <= self._last.keys() | set(self._gone()), self._drain_s + _SPARE_S)
        silent = asked - self._last.keys()
        self._lost += [f"worker {self._numbers[worker]}" for worker in sorted(silent)]
        return [*self.reports(), *((self._numbers[worker], report) for worker, report in self._last.items())]

    def _gone(self) -> list[str]:
        alive = set(self._alive())
        return [worker for worker in self._numbers if worker not in alive and worker not in self._last]

    def _measure_clocks(self) -> None:
        """Ask for each worker's clock, a few times: the quickest answer tells best how far it is from ours."""
        for _ in range(_PINGS):
            for worker in self._numbers:
                self._send("ping", {"sent_s": self._edges.clock()}, worker)
            self._edges.sleep(_LOOK_S)
        self._wait(lambda: self._numbers.keys() <= self._pongs.keys(), 5.0)
        for worker, pongs in self._pongs.items():
            took_s, ahead_s = min(pongs)
            self._offsets_s[worker] = ahead_s - took_s / 2

    def _wait(self, holds: Callable[[], bool], within_s: float) -> None:
        until_s = self._edges.clock() + within_s
        while not holds() and self._edges.clock() < until_s:
            self._edges.sleep(_LOOK_S)


class WorkerEnd:
    """A worker, as it sees its master: takes messages, and tells what it has seen."""

    def __init__(self, send: Messenger, make_session: MakeSession, edges: Edges) -> None:
        self._send = send
        self._make_session = make_session
        self._edges = edges
        self._session: Session | Watching | None = None
        self._extensions = 0
        self._run = 0

    def took(self, kind: str, data: Any) -> None:
        """Take a message of the master."""
        if kind == "ping":
            self._send("pong", {"sent_s": data["sent_s"], "clock_s": self._edges.clock()})
        elif kind == "prepare":
            self._prepare(Order.from_json(data))
        elif kind == "finish":
            self.finish()
        elif self._session is not None and kind == "start":
            self._extensions = 0
            self._session.start(data["start_s"])
            self._edges.spawn(self._tell_when_done, self._session, 0)
        elif self._session is not None and kind == "extend":
            plans = {name: Plan.from_json(plan) for name, plan in data["plans"].items()}
            self._session.extend(plans, data["since_s"])
            self._extensions += 1
            self._edges.spawn(self._tell_when_done, self._session, self._extensions)

    def report(self) -> dict[str, Any] | None:
        """Return what is new, as JSON; None while there is no run."""
        return {"run": self._run, "told": self._session.report().as_json()} if self._session is not None else None

    def finish(self) -> None:
        """End this worker's part, and tell the master all that it has not been told; once for each run."""
        if self._session is None:
            return
        session, self._session = self._session, None
        session.finish()
        self._send("final", {"run": self._run, "told": session.report(last=True).as_json()})
        session.close()

    def _prepare(self, order: Order) -> None:
        session, error, self._run = None, "", order.run
        try:
            session = self._make_session(order)
            session.prepare()
        except ServerlessError as fault:
            error = str(fault)
        except Exception as fault:  # noqa: BLE001 - the master must be told, whatever it is
            error = f"{type(fault).__name__}: {fault}"
        if session is not None and error:
            session.close()
        self._session = None if error else session
        self._send("ready", {"run": self._run, "error": error})

    def _tell_when_done(self, session: Session | Watching, extensions: int) -> None:
        """Tell it once everything was sent, unless the run was stopped, or another tells, for there is more to send."""
        while self._session is session and extensions == self._extensions:
            if session.is_done:
                self._send("done", {"run": self._run, "extensions": extensions})
                return
            self._edges.sleep(_LOOK_S)
