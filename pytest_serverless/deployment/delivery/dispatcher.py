"""Everything that is on its way in an application, done in the order of its time."""

from __future__ import annotations

from collections.abc import Callable

from pytest_serverless.deployment.delivery.asynchronous import Asynchronous
from pytest_serverless.deployment.delivery.buckets import Buckets
from pytest_serverless.deployment.delivery.buses import Buses
from pytest_serverless.deployment.delivery.log_groups import LogGroups
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.queues import Queues
from pytest_serverless.deployment.delivery.reports import Reports
from pytest_serverless.deployment.delivery.stream_reports import StreamReports
from pytest_serverless.deployment.delivery.streams import Streams
from pytest_serverless.deployment.delivery.targets import Targets
from pytest_serverless.deployment.delivery.timers import Timers
from pytest_serverless.deployment.delivery.topics import Topics
from pytest_serverless.deployment.delivery.webhooks import Webhooks
from pytest_serverless.outcome import Change, Outcome

__all__ = ["Dispatcher"]

Listener = Callable[[Change], None]

# Lambda follows a chain of invocations through these; the others begin a new one.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html (2026-11).
_FOLLOWED = frozenset({"s3", "sns", "sqs"})


class Dispatcher:
    """Delivers what changes, polls what is polled, and moves time on where nothing is to be done before."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self.asynchronous = Asynchronous(post, post.mint.uuid)
        targets = Targets(post, self.asynchronous)
        buses = Buses(post, targets)
        reports = Reports(post, targets, buses)
        self.asynchronous.ended = reports.ended
        self._queues = Queues(post)
        self._streams = Streams(post, StreamReports(post, reports))
        self._timers = Timers(post, targets, buses)
        self._logs = LogGroups(post, targets)
        self._listeners: dict[str, Listener] = {
            "s3": Buckets(post, targets, buses).changed,
            "sns": Topics(post, targets, Webhooks(post)).changed,
            "events": buses.changed,
            "logs": self._logs.changed,
            "sqs": self._queues.changed,
            "dynamodb": self._streams.changed,
            "kinesis": self._streams.changed,
        }

    def wrote(self, function: str, outcome: Outcome) -> None:
        """Take the log of an invocation to whoever subscribes to it."""
        self._logs.wrote(function, outcome)

    def settle(self, until: float) -> bool:
        """Do one thing that was caused so far, moving time on if need be; tell whether there was one before `until`."""
        return self._now() or self._skip(until, self._next_caused())

    def advance(self, until: float) -> bool:
        """Do one thing that is due before `until`, schedules among them; tell whether there was one."""
        if self._now() or self._timers.fire(self._post.time.now()):
            return True
        times = [time for time in (self._next_caused(), self._timers.due()) if time is not None]
        return self._skip(until, min(times, default=None))

    def prepare(self) -> None:
        """Make what a template's schedules need."""
        self._timers.prepare()

    def left(self) -> list[str]:
        """Return in words what is still on its way."""
        return [*(item.what for item in self._post.agenda.left()), *self._queues.left(), *self._streams.left()]

    def _now(self) -> bool:
        """Do one thing that can be done at once; tell whether there was one."""
        post = self._post
        post.collect()
        if post.changes:
            change, lineage = post.changes.popleft()
            with post.on_behalf_of(lineage if change.service in _FOLLOWED else ()):
                self._listeners.get(change.service, _ignore)(change)
            return True
        item = post.agenda.due(post.time.now())
        if item is not None:
            item.act()
            return True
        return self._queues.poll() or self._streams.poll()

    def _next_caused(self) -> float | None:
        times = (self._post.agenda.next(), self._queues.due(), self._streams.due())
        return min((time for time in times if time is not None), default=None)

    def _skip(self, until: float, instant: float | None) -> bool:
        if instant is None or instant > until:
            return False
        self._post.time.reach(instant)
        return True


def _ignore(change: Change) -> None:
    """Do nothing: nobody waits for changes of that service."""
