"""moto, run by us: opened for a test, its state put back, its changes told."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pytest_serverless.backends.functions import Functions
from pytest_serverless.backends.moto import cognito_triggers, rotation, world
from pytest_serverless.backends.moto.dispatch import Dispatch, is_aws
from pytest_serverless.backends.moto.fanout import SILENCED, Patching
from pytest_serverless.backends.moto.feed import Feed, patches
from pytest_serverless.backends.moto.gate import Gate
from pytest_serverless.backends.moto.ids import drawn_from
from pytest_serverless.backends.moto.mends import mends
from pytest_serverless.backends.moto.snapshot import Snapshot, SnapshotError, note_reached
from pytest_serverless.backends.moto.wiring import MotoWiring
from pytest_serverless.backends.presigned import intercepted
from pytest_serverless.backends.wire import Answer, Responder
from pytest_serverless.clock import Clock
from pytest_serverless.outcome import Change

__all__ = ["MotoEngine"]


class MotoEngine:
    """One mock of AWS for a session.

    `when_unanswered` is told of requests that are for nobody here, and may raise. `functions` gives what invokes the
    application's functions where a service calls them before it answers.
    """

    def __init__(
        self,
        *,
        tell: Callable[[Change], None],
        when_unanswered: Callable[[str], None],
        functions: Functions,
        clock: Clock,
    ) -> None:
        feed = Feed(tell, clock)
        calling = [*rotation.patches(functions), *cognito_triggers.patches(functions)]
        patching = Patching([*SILENCED, *patches(feed), *mends(clock), *calling])
        note_reached()
        self.wiring = MotoWiring(feed)
        self._dispatch = Dispatch(feed, patching)
        self._dispatch.route("cognito-idp", cognito_triggers.resending(functions))
        self._gate = Gate(self._dispatch, patching, when_unanswered)
        self._snapshot: Snapshot | None = None
        self._again: Callable[[], None] | None = None

    @property
    def before_send(self) -> Callable[..., Any]:
        """What hears botocore's `before-send`."""
        return self._gate.before_send

    def route(self, service: str, responder: Responder) -> None:
        """Let a responder answer requests to one of boto3's services before moto does."""
        self._dispatch.route(service, responder)

    def answer(self, request: Any) -> Answer | None:
        """Answer a prepared request of botocore's that came from elsewhere; None where it is for nobody here."""
        return self._dispatch.answer(request)

    @contextmanager
    def opened(self, seed: str) -> Iterator[None]:
        """Be the mock of the process, and of `requests`; what is random comes of the seed."""
        self._gate.open()
        try:
            with (
                drawn_from(seed),
                intercepted(lambda url: self._gate.is_ours and is_aws(url), self._dispatch.answer),
            ):
                yield
        finally:
            self._gate.close()

    def take_snapshot(self, again: Callable[[], None] | None) -> None:
        """Start each test with the present state; `again` makes it anew where it cannot be copied."""
        self._again = again
        try:
            self._snapshot = Snapshot()
        except SnapshotError as error:
            self._fall_back(error)

    def restore(self) -> None:
        """Put back the state that tests start with; an empty one where no snapshot was taken."""
        if self._snapshot is not None:
            try:
                self._snapshot.restore()
            except SnapshotError as error:
                self._fall_back(error)
            else:
                return
        world.clear()
        if self._again is not None:
            self._again()

    def discard(self) -> None:
        """Forget the state, and close what it holds open."""
        self._snapshot = self._again = None
        self._gate.discard()

    def _fall_back(self, error: SnapshotError) -> None:
        self._snapshot = None
        warnings.warn(
            f"The mocked AWS cannot be copied ({error}), so its resources are made anew for each test, which is "
            "slower. This comes of a version of moto that is not known yet, or of a service that is rarely mocked.",
            stacklevel=2,
        )
