"""Everything that is on its way in an application, done in the order of its time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.sources import Sources
from pytest_serverless.outcome import Outcome

if TYPE_CHECKING:
    from pytest_serverless.deployment.delivery.queues import Queues
    from pytest_serverless.deployment.delivery.streams import Streams

__all__ = ["Dispatcher"]

# Lambda follows a chain of invocations through these; the others begin a new one.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html (2026-11).
_FOLLOWED = frozenset({"s3", "sns", "sqs"})


class Dispatcher:
    """Delivers what changes, polls what is polled, and moves time on where nothing is to be done before."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._sources = Sources(post)
        self.asynchronous = self._sources.asynchronous

    def wrote(self, function: str, outcome: Outcome) -> None:
        """Take the log of an invocation to whoever subscribes to it."""
        self._sources.log_groups.wrote(function, outcome)

    def settle(self, until: float) -> bool:
        """Do one thing that was caused so far, moving time on if need be; tell whether there was one before `until`."""
        return self._now() or self._skip(until, self.next_caused())

    def advance(self, until: float) -> bool:
        """Do one thing that is due before `until`, schedules among them; tell whether there was one."""
        return self.work() or self._skip(until, self.next_due())

    def work(self) -> bool:
        """Do one thing that is due now, schedules among them; tell whether there was one."""
        if self._now():
            return True
        timers, upcoming = self._sources.timers, self._sources.timers.upcoming()
        if upcoming is None or upcoming[0] > self._post.time.now():
            return False
        timers.fire(upcoming)
        return True

    def next_due(self) -> float | None:
        """Return when there is something to do again, schedules among it (seconds since the epoch)."""
        upcoming = self._sources.timers.upcoming()
        times = (self.next_caused(), upcoming and upcoming[0])
        return min((time for time in times if time is not None), default=None)

    def next_caused(self) -> float | None:
        """Return when something is due that was caused so far (seconds since the epoch)."""
        times = [self._post.agenda.next(), *(source.due() for source in self._polled)]
        return min((time for time in times if time is not None), default=None)

    def prepare(self) -> None:
        """Make what a template's schedules need."""
        self._sources.timers.prepare()

    def left(self) -> list[str]:
        """Return in words what is still on its way."""
        return [*(item.what for item in self._post.agenda.left()), *self._left_by_pollers()]

    def _left_by_pollers(self) -> Iterator[str]:
        for source in self._polled:
            yield from source.left()

    @cached_property
    def _polled(self) -> list[Queues | Streams]:
        sources = self._sources
        queues: list[Queues | Streams] = [sources.queues] if sources.has_queues else []
        return [*queues, sources.streams] if sources.has_streams else queues

    def _now(self) -> bool:
        """Do one thing that can be done at once; tell whether there was one."""
        post = self._post
        post.collect()
        if post.changes:
            change, lineage = post.changes.popleft()
            with post.on_behalf_of(lineage if change.service in _FOLLOWED else ()):
                self._sources.changed(change)
            return True
        item = post.agenda.due(post.time.now())
        if item is not None:
            item.act()
            return True
        return any(source.poll() for source in self._polled)

    def _skip(self, until: float, instant: float | None) -> bool:
        if instant is None or instant > until:
            return False
        self._post.time.reach(instant)
        return True
