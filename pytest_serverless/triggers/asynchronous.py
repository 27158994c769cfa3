"""Asynchronous invocation: how often an event is tried, when again, and where its end is reported.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html,
invocation-async-retain-records.html beside it (2026-11), and public records of the service. An event has one request
id, however often it is tried.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pytest_serverless.errors import InvalidMappingError
from pytest_serverless.outcome import Outcome
from pytest_serverless.triggers.constraints import Range, whole_number
from pytest_serverless.triggers.destinations import check_dead_letter, kind_of_destination

__all__ = [
    "AsyncConfig",
    "AsyncEvent",
    "Condition",
    "Failed",
    "InvocationRecord",
    "Result",
    "Retry",
    "Succeeded",
    "after_attempt",
    "before_attempt",
    "dead_letter_attributes",
]

RETRIES: Final[Range] = (0, 2)
EVENT_AGE_S: Final[Range] = (60, 21_600)

Condition = Literal["Success", "RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency"]
"""How an event ended."""

_RETRY_S = 60
_LONGEST_BACKOFF_S = 300
_MOST_MESSAGE_BYTES = 1024
_ZERO_CONCURRENCY = "Function not invoked. Function isconfigured with zero reserved concurrent executions"
_THROTTLED = "Rate Exceeded."


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncConfig:
    """What a function's settings say of asynchronous invocation; the places are ARNs."""

    retries: int = RETRIES[1]
    most_age_s: int = EVENT_AGE_S[1]
    on_success: str | None = None
    on_failure: str | None = None
    dead_letter: str | None = None
    reserved_concurrency: int | None = None

    @classmethod
    def of(
        cls,
        settings: Mapping[str, Any],
        *,
        dead_letter_arn: str | None = None,
        reserved_concurrency: int | None = None,
        function_arn: str | None = None,
    ) -> AsyncConfig:
        """Read the resolved properties of an AWS::Lambda::EventInvokeConfig, or of SAM's; refuse as the service does.

        A function without one has `{}`. `function_arn` is needed to tell that a function is its own destination.
        """
        destinations = settings.get("DestinationConfig") or {}
        success, failure = (
            (destinations.get(name) or {}).get("Destination") or None for name in ("OnSuccess", "OnFailure")
        )
        _check_destinations(success, failure, function_arn)
        if dead_letter_arn:
            check_dead_letter(dead_letter_arn)
        return cls(
            retries=whole_number(settings, "MaximumRetryAttempts", RETRIES[1], RETRIES),
            most_age_s=whole_number(settings, "MaximumEventAgeInSeconds", EVENT_AGE_S[1], EVENT_AGE_S),
            on_success=success,
            on_failure=failure,
            dead_letter=dead_letter_arn or None,
            reserved_concurrency=reserved_concurrency,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one attempt came to.

    `status_code` is 200 where the function ran, whether it failed or not; 429 where it was throttled, 5xx where Lambda
    itself failed. `function_error` is set where it ran and failed, and `payload` is what it answered.
    """

    status_code: int = 200
    payload: Any = None
    function_error: str | None = None
    executed_version: str = "$LATEST"

    @classmethod
    def of(cls, outcome: Outcome, *, executed_version: str = "$LATEST") -> Result:
        """Take the outcome of an invocation."""
        error = None if outcome.ok else "Unhandled"
        return cls(payload=outcome.value, function_error=error, executed_version=executed_version)

    @property
    def ran(self) -> bool:
        """Whether the function ran."""
        return self.status_code == 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncEvent:
    """An event on its way: since when, how often the function ran with it, how often it could not, and the last result.

    Times are in seconds since the epoch.
    """

    request_id: str
    payload: Any
    accepted_at: float
    runs: int = 0
    refusals: int = 0
    last: Result | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationRecord:
    """What a destination is told; `result` is None where the function was never tried."""

    request_id: str
    condition: Condition
    invoke_count: int
    payload: Any
    result: Result | None
    time: float


@dataclass(frozen=True, slots=True)
class Retry:
    """The event is tried again `at` that time, as `event`."""

    at: float
    event: AsyncEvent


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The event was processed; `destination` is told, where there is one."""

    record: InvocationRecord
    destination: str | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The event is given up: `destination` is told, and `dead_letter` gets the event; where there are both, both."""

    record: InvocationRecord
    destination: str | None
    dead_letter: str | None

    @property
    def condition(self) -> Condition:
        """Why."""
        return self.record.condition


def before_attempt(config: AsyncConfig, event: AsyncEvent, now: float) -> Failed | None:
    """Return why an event whose turn it is will not be tried; None if it will."""
    if config.reserved_concurrency == 0:
        return _failed(config, event, "ZeroReservedConcurrency", now)
    if now - event.accepted_at >= config.most_age_s:
        return _failed(config, event, "EventAgeExceeded", now)
    return None


def after_attempt(config: AsyncConfig, event: AsyncEvent, result: Result, now: float) -> Retry | Succeeded | Failed:
    """Return what follows from an attempt that ended now.

    A function that failed is tried again after one minute, then after two. What could not be run is tried again after
    one second, two, four … up to five minutes, and that does not count as a retry. An event that would reach its
    maximum age before its next attempt has none.
    """
    if config.reserved_concurrency == 0 and not result.ran:
        return _failed(config, event, "ZeroReservedConcurrency", now)
    runs, refusals = event.runs + result.ran, event.refusals + (not result.ran)
    tried = dataclasses.replace(event, runs=runs, refusals=refusals, last=result)
    if result.ran and result.function_error is None:
        # However often it was tried: the service's records say 1.
        return Succeeded(_record(tried, "Success", now, invoke_count=1), config.on_success)
    if result.ran and runs > config.retries:
        return _failed(config, tried, "RetriesExhausted", now)
    delay = _RETRY_S * runs if result.ran else min(2 ** min(refusals - 1, 9), _LONGEST_BACKOFF_S)
    if now + delay - event.accepted_at >= config.most_age_s:
        return _failed(config, tried, "EventAgeExceeded", now)
    return Retry(now + delay, tried)


def dead_letter_attributes(record: InvocationRecord) -> dict[str, dict[str, str]]:
    """Return the MessageAttributes of a dead letter, as SQS's and SNS's API take them; its body is the event itself.

    `ErrorMessage` is the first kilobyte of what the function, or Lambda, said; no attribute can be empty.
    """
    attributes = {"RequestID": {"DataType": "String", "StringValue": record.request_id}}
    if record.result is not None:
        attributes["ErrorCode"] = {"DataType": "Number", "StringValue": str(record.result.status_code)}
    message = _error_message(record).encode(errors="replace")[:_MOST_MESSAGE_BYTES].decode(errors="ignore")
    if message:
        attributes["ErrorMessage"] = {"DataType": "String", "StringValue": message}
    return attributes


def _error_message(record: InvocationRecord) -> str:
    if record.condition == "ZeroReservedConcurrency":
        return _ZERO_CONCURRENCY
    if record.result is None:
        return ""
    if not record.result.ran:
        return _THROTTLED if record.result.status_code == 429 else "Internal Server Error"
    payload = record.result.payload
    return str(payload.get("errorMessage") or "") if isinstance(payload, Mapping) else ""


def _failed(config: AsyncConfig, event: AsyncEvent, condition: Condition, now: float) -> Failed:
    if condition == "ZeroReservedConcurrency":
        event = dataclasses.replace(event, runs=0, last=None)
    return Failed(_record(event, condition, now, invoke_count=event.runs), config.on_failure, config.dead_letter)


def _record(event: AsyncEvent, condition: Condition, now: float, *, invoke_count: int) -> InvocationRecord:
    return InvocationRecord(
        request_id=event.request_id,
        condition=condition,
        invoke_count=invoke_count,
        payload=event.payload,
        result=event.last,
        time=now,
    )


def _check_destinations(success: str | None, failure: str | None, function_arn: str | None) -> None:
    for arn in filter(None, (success, failure)):
        kind = kind_of_destination(arn)
        if kind == "lambda" and function_arn is not None and _same_function(arn, function_arn):
            raise InvalidMappingError("You can't specify the function as a destination for itself.")
        if kind == "s3" and arn == success:
            on_failure = f"OnFailure(destination={failure})" if failure else "null"
            raise InvalidMappingError(
                f"The provided destination config DestinationConfig(onSuccess=OnSuccess(destination={success}), "
                f"onFailure={on_failure}) is invalid. A bucket can be a destination for failures alone."
            )


def _same_function(one: str, other: str) -> bool:
    """Compare two functions' ARNs, without their versions and aliases."""
    return one.split(":")[:7] == other.split(":")[:7]
