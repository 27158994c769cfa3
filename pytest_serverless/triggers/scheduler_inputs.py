"""What EventBridge Scheduler writes into the input of a target: which schedule it is, for when, and which try.

Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html (2026-11).
"""

from __future__ import annotations

import re

__all__ = ["scheduler_input"]

_ATTRIBUTE = re.compile(r"<(aws\.scheduler\.[a-z-]+)>")


def scheduler_input(
    text: str | None, *, schedule_arn: str, scheduled_time: str, execution_id: str, attempt: int
) -> str | None:
    """Return a target's `Input` with its context attributes replaced, in quotes or out; other keywords stay.

    `scheduled_time` is like `2022-03-22T18:59:43Z`, `execution_id` like `d32c5kddcf5bb8c3` and differs from attempt to
    attempt, and `attempt` counts from 1. A target without an input has none.
    """
    if text is None:
        return None
    values = {
        "aws.scheduler.schedule-arn": schedule_arn,
        "aws.scheduler.scheduled-time": scheduled_time,
        "aws.scheduler.execution-id": execution_id,
        "aws.scheduler.attempt-number": str(attempt),
    }
    return _ATTRIBUTE.sub(lambda match: values.get(match[1], match[0]), text)
