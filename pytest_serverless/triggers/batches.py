"""Partial batch responses: which messages of a batch a function says it could not process.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (2026-11), and recordings of the
service for what counts as malformed.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

__all__ = ["failed_items", "named_items"]


def failed_items(value: Any, ids: Collection[str]) -> set[str]:
    """Return the ids of a batch that failed, given what the function returned.

    Nothing, an empty text or object, or no `batchItemFailures` means that all succeeded. An answer that cannot be
    understood, or names a message that is not of the batch, fails the whole batch.
    """
    if not value or value == {"batchItemFailures": None}:
        return set()
    named = named_items(value)
    return named if named is not None and named <= set(ids) else set(ids)


def named_items(value: Any) -> set[str] | None:
    """Return the ids that an answer names, whether they are of the batch or not; None where it is not understood."""
    failures = value.get("batchItemFailures") if isinstance(value, dict) else None
    if not isinstance(failures, list):
        return None
    return {str(failure.get("itemIdentifier")) if isinstance(failure, dict) else "" for failure in failures}
