"""What is on its way between the services and the functions, from one reset to the next."""

from __future__ import annotations

import json
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from pytest_serverless.clock import SYSTEM
from pytest_serverless.deployment.delivery.dispatcher import Dispatcher
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.records import in_short
from pytest_serverless.deployment.stack import Stack
from pytest_serverless.deployment.timeline import Entry, Kind, Timeline
from pytest_serverless.deployment.virtual_time import VirtualTime
from pytest_serverless.errors import PlatformError, ServerlessError, ThrottledError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.aws.place import Place
from pytest_serverless.events.mint import Mint
from pytest_serverless.local.aws.messages import Delivery
from pytest_serverless.local.aws.platform_client import PlatformClient
from pytest_serverless.local.aws.traces import Traces
from pytest_serverless.local.aws.workers import Forgotten
from pytest_serverless.local.concurrency import alias_of
from pytest_serverless.outcome import Outcome

__all__ = ["Deliveries"]

_MOST_ENTRIES = 500
_REPEATED_S = 10.0
_MOST_REMEMBERED = 20_000


class _Told(Timeline):
    """A timeline of the last entries that somebody else hears of as well."""

    def __init__(self, tell: Callable[[Entry], None]) -> None:
        super().__init__(most=_MOST_ENTRIES)
        self._tell = tell

    def note(self, now: float, kind: Kind, subject: str, cause: str = "", *, status: str = "", what: str = "") -> None:
        """Take something down, and tell of it."""
        super().note(now, kind, subject, cause, status=status, what=what)
        self._tell(self[-1])


class Deliveries:
    """The deliveries of one application.

    `platform` runs its functions; `away` is what the turn is given up in meanwhile. `tell` hears of everything that
    happens; items past their time to live are deleted every `expiry_s` seconds.
    """

    def __init__(
        self,
        stack: Stack,
        *,
        platform: PlatformClient,
        time: VirtualTime,
        away: Callable[[], AbstractContextManager[None]],
        tell: Callable[[Entry], None],
        expiry_s: float,
    ) -> None:
        mint = Mint()
        self._is_over = False
        self.timeline = _Told(tell)
        self.timeline.begin(time.now())
        self.traces = Traces(mint)
        self._stack = stack
        self._platform = platform
        self._time = time
        self._away = away
        self._expiry_s = expiry_s
        self._failed = ("", 0.0)
        self._submitted: OrderedDict[str, tuple[str, str | None]] = OrderedDict()
        self._aliases = {function: alias_of(stack.app, function) for function in stack.app.functions}
        self._expires_at = SYSTEM.monotonic() + expiry_s
        self.post = Post(
            stack,
            events=AwsEvents(mint, Place(stack.backend.account, stack.backend.region)),
            mint=mint,
            time=time,
            timeline=self.timeline,
            run=self.run,
            away=self._out,
        )
        self.dispatcher = Dispatcher(self.post)
        self._has_subscribers = bool(self.post.ids_of_type("AWS::Logs::SubscriptionFilter"))

    def end(self) -> None:
        """Forget everything; who is out at a function forgets it when it comes back."""
        self._is_over = True
        self.post.end()

    # What the workers ask

    def do_one(self) -> bool:
        """Do one thing that is due now; tell whether there was one."""
        self._stack.told.clear()
        self.dispatcher.prepare()
        self._expire()
        return self.dispatcher.work()

    def rest(self) -> float | None:
        """Return for how many seconds nothing is due; None for ever."""
        due = self.dispatcher.next_due()
        return None if due is None else due - self._time.now()

    def awaits(self) -> bool:
        """Tell whether something is due later that was caused before."""
        return self.dispatcher.next_caused() is not None

    def skip(self) -> bool:
        """Let time be when the next thing is due that was caused before; tell whether there is one."""
        due = self.dispatcher.next_caused()
        if due is not None:
            self._time.reach(due)
        return due is not None

    def failed(self, error: Exception) -> None:
        """Take down what could not be delivered; what fails again and again is taken down now and then."""
        text, now = str(error).partition("\n")[0], SYSTEM.monotonic()
        if text == self._failed[0] and now < self._failed[1] + _REPEATED_S:
            return
        self._failed = text, now
        if not isinstance(error, ServerlessError):
            traceback.print_exception(error)
        self.timeline.note(self._time.now(), "dropped", "delivery", type(error).__name__, what=text)

    # Functions

    def submit(self, delivery: Delivery) -> None:
        """Take an event for asynchronous invocation."""
        id_ = delivery.request_id or self.post.mint.uuid()
        self._submitted[id_] = delivery.trace_id or "", delivery.qualifier  # its payload may be large
        if len(self._submitted) > _MOST_REMEMBERED:
            self._submitted.popitem(last=False)
        with self.post.on_behalf_of(self.traces.lineage(delivery.trace_id or "")):
            self.dispatcher.asynchronous.submit(
                delivery.function, json.loads(delivery.payload), delivery.cause, request_id=id_
            )

    def run(
        self, function: str, event: Any, *, cause: str, request_id: str | None = None, synchronous: bool = False
    ) -> Outcome:
        """Have the platform run a function; raises Forgotten where all was reset meanwhile."""
        trace, qualifier = self._submitted.get(request_id or "", ("", self._aliases.get(function)))
        delivery = Delivery(
            function=function,
            payload=json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass"),
            cause=cause,
            request_id=request_id or self.post.mint.uuid(),
            trace_id=self.traces.begin(self.post.lineage, trace),
            qualifier=qualifier,
            synchronous=synchronous,
        )
        outcome = self._ask(delivery)
        self.timeline.note(
            self._time.now(), "invocation", function, cause, status=outcome.status, what=in_short(outcome)
        )
        return outcome

    def run_for_service(self, function: str, event: Any, *, cause: str, expected: bool) -> Outcome:
        """Have the platform run a function that a service waits for."""
        with self.post.on_behalf_of((*self.post.lineage, function)):
            return self.run(function, event, cause=cause, synchronous=True)

    def wrote(self, function: str, outcome: Outcome) -> None:
        """Take the log of an invocation to whoever subscribes to it."""
        if self._has_subscribers:
            self.dispatcher.wrote(function, outcome)

    def _ask(self, delivery: Delivery) -> Outcome:
        try:
            with self._out():
                return self._platform.invoke(delivery)
        except (ThrottledError, PlatformError) as error:
            self.timeline.note(
                self._time.now(), "invocation", delivery.function, delivery.cause, status="not run", what=str(error)
            )
            raise

    @contextmanager
    def _out(self) -> Iterator[None]:
        try:
            with self._away():
                yield
        finally:
            if self._is_over:
                raise Forgotten

    def _expire(self) -> None:
        if SYSTEM.monotonic() >= self._expires_at:
            self._expires_at = SYSTEM.monotonic() + self._expiry_s
            self.post.wiring.expire_items(self._time.now())
