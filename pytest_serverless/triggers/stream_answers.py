"""What the answer of a function means for its batch: how many of the records at its head are done.

Sources (2026-11): https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html, and recordings of the service for answers
that name a record which is not of the batch. Not documented: an answer that is neither an object nor empty fails the
batch, and one without `batchItemFailures` is a success, as null is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_serverless.triggers.stream_records import Answer, StreamRecord

__all__ = ["records_done"]


def records_done(
    answer: Answer, records: Sequence[StreamRecord], *, report_failures: bool, windowed: bool
) -> int | None:
    """Return how many records at the head of a batch are done, or None where the batch failed as a whole.

    A report that names the first record makes no progress, so it fails the batch as an error would.
    """
    if answer.error is not None or (windowed and not _has_state(answer.value)):
        return None
    if not report_failures:
        return len(records)
    return _checkpoint(answer.value, [record.sequence_number for record in records]) if answer.value else len(records)


def _has_state(value: Any) -> bool:
    return isinstance(value, dict) and value.get("state") is not None


def _checkpoint(value: Any, numbers: Sequence[str]) -> int | None:
    """Return where the first reported record stands; a record later in a batch has the higher sequence number."""
    if not isinstance(value, dict):
        return None
    failures = value.get("batchItemFailures")
    if not failures:
        return len(numbers)
    if not isinstance(failures, list):
        return None
    positions = {number: position for position, number in enumerate(numbers)}
    found = [positions.get(name) for name in map(_named, failures)]
    known = [position for position in found if position is not None]
    return min(known) or None if len(known) == len(found) else None


def _named(failure: Any) -> str:
    name = failure.get("itemIdentifier") if isinstance(failure, dict) else None
    return name if isinstance(name, str) else ""
