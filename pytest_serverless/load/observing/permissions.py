"""What reading takes: an IAM policy, printed before anything is asked.

The actions are those of the service authorization reference (docs.aws.amazon.com/service-authorization, 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pytest_serverless.load.evidence import cloudwatch
from pytest_serverless.load.observing.places import function_and_qualifier

__all__ = ["policy"]


def policy(functions: Iterable[str] = (), *, stack: str | None = None, region: str | None = None) -> str:
    """Return the policy, as JSON, for observing functions, or those of a stack, which are named after it.

    A function of a stack with a name of its own, and one that logs to another group than its own, have to be added.
    """
    names = [function_and_qualifier(each)[0] for each in functions] or [f"{stack}-*" if stack else "*"]
    place, partition = region or "*", _partition(region or "")
    found: dict[str, Any] = json.loads(cloudwatch.policy(names, region=place, partition=partition))
    found["Statement"].append(
        {
            "Effect": "Allow",
            "Action": ["lambda:GetFunctionConfiguration", "lambda:ListProvisionedConcurrencyConfigs"],
            "Resource": [f"arn:{partition}:lambda:{place}:*:function:{name}" for name in names],
        }
    )
    if stack:
        from pytest_serverless.load.targets import aws_calls

        found["Statement"] += json.loads(aws_calls.policy(stack, region=place, partition=partition))["Statement"]
    return json.dumps(found, indent=2)


def _partition(region: str) -> str:
    return next(
        (name for head, name in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")) if region.startswith(head)), "aws"
    )
