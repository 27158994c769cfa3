"""What of a queue's attributes decides what happens to its messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["IN_FLIGHT_LIMIT", "Redrive", "Settings"]

IN_FLIGHT_LIMIT = 120_000
"""How many messages may be in flight: a standard queue then answers OverLimit, a FIFO queue with nothing.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html (2026-11).
Until late 2024 it was 20,000 for FIFO queues.
"""


@dataclass(frozen=True, slots=True)
class Redrive:
    """Where a message goes that was received `most` times: the ARN of a dead-letter queue."""

    target: str
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a queue treats its messages; times in seconds, sizes in bytes."""

    fifo: bool = False
    delay: int = 0
    visibility_timeout: int = 30
    retention: int = 345_600
    most_bytes: int = 1_048_576
    content_based_deduplication: bool = False
    deduplicates_by_group: bool = False
    redrive: Redrive | None = None
    in_flight_limit: int = IN_FLIGHT_LIMIT

    @classmethod
    def of(cls, attributes: Mapping[str, str], in_flight_limit: int = IN_FLIGHT_LIMIT) -> Settings:
        """Read the attributes of a queue, which were found valid before."""
        redrive = json.loads(attributes["RedrivePolicy"]) if "RedrivePolicy" in attributes else None
        return cls(
            fifo=attributes.get("FifoQueue") == "true",
            delay=int(attributes["DelaySeconds"]),
            visibility_timeout=int(attributes["VisibilityTimeout"]),
            retention=int(attributes["MessageRetentionPeriod"]),
            most_bytes=int(attributes["MaximumMessageSize"]),
            content_based_deduplication=attributes.get("ContentBasedDeduplication") == "true",
            deduplicates_by_group=attributes.get("DeduplicationScope") == "messageGroup",
            redrive=redrive and Redrive(redrive["deadLetterTargetArn"], int(redrive["maxReceiveCount"])),
            in_flight_limit=in_flight_limit,
        )
