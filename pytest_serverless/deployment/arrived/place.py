"""Where a view looks, and how it does so without being noticed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_serverless.app.model import Resource
from pytest_serverless.errors import BackendError
from pytest_serverless.outcome import Change

if TYPE_CHECKING:
    from pytest_serverless.backends.sqs import QueueView as Peek

__all__ = ["Backends", "Place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backends:
    """What the views of one test look through.

    `clients` gives a boto3 client by the name of its service, and calls made inside of `quietly()` are not recorded.
    `changes` are those of the test so far, in order: the list that grows, not a copy of it. `peek` gives the queue of
    a URL, to look at. Where the backends are not in this process, the last two are None. `waits` tells whether the test
    has caused something that is not delivered yet.
    """

    clients: Callable[[str], Any]
    quietly: Callable[[], AbstractContextManager[None]]
    changes: Sequence[Change] | None = None
    peek: Callable[[str], Peek] | None = None
    waits: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One resource, and the backends that it is in."""

    resource: Resource
    backends: Backends

    @property
    def arn(self) -> str:
        """The resource's full name."""
        return self.resource.arn or self.resource.attributes.get("Arn") or self.resource.name

    def client(self, service: str) -> Any:
        """Return a boto3 client, whose calls belong inside of `quietly()`."""
        return self.backends.clients(service)

    def quietly(self) -> AbstractContextManager[None]:
        """Let nobody hear of the calls made meanwhile."""
        return self.backends.quietly()

    def peek(self) -> Peek:
        """Return the queue, to look at."""
        if self.backends.peek is None:
            raise self._is_elsewhere("only who receives its messages sees them")
        return self.backends.peek(self.resource.name)

    def changes(self, *kinds: str) -> list[Change]:
        """Return the resource's changes of these kinds, or of kinds that begin so where one ends in a colon."""
        if self.backends.changes is None:
            raise self._is_elsewhere("nothing tells what came to it")
        exact, beginnings = set(kinds), tuple(kind for kind in kinds if kind.endswith(":"))
        return [
            change
            for change in self.backends.changes
            if change.resource == self.arn and (change.kind in exact or change.kind.startswith(beginnings))
        ]

    def _is_elsewhere(self, why: str) -> BackendError:
        return BackendError(
            f"{self.resource.id} ({self.resource.type}) is at an endpoint outside of this process, and {why}. "
            "Tables and buckets can be looked at there; for this one, run the test on the mocked backends."
        )
