"""The settings of an event source mapping that reads a stream, and what the service refuses of them.

Sources (2026-11): https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html for ranges and
defaults; recordings of the service for the wording of refusals of ranges, names and starting positions. The wording
for MaximumRecordAgeInSeconds of 0 to 59, for a start in the future and for a window with parallelization is ours: no
recording was found. That page also asks for a batching window where BatchSize is over 10; for streams the service
does not, as the guide's own examples show, so this does not either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pytest_serverless.errors import InvalidMappingError

__all__ = ["RANGES", "StartingPosition", "StreamMapping"]

StartingPosition = Literal["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]

RANGES = {
    "BatchSize": (1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
    "ParallelizationFactor": (1, 10),
    "MaximumRetryAttempts": (-1, 10_000),
    "MaximumRecordAgeInSeconds": (-1, 604_800),
    "TumblingWindowInSeconds": (0, 900),
}
"""The least and the most of each number."""

_DEFAULTS = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "ParallelizationFactor": 1,
    "MaximumRetryAttempts": -1,
    "MaximumRecordAgeInSeconds": -1,
    "TumblingWindowInSeconds": 0,
}
_POSITIONS = ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")
_REPORT = "ReportBatchItemFailures"
_LEAST_AGE_S = 60
_NOT_FOR_STREAMS = (
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "ProvisionedPollerConfig",
    "Queues",
    "ScalingConfig",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "Topics",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMapping:
    """How one function reads one stream; times are in seconds, `starting_timestamp` since the epoch.

    `max_retries` and `max_record_age_s` are -1 for no limit but the stream's own; `tumbling_window_s` is 0 for none.
    `on_failure` is the destination's ARN, `filters` the patterns of FilterCriteria as they are written.
    """

    source: Literal["kinesis", "dynamodb"]
    starting_position: StartingPosition
    starting_timestamp: float | None = None
    batch_size: int = 100
    batching_window_s: int = 0
    parallelization_factor: int = 1
    max_retries: int = -1
    max_record_age_s: int = -1
    bisect: bool = False
    report_failures: bool = False
    tumbling_window_s: int = 0
    on_failure: str | None = None
    filters: tuple[str, ...] = ()
    enabled: bool = True

    @classmethod
    def of(
        cls, settings: Mapping[str, Any], *, source: Literal["kinesis", "dynamodb"], now: float | None = None
    ) -> StreamMapping:
        """Return the mapping that resolved properties of CloudFormation or SAM, or parameters of the API, describe.

        Numbers may be text. Raises InvalidMappingError where the service would refuse them; whether a start lies in
        the future can be told only with `now`, in seconds since the epoch.
        """
        given = {name: value for name, value in settings.items() if value is not None}
        numbers = {name: _whole(name, given.get(name, default)) for name, default in _DEFAULTS.items()}
        _refuse_faults([*_range_faults(numbers), *_position_faults(given), *_response_faults(given)])
        _refuse_strangers(given)
        _refuse_combinations(numbers)
        failure = given.get("DestinationConfig", {}).get("OnFailure") or {}
        return cls(
            source=source,
            starting_position=given["StartingPosition"],
            starting_timestamp=_starting_timestamp(given, source, now),
            batch_size=numbers["BatchSize"],
            batching_window_s=numbers["MaximumBatchingWindowInSeconds"],
            parallelization_factor=numbers["ParallelizationFactor"],
            max_retries=numbers["MaximumRetryAttempts"],
            max_record_age_s=numbers["MaximumRecordAgeInSeconds"],
            bisect=_flag("BisectBatchOnFunctionError", given.get("BisectBatchOnFunctionError", False)),
            report_failures=_REPORT in given.get("FunctionResponseTypes", ()),
            tumbling_window_s=numbers["TumblingWindowInSeconds"],
            on_failure=failure.get("Destination"),
            filters=tuple(each["Pattern"] for each in given.get("FilterCriteria", {}).get("Filters", ())),
            enabled=_flag("Enabled", given.get("Enabled", True)),
        )


def _whole(name: str, value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        raise InvalidMappingError(f"{name} must be a whole number, got {value!r}.")
    return int(text)


def _flag(name: str, value: Any) -> bool:
    text = str(value).lower()
    if text not in {"true", "false"}:
        raise InvalidMappingError(f"{name} must be true or false, got {value!r}.")
    return text == "true"


def _refuse_faults(faults: list[str]) -> None:
    if faults:
        count = "1 validation error" if len(faults) == 1 else f"{len(faults)} validation errors"
        raise InvalidMappingError(f"{count} detected: {'; '.join(faults)}")


def _fault(name: str, value: object, must: str) -> str:
    return f"Value {value} at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: Member must {must}"


def _range_faults(numbers: Mapping[str, int]) -> list[str]:
    faults = []
    for name, (least, most) in RANGES.items():
        value = numbers[name]
        if value < least:
            faults.append(_fault(name, f"'{value}'", f"have value greater than or equal to {least}"))
        if value > most:
            faults.append(_fault(name, f"'{value}'", f"have value less than or equal to {most}"))
    return faults


def _position_faults(given: Mapping[str, Any]) -> list[str]:
    position = given.get("StartingPosition")
    if position is None:
        return [_fault("StartingPosition", "null", "not be null.")]
    enum = f"satisfy enum value set: [{', '.join(_POSITIONS)}]"
    return [] if position in _POSITIONS else [_fault("StartingPosition", f"'{position}'", enum)]


def _response_faults(given: Mapping[str, Any]) -> list[str]:
    types = list(given.get("FunctionResponseTypes", ()))
    name, shown = "FunctionResponseTypes", f"'[{', '.join(map(str, types))}]'"
    if len(types) > 1:
        return [_fault(name, shown, "have length less than or equal to 1")]
    enum = f"satisfy constraint: [Member must satisfy enum value set: [{_REPORT}]]"
    return [_fault(name, shown, enum)] if set(types) - {_REPORT} else []


def _refuse_strangers(given: Mapping[str, Any]) -> None:
    strangers = [name for name in _NOT_FOR_STREAMS if name in given]
    if "OnSuccess" in given.get("DestinationConfig", {}):
        strangers.append("DestinationConfig")
    if strangers:
        raise InvalidMappingError(f"Unsupported {strangers[0]} parameter for given event source mapping type.")


def _refuse_combinations(numbers: Mapping[str, int]) -> None:
    age = numbers["MaximumRecordAgeInSeconds"]
    if 0 <= age < _LEAST_AGE_S:
        raise InvalidMappingError(f"MaximumRecordAgeInSeconds must be -1, or between 60 and 604800; got {age}.")
    if numbers["TumblingWindowInSeconds"] and numbers["ParallelizationFactor"] > 1:
        raise InvalidMappingError(
            "TumblingWindowInSeconds is not supported with a ParallelizationFactor greater than 1: "
            "the state is one for the shard. Remove one of the two."
        )


def _starting_timestamp(given: Mapping[str, Any], source: str, now: float | None) -> float | None:
    position, timestamp = given["StartingPosition"], given.get("StartingPositionTimestamp")
    if position != "AT_TIMESTAMP":
        if timestamp is not None:
            raise InvalidMappingError("Timestamp only valid with StartingPosition AT_TIMESTAMP")
        return None
    if source == "dynamodb":
        arn = given.get("EventSourceArn", given.get("Stream", "a DynamoDB stream"))
        raise InvalidMappingError(f"Unsupported starting position for arn type: {arn}")
    if timestamp is None:
        raise InvalidMappingError("Need to specify a timestamp: set StartingPositionTimestamp.")
    start = _seconds(timestamp)
    if now is not None and start > now:
        raise InvalidMappingError(f"StartingPositionTimestamp cannot be in the future, got {timestamp}.")
    return start


def _seconds(timestamp: Any) -> float:
    """Return a time as seconds: templates write them so, and SDKs and YAML make a datetime of them."""
    if isinstance(timestamp, datetime):
        return timestamp.timestamp()
    try:
        return float(timestamp)
    except (TypeError, ValueError):
        raise InvalidMappingError(
            f"StartingPositionTimestamp must be in seconds since 1970, got {timestamp!r}."
        ) from None
