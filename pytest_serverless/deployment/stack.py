"""An application with its mocked backends, kept for the session: made once, and the same again for each test."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from pytest_serverless.app.model import App
from pytest_serverless.backends.aws import AwsBackend
from pytest_serverless.backends.functions import FunctionCaller
from pytest_serverless.backends.sdk import gc_paused
from pytest_serverless.backends.wire import Responder
from pytest_serverless.deployment.permissions import Evidence
from pytest_serverless.deployment.queues import LazySqs, QueueState
from pytest_serverless.outcome import Change

__all__ = ["Stack"]


class Stack:
    """One template's resources.

    They are made when something first needs them: a test that never touches half of the application does not wait for
    it. What one test has needed is there from the start for the next.
    """

    def __init__(self, app: App, backend: AwsBackend) -> None:
        self.app = app
        self.backend = backend
        self.queues = LazySqs(account=backend.account, region=backend.region, on_change=backend.tell)
        self.changes: list[Change] = []
        self.told: list[Change] = []
        self.evidence = Evidence()
        self._needed: set[str] = set()
        self._made: frozenset[str] = frozenset()
        self._kept: frozenset[str] = frozenset()
        backend.start()
        backend.route("sqs", self.queues.respond, self.queues)
        backend.on_change(self.changes.append)
        backend.on_change(self.told.append)

    @property
    def variables(self) -> Mapping[str, str]:
        """What the functions' clients need to reach the backends: nothing, they are in this process."""
        return {}

    def queue_state(self, arn: str) -> QueueState | None:
        """Return what a queue has to give."""
        return self.queues.state(arn)

    def serve(self, respond: Responder) -> None:
        """Let `respond` answer the requests to Lambda that it knows; the mocked service answers the others."""
        self.backend.route("lambda", respond)

    @contextmanager
    def calling(self, functions: FunctionCaller) -> Iterator[None]:
        """Let the services call the application's functions while the block runs."""
        self.backend.functions = functions
        try:
            yield
        finally:
            self.backend.functions = None

    @contextmanager
    def entered(self, test: str, *, seed: str | None = None) -> Iterator[None]:
        """Mock the services for one test, with the resources that were needed so far; `seed` is that of their ids."""
        with self.backend.entered(test, seed=seed):
            if self._made != self._kept:
                self._provision(self._made - self._kept)
                self.backend.take_snapshot(self._again)
                self._kept = self._made
            self.changes.clear()
            self.told.clear()
            yield
            self.changes.clear()
            self.told.clear()

    def need(self, ids: Collection[str]) -> None:
        """Make the resources of those ids, and whatever hangs on them, unless they are there."""
        if self._needed.issuperset(ids):
            return
        from pytest_serverless.backends.moto.provision import reachable

        listening = [trigger.function for trigger in self.app.triggers if trigger.source in ids]
        wanted = frozenset(reachable(self.app, [*ids, *listening])) - self._made
        if wanted:
            waiting, seen = list(self.changes), len(self.told)
            self._provision(wanted)
            self.changes[:] = waiting
            del self.told[seen:]
            self._made |= wanted
        self._needed.update(ids)

    def need_all(self) -> None:
        """Let every resource be made when the services are entered next."""
        from pytest_serverless.backends.moto.provision import reachable

        self._made = frozenset(reachable(self.app, self.app.resources))
        self._needed.update(self.app.resources, self.app.functions)

    def _again(self) -> None:
        self._provision(self._made)

    def _provision(self, ids: frozenset[str]) -> None:
        with gc_paused(), self.backend.journal.quietly():
            from pytest_serverless.backends.moto.provision import provision

            provision(self.app, self.backend.client, ids)
