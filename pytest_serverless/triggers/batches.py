"""Partial batch responses: which messages of a batch a function says it could not process.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (2026-11), and recordings of the
service for what counts as malformed.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

__all__ = ["failed_items"]


def failed_items(value: Any, ids: Collection[str]) -> set[str]:
    """Return the ids of a batch that failed, given what the function returned.

    Nothing, an empty text or object, or no `batchItemFailures` means that all succeeded. An answer that cannot be
    understood, or names a message that is not of the batch, fails the whole batch.
    """
    if not value or value == {"batchItemFailures": None}:
        return set()
    failures = value.get("batchItemFailures") if isinstance(value, dict) else None
    if not isinstance(failures, list):
        return set(ids)
    named = [str(failure.get("itemIdentifier")) if isinstance(failure, dict) else "" for failure in failures]
    return set(named) if all(name in ids for name in named) else set(ids)
