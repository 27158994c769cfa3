"""What no page says of a stream's delivery, as parameters with a value that makes runs repeat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["StreamRules", "back_off"]


def back_off(failures: int) -> float:
    """Return how many seconds to wait after this many failures in a row: 1, 2, 4 and so on, 60 at most."""
    return float(min(2 ** min(failures - 1, 6), 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRules:
    """How the service goes about it, where its documentation is silent or a stream can be set differently.

    `retention_s` is how long the stream keeps records: 24 hours for DynamoDB, and for Kinesis unless it was set.
    `payload_limit` is how many bytes of records a batch may have (6 MB). `retry_delay` says how long to wait after so
    many failures in a row; the service does back off, the schedule is not documented. `final_is_limited`: whether the
    last invocation of a window is given up as a batch is. The page says both: that windows support
    MaximumRetryAttempts, and that a failed last invocation holds the shard up until it succeeds. `early_is_final`:
    whether the invocation that ends a window early has isFinalInvokeForWindow set too (not documented).
    """

    retention_s: float = 86_400
    payload_limit: int = 6 * 1024 * 1024
    retry_delay: Callable[[int], float] = back_off
    final_is_limited: bool = True
    early_is_final: bool = True
