"""What the engine asks of a provider: how its events, results and failures go over the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pytest_serverless.app.model import Function
from pytest_serverless.clock import Clock
from pytest_serverless.outcome import Failure, LogLine, Status

__all__ = ["Call", "Figures", "Runtime"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One invocation on its way: of what, by which id, until when (epoch seconds).

    `context` is the handler's second argument where the caller brought one; `options` is what only the provider knows.
    `sandbox_id` names the execution environment, in 32 hexadecimal digits. `notes` is the provider's own, to remember
    from one step to the next.
    """

    function: Function
    request_id: str
    deadline: float
    clock: Clock
    context: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)
    sandbox_id: str = ""
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured of one invocation, begun at `started` (epoch seconds); other units are those of `Outcome`."""

    status: Status
    started: float
    duration_ms: float
    billed_ms: int
    init_ms: float | None
    init_overran: bool
    memory_used_mb: int


class Runtime(Protocol):
    """How one provider calls a handler.

    These are called in order: `own_function`, `function`, `call`, `encode`, `environment`; then, with the handler
    loaded, `bind` and what that returns; then `respond`, or `describe` and `fail`; then `billed_ms` and `log`. An
    `InvocationError` that `encode` raises reaches the caller: the platform refuses such an event. What `bind` and
    `respond` raise counts as the function's failure.
    """

    name: str
    request_limit: int
    """The largest event, in bytes."""
    init_limit_s: float
    """How long importing the handler may take; what takes longer is done over, within the invocation's own time."""
    together: Sequence[frozenset[str]]
    """Groups of variables that are the platform's all or none, as the parts of a credential."""

    def own_function(self, handler: Any) -> Any:
        """Return the user's own function where the provider's decorators wrap it in an object, else the handler."""

    def function(self, *, name: str, handler: str, **given: Any) -> Function:
        """Return the function, with this provider's defaults for the fields of `Function` that were not given."""

    def call(
        self, function: Function, *, clock: Clock, request_id: str | None, context: Any, options: Mapping[str, Any]
    ) -> Call:
        """Return a new call of the function; an id is made where none is given."""

    def environment(self, call: Call) -> Mapping[str, str | None]:
        """Return the variables that the platform sets (None: has not), the function's own not included."""

    def encode(self, event: Any) -> bytes:
        """Return the event as it is sent; `InvalidPayloadError` where it cannot be. Bytes are sent as they are."""

    def bind(self, handler: Any, payload: bytes, call: Call) -> Callable[[], Any]:
        """Decode the payload as the provider's own code does, and return the call of the handler with it."""

    def respond(self, result: Any, call: Call) -> tuple[bytes, Any]:
        """Return what is sent back, and that as the caller reads it; `InvalidResponseError` where it cannot be sent."""

    def describe(self, status: Status, error: BaseException, call: Call) -> Failure:
        """Return what went wrong, in the provider's words; `invocation.failure` has the plain ones."""

    def fail(self, status: Status, failure: Failure, call: Call) -> tuple[bytes, Any]:
        """Return what the platform sends back for a failure, and that as the caller reads it."""

    def billed_ms(self, duration_ms: float, init_ms: float | None, call: Call) -> int:
        """Return what is billed, in milliseconds."""

    def log(self, call: Call, lines: Sequence[LogLine], figures: Figures, failure: Failure | None) -> str:
        """Return the text of the provider's log for this invocation."""
