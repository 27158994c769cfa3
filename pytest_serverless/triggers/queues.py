"""Event source mappings of SQS queues: what the service makes of the settings, and of what a function answered.

Sources (2026-11), of https://docs.aws.amazon.com/lambda/latest/dg/: services-sqs-parameters.html,
services-sqs-configure.html, services-sqs-scaling.html and services-sqs-errorhandling.html. The ranges are those of
botocore's model, the refusals as public reports of deployments quote them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_serverless.errors import InvalidMappingError
from pytest_serverless.triggers.batches import failed_items
from pytest_serverless.triggers.constraints import Range, truth, whole_number

__all__ = ["FOREIGN", "QueueMapping", "settle_batch"]

BATCH_SIZE: Final[Range] = (1, 10_000)
WINDOW_S: Final[Range] = (0, 300)
CONCURRENCY: Final[Range] = (2, 1_000)
MINIMUM_POLLERS: Final[Range] = (2, 200)
MOST_POLLERS: Final = 10_000

FOREIGN: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "StartingPosition",
            "StartingPositionTimestamp",
            "BisectBatchOnFunctionError",
            "ParallelizationFactor",
            "TumblingWindowInSeconds",
        ),
        "It is for streams.",
    ),
    "MaximumRecordAgeInSeconds": "The queue's MessageRetentionPeriod says how long a message is kept.",
    "MaximumRetryAttempts": "maxReceiveCount in the queue's RedrivePolicy says how often a message is tried.",
    "DestinationConfig": "The dead-letter queue in the queue's RedrivePolicy takes what fails.",
    **dict.fromkeys(
        (
            "Topics",
            "Queues",
            "SelfManagedEventSource",
            "SourceAccessConfigurations",
            "AmazonManagedKafkaEventSourceConfig",
            "SelfManagedKafkaEventSourceConfig",
            "DocumentDBEventSourceConfig",
            "LoggingConfig",
        ),
        "It is for other sources than queues.",
    ),
}
"""The settings of mappings that a queue's cannot have, and what to do instead."""

_DEFAULT_BATCH = 10
_DEFAULT_VISIBILITY_S = 30
_MOST_BATCHES = 1_250
_BATCHES_PER_POLLER = 10
_PARTIAL = "ReportBatchItemFailures"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMapping:
    """An event source mapping of a queue.

    `window_s` is how long a batch may wait to be filled, `partial` whether the function may name the messages that
    failed. `pollers` are the least and the most in provisioned mode. `filters` is the FilterCriteria as it was given.
    """

    batch_size: int = _DEFAULT_BATCH
    window_s: int = 0
    fifo: bool = False
    enabled: bool = True
    partial: bool = False
    max_concurrency: int | None = None
    pollers: Range | None = None
    filters: Any = None

    @classmethod
    def of(cls, settings: Mapping[str, Any], *, queue: Mapping[str, Any], function_timeout_s: float) -> QueueMapping:
        """Read the resolved properties of a mapping and of its queue, and refuse what the service refuses."""
        _refuse_foreign(settings)
        scaling = settings.get("ScalingConfig") or {}
        mapping = cls(
            batch_size=whole_number(settings, "BatchSize", _DEFAULT_BATCH, BATCH_SIZE),
            window_s=whole_number(settings, "MaximumBatchingWindowInSeconds", 0, WINDOW_S),
            fifo=_is_fifo(settings, queue),
            enabled=truth(settings, "Enabled", default=True),
            partial=_is_partial(settings),
            max_concurrency=whole_number(scaling, "MaximumConcurrency", None, CONCURRENCY, within="ScalingConfig"),
            pollers=_pollers(settings.get("ProvisionedPollerConfig")),
            filters=settings.get("FilterCriteria"),
        )
        mapping._refuse_contradictions()
        _refuse_impatience(queue, function_timeout_s)
        return mapping

    @property
    def most_in_flight(self) -> int:
        """How many batches may be with the function at once; of a FIFO queue, its groups limit that further."""
        if self.pollers is not None:
            return self.pollers[1] * _BATCHES_PER_POLLER
        return self.max_concurrency or _MOST_BATCHES

    def _refuse_contradictions(self) -> None:
        if self.fifo and self.window_s:
            raise InvalidMappingError("Batching window is not supported for FIFO queues")
        if self.batch_size > _DEFAULT_BATCH and not self.window_s:
            hint = "A FIFO queue's batches have 10 messages at most." if self.fifo else ""
            raise InvalidMappingError(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10. "
                + (hint or "Set MaximumBatchingWindowInSeconds (1 to 300).")
            )
        if self.pollers is not None and self.max_concurrency is not None:
            raise InvalidMappingError(
                "Provisioned mode for SQS ESM does not support maximum concurrency feature. "
                "Use MaximumPollers as the control mechanism and remove maximum concurrency."
            )


def settle_batch(
    mapping: QueueMapping, ids: Collection[str], *, ok: bool, value: Any = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids of a batch that are deleted now, and those that failed, each in the batch's order.

    `ok` is whether the function ran and did not fail: an invocation that was throttled is not, and what the queue
    counted as a receive stays counted. What failed is left as it is: hidden for the rest of its visibility timeout,
    received again after it, and moved to the dead-letter queue by SQS once it was received too often.

    A FIFO queue is no exception: exactly what the function names has failed, and the messages behind it are deleted,
    also those of its group. It is the function's duty to stop at the first failure, and to name that and all that it
    did not get to (services-sqs-errorhandling.html, 2026-11).
    """
    failed = set() if ok else set(ids)
    if ok and mapping.partial:
        failed = failed_items(value, ids)
    return tuple(id_ for id_ in ids if id_ not in failed), tuple(id_ for id_ in ids if id_ in failed)


def _refuse_foreign(settings: Mapping[str, Any]) -> None:
    for name, hint in FOREIGN.items():
        if settings.get(name) is not None:
            raise InvalidMappingError(f"{name} is not valid for SQS event sources. {hint}")


def _is_fifo(settings: Mapping[str, Any], queue: Mapping[str, Any]) -> bool:
    names = (settings.get("EventSourceArn"), queue.get("QueueName"))
    return truth(queue, "FifoQueue", default=any(str(name).endswith(".fifo") for name in names))


def _is_partial(settings: Mapping[str, Any]) -> bool:
    types = list(settings.get("FunctionResponseTypes") or ())
    if types not in ([], [_PARTIAL]):
        raise InvalidMappingError(
            f"1 validation error detected: Value '[{', '.join(map(str, types))}]' at 'functionResponseTypes' failed to "
            f"satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [{_PARTIAL}]]"
        )
    return bool(types)


def _pollers(config: Mapping[str, Any] | None) -> Range | None:
    if not config:
        return None
    if config.get("PollerGroupName") is not None:
        raise InvalidMappingError("PollerGroupName is not valid for SQS event sources. It is for Kafka.")
    low, high = MINIMUM_POLLERS
    anything = (-MOST_POLLERS, MOST_POLLERS * 10)  # the range of one depends on the other, and has a refusal of its own
    least = whole_number(config, "MinimumPollers", low, anything, within="ProvisionedPollerConfig")
    most = whole_number(config, "MaximumPollers", high, anything, within="ProvisionedPollerConfig")
    if not (low <= least <= high and least <= most <= MOST_POLLERS):
        raise InvalidMappingError(
            f"MinimumPollers should be between [{low}, {high}] and "
            f"MaximumPollers should be between [MinimumPollers, {MOST_POLLERS}]. Got {least} and {most}."
        )
    return least, most


def _refuse_impatience(queue: Mapping[str, Any], function_timeout_s: float) -> None:
    visibility = whole_number(queue, "VisibilityTimeout", _DEFAULT_VISIBILITY_S, (0, 43_200))
    if visibility < function_timeout_s:
        raise InvalidMappingError(
            f"Queue visibility timeout: {visibility} seconds is less than "
            f"Function timeout: {function_timeout_s:g} seconds"
        )
