"""Our mock of AWS, in use only inside tests that ask for it, beside everybody else's.

moto has one switch and one state for the process. While ours is open, both are ours: the requests of clients of any
age come to `Dispatch`. A `@mock_aws` of the user's inside finds its own state, as moto would have given it, and ours is
as it was when it ends; one around finds its state as it was when ours closes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import MockAWS, botocore_stubber

from pytest_serverless.backends.aio import answered
from pytest_serverless.backends.moto import world
from pytest_serverless.backends.moto.dispatch import Dispatch
from pytest_serverless.backends.moto.fanout import Patching

__all__ = ["Gate"]

ANSWERED = "serverless_answered"
HOOKED: Any = MockAWS
STUBBER: Any = botocore_stubber


class Gate:
    """Opens and closes our mock; `is_ours` tells whether requests come to us just now.

    `when_unanswered` is told of a request that nobody here answers, and may raise. Another gate may be opened inside:
    this one stands aside until it closes.
    """

    innermost: Gate | None = None

    def __init__(self, dispatch: Dispatch, patching: Patching, when_unanswered: Callable[[str], None]) -> None:
        self.is_ours = False
        self._dispatch = dispatch
        self._patching = patching
        self._when_unanswered = when_unanswered
        self._ours = world.World()
        self._theirs = world.World()
        self._depth = 0
        self._was_enabled = False
        self._restore_outer: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Take moto over."""
        self._restore_outer = self._replace(Gate.innermost)
        self._was_enabled = botocore_stubber.enabled
        self._depth = 0
        self._take()

    def close(self) -> None:
        """Leave moto as it was found, or as a mock of theirs that outlasts ours has it now."""
        if self.is_ours:
            self._give()
            botocore_stubber.enabled = self._was_enabled
        self._restore_outer()

    def _replace(self, outer: Gate | None) -> Callable[[], None]:
        """Stand in the place of the gate around, if any; return what puts it back."""
        was_ours = outer is not None and outer.is_ours
        if outer is not None and was_ours:
            outer._give()  # noqa: SLF001  a gate like this one
        Gate.innermost = self
        unhook = self._hook()

        def restore() -> None:
            unhook()
            Gate.innermost = outer
            if outer is not None and was_ours:
                outer._take()  # noqa: SLF001  as above

        return restore

    def discard(self) -> None:
        """Forget our state, and close what it holds open."""
        with self._aside():
            theirs = world.take_out()
            world.put_in(self._ours)
            world.clear()
            world.put_in(theirs)
            self._ours = world.World()

    def before_send(self, request: Any, event_name: str, **_: Any) -> Any:
        """Hear botocore's `before-send`, from clients that moto knows and from those that it does not."""
        return answered(request, lambda: botocore_stubber(event_name, request))

    def _take(self) -> None:
        self._theirs = world.take_out()
        world.put_in(self._ours)
        self._patching.apply()
        self.is_ours = True
        botocore_stubber.enabled = True

    def _give(self) -> None:
        self.is_ours = False
        self._patching.undo()
        self._dispatch.unprepare()
        self._ours = world.take_out()
        world.put_in(self._theirs)

    @contextmanager
    def _aside(self) -> Iterator[None]:
        was_ours = self.is_ours
        if was_ours:
            self._give()
        try:
            yield
        finally:
            if was_ours:
                self._take()

    def _process_request(self, request: Any) -> Any:
        """Answer a request once, though most clients have both moto's handler and ours."""
        if getattr(request, ANSWERED, False):
            return None
        setattr(request, ANSWERED, True)
        answer = (
            self._dispatch.answer(request)
            if self.is_ours
            else BotocoreStubber.process_request(botocore_stubber, request)
        )
        if answer is None:
            self._when_unanswered(request.url)
        return answer

    def _hook(self) -> Callable[[], None]:
        """Stand where requests arrive, and where the user's mocks begin and end; return what takes it back."""
        before = HOOKED.start, HOOKED.stop, vars(STUBBER).get("process_request")
        HOOKED.start, HOOKED.stop = self._around(*before[:2])
        STUBBER.process_request = self._process_request

        def unhook() -> None:
            HOOKED.start, HOOKED.stop, process_request = before
            if process_request is None:
                del STUBBER.process_request
            else:
                STUBBER.process_request = process_request

        return unhook

    def _around(self, start: Callable[..., None], stop: Callable[..., None]) -> tuple[Callable[..., None], ...]:
        def start_theirs(mock: Any, reset: bool = True) -> None:
            if Gate.innermost is self:
                self._before_theirs()
            start(mock, reset=reset)

        def stop_theirs(mock: Any, remove_data: bool = True) -> None:
            if Gate.innermost is not self:
                return stop(mock, remove_data=remove_data)
            with self._aside():  # one that began before ours must end on its own state
                stop(mock, remove_data=remove_data)
                self._was_enabled = botocore_stubber.enabled
            return self._after_theirs()

        return start_theirs, stop_theirs

    def _before_theirs(self) -> None:
        if self.is_ours:
            self._give()
            botocore_stubber.enabled = self._was_enabled
        self._depth += 1

    def _after_theirs(self) -> None:
        self._depth = max(self._depth - 1, 0)
        if not self._depth and not self.is_ours:
            self._take()
