"""What the service answers where it refuses an invocation.

Sources: the model of `TooManyRequestsException` in botocore (lambda, 2015-03-31), and bodies recorded from the service:
`{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`, and for a caller that is too
fast `{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate exceeded"}` (2026-11).
"""

from __future__ import annotations

import json
from typing import Final

__all__ = [
    "ACCOUNT_CONCURRENCY",
    "ACCOUNT_RATE",
    "CALLER_RATE",
    "HEADERS",
    "NO_INSTANCE",
    "RESERVED_CONCURRENCY",
    "RESERVED_RATE",
    "SNAPSHOTS",
    "STATUS",
    "body",
]

ACCOUNT_CONCURRENCY: Final = "ConcurrentInvocationLimitExceeded"
RESERVED_CONCURRENCY: Final = "ReservedFunctionConcurrentInvocationLimitExceeded"
ACCOUNT_RATE: Final = "FunctionInvocationRateLimitExceeded"
RESERVED_RATE: Final = "ReservedFunctionInvocationRateLimitExceeded"
CALLER_RATE: Final = "CallerRateLimitExceeded"
SNAPSHOTS: Final = "ConcurrentSnapshotCreateLimitExceeded"
NO_INSTANCE: Final = "NoInstanceAvailable"
"""Not Lambda's: an invocation has waited for an instance until its deadline, as Cloud Run lets them."""

STATUS: Final = 429
HEADERS: Final = (("content-type", "application/json"), ("x-amzn-errortype", "TooManyRequestsException"))
"""No recorded answer to an invocation has `Retry-After`, though the model knows it."""


def body(reason: str) -> bytes:
    """Return the JSON that Lambda's answer 429 has, to the byte."""
    message = "Rate exceeded" if reason == CALLER_RATE else "Rate Exceeded."
    return json.dumps({"Reason": reason, "Type": "User", "message": message}, separators=(",", ":")).encode()
