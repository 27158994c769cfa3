"""How far deliveries go: until nothing is on its way, until a time has passed, and never for ever."""

from __future__ import annotations

from pytest_serverless.deployment.delivery.dispatcher import Dispatcher
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.errors import UnexpectedFailureError

__all__ = ["Pace"]

_HORIZON_S = 24 * 3600.0


class Pace:
    """Lets a dispatcher work, and counts the invocations."""

    def __init__(self, post: Post, dispatcher: Dispatcher) -> None:
        self._post = post
        self._dispatcher = dispatcher

    def settle(self, most: int) -> int:
        """Deliver what was caused so far and what that causes, within a day of virtual time; return the invocations."""
        until = self._post.time.now() + _HORIZON_S
        before = self._count()
        while self._dispatcher.settle(until):
            self._stop_after(most, before, "settle()")
        for what in self._dispatcher.left():
            self._post.note("left", what, "settle()", what="not due within a day: advance() goes on")
        return self._count() - before

    def advance(self, seconds: float, most: int) -> int:
        """Let time pass, and do what is due meanwhile; return the invocations."""
        self._dispatcher.prepare()
        before, until = self._count(), self._post.time.now() + seconds
        while self._dispatcher.advance(until):
            self._stop_after(most, before, "advance()")
        self._post.time.skip(until - self._post.time.now())
        self._post.wiring.expire_items(self._post.time.now())
        while self._dispatcher.advance(until):
            self._stop_after(most, before, "advance()")
        return self._count() - before

    def _count(self) -> int:
        return self._post.timeline.count("invocation")

    def _stop_after(self, most: int, before: int, who: str) -> None:
        if self._count() - before <= most:
            return
        left = "; ".join(self._dispatcher.left()) or "nothing"
        raise UnexpectedFailureError(
            f"{who} gave up after {most} invocations: the application feeds itself, something fails for ever (as a "
            f"message does in a queue without a RedrivePolicy), or it needs most=. Still on its way: {left}.\n"
            f"{self._post.timeline.table(last=20)}"
        )
