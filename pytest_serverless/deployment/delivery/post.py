"""What every kind of delivery needs of the application it is for."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from itertools import groupby
from types import SimpleNamespace
from typing import Any, Protocol

from pytest_serverless.app.model import App, Origin
from pytest_serverless.backends.endpoint import EndpointBackend
from pytest_serverless.backends.wired import Wiring
from pytest_serverless.deployment.agenda import Agenda
from pytest_serverless.deployment.elsewhere import DeployedStack
from pytest_serverless.deployment.functions import MOST_IN_A_CHAIN, may_recur
from pytest_serverless.deployment.stack import Stack
from pytest_serverless.deployment.timeline import Kind, Timeline
from pytest_serverless.deployment.virtual_time import VirtualTime
from pytest_serverless.errors import BackendError, PlatformError, ThrottledError, UnexpectedFailureError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint
from pytest_serverless.outcome import Change, Outcome

__all__ = ["Lineage", "Post", "Run"]

Lineage = tuple[str, ...]
"""The functions through which something came about, the first one first, each as often as it ran."""


class Run(Protocol):
    """Runs a function of the application, by its id."""

    def __call__(self, function: str, event: Any, *, cause: str, request_id: str | None = None) -> Outcome:
        """Return what came of it; raises ThrottledError or PlatformError where it was not run."""


class Post:
    """The application, its time and its records, as those see them who deliver.

    Whatever changes while a block of `on_behalf_of` runs came about through the functions that it names. Where threads
    deliver side by side, each has its own functions, and one at a time is at work: `away` lets another while it runs.
    """

    def __init__(
        self,
        stack: Stack | DeployedStack,
        *,
        events: AwsEvents,
        mint: Mint,
        time: VirtualTime,
        timeline: Timeline,
        run: Run,
        away: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> None:
        self.stack = stack
        self.app: App = stack.app
        self.events = events
        self.mint = mint
        self.time = time
        self.timeline = timeline
        self.agenda = Agenda()
        self.changes: deque[tuple[Change, Lineage]] = deque()
        self._here: Any = SimpleNamespace() if away is None else threading.local()
        self._away = away or nullcontext
        self._is_over = False
        self._run = run

    @property
    def lineage(self) -> Lineage:
        """The functions on whose behalf things are done just now."""
        found: Lineage = getattr(self._here, "lineage", ())
        return found

    @property
    def wiring(self) -> Wiring:
        """Who listens to what just now; services at an endpoint keep that to themselves."""
        backend = self.stack.backend
        if isinstance(backend, EndpointBackend):
            raise BackendError(
                "The services are at an endpoint, which delivers by itself and in its own time: settle() takes what is "
                "in the queues there, and nothing else can be done from here."
            )
        return backend.wiring

    @property
    def is_mocked(self) -> bool:
        """Whether the services are mocked in this process."""
        return not isinstance(self.stack.backend, EndpointBackend)

    def client(self, service: str) -> Any:
        """Return a boto3 client."""
        return self.stack.backend.client(service)

    @contextmanager
    def on_behalf_of(self, lineage: Lineage) -> Iterator[None]:
        """Let what changes meanwhile have come about through these functions."""
        self.collect()
        outer, self._here.lineage = self.lineage, lineage
        try:
            yield
        finally:
            self.collect()
            self._here.lineage = outer

    def collect(self) -> None:
        """Take the changes so far, with the functions that brought them about."""
        if self._is_over:
            return
        new = self.stack.changes
        self.changes.extend((change, self.lineage) for change in new)
        new.clear()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Wait for somebody else in the block: others may deliver meanwhile."""
        self.collect()
        with self._away():
            yield

    def end(self) -> None:
        """Take nothing any more: what changes from now on is for whoever comes after."""
        self._is_over = True

    def run(self, function: str, event: Any, *, cause: str, request_id: str | None = None) -> Outcome:
        """Run a function of the application; raises UnexpectedFailureError where Lambda would stop a loop."""
        if self.lineage.count(function) >= MOST_IN_A_CHAIN and not may_recur(self.app, function):
            self._refuse_loop(function, cause)
        with self.on_behalf_of((*self.lineage, function)):
            return self._run(function, event, cause=cause, request_id=request_id)

    def _refuse_loop(self, function: str, cause: str) -> None:
        self.note("dropped", function, cause, what="recursive loop")
        raise UnexpectedFailureError(
            f"{self.app.template.name} feeds itself: {_in_words(self.lineage)} → {function} ({cause}). Lambda stops "
            f"such a loop after about {MOST_IN_A_CHAIN} invocations. Break it, or set RecursiveLoop: Allow where it is"
            f" meant.\n{self.timeline.table(last=20)}"
        )

    def run_if_allowed(self, function: str, event: Any, *, cause: str) -> Outcome | None:
        """Run a function for a mapping; None where it is throttled, as with a reserved concurrency of zero."""
        if str(self.properties_of(function).get("ReservedConcurrentExecutions")) == "0":
            self.note("retry", function, cause, what="throttled: zero reserved concurrency")
            return None
        try:
            return self.run(function, event, cause=cause)
        except (ThrottledError, PlatformError) as error:
            self.note("retry", function, cause, what=str(error))
            return None

    def note(self, kind: Kind, subject: str, cause: str = "", *, what: str = "") -> None:
        """Take down in the timeline what happens now."""
        self.timeline.note(self.time.now(), kind, subject, cause, what=what)

    def show(self, kind: str, resource: str, **details: Any) -> None:
        """Let the test see something that no request made: a service did it, and delivers it by itself."""
        if isinstance(self.stack, Stack):
            change = Change(
                time=self.time.now(), service=kind.partition(":")[0], kind=kind, resource=resource, details=details
            )
            self.stack.told.append(change)

    def later(self, at: float, act: Callable[[], None], what: str) -> None:
        """Let `act` be called at that time (seconds since the epoch), through the same functions as now."""
        lineage = self.lineage

        def on_behalf() -> None:
            with self.on_behalf_of(lineage):
                act()

        self.agenda.put(at, on_behalf, what)

    # Names

    def name_of(self, arn: str) -> str:
        """Return what the template calls a resource, or the end of its ARN."""
        return self._ids.get(arn) or arn.rpartition(":")[2].rpartition("/")[2]

    def origin_of(self, arn: str) -> Origin | None:
        """Return where the template declares a resource, if it does."""
        found = self.app.resources.get(self._ids.get(arn, ""))
        return found.origin if found else None

    def function_of(self, arn: str) -> str | None:
        """Return the id of the function that an ARN or a name means; None where it is not the application's."""
        parts = arn.split(":")
        return self._functions.get(parts[6] if len(parts) > 6 else parts[0])

    def ids_of_type(self, *types: str) -> list[str]:
        """Return the ids of the resources of these types."""
        return [id_ for id_, resource in self.app.resources.items() if resource.type in types]

    def properties_of(self, id_: str) -> Mapping[str, Any]:
        """Return the properties of a resource; empty where there is none of that id."""
        found = self.app.resources.get(id_)
        return found.properties if found else {}

    def arn_of(self, function: str) -> str:
        """Return the ARN of a function of the application."""
        found = self.app.resources.get(function)
        return str(found.arn if found and found.arn else self.app.functions[function].name)

    @cached_property
    def _ids(self) -> Mapping[str, str]:
        ids: dict[str, str] = {}
        for id_, resource in self.app.resources.items():
            for arn in (resource.arn, resource.attributes.get("Arn"), resource.attributes.get("StreamArn")):
                if isinstance(arn, str):
                    ids.setdefault(arn, id_)
        return ids

    @cached_property
    def _functions(self) -> Mapping[str, str]:
        return {function.name: id_ for id_, function in self.app.functions.items()}


def _in_words(lineage: Lineage) -> str:
    counted = ((name, len(list(group))) for name, group in groupby(lineage))
    words = [f"{name} ({count} times)" if count > 1 else name for name, count in counted]
    return " → ".join(words if len(words) < 7 else [*words[:3], "…", *words[-3:]])
