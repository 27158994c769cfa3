"""AddPermission and RemovePermission: statements of the queue's policy, by their label.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html (2026-11), and
recordings of the service for its words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pytest_serverless.app.aws import partition_of
from pytest_serverless.backends.sqs.faults import SqsError, invalid_value, missing
from pytest_serverless.backends.sqs.queue_operations import change_attributes
from pytest_serverless.backends.sqs.store import Call, Record

__all__ = ["add_permission", "remove_permission"]

_SHARED: Final = {
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
}
_OWNERS: Final = {
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueues",
    "ListQueueTags",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
}
_MOST_ACTIONS: Final = 7
_MOST_STATEMENTS: Final = 20


def add_permission(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Allow accounts to use the queue."""
    record = call.record(parameters)
    label, actions = parameters.get("Label"), parameters.get("Actions")
    accounts = parameters.get("AWSAccountIds")
    for name, value in (("Label", label), ("ActionName", actions), ("AWSAccountIds", accounts)):
        if not value:
            raise missing(name)
    _check_actions(actions or [])
    policy = _policy(record)
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        raise invalid_value(label, "Label", "Already exists.")
    count = len(policy["Statement"]) + 1
    if count > _MOST_STATEMENTS:
        raise SqsError("OverLimit", f"{count} Statements were found, maximum allowed is {_MOST_STATEMENTS}.")
    policy["Statement"].append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": _one_or_all([_root(call, account) for account in accounts or []])},
            "Action": _one_or_all([f"SQS:{action}" for action in actions or []]),
            "Resource": record.arn,
        }
    )
    change_attributes(call, record, {**record.attributes, "Policy": json.dumps(policy)})
    return {}


def remove_permission(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Take a statement out of the policy; the last one takes the policy with it."""
    record = call.record(parameters)
    label = parameters.get("Label")
    if not label:
        raise missing("Label")
    policy = _policy(record)
    left = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
    if len(left) == len(policy["Statement"]):
        raise invalid_value(label, "Label", "can't find label.")
    attributes = {name: value for name, value in record.attributes.items() if name != "Policy"}
    kept = {"Policy": json.dumps({**policy, "Statement": left})} if left else {}
    change_attributes(call, record, {**attributes, **kept})
    return {}


def _policy(record: Record) -> dict[str, Any]:
    """Return the queue's policy with its statements in a list."""
    policy = json.loads(record.attributes.get("Policy") or "{}")
    if not policy:
        policy = {"Version": "2008-10-17", "Id": f"{record.arn}/SQSDefaultPolicy"}
    statements = policy.get("Statement", [])
    return {**policy, "Statement": list(statements) if isinstance(statements, list) else [statements]}


def _check_actions(actions: Sequence[str]) -> None:
    if len(actions) > _MOST_ACTIONS:
        raise SqsError("OverLimit", f"{len(actions)} Actions were found, maximum allowed is {_MOST_ACTIONS}.")
    for action in actions:
        if action not in _SHARED:
            reason = (
                "Only the queue owner is allowed to invoke this action."
                if action in _OWNERS
                else "Please refer to the appropriate WSDL for a list of valid actions. "
            )
            raise invalid_value(f"SQS:{action}", "ActionName", reason)


def _root(call: Call, account: str) -> str:
    return f"arn:{partition_of(call.region)}:iam::{account}:root"


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
