"""What `invoke` costs, with all that a platform does about a call; beside it the handler with JSON both ways."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable
from typing import Any

from measure import arguments, median_ratio, seconds_per_call, take_turns

from pytest_serverless import Invoker, events

SIZES = {"1 KB": 1_000, "100 KB": 100_000}


def handler(event: Any, context: Any) -> dict[str, Any]:
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ and context is not None:
        raise RuntimeError("the platform's environment is missing")
    return {"received": len(event["Records"])}


def of_size(size: int) -> dict[str, Any]:
    """Return an SQS event of about that many bytes as JSON."""
    build: Callable[..., dict[str, Any]] = events.catalog()["aws.sqs.standard"].build
    return build(body="x" * max(1, size - len(json.dumps(build(body="x")))))


def main() -> None:
    quick = arguments(__doc__).quick
    rounds, calls = (3, 20) if quick else (40, 200)
    invoke = Invoker()
    for title, size in SIZES.items():
        event = of_size(size)

        def round_trip(event: dict[str, Any] = event) -> Any:
            return json.loads(json.dumps(handler(json.loads(json.dumps(event)), None)))

        invoke(handler, event)  # the first one loads what it needs
        subjects = {
            "invoke": seconds_per_call(lambda event=event: invoke(handler, event), calls),
            "bare": seconds_per_call(round_trip, calls),
        }
        times = take_turns(subjects, rounds)
        full, bare = (statistics.median(times[name]) * 1000 for name in ("invoke", "bare"))
        ratio = median_ratio(times["invoke"], times["bare"])
        length = len(json.dumps(event))
        print(f"{title:>7} ({length:,} bytes): invoke {full:.3f} ms   handler and JSON {bare:.3f} ms   {ratio:.1f} x")


if __name__ == "__main__":
    main()
