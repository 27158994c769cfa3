"""What a call has changed, kept until it is known to have succeeded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pytest_serverless.clock import SYSTEM, Clock
from pytest_serverless.outcome import Change

__all__ = ["Feed", "Patch"]

Patch = tuple[str, str, Callable[..., Any]]
"""A module, the path of an attribute in it, and what makes the replacement of the original."""


class Feed(threading.local):
    """Notes the changes of a call, a list for each thread, and tells them when the call is done.

    `user_identity` is who changes items of tables just now, as DynamoDB's records write it: None for a caller.
    """

    def __init__(self, tell: Callable[[Change], None], clock: Clock = SYSTEM) -> None:
        self._tell = tell
        self._clock = clock
        self.noted: list[Change] = []
        self.user_identity: Mapping[str, str] | None = None

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""
        return self._clock.now()

    def note(self, kind: str, resource: str, **details: Any) -> None:
        """Remember a change of the service that `kind` begins with."""
        service = kind.partition(":")[0]
        self.noted.append(Change(time=self.now(), service=service, kind=kind, resource=resource, details=details))

    @contextmanager
    def collecting(self) -> Iterator[Callable[[], None]]:
        """Collect what a call changes; what it gives tells that the call succeeded. Calls may nest."""
        outer, self.noted = self.noted, []
        succeeded: list[bool] = []
        try:
            yield lambda: succeeded.append(True)
        finally:
            noted, self.noted = self.noted, outer
        for change in _as_aws_tells(noted) if succeeded else ():
            self._tell(change)

    @contextmanager
    def changing_as(self, user_identity: Mapping[str, str]) -> Iterator[None]:
        """Note that somebody else than a caller changes items while the block runs."""
        self.user_identity = user_identity
        try:
            yield
        finally:
            self.user_identity = None


def _as_aws_tells(noted: list[Change]) -> Iterator[Change]:
    """Leave out what moto says besides of an object just written: its tags, its permissions, the put of its parts."""
    written = {(one.resource, one.details["key"]): one for one in noted if one.kind.startswith("s3:ObjectCreated:")}
    for change in noted:
        is_besides = change.kind.startswith(("s3:ObjectTagging:", "s3:ObjectAcl:", "s3:ObjectCreated:"))
        if not is_besides or written.get((change.resource, change.details["key"]), change) is change:
            yield change
