"""How long a decision on a permission takes, and finding out which permissions a call takes."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from measure import arguments, seconds_per_call, take_turns

from pytest_serverless.audits.iam_actions import Place, requests_of
from pytest_serverless.audits.iam_evaluate import evaluate
from pytest_serverless.audits.iam_patterns import Request
from pytest_serverless.audits.iam_policy import read_statements

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
ACTIONS = [
    "BatchGetItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "DeleteItem",
    "DescribeTable",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
]
LIMIT_US = 10


def policy(condition: dict[str, dict[str, str]] | None = None) -> list[dict[str, object]]:
    """Three statements of ten actions each; the last is the one that decides."""
    more = {"Condition": condition} if condition else {}
    return [
        {"Effect": "Deny", "Action": [f"dynamodb:{name}" for name in ACTIONS], "Resource": f"{TABLE}-secret*"},
        {"Effect": "Allow", "Action": [f"s3:{name}*" for name in ACTIONS], "Resource": "arn:aws:s3:::uploads/*"},
        {"Effect": "Allow", "Action": [f"dynamodb:{name}" for name in ACTIONS], "Resource": [TABLE], **more},
    ]


def main() -> None:
    quick = arguments(__doc__).quick
    rounds, calls = (3, 500) if quick else (25, 5_000)
    place = Place(partition_keys={"orders": "pk"})
    request = Request("dynamodb:PutItem", TABLE, {"aws:requestedregion": ("us-east-1",)})
    plain = read_statements(policy())
    conditional = read_statements(policy({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}))
    item = {"TableName": "orders", "Item": {"pk": {"S": "1"}}}
    subjects: dict[str, Callable[[], object]] = {
        "decision": lambda: evaluate(request, identity=plain),
        "decision with a condition": lambda: evaluate(request, identity=conditional),
        "permissions of a call": lambda: requests_of("dynamodb", "PutItem", item, place),
    }
    times = take_turns({name: seconds_per_call(call, calls) for name, call in subjects.items()}, rounds)
    for name, seconds in times.items():
        limit = f"   (at most {LIMIT_US})" if name.startswith("decision") else ""
        print(f"{name:>26}: {statistics.median(seconds) * 1e6:5.1f} us{limit}")


if __name__ == "__main__":
    main()
