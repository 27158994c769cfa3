"""The queues of a backend, loaded when somebody first asks for one: most applications' tests do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_serverless.outcome import Change

if TYPE_CHECKING:
    from pytest_serverless.backends.sqs import SqsBackend
    from pytest_serverless.backends.sqs.view import QueueView

__all__ = ["LazySqs", "QueueState"]


@dataclass(frozen=True, slots=True)
class QueueState:
    """How many messages of a queue can be received now, and when the next hidden one appears (epoch seconds)."""

    visible: int
    next_due: float | None


class LazySqs:
    """Stands for an `SqsBackend` that is made with these values at the first request."""

    def __init__(self, *, account: str, region: str, on_change: Callable[[Change], None]) -> None:
        self._values: dict[str, Any] = {"account": account, "region": region, "on_change": on_change}
        self._made: SqsBackend | None = None

    def respond(self, method: str, url: str, headers: Mapping[str, Any], body: bytes | str | None) -> Any:
        """Answer a request, as the backend does."""
        return self._backend().respond(method, url, headers, body)

    def queue(self, name: str) -> QueueView:
        """Return a queue by its ARN, URL or name, to look at; raises UnknownNameError where there is none."""
        return self._backend().queue(name)

    def state(self, arn: str) -> QueueState:
        """Return what a queue has to give; one that is not there has nothing."""
        if self._made is None or not self._made.has(arn):
            return QueueState(0, None)
        queue = self._made.queue(arn)
        return QueueState(queue.counts.visible, queue.next_due)

    def _backend(self) -> SqsBackend:
        if self._made is None:
            from pytest_serverless.backends.sqs import SqsBackend

            self._made = SqsBackend(**self._values)
        return self._made

    def snapshot(self) -> Any:
        """Return the state to restore; None where there is none yet."""
        return self._made.snapshot() if self._made is not None else None

    def restore(self, saved: Any) -> None:
        """Put back what `snapshot` returned."""
        if self._made is not None and saved is not None:
            self._made.restore(saved)
        elif self._made is not None:
            self._made.reset()
