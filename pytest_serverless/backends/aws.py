"""AWS as the code under test sees it: mocked, in the process, the same at the start of each test.

An `AwsBackend` lives as long as the session. `start` loads moto; `entered` puts it to use for one test, and leaves no
trace outside of it: neither a mock, nor a variable, nor a patch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from pytest_serverless.backends import finder
from pytest_serverless.backends.credentials import Mender, aws_environment
from pytest_serverless.backends.functions import FunctionCaller
from pytest_serverless.backends.journal import Journal
from pytest_serverless.backends.network import NetworkGuard
from pytest_serverless.backends.wire import Answer, Responder
from pytest_serverless.clock import SYSTEM, Clock
from pytest_serverless.errors import MissingExtraError
from pytest_serverless.outcome import Change

if TYPE_CHECKING:
    from pytest_serverless.backends.moto.engine import MotoEngine
    from pytest_serverless.backends.sdk import Sdk
    from pytest_serverless.backends.wired import Wiring

__all__ = ["AwsBackend", "Keeper"]


class Keeper(Protocol):
    """A backend of our own, whose state is put back together with moto's."""

    def snapshot(self) -> Any:
        """Return the state, independent of what becomes of it."""

    def restore(self, saved: Any) -> None:
        """Put back what `snapshot` returned; it may be put back again."""


class AwsBackend:
    """The mocked services of one account, with their journal, their changes and the guard around them.

    `network` lists the hosts that tests may reach nevertheless, as patterns of `NetworkGuard`. `functions` is what
    calls the application's functions where a service does so itself (a user pool's triggers, a secret's rotation); set
    while there is an application.
    """

    def __init__(
        self,
        *,
        region: str = "us-east-1",
        account: str = "123456789012",
        network: Sequence[str] = (),
        clock: Clock = SYSTEM,
    ) -> None:
        self.region = region
        self.account = account
        self.journal = Journal(account=account, clock=clock)
        self.guard = NetworkGuard(network)
        self.functions: FunctionCaller | None = None
        self._clock = clock
        self._mender = Mender()
        self._listeners: list[Callable[[Change], None]] = []
        self._kept: list[tuple[Keeper, Any]] = []
        self._parts: tuple[MotoEngine, Sdk] | None = None
        self._depth = 0

    def start(self) -> None:
        """Load moto and boto3; to do it again does nothing."""
        if self._parts is not None:
            return
        finder.install()
        try:
            from pytest_serverless.backends.sdk import Sdk, gc_paused

            with gc_paused():
                from pytest_serverless.backends.moto.engine import MotoEngine

                engine = MotoEngine(
                    tell=self.tell,
                    when_unanswered=self._refuse_unanswered,
                    functions=lambda: self.functions,
                    clock=self._clock,
                )
                self._parts = engine, Sdk(self.region)
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                module=error.name or "moto", extra="aws", needed_for="A mocked AWS backend"
            ) from error

    def stop(self) -> None:
        """Forget every resource and client."""
        if self._parts is not None:
            engine, sdk = self._parts
            engine.discard()
            sdk.close()
        self._parts = None
        self._kept = []
        self._listeners = []

    @property
    def _engine(self) -> MotoEngine:
        self.start()
        assert self._parts is not None  # noqa: S101  `start` has set it
        return self._parts[0]

    @property
    def wiring(self) -> Wiring:
        """Who listens to what in the mocked services at the moment; to be asked while they are entered."""
        return self._engine.wiring

    @property
    def _sdk(self) -> Sdk:
        self.start()
        assert self._parts is not None  # noqa: S101  `start` has set it
        return self._parts[1]

    @contextmanager
    def entered(self, test: str = "", *, seed: str | None = None) -> Iterator[AwsBackend]:
        """Mock AWS for one test, from the state of the snapshot; entering again is idle.

        `test` is named in errors. The ids that the services mint come of `seed`, without one of the test's name.
        """
        self._depth += 1
        try:
            if self._depth > 1:
                yield self
            else:
                with self._in_use(test, test if seed is None else seed):
                    yield self
        finally:
            self._depth -= 1

    @contextmanager
    def _in_use(self, test: str, seed: str) -> Iterator[None]:
        engine = self._engine
        with ExitStack() as stack:
            stack.enter_context(aws_environment(self.region, self.account))
            stack.enter_context(self._sdk.in_use())
            stack.enter_context(engine.opened(seed))
            stack.callback(self._mender.give_back)
            stack.enter_context(finder.TAPS.heard_by(self._listeners_of_clients()))
            with self.journal.quietly():
                engine.restore()
            for keeper, saved in self._kept:
                keeper.restore(saved)
            self.journal.clear()
            stack.enter_context(self.guard.guarding(test))
            yield

    def _listeners_of_clients(self) -> dict[str, Callable[..., Any]]:
        return {
            "before_sign": self._mender.before_sign,
            "given_parameters": self.journal.given_parameters,
            "before_call": self.journal.before_call,
            "before_send": self._engine.before_send,
            "after_call": self.journal.after_call,
            "after_call_error": self.journal.after_call_error,
        }

    def answer(self, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Answer | None:
        """Answer a request that came from another process; None where it is for nobody here.

        The services must be entered. `url` is one of AWS's, whatever was connected to.
        """
        from botocore.awsrequest import AWSPreparedRequest
        from botocore.compat import HTTPHeaders

        sent = HTTPHeaders()
        for name, value in headers:
            sent[name] = value
        return self._engine.answer(AWSPreparedRequest(method, url, sent, body, stream_output=False))

    def take_snapshot(self, again: Callable[[], None] | None = None) -> None:
        """Let every test start from the present state, which must be entered.

        `again` makes that state from an empty one: it is called where the state cannot be copied, with a warning.
        """
        self._engine.take_snapshot(again)
        self._kept = [(keeper, keeper.snapshot()) for keeper, _ in self._kept]

    def route(self, service: str, responder: Responder, keeper: Keeper | None = None) -> None:
        """Let `responder` answer the requests to one of boto3's services; what it leaves (None) goes to moto.

        `keeper` holds its state, which is put back with moto's: its present one, until a snapshot is taken.
        """
        self._engine.route(service, responder)
        if keeper is not None:
            self._kept.append((keeper, keeper.snapshot()))

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a boto3 client, always the same one for a service and region."""
        return self._sdk.client(service, region)

    def on_change(self, listener: Callable[[Change], None]) -> None:
        """Tell `listener` of every change, after the call that made it has succeeded."""
        self._listeners.append(listener)

    def tell(self, change: Change) -> None:
        """Tell all listeners of a change; backends of our own call it too."""
        for listener in self._listeners:
            listener(change)

    def _refuse_unanswered(self, url: str) -> None:
        parts = urlsplit(url)
        if not self.guard.allows(parts.hostname or "", parts.port):
            raise self.guard.refuse(url)
