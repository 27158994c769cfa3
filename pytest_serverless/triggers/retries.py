"""How often, and after how long, a failed delivery is tried again.

Targets of EventBridge rules and of EventBridge Scheduler have a `RetryPolicy` of two limits, and back off in between.
SNS goes through four phases: at once, at the least delay, backing off, at the greatest delay. How Lambda retries what
it was given asynchronously is not told here.

Sources, 2026-11: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html,
https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html. AWS tells the limits and the shape of the
delays, not the delays: `TargetRetries` doubles from a second up to 488 s, with which the 185 default retries last the
24 hours they are said to take; what the four back-off functions of SNS do between the two targets is drawn after its
diagram. All jitter is left out unless it is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, get_args

from pytest_serverless.errors import InvalidParameterError, shorten

__all__ = ["SNS_MANAGED", "BackoffFunction", "GiveUp", "HttpRetries", "PhasedRetries", "TargetRetries"]

BackoffFunction = Literal["linear", "arithmetic", "geometric", "exponential"]

_FIRST_S, _GREATEST_S = 1.0, 488.0
_HTTP_TOTAL_S = 3_600


class GiveUp(str, Enum):
    """Why a delivery is not tried again; the value is the dead letter's `EXHAUSTED_RETRY_CONDITION`."""

    RETRIES = "MaximumRetryAttempts"
    AGE = "MaximumEventAgeInSeconds"


def _steady(delay: float) -> float:
    return delay


@dataclass(frozen=True, slots=True)
class TargetRetries:
    """The retries of a target of EventBridge: at most `attempts` after the first try, within `max_age_s`.

    `jitter` is given each delay and returns the one to wait, for instance `lambda delay: random.uniform(0, delay)`.
    """

    attempts: int = 185
    max_age_s: int = 86_400
    jitter: Callable[[float], float] = _steady

    @classmethod
    def parse(cls, policy: Mapping[str, Any] | None) -> TargetRetries:
        """Read a `RetryPolicy`; what it leaves out has the service's default."""
        found = policy or {}
        return cls(
            attempts=_bounded(found, "MaximumRetryAttempts", 0, 185, default=185),
            max_age_s=_bounded(found, "MaximumEventAgeInSeconds", 60, 86_400, default=86_400),
        )

    def delay_after(self, attempt: int, *, first: float, now: float) -> float | None:
        """Return how long to wait after the failed `attempt` (the first is 1), or None to give up.

        `first` is when the event was first to be delivered, `now` when this attempt failed, both in seconds.
        """
        return None if self.given_up(attempt, first=first, now=now) else self._delay(attempt)

    def given_up(self, attempt: int, *, first: float, now: float) -> GiveUp | None:
        """Return why there is no try after `attempt`, or None if there is one.

        A try that would come when the event is too old is not waited for.
        """
        if attempt > self.attempts:
            return GiveUp.RETRIES
        return GiveUp.AGE if now + self._delay(attempt) - first > self.max_age_s else None

    def _delay(self, attempt: int) -> float:
        doublings = min(attempt - 1, 32)  # far past the greatest delay
        return self.jitter(min(_FIRST_S * 2**doublings, _GREATEST_S))


def _bounded(policy: Mapping[str, Any], name: str, low: int, high: int, *, default: int) -> int:
    value = policy.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidParameterError(f"{name} of a RetryPolicy is {value!r}: it takes a whole number, {low} to {high}.")
    if not low <= value <= high:
        bound = f"greater than or equal to {low}" if value < low else f"less than or equal to {high}"
        place = f"retryPolicy.{name[0].lower()}{name[1:]}"
        raise InvalidParameterError(
            f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: "
            f"Member must have value {bound}"
        )
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasedRetries:
    """The four phases of SNS: how many retries each has, and how long it waits before each."""

    no_delay: int
    min_delay: int
    backoff: int
    max_delay: int
    min_delay_s: float
    max_delay_s: float
    function: BackoffFunction

    @property
    def retries(self) -> int:
        """How many retries there are after the first try."""
        return self.no_delay + self.min_delay + self.backoff + self.max_delay

    def delay_after(self, attempt: int) -> float | None:
        """Return how long to wait after the failed `attempt` (the first is 1), or None to give up."""
        retry = attempt - 1 - self.no_delay
        if retry < 0:
            return 0.0
        if retry < self.min_delay:
            return self.min_delay_s
        retry -= self.min_delay
        if retry < self.backoff:
            share = _share(self.function, retry, self.backoff, self.max_delay_s / self.min_delay_s)
            return self.min_delay_s + (self.max_delay_s - self.min_delay_s) * share
        return self.max_delay_s if retry < self.backoff + self.max_delay else None


def _share(function: BackoffFunction, step: int, steps: int, ratio: float) -> float:
    """Return how far a step of the back-off is from the least delay (0.0) to the greatest (1.0)."""
    if steps == 1 or ratio == 1:
        return 0.0
    last = steps - 1
    if function == "linear":  # equal steps
        return step / last
    if function == "arithmetic":  # steps that grow by the same amount
        return step * (step + 1) / (last * (last + 1))
    if function == "geometric":  # delays that grow by the same factor
        return float((ratio ** (step / last) - 1) / (ratio - 1))
    return (2.0**step - 1) / (2.0**last - 1)  # steps that double


SNS_MANAGED = PhasedRetries(
    no_delay=3, min_delay=2, backoff=10, max_delay=100_000, min_delay_s=1, max_delay_s=20, function="exponential"
)
"""What SNS does for functions, queues and delivery streams: 100,015 retries, over 23 days."""


_HTTP_DEFAULTS = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "numMaxDelayRetries": 0,
    "backoffFunction": "linear",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRetries:
    """The retries of an HTTP endpoint of SNS, which has a delivery policy; together they wait an hour at most."""

    phases: PhasedRetries

    @classmethod
    def parse(cls, policy: Mapping[str, Any] | str | None) -> HttpRetries:
        """Read a `DeliveryPolicy`, of a subscription or of a topic; without one there are 3 retries 20 s apart."""
        place, found = _retry_policy(policy)
        values = {**_HTTP_DEFAULTS, **{name: value for name, value in found.items() if value is not None}}
        _check_http(place, values)
        none, least, most = values["numNoDelayRetries"], values["numMinDelayRetries"], values["numMaxDelayRetries"]
        phases = PhasedRetries(
            no_delay=none,
            min_delay=least,
            backoff=values["numRetries"] - none - least - most,
            max_delay=most,
            min_delay_s=values["minDelayTarget"],
            max_delay_s=values["maxDelayTarget"],
            function=values["backoffFunction"],
        )
        return cls(phases=phases)

    def delay_after(self, attempt: int) -> float | None:
        """Return how long to wait after the failed `attempt` (the first is 1), or None to give up."""
        delays = [self.phases.delay_after(number) for number in range(1, attempt + 1)]
        waited = sum(delay for delay in delays if delay is not None)
        return delays[-1] if waited <= _HTTP_TOTAL_S else None


def _retry_policy(policy: Mapping[str, Any] | str | None) -> tuple[str, Mapping[str, Any]]:
    """Return the part of a delivery policy that is about retries, and what SNS calls the place."""
    try:
        found = json.loads(policy) if isinstance(policy, str) and policy else policy or {}
    except ValueError:
        found = None
    if not isinstance(found, Mapping):
        raise InvalidParameterError(f"Invalid parameter: DeliveryPolicy: it is no JSON object: {shorten(policy)}.")
    if "http" in found:
        return "http.defaultHealthyRetryPolicy", (found["http"] or {}).get("defaultHealthyRetryPolicy") or {}
    return "healthyRetryPolicy", found.get("healthyRetryPolicy") or {}


def _check_http(place: str, values: Mapping[str, Any]) -> None:
    """Refuse, in the words of SNS, what it refuses."""
    unknown = sorted(values.keys() - _HTTP_DEFAULTS.keys())
    if unknown:
        raise InvalidParameterError(f"Invalid parameter: DeliveryPolicy: Unexpected JSON member: {unknown[0]}")
    if values["backoffFunction"] not in get_args(BackoffFunction):
        said = f"the value [{values['backoffFunction']}] is not a valid backoff function"
        raise InvalidParameterError(f"Invalid parameter: DeliveryPolicy: {place}.backoffFunction: {said}")
    for name, value in values.items():
        if name != "backoffFunction" and (not isinstance(value, int) or isinstance(value, bool)):
            raise InvalidParameterError(f"Invalid parameter: DeliveryPolicy: {place}.{name} must be a whole number")
    phases = ("numMinDelayRetries", "numNoDelayRetries", "numMaxDelayRetries")
    total = f"total of {phases[0]}, {phases[1]} and {phases[2]}"
    for name, low, said in (
        *((name, 0, "0") for name in ("numRetries", *phases)),
        ("minDelayTarget", 1, "1"),
        ("maxDelayTarget", values["minDelayTarget"], "minDelayTarget"),
        ("numRetries", sum(values[name] for name in phases), total),
    ):
        _compare(place, name, "greater", values[name] >= low, said)
    _compare(place, "maxDelayTarget", "less", values["maxDelayTarget"] <= 3_600, "3600")
    _compare(place, "numRetries", "less", values["numRetries"] <= 100, "100")


def _compare(place: str, name: str, how: str, holds: bool, bound: str) -> None:
    if not holds:
        raise InvalidParameterError(
            f"Invalid parameter: DeliveryPolicy: {place}.{name} must be {how} than or equal to {bound}"
        )
