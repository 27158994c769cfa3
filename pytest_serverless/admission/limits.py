"""The limits of the platform: one table, to be overridden by name.

Those of the gateways in front of functions are in `web.rules`, but for how many requests they take.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_serverless.admission import throttles
from pytest_serverless.errors import InvalidParameterError, PlatformError, UnknownNameError, shorten

__all__ = ["LAMBDA", "FunctionLimits", "Limits"]

_WORDS: Mapping[str, tuple[str, ...]] = {
    "choice": ("most_recently_used", "least_recently_used"),
    "provisioned_rate": ("spill", "refuse"),
    "scaling_reason": (
        "as_concurrency",
        throttles.ACCOUNT_CONCURRENCY,
        throttles.RESERVED_CONCURRENCY,
        throttles.ACCOUNT_RATE,
        throttles.RESERVED_RATE,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionLimits:
    """What is set for one function.

    `reserved` is its reserved concurrency (0: it never runs); `provisioned` how many sandboxes are kept ready for each
    alias or version. `per_sandbox` is how many invocations one sandbox serves at once: 1 on Lambda, 80 by default on
    Cloud Run; concurrency counts sandboxes that serve any. With `queue_s` an invocation that finds no room waits so
    many seconds before it is refused, or `queue_starts` times the mean time of a start where that is more: 10 and 3.5
    on Cloud Run (https://docs.cloud.google.com/run/docs/about-instance-autoscaling, 2026-11).
    """

    reserved: int | None = None
    provisioned: Mapping[str, int] = field(default_factory=dict)
    per_sandbox: int = 1
    queue_s: float | None = None
    queue_starts: float = 0.0

    @property
    def provisioned_in_all(self) -> int:
        """All sandboxes that are kept ready, of whichever alias or version."""
        return sum(self.provisioned.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an account may do in one region; the defaults are Lambda's, as of 2026-11.

    Sources: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (quotas), scaling-behavior.html and
    lambda-concurrency.html beside it, https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html. What
    has another source, or none, says so.
    """

    account_concurrency: int = 1000
    """Invocations that run at once; new accounts begin with as few as 10."""
    unreserved_minimum: int = 100
    """What reserved and provisioned concurrency must leave to the other functions. An account with less in all keeps
    all of it: the service then names its whole concurrency as the minimum (recorded with 10 and 50)."""
    scaling_burst: int = 1000
    """New sandboxes of one function at one moment."""
    scaling_per_10_s: float = 1000.0
    """New sandboxes of one function in ten seconds, refilled continuously."""
    scaling_reason: str = "as_concurrency"
    """The Reason of a refusal because sandboxes are added too fast. The service has none of its own for it and no
    record shows which it sends: by default that of the concurrency, which is what the function is short of."""
    requests_per_s_each: float = 10.0
    """Synchronous requests a second for each unit of concurrency: ten times the reserved concurrency for a function
    that has some, ten times the account's for all others together. Only what is admitted counts."""
    rate_burst_s: float = 1.0
    """How many seconds' worth of them may come at one moment; not documented."""
    provisioned_rate: str = "spill"
    """Where an alias gets more than ten requests a second for each of its provisioned sandboxes: the others run on
    demand (`spill`) or are refused (`refuse`). The quota is documented, what happens beyond it is not."""
    idle_s: float = 420.0
    """How long an idle sandbox is kept. AWS does not say: 5 to 7 minutes were measured in 2021, 10 before that
    (https://mikhail.io/serverless/coldstarts/aws/intervals/)."""
    choice: str = "most_recently_used"
    """Which idle sandbox is used: `most_recently_used` or `least_recently_used`. AWS does not say; the first leaves
    others idle until they are ended, as is seen on the service."""
    init_limit_s: float = 10.0
    """The init phase; what takes longer is begun again within the invocation."""
    provisioned_init_limit_s: float = 130.0
    """The init phase of provisioned concurrency, or the function's timeout where that is longer."""
    shutdown_limit_ms: float = 2000.0
    """From SIGTERM to SIGKILL, where an extension is registered."""
    sync_payload_bytes: int = 6_291_556
    """A synchronous request; the figure in the service's own message. A response may be as large, whatever this is."""
    async_payload_bytes: int = 1024 * 1024
    """An asynchronous event; 256 KB until October 2025."""
    gateway_requests_per_s: float = 10_000.0
    """Requests that API Gateway takes in a second, of all APIs together."""
    gateway_burst: int = 5000
    """Requests that API Gateway takes at one moment."""

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            _check_value(each.name, getattr(self, each.name))

    def replaced(self, changes: Mapping[str, Any]) -> Limits:
        """Return these limits with some changed, by their names; texts are read as numbers where numbers belong.

        Raises `UnknownNameError` for a name there is none of, `InvalidParameterError` for a value that cannot be.
        """
        known = [each.name for each in dataclasses.fields(self)]
        for name in changes:
            if name not in known:
                raise UnknownNameError("limit", name, known)
        return dataclasses.replace(self, **{name: _read(name, value) for name, value in changes.items()})

    def check(self, functions: Mapping[str, FunctionLimits]) -> None:
        """Raise PlatformError where what is set for the functions cannot be met, with the figures."""
        for name, own in functions.items():
            _check_function(name, own, self)
        taken = {name: _taken(own) for name, own in functions.items() if _taken(own)}
        least = min(self.unreserved_minimum, self.account_concurrency)
        left = self.account_concurrency - sum(taken.values())
        if taken and left < least:
            shares = ", ".join(f"{name} {count}" for name, count in taken.items())
            raise PlatformError(
                f"Reserved and provisioned concurrency leave {max(left, 0)} of the account's "
                f"{self.account_concurrency} to other functions, and {least} must be left "
                f"(UnreservedConcurrentExecution below its minimum value of [{least}]). Taken by: {shares}. Reserve "
                "less, or change the limits account_concurrency or unreserved_minimum."
            )


def _taken(own: FunctionLimits) -> int:
    """Return what a function takes from the account's unreserved concurrency."""
    return own.provisioned_in_all if own.reserved is None else own.reserved


def _check_function(name: str, own: FunctionLimits, limits: Limits) -> None:
    counts = {"reserved concurrency": own.reserved, **{f"provisioned {key}": n for key, n in own.provisioned.items()}}
    for what, count in counts.items():
        if count is not None and count < 0:
            raise PlatformError(f"{name}: {what} is {count}; it must be 0 or more.")
    if own.per_sandbox < 1:
        raise PlatformError(f"{name}: per_sandbox is {own.per_sandbox}; a sandbox serves 1 invocation or more at once.")
    if own.queue_s is not None and not own.queue_s >= 0:
        raise PlatformError(f"{name}: queue_s is {own.queue_s}; it must be a number of seconds, 0 or more.")
    if "$LATEST" in own.provisioned:
        raise PlatformError(
            f"{name}: provisioned concurrency cannot be of $LATEST; it belongs to an alias or to a published version."
        )
    if own.reserved is not None and own.provisioned_in_all > own.reserved:
        raise PlatformError(
            f"{name}: provisioned concurrency of {own.provisioned_in_all} is more than its reserved concurrency of "
            f"{own.reserved}. Reserve at least as many as are provisioned."
        )
    if own.reserved is not None and own.reserved > limits.account_concurrency:
        raise PlatformError(
            f"{name}: reserved concurrency of {own.reserved} is more than the account's {limits.account_concurrency}. "
            "Reserve less, or raise the limit account_concurrency."
        )


def _read(name: str, value: Any) -> Any:
    """Return a value as its limit has it: a text may be a number."""
    if not isinstance(value, str) or name in _WORDS:
        return value
    whole = _WHOLE[name]
    try:
        return int(value) if whole else float(value)
    except ValueError:
        kind = "a whole number" if whole else "a number"
        raise InvalidParameterError(f"The limit {name} is {kind}, not {shorten(value)}.") from None


def _check_value(name: str, value: Any) -> None:
    if name in _WORDS:
        if value not in _WORDS[name]:
            raise InvalidParameterError(f"The limit {name} is one of {', '.join(_WORDS[name])}, not {shorten(value)}.")
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value) or value < 0:
        raise InvalidParameterError(f"The limit {name} is a number, 0 or more, not {shorten(value)}.")
    if _WHOLE[name] and not isinstance(value, int):
        raise InvalidParameterError(f"The limit {name} is a whole number, not {shorten(value)}.")


_WHOLE = {each.name: each.type == "int" for each in dataclasses.fields(Limits)}

LAMBDA = Limits()
"""AWS Lambda's default limits."""
